"""What every kind of data comes down to: people in groups, and counts of their comparisons.

A *cell* is the finest group: one combination of all labels. Every group, matrix and total is a sum
of cells. Non-mated comparisons are counted for each pair of cells at or above each edge (exact),
and those above a floor are kept one by one as pairs of people (the tail), for intervals must draw
people. Mated scores are kept with their person.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.exact import EDGES_PER_UNIT, Templates, pair_index, survivors, tail_counts
from recognizance.audit.values import Group
from recognizance.errors import InputError
from recognizance.evidence.build import SAME_PHOTOGRAPH, SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from recognizance.audit.data import Samples
    from recognizance.audit.exact import Multiply

LOOSEST_RATE = 0.02
"""Share of all pairs that lies above the floor; no target is looser than half of it."""

PEOPLE_DRAWN_FROM = 20_000
"""Intervals draw from at most so many people, chosen by the seed."""

MAX_CELLS = 512
_PROBED = 3000
_SEED = 19795


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """Pairs of people with a comparison at or above the floor.

    Attributes:
        first: ndarray of shape (n,), dtype=np.int64: one person.
        second: Same shape: the other.
        edge: Same shape: index of the highest edge that the score reaches.
        suspected: ndarray of shape (n,), dtype=np.bool_: suspected to be one person.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    edge: NDArray[np.int64]
    suspected: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_] | NDArray[np.int64]) -> Tail:
        """Some of the pairs."""
        return Tail(self.first[kept], self.second[kept], self.edge[kept], self.suspected[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """All comparisons of a data set.

    Attributes:
        attributes: The labels that people are split by.
        cells: One value an attribute, for each cell; '' = unknown.
        person_cell: ndarray of shape (people,), dtype=np.int64.
        images: Same shape: usable pictures of each person.
        failures: Same shape: pictures without a usable face.
        edges: ndarray of shape (edges,), dtype=np.float64, rising: every threshold there is.
        pairs: ndarray of shape (pairs of cells,), dtype=np.int64: non-mated comparisons.
        counts: ndarray of shape (pairs of cells, edges), dtype=np.int64: those at or above.
        suspected: Same shape: the suspected ones among them; zeros where identities are known.
        mated_person: ndarray of shape (mated,), dtype=np.int64.
        mated_score: Same shape, dtype=np.float64.
        tail: The pairs above the floor, of the people that intervals draw from.
        drawn_from: ndarray of shape (people,), dtype=np.bool_: those people.
        degrees: ndarray of shape (people, cells), dtype=np.int64: in how many comparisons with
            each cell a person takes part; `None` = each of their images with everybody's.
        identities: Whether it is known who is who.
    """

    attributes: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    person_cell: NDArray[np.int64]
    images: NDArray[np.int64]
    failures: NDArray[np.int64]
    edges: NDArray[np.float64]
    pairs: NDArray[np.int64]
    counts: NDArray[np.int64]
    suspected: NDArray[np.int64]
    mated_person: NDArray[np.int64]
    mated_score: NDArray[np.float64]
    tail: Tail
    drawn_from: NDArray[np.bool_]
    degrees: NDArray[np.int64] | None
    identities: bool

    def cells_of(self, group: Group) -> NDArray[np.int64]:
        """The cells that make up a group."""
        wanted = [(self.attributes.index(key), value) for key, value in group.labels]
        return np.array(
            [
                number
                for number, cell in enumerate(self.cells)
                if all(cell[column] == value for column, value in wanted)
            ],
            dtype=np.int64,
        )

    def groups(self, grouping: tuple[str, ...]) -> tuple[Group, ...]:
        """The groups by some attributes, without people of unknown labels, in order of words."""
        columns = [self.attributes.index(key) for key in grouping]
        values = sorted({tuple(cell[column] for column in columns) for cell in self.cells})
        return tuple(Group(tuple(zip(grouping, each, strict=True))) for each in values if all(each))

    def pairs_within(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the pairs of cells inside a group."""
        low, high = np.triu_indices(cells.size)
        return pair_index(cells[low], cells[high], len(self.cells))

    def pairs_between(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the pairs of cells across two groups without a cell in common."""
        left, right = np.meshgrid(one, other, indexing="ij")
        return pair_index(left.ravel(), right.ravel(), len(self.cells))


def groupings_of(attributes: tuple[str, ...], together: int = 3) -> tuple[tuple[str, ...], ...]:
    """Each attribute alone, then every intersection of up to so many."""
    return tuple(
        each
        for size in range(1, min(together, len(attributes)) + 1)
        for each in combinations(attributes, size)
    )


def compare_samples(
    data: Samples,
    attributes: tuple[str, ...],
    *,
    seed: int = _SEED,
    threads: int | None = None,
    multiply: Multiply | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparisons:
    """Compare every picture with every other.

    Mated pairs that are the very same picture (plain cosine from 0.95) are left out. Where
    identities are unknown there are no mated pairs, and pairs that look like one person are counted
    apart.

    Args:
        data: The pictures.
        attributes: Labels to split people by.
        seed: Of the choice of people whom intervals draw from.
        threads: See `exact.survivors`.
        multiply: Likewise.
        progress: Likewise.

    Raises:
        InputError: There is no such label, or there are too many groups or too few people.
    """
    cells, cell_of_row = cells_of_labels(data.labels, attributes, len(data))
    used = data.acquired
    people = int(data.subjects.max()) + 1
    images = np.bincount(data.subjects[used], minlength=people)
    person_cell = np.zeros(people, dtype=np.int64)
    # From the last row to the first: a person is in the cell of their first picture.
    person_cell[data.subjects[::-1]] = cell_of_row[::-1]
    templates = Templates(
        vectors=np.ascontiguousarray(data.vectors[used]),
        means=data.cohort_means[used],
        person=data.subjects[used],
        cell=person_cell[data.subjects[used]],
    )
    rng = np.random.default_rng([seed, 1])
    floor, edges = _edges(templates, rng)
    suspected_from = np.inf if data.identities else SUSPECTED_SAME_PERSON
    n_cells = len(cells)
    how = {"threads": threads, "multiply": multiply}
    counts, suspected = tail_counts(
        templates,
        floor=floor,
        edges=edges.size,
        cells=n_cells,
        suspected_from=suspected_from,
        progress=progress,
        **how,
    )
    drawn_from = _drawn_from(people, images, rng)
    kept = drawn_from[templates.person]
    chosen = Templates(
        templates.vectors[kept], templates.means[kept], templates.person[kept], templates.cell[kept]
    )
    tail = _tail(chosen, floor, edges.size, suspected_from, how)
    mated_person, mated_score = mated_scores(data)
    return Comparisons(
        attributes=attributes,
        cells=cells,
        person_cell=person_cell,
        images=images,
        failures=np.bincount(data.subjects[~used], minlength=people),
        edges=edges,
        pairs=_pairs(person_cell, images, n_cells),
        counts=counts,
        suspected=suspected,
        mated_person=mated_person,
        mated_score=mated_score,
        tail=tail,
        drawn_from=drawn_from,
        degrees=None,
        identities=data.identities,
    )


def cells_of_labels(
    labels: Mapping[str, NDArray[np.str_]], attributes: tuple[str, ...], rows: int
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int64]]:
    """Every combination of labels that occurs, and which one each row has.

    Raises:
        InputError: A label does not exist, or there are too many combinations.
    """
    for attribute in attributes:
        if attribute not in labels:
            raise InputError(
                f"The data has no label `{attribute}`.",
                hint=f"It has {', '.join(sorted(labels)) or 'none'}.",
            )
    if not attributes:
        return ((),), np.zeros(rows, dtype=np.int64)
    columns = [np.unique(labels[attribute], return_inverse=True) for attribute in attributes]
    stacked = np.stack([codes for _, codes in columns], axis=1)
    found, cell = np.unique(stacked, axis=0, return_inverse=True)
    if len(found) > MAX_CELLS:
        raise InputError(
            f"The labels make {len(found)} groups; an audit takes at most {MAX_CELLS}.",
            hint="Leave out an attribute, or put its values together, as ages into bands.",
        )
    cells = tuple(
        tuple(str(columns[column][0][code]) for column, code in enumerate(codes))
        for codes in found.tolist()
    )
    return cells, cell.reshape(-1).astype(np.int64)


def mated_scores(data: Samples) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Person and score of every pair of pictures of one person, the very same picture left out."""
    people: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    scores: list[NDArray[np.float64]] = [np.empty(0)]
    for person, rows in pictures_by_person(data):
        vectors = data.vectors[rows].astype(np.float64)
        means = data.cohort_means[rows].astype(np.float64)
        one, other = np.triu_indices(rows.size, k=1)
        cosines = np.einsum("ij,ij->i", vectors[one], vectors[other])
        apart = cosines < SAME_PHOTOGRAPH
        scores.append((cosines - (means[one] + means[other]) / 2)[apart])
        people.append(np.full(int(apart.sum()), person))
    return np.concatenate(people), np.concatenate(scores)


def pictures_by_person(data: Samples) -> list[tuple[int, NDArray[np.int64]]]:
    """The usable pictures of each person who has at least two."""
    if not data.identities:
        return []
    rows = np.flatnonzero(data.acquired)
    rows = rows[np.argsort(data.subjects[rows], kind="stable")]
    people, starts = np.unique(data.subjects[rows], return_index=True)
    parts = np.split(rows, starts[1:])
    return [
        (int(person), part) for person, part in zip(people, parts, strict=True) if part.size > 1
    ]


def _edges(templates: Templates, rng: np.random.Generator) -> tuple[int, NDArray[np.float64]]:
    """The lowest edge, above which about `LOOSEST_RATE` of all pairs lie, and all edges from it."""
    n = len(templates.vectors)
    if n < 2:  # noqa: PLR2004  # a pair
        raise InputError("There is nobody to compare.", hint="Give at least two usable pictures.")
    # Two sorted draws of rows instead of one: no picture is compared with itself.
    rows = rng.permutation(n)[: 2 * _PROBED]
    one, other = rows[: rows.size // 2], rows[rows.size // 2 :]
    cosines = templates.vectors[one] @ templates.vectors[other].T
    half = templates.means / 2
    scores = cosines - half[one][:, None] - half[other][None, :]
    floor = int(np.floor(np.quantile(scores, 1 - LOOSEST_RATE) * EDGES_PER_UNIT))
    top = int(np.ceil((1 - 2 * half.min(initial=0.0)) * EDGES_PER_UNIT)) + 1
    return floor, np.arange(floor, max(top, floor + 2)) / EDGES_PER_UNIT


def _drawn_from(
    people: int, images: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.bool_]:
    usable = np.flatnonzero(images)
    chosen = np.zeros(people, dtype=np.bool_)
    chosen[rng.permutation(usable)[:PEOPLE_DRAWN_FROM]] = True
    return chosen


def _tail(
    templates: Templates, floor: int, edges: int, suspected_from: float, how: Mapping[str, object]
) -> Tail:
    parts = [
        Tail(
            templates.person[found.one],
            templates.person[found.other],
            np.minimum(found.edge, edges - 1),
            found.suspected,
        )
        for found in survivors(templates, floor=floor, suspected_from=suspected_from, **how)  # type: ignore[arg-type]  # handed on as they are
    ]
    empty = np.empty(0, dtype=np.int64)
    parts.append(Tail(empty, empty, empty, np.empty(0, dtype=np.bool_)))
    return Tail(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.edge for part in parts]),
        np.concatenate([part.suspected for part in parts]),
    )


def _pairs(
    person_cell: NDArray[np.int64], images: NDArray[np.int64], cells: int
) -> NDArray[np.int64]:
    """Comparisons of different people's pictures, for each pair of cells."""
    held = np.bincount(person_cell, weights=images, minlength=cells)
    squares = np.bincount(person_cell, weights=images.astype(np.float64) ** 2, minlength=cells)
    low, high = np.triu_indices(cells)
    pairs = np.where(low == high, (held[low] ** 2 - squares[low]) / 2, held[low] * held[high])
    result: NDArray[np.int64] = np.rint(pairs).astype(np.int64)
    return result
