"""Rates of groups read off the exact counts: for thresholds, curves and the points of both."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.estimates import FEW_PEOPLE
from recognizance.evidence.build import MIN_PEOPLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.audit.comparisons import Comparisons
    from recognizance.audit.values import Group

_ROUNDING = 1 + 1e-12
"""A product of a rate and a count may fall just short of the whole number it stands for."""


class Counted:
    """The comparisons of some groups.

    Args:
        data: All comparisons.
        main: The grouping of curves and of the mean of the groups; empty = everybody.
        least_people: Smaller groups are not even named.
    """

    def __init__(self, data: Comparisons, main: tuple[str, ...], *, least_people: int = 1) -> None:
        self.data = data
        self._least_people = least_people
        usable = data.images > 0
        self.people_of_cell = np.bincount(
            data.person_cell, weights=usable, minlength=len(data.cells)
        ).astype(np.int64)
        self.main = self.groups(main) if main else ()
        self._order, self._starts = self._tail_by_pair()
        self._most_images = int(data.images.max(initial=1))

    def groups(self, grouping: tuple[str, ...]) -> tuple[Group, ...]:
        """The groups by some attributes that may be named."""
        return tuple(
            group
            for group in self.data.groups(grouping)
            if self.people(self.data.cells_of(group)) >= self._least_people
        )

    @cached_property
    def everything(self) -> NDArray[np.int64]:
        """Every pair of cells."""
        return np.arange(self.data.pairs.size)

    @cached_property
    def large(self) -> tuple[Group, ...]:
        """The main groups with people enough for a rate."""
        return tuple(
            group
            for group in self.main
            if self.people(self.data.cells_of(group)) >= MIN_PEOPLE
            and self.pairs(self.within(group)) > 0
        )

    def within(self, group: Group) -> NDArray[np.int64]:
        """Pairs of cells inside a group."""
        return self.data.pairs_within(self.data.cells_of(group))

    def people(self, cells: NDArray[np.int64]) -> int:
        """People with a usable picture."""
        return int(self.people_of_cell[cells].sum())

    def pairs(self, line: NDArray[np.int64]) -> int:
        """Comparisons of some pairs of cells."""
        return int(self.data.pairs[line].sum())

    def errors(self, line: NDArray[np.int64], *, suspected: bool) -> NDArray[np.int64]:
        """False matches at each edge, with the suspected ones or without."""
        counts: NDArray[np.int64] = self.data.counts[line].sum(axis=0)
        if not suspected:
            counts = counts - self.data.suspected[line].sum(axis=0)
        return counts

    def fmr(self, line: NDArray[np.int64]) -> NDArray[np.float64]:
        """False match rate at each edge, the suspected pairs left out."""
        return self.errors(line, suspected=False) / max(self.pairs(line), 1)

    def mean_fmr(self) -> NDArray[np.float64]:
        """Mean of the main groups' false match rates at each edge; of all pairs without groups."""
        if not self.large:
            return self.fmr(self.everything)
        rates: NDArray[np.float64] = np.mean(
            [self.fmr(self.within(group)) for group in self.large], axis=0
        )
        return rates

    def edge_at_most(self, rates: NDArray[np.float64], target: float) -> int | None:
        """The lowest edge whose rate is at most the target; `None` where none is."""
        kept = np.flatnonzero(rates <= target * _ROUNDING)
        return int(kept[0]) if kept.size else None

    def people_in_error(self, line: NDArray[np.int64], edge: int, *, suspected: bool) -> int:
        """A lower bound of the people with a false match, exact below `FEW_PEOPLE`.

        Fewer than five people cannot have more false matches than the pairs of pictures among them,
        so most counts need no look at the people.
        """
        errors = int(self.errors(line, suspected=suspected)[edge])
        if errors > (FEW_PEOPLE - 1) * (FEW_PEOPLE - 2) // 2 * self._most_images**2:
            return FEW_PEOPLE
        tail = self.data.tail
        rows = np.concatenate(
            [self._order[self._starts[pair] : self._starts[pair + 1]] for pair in line.tolist()]
            or [np.empty(0, dtype=np.int64)]
        )
        rows = rows[tail.edge[rows] >= edge]
        if not suspected:
            rows = rows[~tail.suspected[rows]]
        return int(np.unique(np.concatenate([tail.first[rows], tail.second[rows]])).size)

    def misses(self, cells: NDArray[np.int64], edge: int) -> tuple[int, int, int, int, int]:
        """Of mated pairs: missed, all, people, people missed, people with one not missed."""
        data = self.data
        inside = np.isin(data.person_cell[data.mated_person], cells)
        people, scores = data.mated_person[inside], data.mated_score[inside]
        missed = scores < data.edges[edge]
        return (
            int(missed.sum()),
            int(scores.size),
            int(np.unique(people).size),
            int(np.unique(people[missed]).size),
            int(np.unique(people[~missed]).size),
        )

    def fnmr(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """False non-match rate at each edge; empty without mated pairs."""
        data = self.data
        inside = np.isin(data.person_cell[data.mated_person], cells)
        scores = np.sort(data.mated_score[inside])
        if not scores.size:
            return np.empty(0)
        below: NDArray[np.float64] = np.searchsorted(scores, data.edges) / scores.size
        return below

    def few_missed(self, cells: NDArray[np.int64]) -> tuple[int, int]:
        """First edge at which five people are missed, and first at which not even five are left."""
        data = self.data
        inside = np.isin(data.person_cell[data.mated_person], cells)
        people, scores = data.mated_person[inside], data.mated_score[inside]
        order = np.lexsort((scores, people))
        _, starts = np.unique(people[order], return_index=True)
        if starts.size < FEW_PEOPLE:
            return data.edges.size, 0
        ordered = scores[order]
        lowest = np.sort(ordered[starts])
        highest = np.sort(np.maximum.reduceat(ordered, starts))
        return (
            int(np.searchsorted(data.edges, lowest[FEW_PEOPLE - 1], side="right")),
            int(np.searchsorted(data.edges, highest[-FEW_PEOPLE], side="right")),
        )

    def last_edge_with_people(self, line: NDArray[np.int64]) -> int:
        """The highest edge at which at least five people have a false match; -1 = none has."""
        falling = self.errors(line, suspected=False)
        low, high = -1, int(np.count_nonzero(falling > 0)) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.people_in_error(line, middle, suspected=False) >= FEW_PEOPLE:
                low = middle
            else:
                high = middle - 1
        return low

    def _tail_by_pair(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        data = self.data
        one = data.person_cell[data.tail.first]
        other = data.person_cell[data.tail.second]
        low, high = np.minimum(one, other), np.maximum(one, other)
        pair = low * len(data.cells) - low * (low - 1) // 2 + high - low
        order = np.argsort(pair, kind="stable")
        starts = np.searchsorted(pair[order], np.arange(data.pairs.size + 1))
        return order, starts
