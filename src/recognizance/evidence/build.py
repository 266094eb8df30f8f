"""Turns arrays of features with labels into the cells of an evidence document.

Nothing here touches pixels or files. Labels are supplied with the photographs, never inferred;
somebody without a label is in no cell that needs it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.compare import score_matrix
from recognizance.evidence.document import (
    EDGES_PER_UNIT,
    DataSet,
    Differential,
    MatedCell,
    NonMatedCell,
)
from recognizance.evidence.intervals import CONFIDENCE, Tail, bootstrap_rates, upper_rates
from recognizance.types import PPB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

FIRST_EDGE = -192
EDGE_COUNT = 832
"""Thresholds from -0.1875, where about one non-mated pair in twenty still matches, to 0.6240."""

MIN_PEOPLE = 30
"""A smaller cell says too little about a group and too much about its members."""

SUSPECTED_SAME_PERSON = 0.55
"""Plain cosine from which two images are suspected to show one person. In data with identities
such pairs of different people are 4 in 1.6 million within one sex (LFW and the portraits of
Congress); in FairFace, which has none, they come in clusters of up to eleven images, and are up to
one pair in a thousand of a group."""

SUSPECTED_ALLOWANCE = 1e-4
"""Share of pairs that may be false matches among the suspected ones set aside: the upper bound of
those 4 (5.8e-6), times 13.5, which is how much more often the plain cosine errs in the worst group
than in the best (`benchmarks/bench_lfw.py`, FMR 1e-2), rounded up to a power of ten."""

SAME_PHOTOGRAPH = 0.95
"""Plain cosine from which two images of one person are taken for one photograph, published twice;
no camera repeats itself so closely."""

_DRAWS = 1000
_SEED = 8280
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFeatures:
    """The features of one data set, in the order of its label file.

    Attributes:
        data_set: Where they come from.
        vectors: ndarray of shape (n, 128), dtype=np.float32; rows of a failure are not read.
        cohort_means: ndarray of shape (n,), dtype=np.float32.
        acquired: ndarray of shape (n,), dtype=np.bool_: whether a face was found.
        subjects: ndarray of shape (n,), dtype=np.int64: whose image it is.
        labels: Key to ndarray of shape (n,) of text; empty = unknown.
    """

    data_set: DataSet
    vectors: NDArray[np.float32]
    cohort_means: NDArray[np.float32]
    acquired: NDArray[np.bool_]
    subjects: NDArray[np.int64]
    labels: Mapping[str, NDArray[np.str_]]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Some rows of a data set.

    Attributes:
        labels: What its members have in common; empty = everybody.
        rows: ndarray of shape (n,), dtype=np.bool_.
    """

    labels: dict[str, str]
    rows: NDArray[np.bool_]


def groups_by(
    faces: LabelledFeatures, keys: tuple[str, ...], within: NDArray[np.bool_]
) -> tuple[Group, ...]:
    """Split rows into one group for each combination of labels, small groups left out.

    Args:
        faces: The data set.
        keys: Labels to split by; none = everybody in one group.
        within: ndarray of shape (n,): the rows to split.
    """
    known = within.copy()
    for key in keys:
        known &= faces.labels[key] != ""
    columns = [faces.labels[key][known].tolist() for key in keys]
    combinations = sorted(set(zip(*columns, strict=True))) if keys else [()]
    groups = []
    for values in combinations:
        rows = known.copy()
        for key, value in zip(keys, values, strict=True):
            rows &= faces.labels[key] == value
        if len(np.unique(faces.subjects[rows & faces.acquired])) >= MIN_PEOPLE:
            groups.append(Group(labels=dict(zip(keys, values, strict=True)), rows=rows))
    return tuple(groups)


@dataclass(frozen=True, slots=True, eq=False)
class NonMatedGroup:
    """What is measured of one group: its cell, and the rates of its bootstrap.

    Attributes:
        cell: The rates and bounds.
        drawn: ndarray of shape (draws, edges), dtype=np.float64; suspected pairs as in the cell.
        drawn_with_suspected: The same with every suspected pair a false match.
    """

    cell: NonMatedCell
    drawn: NDArray[np.float64]
    drawn_with_suspected: NDArray[np.float64]


def non_mated_groups(
    faces: LabelledFeatures, groups: Iterable[Group], *, sets_threshold: bool
) -> tuple[NonMatedGroup, ...]:
    """Measure false match rates inside each group.

    Where the data has no identities, pairs that look like one person are set aside: they say how
    often the same person was collected twice, not how often two people are taken for one. As no
    one has reviewed them, the bound allows for `SUSPECTED_ALLOWANCE` of all pairs among them; it
    is never higher than if all of them were false matches.
    """
    return tuple(_non_mated_group(faces, group, sets_threshold=sets_threshold) for group in groups)


def mated_cells(faces: LabelledFeatures, groups: Iterable[Group]) -> tuple[MatedCell, ...]:
    """Measure false non-match rates inside each group that has enough people with mated pairs."""
    scores, cosines, subjects, first_rows = _mated_scores(faces)
    same_photograph = cosines >= SAME_PHOTOGRAPH
    cells = []
    for group in groups:
        inside = group.rows[first_rows]
        kept = inside & ~same_photograph
        people, person = np.unique(subjects[kept], return_inverse=True)
        if len(people) < MIN_PEOPLE:
            continue
        pair_votes = np.ones(len(person))
        subject_votes = 1 / np.bincount(person)[person]
        cells.append(
            MatedCell(
                data_set=faces.data_set.name,
                labels=group.labels,
                people=len(people),
                pairs=int(kept.sum()),
                same_photograph_pairs=int((inside & same_photograph).sum()),
                fnmr_ppb=_share_below(scores[kept], pair_votes),
                fnmr_by_subject_ppb=_share_below(scores[kept], subject_votes),
            )
        )
    return tuple(cells)


def differential(groups: tuple[NonMatedGroup, ...], *, with_suspected: bool) -> Differential:
    """Compare the groups of one data set; they share no people, so each is drawn alone."""
    cells = [group.cell for group in groups]
    if with_suspected:
        rates = np.stack([cell.fmr_with_suspected_ppb / PPB for cell in cells])
        draws = np.stack([group.drawn_with_suspected for group in groups])
    else:
        rates = np.stack([cell.fmr_ppb / PPB for cell in cells])
        draws = np.stack([group.drawn for group in groups])
    ratio = _ratio(rates.max(axis=0), rates.min(axis=0))
    drawn = _ratio(draws.max(axis=0), draws.min(axis=0))
    with np.errstate(divide="ignore"):
        geometric_mean = np.exp(np.log(rates).mean(axis=0))
    # `higher` and `lower` pick a drawn value; interpolating next to an infinity gives no number.
    return Differential(
        data_set=cells[0].data_set,
        with_suspected=with_suspected,
        groups=len(cells),
        ratio=_thousandths(ratio),
        lower=_thousandths(np.quantile(drawn, 1 - CONFIDENCE, axis=0, method="lower")),
        upper=_thousandths(np.quantile(drawn, CONFIDENCE, axis=0, method="higher")),
        over_geomean=_thousandths(_ratio(rates.max(axis=0), geometric_mean)),
    )


def _non_mated_group(
    faces: LabelledFeatures, group: Group, *, sets_threshold: bool
) -> NonMatedGroup:
    usable = group.rows & faces.acquired
    people, person = np.unique(faces.subjects[usable], return_inverse=True)
    pairs = len(people) * (len(people) - 1) // 2
    tail, suspected = _tail(faces.vectors[usable], faces.cohort_means[usable], person)
    # A seed of its own: a group's numbers do not depend on what was measured before it.
    seed = [_SEED, zlib.crc32("/".join([faces.data_set.name, *group.labels.values()]).encode())]
    votes, drawn = _votes_and_draws(tail, len(people), seed)
    upper = upper_rates(votes, pairs, drawn)
    kept_votes, kept_drawn, kept_upper = votes, drawn, upper
    if not faces.data_set.identities:
        kept_votes, kept_drawn = _votes_and_draws(tail.only(~suspected), len(people), seed)
        allowed = upper_rates(kept_votes, pairs, kept_drawn) + SUSPECTED_ALLOWANCE
        kept_upper = np.minimum(allowed, upper)
    cell = NonMatedCell(
        data_set=faces.data_set.name,
        labels=group.labels,
        sets_threshold=sets_threshold,
        people=len(people),
        images=int(group.rows.sum()),
        failures_to_acquire=int((group.rows & ~faces.acquired).sum()),
        pairs=pairs,
        suspected_pairs=round(float(tail.vote[suspected].sum())),
        fmr_ppb=_ppb(kept_votes / pairs),
        upper_ppb=_ppb(kept_upper),
        fmr_with_suspected_ppb=_ppb(votes / pairs),
        upper_with_suspected_ppb=_ppb(upper),
    )
    return NonMatedGroup(cell, kept_drawn, drawn)


def _votes_and_draws(
    tail: Tail, people: int, seed: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Votes at or above each edge, and the rates when people are drawn anew."""
    rng = np.random.default_rng(seed)
    drawn = bootstrap_rates(tail, people, EDGE_COUNT, draws=_DRAWS, rng=rng)
    return tail.votes_at_or_above(EDGE_COUNT), drawn


def _tail(
    vectors: NDArray[np.float32], means: NDArray[np.float32], person: NDArray[np.int64]
) -> tuple[Tail, NDArray[np.bool_]]:
    """Collect the pairs of distinct people at or above the lowest edge, and which are suspected."""
    images = np.bincount(person)
    columns: list[tuple[NDArray[np.int64], ...]] = []
    suspected = []
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block, rest = slice(start, start + _ROWS_AT_ONCE), slice(start, None)
        # Only pairs (i, j) with j > i: the rows from `start` on hold all of this block's.
        scores = score_matrix(vectors[block], means[block], vectors[rest], means[rest])
        edge = _edge_of(scores)
        row, column = np.nonzero(np.triu(edge >= 0, k=1))
        first, second = person[start + row], person[start + column]
        apart = first != second
        row, column = row[apart], column[apart]
        columns.append((first[apart], second[apart], edge[row, column]))
        cosine = scores[row, column] + (means[start + row] + means[start + column]) / 2
        suspected.append(cosine >= SUSPECTED_SAME_PERSON)
    first, second, edge = (np.concatenate(column) for column in zip(*columns, strict=True))
    vote = 1.0 / (images[first] * images[second])
    return Tail(first, second, edge, vote), np.concatenate(suspected)


def _mated_scores(
    faces: LabelledFeatures,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Score every pair of images of one person: scores, plain cosines, subjects, first rows."""
    scores, cosines, subjects, rows = [], [], [], []
    usable = np.flatnonzero(faces.acquired)
    usable = usable[np.argsort(faces.subjects[usable], kind="stable")]
    _, starts = np.unique(faces.subjects[usable], return_index=True)
    for of_person in np.split(usable, starts[1:]):
        first, second = np.triu_indices(len(of_person), k=1)
        vectors, means = faces.vectors[of_person], faces.cohort_means[of_person]
        scores.append(score_matrix(vectors, means, vectors, means)[first, second])
        cosines.append((vectors @ vectors.T)[first, second])
        subjects.append(faces.subjects[of_person][first])
        rows.append(of_person[first])
    return (
        np.concatenate(scores),
        np.concatenate(cosines),
        np.concatenate(subjects),
        np.concatenate(rows),
    )


def _edge_of(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Index of the highest edge that each score reaches; -1 below the lowest.

    Exact: a product with a power of two does not round.
    """
    steps = np.floor(scores * np.float32(EDGES_PER_UNIT)).astype(np.int64) - FIRST_EDGE
    index: NDArray[np.int64] = np.clip(steps, -1, EDGE_COUNT - 1)
    return index


def _share_below(scores: NDArray[np.float32], votes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Share of the votes below each edge, in parts per billion."""
    reached = np.bincount(
        _edge_of(scores).clip(min=-1) + 1, weights=votes, minlength=EDGE_COUNT + 1
    )
    below = reached.cumsum()[:EDGE_COUNT]
    return _ppb(below / votes.sum())


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """`above / below`, infinite where `below` is zero."""
    return np.divide(above, below, out=np.full_like(above, np.inf), where=below > 0)


def _thousandths(ratios: NDArray[np.float64]) -> tuple[int | None, ...]:
    return tuple(round(ratio * 1000) if np.isfinite(ratio) else None for ratio in ratios.tolist())


def _ppb(rates: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rates in parts per billion, rounded up, so that no rounding makes a rate look smaller."""
    # One part in a million of a part per billion: what float64 sums leave above a whole number.
    return np.maximum(np.ceil(rates * PPB - 1e-6), 0).astype(np.int64)
