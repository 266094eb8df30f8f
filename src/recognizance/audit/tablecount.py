"""A table of scores, read in one pass and reduced to counts; it may be larger than memory.

Kept are: every mated score with its person, the highest non-mated scores (at least those that the
loosest target needs), and counts. Rows of one probe or reference share a person, and a mated row
makes its two sides one person, so that intervals can draw people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.comparisons import (
    LOOSEST_RATE,
    MAX_CELLS,
    PEOPLE_DRAWN_FROM,
    Comparisons,
    Tail,
)
from recognizance.audit.exact import pair_index
from recognizance.audit.labels import KINDS, label_findings
from recognizance.audit.values import Disclosure, Finding
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from recognizance.audit.tables import Chunk, Column

TAIL_ROWS = 20_000_000
"""Most non-mated scores kept; enough for a target of 0.01 in two thousand million rows."""

_MOST_EDGES = 1 << 14
_MOST_COUNTS = 1 << 23
_BINS = 128
_MOST_DEGREES = 1 << 27
_SEED = 19795


@dataclass(frozen=True, slots=True, eq=False)
class TableComparisons:
    """What a table of scores came down to.

    Attributes:
        name: Of the table.
        digest: SHA-256 of its file, hex.
        comparisons: Ready to be assessed.
        images: Probes and references that occur.
        person: Whose each of them is, by number.
        labels: Attribute to the label of each of them.
        repeated: Mated rows that compare a picture with itself; left out.
        unscored: Rows without a score; left out, and not a failure of anybody in particular.
        contradicting: Pictures that have other labels in another row.
        both: Non-mated rows in the tail whose two sides mated rows make one person.
        histogram_edges: Bins for plots.
        histogram: ndarray of shape (pairs of cells, bins), dtype=np.int64: non-mated scores.
    """

    name: str
    digest: str
    comparisons: Comparisons
    images: int
    person: NDArray[np.int64]
    labels: Mapping[str, NDArray[np.str_]]
    repeated: int
    unscored: int
    contradicting: int
    both: int
    histogram_edges: NDArray[np.float64]
    histogram: NDArray[np.int64]

    def findings(self, disclosure: Disclosure) -> Iterator[Finding]:
        """What is odd about the table."""
        yield from label_findings(self.person, self.labels, disclosure=disclosure)
        if self.contradicting:
            yield Finding("contradicting", KINDS["contradicting"], self.contradicting)
        if self.both:
            yield Finding("both", KINDS["both"], self.both)
        if self.repeated:
            yield Finding("same_photograph_mated", KINDS["same_photograph_mated"], self.repeated)
        if self.unscored:
            yield Finding(
                "unscored", "Rows without a score; left out of every rate.", self.unscored
            )


def count_table(
    name: str,
    chunks: Iterable[Chunk],
    attributes: tuple[str, ...],
    *,
    digest: str,
    thresholds: tuple[float, ...] = (),
    seed: int = _SEED,
) -> TableComparisons:
    """Read a table to its end.

    Args:
        name: Of the table, in words.
        chunks: From `tables.read_table`, with the labels of these attributes.
        attributes: Labels to split people by.
        digest: SHA-256 of the table's file.
        thresholds: Further thresholds to count at, as given.
        seed: Of the choice of people whom intervals draw from.

    Raises:
        InputError: A row cannot be read, or there is nothing to compare.
    """
    reading = _Reading(attributes)
    for chunk in chunks:
        reading.add(chunk)
    return reading.finish(name, digest, thresholds, np.random.default_rng([seed, 9]))


class _Reading:
    """The state while rows come in."""

    def __init__(self, attributes: tuple[str, ...]) -> None:
        self._attributes = attributes
        self._ids: dict[str, int] = {}
        self._cells: dict[tuple[str, ...], int] = {}
        self._cell = np.empty(0, dtype=np.int64)
        self._degrees = np.zeros((0, 1), dtype=np.int64)
        self._pairs = np.zeros((1, 1, _BINS), dtype=np.int64)
        self._bins: NDArray[np.float64] | None = None
        self._mated = _Rows()
        self._tail = _Rows()
        self._floor = -np.inf
        self._repeated, self._unscored = 0, 0
        self._two_labels: set[int] = set()

    def add(self, chunk: Chunk) -> None:
        """Take some rows in."""
        probe, reference = self._numbers(chunk.probe), self._numbers(chunk.reference)
        if np.isinf(chunk.score).any():
            raise InputError("A score is infinite.", hint="Leave out rows without a score.")
        self._label(probe, chunk.probe_labels)
        self._label(reference, chunk.reference_labels)
        scored = ~np.isnan(chunk.score)
        itself = probe == reference
        if (itself & ~chunk.mated).any():
            raise InputError(
                "A row says that a picture and itself are of two people.",
                hint="Check the columns of the probe, the reference and the mated flag.",
            )
        self._unscored += int(np.count_nonzero(~scored))
        self._repeated += int(np.count_nonzero(itself & scored))
        mated = chunk.mated & scored & ~itself
        self._mated.add(probe[mated], reference[mated], chunk.score[mated])
        other = ~chunk.mated & scored
        if other.any():
            self._non_mated(probe[other], reference[other], chunk.score[other])

    def finish(
        self, name: str, digest: str, thresholds: tuple[float, ...], rng: np.random.Generator
    ) -> TableComparisons:
        """Everything read; to people, edges and counts."""
        if not self._ids:
            raise InputError("The table has no rows.", hint="Give one row a comparison.")
        one, other, scores = self._mated.all()
        person = _people(len(self._ids), one, other)
        people = int(person.max()) + 1
        cells, person_cell = self._person_cells(person, people)
        n_cells = len(self._cells)
        degrees = np.zeros((people, n_cells), dtype=np.int64)
        np.add.at(degrees, person, self._degrees[: person.size])
        first, second, tail_scores = self._tail.all()
        chosen = np.zeros(people, dtype=np.bool_)
        chosen[rng.permutation(people)[:PEOPLE_DRAWN_FROM]] = True
        pairs, histogram = self._pairs_of_cells(n_cells)
        pair = pair_index(self._cell[first], self._cell[second], n_cells)
        edges = np.unique([*_edges(tail_scores, scores, pairs, pair), *thresholds])
        edges = edges[edges >= self._floor]
        told = tail_scores >= edges[0]
        first, second, pair, tail_scores = first[told], second[told], pair[told], tail_scores[told]
        edge = np.searchsorted(edges, tail_scores, side="right") - 1
        counts = np.bincount(pair * edges.size + edge, minlength=pairs.size * edges.size)
        counts = counts.reshape(pairs.size, edges.size)[:, ::-1].cumsum(axis=1)[:, ::-1]
        drawn = chosen[person[first]] & chosen[person[second]]
        comparisons = Comparisons(
            attributes=self._attributes,
            cells=cells,
            person_cell=person_cell,
            images=np.bincount(person, minlength=people),
            failures=np.zeros(people, dtype=np.int64),
            edges=edges,
            pairs=pairs,
            counts=counts,
            suspected=np.zeros_like(counts),
            mated_person=person[one],
            mated_score=scores,
            tail=Tail(
                person[first][drawn],
                person[second][drawn],
                edge[drawn],
                np.zeros(int(drawn.sum()), dtype=np.bool_),
            ),
            drawn_from=chosen,
            degrees=degrees,
            identities=True,
        )
        words = np.array(list(self._cells), dtype=np.str_).reshape(n_cells, len(self._attributes))
        return TableComparisons(
            name=name,
            digest=digest,
            comparisons=comparisons,
            images=len(self._ids),
            person=person,
            labels={
                attribute: words[self._cell[: len(self._ids)], column]
                for column, attribute in enumerate(self._attributes)
            },
            repeated=self._repeated,
            unscored=self._unscored,
            contradicting=len(self._two_labels),
            both=int(np.count_nonzero(person[first] == person[second])),
            histogram_edges=self._bins if self._bins is not None else np.array([0.0, 1.0]),
            histogram=histogram,
        )

    def _numbers(self, column: Column) -> NDArray[np.int64]:
        known = np.array(
            [self._ids.setdefault(word, len(self._ids)) for word in column.words], dtype=np.int64
        )
        return known[column.codes]

    def _label(self, side: NDArray[np.int64], columns: tuple[Column, ...]) -> None:
        """Give each new picture its cell; remember pictures whose labels change."""
        if len(self._ids) > self._cell.size:
            self._cell = _grown(self._cell, (2 * len(self._ids),), -1)
        code = np.zeros(side.size, dtype=np.int64)
        for column in columns:
            code = code * max(len(column.words), 1) + column.codes
        _, rows, inverse = np.unique(code, return_index=True, return_inverse=True)
        known = [
            self._cells.setdefault(
                tuple(column.words[column.codes[row]] for column in columns), len(self._cells)
            )
            for row in rows.tolist()
        ]
        if len(self._cells) > MAX_CELLS:
            raise InputError(
                f"The labels make more than {MAX_CELLS} groups.",
                hint="Leave out an attribute, or put its values together, as ages into bands.",
            )
        cell = np.array(known, dtype=np.int64)[inverse.reshape(-1)]
        fresh = self._cell[side] < 0
        self._cell[side[fresh]] = cell[fresh]
        differs = self._cell[side] != cell
        self._two_labels.update(np.unique(side[differs]).tolist())
        wanted = (self._cell.size, len(self._cells))
        if wanted[0] * wanted[1] > _MOST_DEGREES:
            raise InputError(
                "The table has too many pictures for so many groups.",
                hint="Leave out an attribute.",
            )
        if self._degrees.shape[0] < wanted[0] or self._degrees.shape[1] < wanted[1]:
            self._degrees = _grown(self._degrees, wanted, 0)
            self._pairs = _grown(self._pairs, (wanted[1], wanted[1], _BINS), 0)

    def _non_mated(
        self, probe: NDArray[np.int64], reference: NDArray[np.int64], score: NDArray[np.float64]
    ) -> None:
        if self._bins is None:
            spread = float(np.ptp(score)) or 1.0
            low, high = float(score.min()) - spread / 4, float(score.max()) + spread / 4
            self._bins = np.linspace(low, high, _BINS + 1)
        width = (self._bins[-1] - self._bins[0]) / _BINS
        at = np.clip((score - self._bins[0]) / width, 0, _BINS - 1).astype(np.int64)
        one, other = self._cell[probe], self._cell[reference]
        cells = self._pairs.shape[0]
        key = (one * cells + other) * _BINS + at
        self._pairs += np.bincount(key, minlength=self._pairs.size).reshape(self._pairs.shape)
        np.add.at(self._degrees, (probe, other), 1)
        np.add.at(self._degrees, (reference, one), 1)
        kept = score >= self._floor
        self._tail.add(probe[kept], reference[kept], score[kept])
        if self._tail.size > TAIL_ROWS:
            self._raise_floor()

    def _raise_floor(self) -> None:
        """Keep the higher half of the tail; equal scores stay together."""
        one, other, scores = self._tail.all()
        self._floor = float(np.partition(scores, scores.size // 2)[scores.size // 2])
        kept = scores >= self._floor
        self._tail = _Rows()
        self._tail.add(one[kept], other[kept], scores[kept])

    def _person_cells(
        self, person: NDArray[np.int64], people: int
    ) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int64]]:
        cell = np.zeros(people, dtype=np.int64)
        # From the last to the first: a person is in the cell of their first picture.
        cell[person[::-1]] = self._cell[: person.size][::-1]
        return tuple(self._cells), cell

    def _pairs_of_cells(self, cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ordered = self._pairs[:cells, :cells]
        low, high = np.triu_indices(cells)
        both = ordered[low, high] + np.where((low == high)[:, None], 0, ordered[high, low])
        return both.sum(axis=1), both


class _Rows:
    """Pairs with a score, as they come."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]] = []
        self.size = 0

    def add(
        self, one: NDArray[np.integer], other: NDArray[np.integer], score: NDArray[np.float64]
    ) -> None:
        self._parts.append((one.astype(np.int32), other.astype(np.int32), score))
        self.size += score.size

    def all(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        empty = np.empty(0, dtype=np.int32)
        parts = [*self._parts, (empty, empty, np.empty(0))]
        one, other, score = (np.concatenate(column) for column in zip(*parts, strict=True))
        return one, other, score


def _grown(array: NDArray[np.int64], shape: tuple[int, ...], value: int) -> NDArray[np.int64]:
    """The same array with room for more."""
    larger = np.full(shape, value, dtype=np.int64)
    larger[tuple(slice(size) for size in array.shape)] = array
    return larger


def _people(pictures: int, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int64]:
    """Who each picture is of: pictures joined by mated rows are one person.

    Each takes the lowest number among those it is joined with, until nothing changes; numbers are
    followed to their own lowest, so that long chains take few rounds.
    """
    lowest = np.arange(pictures)
    while True:
        joined = np.minimum(lowest[one], lowest[other])
        before = lowest.copy()
        np.minimum.at(lowest, lowest[one], joined)
        np.minimum.at(lowest, lowest[other], joined)
        lowest = lowest[lowest]
        if np.array_equal(before, lowest):
            break
    return np.unique(lowest, return_inverse=True)[1].astype(np.int64)


def _edges(
    tail: NDArray[np.float64],
    mated: NDArray[np.float64],
    pairs: NDArray[np.int64],
    pair: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Thresholds to count at: every score of the tail, or many of them where there are too many.

    The chosen ones lie closer the higher they are, so that rare errors are told one by one. One
    edge lies above every score.
    """
    if not tail.size:
        raise InputError(
            "The table has no non-mated rows.", hint="Add comparisons of different people."
        )
    scores = np.unique(tail)
    most = max(min(_MOST_EDGES, _MOST_COUNTS // pairs.size), 256)
    if scores.size > most:
        # Only as low as the loosest target needs in every large pair of groups.
        ordered = np.sort(tail)
        lowest = _loosest(ordered, int(pairs.sum()))
        for number in np.flatnonzero(pairs >= max(pairs.max() // 1000, 1)).tolist():
            lowest = min(lowest, _loosest(np.sort(tail[pair == number]), int(pairs[number])))
        scores = scores[scores >= lowest]
        ranks = np.geomspace(1, scores.size, most)
        scores = scores[np.unique(scores.size - ranks.astype(np.int64))]
    top = max(float(tail.max()), float(mated.max(initial=-np.inf)))
    return np.append(scores, np.nextafter(top, np.inf))


def _loosest(ordered: NDArray[np.float64], pairs: int) -> float:
    """The score above which twice the loosest rate of all pairs lies."""
    enough = max(int(np.ceil(2 * LOOSEST_RATE * pairs)), 1)
    return float(ordered[max(ordered.size - enough, 0)]) if ordered.size else np.inf
