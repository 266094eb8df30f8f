"""The joint bootstrap: people are drawn once, and every rate is computed from the same draw.

Each cell's people are drawn anew within the cell, so that every replicate has the groups of the
data. With weights `w` a false match rate is `w'Aw / w'Mw` with a zero diagonal (Snijders and
Borgatti, 1999), and a false non-match rate `w'e / w'm`. As all rates of a replicate share their
people, so do ratios and coefficients made of them: these get joint intervals.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.blas import single_threaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recognizance.audit.comparisons import Comparisons

_DRAWS_AT_ONCE = 64
_PAIRS_AT_ONCE = 1 << 14
_FLOATS_AT_ONCE = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Rates of every replicate.

    Attributes:
        fmr: ndarray of shape (draws, lines, thresholds), dtype=np.float64: suspected pairs left
            out; NaN where a draw had no comparison.
        fmr_with_suspected: Same shape.
        fnmr: ndarray of shape (draws, groups, thresholds), likewise.
    """

    fmr: NDArray[np.float64]
    fmr_with_suspected: NDArray[np.float64]
    fnmr: NDArray[np.float64]


def draw(
    data: Comparisons,
    lines: Sequence[NDArray[np.int64]],
    groups: Sequence[NDArray[np.int64]],
    edges: NDArray[np.int64],
    *,
    draws: int,
    rng: np.random.Generator,
) -> Drawn:
    """Draw the people anew and measure again, many times.

    Args:
        data: The comparisons.
        lines: Pairs of cells, for each false match rate.
        groups: Cells, for each false non-match rate.
        edges: ndarray of shape (thresholds,), rising: indices into `data.edges`.
        draws: How many replicates.
        rng: Where chance comes from.
    """
    plan = _Plan(data, lines, groups, edges)
    # The products are small: more than one thread for each would wait longer than it works. People
    # are drawn in one order while earlier draws are measured, so the figures are always the same.
    threads = os.cpu_count() or 1
    with single_threaded(), ThreadPoolExecutor(threads) as pool:
        # A few parts at once: all of them would hold every person of every draw in memory.
        weights = plan.weights(draws, rng)
        parts: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]] = []
        while some := tuple(islice(weights, 2 * threads)):
            parts += pool.map(plan.replicate, some)
    return Drawn(*(np.concatenate(each) for each in zip(*parts, strict=True)))


class _Plan:
    """What stays the same from draw to draw."""

    def __init__(
        self,
        data: Comparisons,
        lines: Sequence[NDArray[np.int64]],
        groups: Sequence[NDArray[np.int64]],
        edges: NDArray[np.int64],
    ) -> None:
        self._data, self._groups = data, groups
        self._chosen = np.flatnonzero(data.drawn_from)
        place = np.full(data.person_cell.size, -1)
        place[self._chosen] = np.arange(self._chosen.size)
        self._cell = data.person_cell[self._chosen]
        self._by_cell = [np.flatnonzero(self._cell == cell) for cell in range(len(data.cells))]
        # By cell: how often its people met those of each cell; (cells, people of this one).
        self._met = (
            []
            if data.degrees is None
            else [
                data.degrees[self._chosen[people]].T.astype(np.float64) for people in self._by_cell
            ]
        )
        used = np.unique(np.concatenate([*lines, np.empty(0, dtype=np.int64)])).astype(np.int64)
        self._used, self._thresholds = used, edges.size
        self._member = np.zeros((len(lines), used.size))
        for number, line in enumerate(lines):
            self._member[number, np.searchsorted(used, line)] = 1
        self._sort_tail(place, edges)
        self._count_misses(place, edges)

    def _sort_tail(self, place: NDArray[np.int64], edges: NDArray[np.int64]) -> None:
        """Pairs in order of (pair of cells, suspected, threshold), so that sums are of slices."""
        data, tail = self._data, self._data.tail
        low = np.minimum(data.person_cell[tail.first], data.person_cell[tail.second])
        high = np.maximum(data.person_cell[tail.first], data.person_cell[tail.second])
        pair = low * len(data.cells) - low * (low - 1) // 2 + high - low
        at = np.searchsorted(self._used, pair).clip(max=max(self._used.size - 1, 0))
        reached = np.searchsorted(edges, tail.edge, side="right") - 1
        kept = (reached >= 0) & (self._used[at] == pair) if self._used.size else reached < -1
        key = ((at * 2 + tail.suspected) * self._thresholds + reached)[kept]
        order = np.argsort(key, kind="stable")
        self._first = place[tail.first[kept][order]]
        self._second = place[tail.second[kept][order]]
        self._key = key[order]

    def _count_misses(self, place: NDArray[np.int64], edges: NDArray[np.int64]) -> None:
        """Each person's mated comparisons, and those below each threshold."""
        data = self._data
        people = place[data.mated_person]
        kept = people >= 0
        people, scores = people[kept], data.mated_score[kept]
        self._mated = np.bincount(people, minlength=self._chosen.size).astype(np.float64)
        self._mated_rows = [rows[self._mated[rows] > 0] for rows in self._by_cell]
        # The number of thresholds that a score reaches: it is missed at all later ones.
        reached = np.searchsorted(data.edges[edges], scores, side="right")
        size = self._thresholds + 1
        first_missed = np.bincount(people * size + reached, minlength=self._chosen.size * size)
        self._missed = first_missed.reshape(-1, size)[:, :-1].cumsum(axis=1).astype(np.float64)

    def weights(self, draws: int, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """How often each person is drawn; (people, draws of this part)."""
        at_once = _FLOATS_AT_ONCE // max(self._used.size * 2 * self._thresholds, 1)
        at_once = int(np.clip(at_once, 4, _DRAWS_AT_ONCE))
        for start in range(0, draws, at_once):
            count = min(at_once, draws - start)
            drawn = np.zeros((self._chosen.size, count), dtype=np.float32)
            for people in self._by_cell:
                size = people.size
                if size:
                    picks = rng.integers(size, size=(size, count)) * count + np.arange(count)
                    often = np.bincount(picks.ravel(), minlength=size * count)
                    drawn[people] = often.reshape(size, count)
            yield drawn

    def replicate(
        self, weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The rates of some draws."""
        wrong = self._wrong(weights)
        pairs = self._member @ self._pairs(weights.astype(np.float64))
        alone = _ratio(wrong[:, 0], pairs[:, None, :])
        both = _ratio(wrong.sum(axis=1), pairs[:, None, :])
        missed, mated = self._misses(weights.astype(np.float64))
        misses = _ratio(missed, mated[:, None, :])
        return tuple(each.transpose(2, 0, 1) for each in (alone, both, misses))  # type: ignore[return-value]  # three of three

    def _wrong(self, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """False matches by line; (lines, not suspected and suspected, thresholds, draws)."""
        count = weights.shape[1]
        sums = np.zeros((self._used.size * 2 * self._thresholds, count))
        for start in range(0, self._key.size, _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            both = weights[self._first[part]]
            both *= weights[self._second[part]]
            keys, starts = np.unique(self._key[part], return_index=True)
            sums[keys] += np.add.reduceat(both, starts, axis=0)
        shaped = sums.reshape(self._used.size, 2, self._thresholds, count)
        at_or_above = shaped[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
        flat = at_or_above.reshape(self._used.size, 2 * self._thresholds * count)
        by_line: NDArray[np.float64] = self._member @ flat
        return by_line.reshape(-1, 2, self._thresholds, count)

    def _pairs(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Comparisons of each used pair of cells; (pairs, draws)."""
        data, cells = self._data, len(self._data.cells)
        low, high = np.triu_indices(cells)
        low, high = low[self._used], high[self._used]
        if data.degrees is None:
            held = weights * data.images[self._chosen, None]
            total = np.stack([held[people].sum(axis=0) for people in self._by_cell])
            square = np.stack([np.square(held[people]).sum(axis=0) for people in self._by_cell])
            inside = (np.square(total) - square) / 2
            complete: NDArray[np.float64] = np.where(
                (low == high)[:, None], inside[low], total[low] * total[high]
            )
            return complete
        # Not everybody met everybody: the total moves with how often each person took part. This
        # leaves out the product of two deviations, which is smaller by the number of people.
        off = weights - 1
        moved = np.stack(
            [met @ off[people] for met, people in zip(self._met, self._by_cell, strict=True)]
        )
        both = np.where(
            (low == high)[:, None], moved[low, low], moved[low, high] + moved[high, low]
        )
        pairs: NDArray[np.float64] = data.pairs[self._used].astype(np.float64)[:, None] + both
        return pairs

    def _misses(
        self, weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Missed, by (group, threshold, draw), and mated comparisons, by (group, draw)."""
        count = weights.shape[1]
        if not self._groups or not self._data.mated_score.size:
            empty = np.zeros((len(self._groups), self._thresholds, count))
            return empty, np.zeros((len(self._groups), count))
        missed = np.stack([self._missed[rows].T @ weights[rows] for rows in self._mated_rows])
        mated = np.stack([self._mated[rows] @ weights[rows] for rows in self._mated_rows])
        return (
            np.stack([missed[cells].sum(axis=0) for cells in self._groups]),
            np.stack([mated[cells].sum(axis=0) for cells in self._groups]),
        )


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotient, NaN where nothing is below."""
    shape = np.broadcast_shapes(above.shape, below.shape)
    result: NDArray[np.float64] = np.divide(
        above, below, out=np.full(shape, np.nan), where=np.broadcast_to(below > 0, shape)
    )
    return result
