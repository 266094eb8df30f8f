"""Ways to normalise scores, measured side by side: who gains equality, and what it costs.

Labels only measure what came out; no way looks at them. The threshold is the lowest at which the
mean of the groups' false match rates is at most the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.differentials import max_over_geomean, max_over_min
from recognizance.audit.estimates import FEW_PEOPLE
from recognizance.audit.exact import EDGES_PER_UNIT
from recognizance.audit.inequality import measure, measures_of
from recognizance.audit.normalise import learnt_ways
from recognizance.audit.rates import threshold_at_most
from recognizance.audit.result import NormalisationRow
from recognizance.audit.values import Disclosure
from recognizance.errors import InputError
from recognizance.evidence.build import MIN_PEOPLE, SAME_PHOTOGRAPH, SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from recognizance.audit.data import Samples
    from recognizance.audit.normalise import Method
    from recognizance.audit.plan import Plan
    from recognizance.audit.values import Measure
    from recognizance.compare import Cohort

FMR_TARGETS = (1e-2, 1e-3)
FNMR_AT = 1e-4
_DRAWS = 500
_MOST_OF_A_GROUP = 4000
"""Pictures of one group that are compared; all their scores are held in memory at once."""


def ways_on_one_half(
    data: Samples, plan: Plan, cohort: Cohort | None
) -> tuple[NormalisationRow, ...]:
    """Learn every way on one half of the people and measure it on the other half.

    Args:
        data: What is audited.
        plan: Gives the main grouping, the seed and how much may be shown.
        cohort: The system's own; it is taken to be learnt on other people altogether.

    Raises:
        InputError: There are too few faces to learn on, or fewer than two groups in the half that
            is measured.
    """
    rng = np.random.default_rng([plan.seed, 9])
    learn = half_of_the_people(data, rng)
    tell = plan.report("ways to normalise")
    ways = list(learnt_ways(data.vectors[learn & data.acquired], cohort, rng))
    test = data.rows(~learn & data.acquired)
    found: list[NormalisationRow] = []
    for number, way in enumerate(ways):
        tell(number, len(ways))
        found += compare_normalisations(
            [way],
            test,
            plan.main_grouping,
            mated=test if test.identities else None,
            seed=plan.seed,
            disclosure=plan.disclosure,
        )
    tell(len(ways), len(ways))
    return tuple(found)


def half_of_the_people(data: Samples, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which pictures are to learn from: all of a person's or none, of about half of the people."""
    chosen = rng.random(int(data.subjects.max(initial=0)) + 1) < 1 / 2
    return chosen[data.subjects]


def compare_normalisations(
    methods: Sequence[Method],
    data: Samples,
    grouping: tuple[str, ...],
    *,
    mated: Samples | None = None,
    targets: tuple[float, ...] = FMR_TARGETS,
    seed: int = 19795,
    draws: int = _DRAWS,
    disclosure: Disclosure = Disclosure.EXACT,
    count_suspected: bool = False,
) -> tuple[NormalisationRow, ...]:
    """Measure every method on the same faces.

    Args:
        methods: Learnt on other faces.
        data: Faces with labels.
        grouping: Labels to split by; groups of fewer than 30 people are left out.
        mated: Faces with identities; gives the false non-match rate that each method costs.
        targets: Means of the groups' false match rates.
        seed: Of the bootstrap.
        draws: Of the bootstrap.
        disclosure: Under `COUNTS` a threshold lies on a grid instead of on the score of a pair,
            errors are rounded to fives, and nothing is said where fewer than five people err.
        count_suspected: Whether pairs that look like one person count where identities are
            unknown.

    Raises:
        InputError: There are fewer than two groups.
    """
    groups = _groups(data, grouping, np.random.default_rng(seed))
    counts_only = disclosure is Disclosure.COUNTS
    found: list[NormalisationRow] = []
    for method in methods:
        tails = [
            _Tail.of(method, data, group, max(targets) * 5, count_suspected=count_suspected)
            for group in groups
        ]
        fnmr = None if mated is None else _fnmr(method, mated, FNMR_AT, counts_only=counts_only)
        for target in sorted(targets, reverse=True):
            threshold = _threshold(tails, target)
            if counts_only:
                threshold = float(np.ceil(threshold * EDGES_PER_UNIT) / EDGES_PER_UNIT)
            rates = _rates(tails, threshold, counts_only=counts_only)
            drawn = _replicates(tails, threshold, np.random.default_rng(seed), draws)
            worst = _measure("max_over_min", max_over_min, rates, drawn)
            geomean = _measure("max_over_geomean", max_over_geomean, rates, drawn)
            found.append(
                NormalisationRow(
                    method=method.name,
                    fmr_target=target,
                    threshold=threshold,
                    max_over_min=worst.value,
                    lower=worst.lower,
                    upper=worst.upper,
                    max_over_geomean=geomean.value,
                    max_over_geomean_lower=geomean.lower,
                    max_over_geomean_upper=geomean.upper,
                    fnmr=fnmr,
                    fnmr_at_fmr=None if fnmr is None else FNMR_AT,
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Tail:
    """The highest non-mated scores of one group, with their people."""

    people: int
    images: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    scores: NDArray[np.float32]

    @property
    def pairs(self) -> float:
        return (float(self.images.sum()) ** 2 - float(np.square(self.images).sum())) / 2

    @staticmethod
    def of(
        method: Method,
        data: Samples,
        group: NDArray[np.int64],
        share: float,
        *,
        count_suspected: bool,
    ) -> _Tail:
        vectors = data.vectors[group]
        _, person = np.unique(data.subjects[group], return_inverse=True)
        scores = method.block(vectors, vectors)
        if not (data.identities or count_suspected):
            scores[vectors @ vectors.T >= SUSPECTED_SAME_PERSON] = -np.inf
        one, other = np.triu_indices(len(vectors), k=1)
        apart = person[one] != person[other]
        one, other = one[apart], other[apart]
        flat = scores[one, other]
        kept = max(int(flat.size * share), 1)
        at = np.argpartition(flat, flat.size - kept)[flat.size - kept :]
        images = np.bincount(person)
        return _Tail(images.size, images, person[one[at]], person[other[at]], flat[at])


def _rates(tails: list[_Tail], threshold: float, *, counts_only: bool) -> list[float] | None:
    """False match rate of each group; `None` where one of them must not be told."""
    rates = []
    for tail in tails:
        reached = tail.scores >= threshold
        errors = int(np.count_nonzero(reached))
        if counts_only:
            in_error = np.union1d(tail.first[reached], tail.second[reached]).size
            if in_error < FEW_PEOPLE:
                return None
            errors = FEW_PEOPLE * round(errors / FEW_PEOPLE)
        rates.append(errors / tail.pairs)
    return rates


def _replicates(
    tails: list[_Tail], threshold: float, rng: np.random.Generator, draws: int
) -> dict[str, NDArray[np.float64]]:
    """Every measure of rates drawn jointly."""
    drawn = np.stack([_drawn(tail, threshold, draws, rng) for tail in tails], axis=1)
    return measures_of(drawn, None)


def _measure(
    name: str,
    of: Callable[[Sequence[float]], float | None],
    rates: list[float] | None,
    replicates: dict[str, NDArray[np.float64]],
) -> Measure:
    """A measure of the rates with its interval; not defined where they are not told."""
    return measure(name, None if rates is None else of(rates), replicates[name])


def _threshold(tails: list[_Tail], target: float) -> float:
    """The lowest threshold at which the mean of the groups' rates is at most the target."""
    scores = np.concatenate([tail.scores for tail in tails])
    weights = np.concatenate(
        [np.full(tail.scores.size, 1 / (tail.pairs * len(tails))) for tail in tails]
    )
    order = np.argsort(-scores, kind="stable")
    scores, reached = scores[order], np.cumsum(weights[order])
    # Equal scores move together: what counts is the sum at the last of them.
    last = np.append(scores[1:] != scores[:-1], True)
    kept = np.flatnonzero(last & (reached <= target * (1 + 1e-9)))
    return float(scores[kept[-1]]) if kept.size else float(np.nextafter(scores[0], np.inf))


def _drawn(
    tail: _Tail, threshold: float, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    kept = tail.scores >= threshold
    first, second = tail.first[kept], tail.second[kept]
    rates = np.empty(draws)
    for draw in range(draws):
        picked = rng.integers(tail.people, size=tail.people)
        weights = np.bincount(picked, minlength=tail.people).astype(np.float64)
        held = weights * tail.images
        pairs = (held.sum() ** 2 - np.square(held).sum()) / 2
        rates[draw] = (weights[first] * weights[second]).sum() / pairs
    return rates


def _fnmr(method: Method, mated: Samples, target: float, *, counts_only: bool) -> float | None:
    """Share of mated pairs missed where all non-mated pairs of the same data keep the target.

    `None` where nobody has two different pictures, or too few people are missed to be told.
    """
    rows = np.flatnonzero(mated.acquired)
    vectors, person = mated.vectors[rows], mated.subjects[rows]
    tail: list[NDArray[np.float32]] = []
    same: list[NDArray[np.float32]] = []
    whose: list[NDArray[np.int64]] = []
    pairs = 0
    for start in range(0, len(rows), 512):
        block, rest = slice(start, start + 512), slice(start, None)
        scores = method.block(vectors[block], vectors[rest])
        upper = np.triu(np.ones(scores.shape, dtype=np.bool_), k=1)
        mates = person[block][:, None] == person[rest][None, :]
        photographs = vectors[block] @ vectors[rest].T >= SAME_PHOTOGRAPH
        of_mates = upper & mates & ~photographs
        same.append(scores[of_mates])
        whose.append(person[block][np.nonzero(of_mates)[0]])
        others = scores[upper & ~mates]
        pairs += others.size
        kept = min(max(int(others.size * target * 50), 100), others.size)
        tail.append(np.partition(others, others.size - kept)[others.size - kept :])
    same_scores = np.concatenate(same)
    if not same_scores.size:
        return None
    scores = np.concatenate(tail)
    # All other scores lie below; the target is one of all pairs.
    threshold = threshold_at_most(scores, min(target * pairs / scores.size, 1.0))
    missed = same_scores < threshold
    errors = int(np.count_nonzero(missed))
    if counts_only:
        if np.unique(np.concatenate(whose)[missed]).size < FEW_PEOPLE:
            return None
        errors = FEW_PEOPLE * round(errors / FEW_PEOPLE)
    return errors / missed.size


def _groups(
    data: Samples, grouping: tuple[str, ...], rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    columns = [data.labels[attribute].tolist() for attribute in grouping]
    by_label: dict[tuple[str, ...], list[int]] = {}
    for row, labels in enumerate(zip(*columns, strict=True)):
        if data.acquired[row] and all(labels):
            by_label.setdefault(labels, []).append(row)
    groups = [np.array(rows) for _, rows in sorted(by_label.items())]
    large = [rows for rows in groups if np.unique(data.subjects[rows]).size >= MIN_PEOPLE]
    if len(large) < 2:  # noqa: PLR2004  # nothing is unequal to itself
        raise InputError(
            "Fewer than two groups have 30 people.", hint="Choose other labels, or add people."
        )
    return [
        rows if rows.size <= _MOST_OF_A_GROUP else rng.permutation(rows)[:_MOST_OF_A_GROUP]
        for rows in large
    ]
