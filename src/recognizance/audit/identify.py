"""Real searches: galleries drawn from the data, and everybody searched for in them.

Formulas that go from a rate of comparisons to one of searches assume that comparisons err alike
and independently. They do not: some people resemble many. So galleries are drawn (seeded) and
searched, and the formula stands beside. Conventions are those of `rates`: a mate that ties has
lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.estimates import FEW_PEOPLE, cell, estimate
from recognizance.audit.rates import (
    Searches,
    cumulative_match_characteristic,
    searches_of,
)
from recognizance.audit.result import Identification, SearchCell
from recognizance.audit.uncertainty import PersonCounts
from recognizance.audit.values import Cell, Disclosure, Group
from recognizance.compare import score_matrix
from recognizance.errors import InputError
from recognizance.evidence.build import SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.audit.counted import Counted
    from recognizance.audit.data import Samples
    from recognizance.audit.plan import Plan

LARGEST_BY_DEFAULT = 1000
PROBES = 4000
"""Most searches of one gallery; more add little, for galleries are drawn anew."""
_ROWS_AT_ONCE = 512


def gallery_sizes(plan: Plan, people: int) -> tuple[int, ...]:
    """The asked-for sizes, or one that leaves at least as many people outside."""
    return plan.gallery_sizes or ((min(LARGEST_BY_DEFAULT, people // 2),) if people > 1 else ())


def identification(
    data: Samples, counted: Counted, plan: Plan, thresholds: tuple[float, ...]
) -> tuple[Identification, ...]:
    """Search galleries of every size and measure at every threshold.

    Raises:
        InputError: The data has not enough people for a gallery and somebody outside it.
    """
    people = int(np.count_nonzero(counted.data.images))
    found = []
    for size in gallery_sizes(plan, people):
        if size >= people:
            raise InputError(
                f"A gallery of {size:,} people leaves nobody outside: the data has {people:,}.",
                hint="Choose a smaller gallery, or add people.",
            )
        trials = _Trials(data, counted, plan, size)
        found += [trials.at(threshold) for threshold in thresholds]
    return tuple(found)


class _Trials:
    """All searches of all galleries of one size."""

    def __init__(self, data: Samples, counted: Counted, plan: Plan, size: int) -> None:
        self._counted, self._plan, self._size = counted, plan, size
        rng = np.random.default_rng([plan.seed, 6, size])
        parts = []
        for number in range(plan.galleries):
            plan.report(f"searches of {size:,}")(number, plan.galleries)
            parts.append(_search(data, size, rng))
        plan.report(f"searches of {size:,}")(plan.galleries, plan.galleries)
        self._person = np.concatenate([person for person, *_ in parts])
        self._plain = _joined([plain for _, plain, _ in parts])
        self._with_suspected = _joined([both for _, _, both in parts])
        self._identities = data.identities

    def at(self, threshold: float) -> Identification:
        groups = (Group(), *self._counted.main)
        mated = self._plain.mated
        best = (
            cumulative_match_characteristic(self._plain, self._plan.rank).tolist()
            if mated.any()
            else []
        )
        return Identification(
            gallery_size=self._size,
            galleries=self._plan.galleries,
            rank=self._plan.rank,
            threshold=threshold,
            target=self._plan.fpir_target,
            cells=tuple(self._cell(group, threshold) for group in groups),
            cmc=tuple(best) if self._enough(mated, self._plain.better) else (),
        )

    def _enough(self, mated: NDArray[np.bool_], better: NDArray[np.integer]) -> bool:
        """Whether five people's mates were not first, where fewer may not be told from none."""
        if self._plan.disclosure is not Disclosure.COUNTS:
            return True
        return np.unique(self._person[mated & (better > 0)]).size >= FEW_PEOPLE

    def _cell(self, group: Group, threshold: float) -> SearchCell:
        counted = self._counted
        cells = counted.data.cells_of(group)
        inside = np.isin(counted.data.person_cell[self._person], cells)
        mated = self._plain.mated
        outside = inside & ~mated
        fpir = self._rate(group, outside, self._plain.best_other >= threshold)
        if not self._identities:
            both = self._rate(group, outside, self._with_suspected.best_other >= threshold)
            fpir = Cell(
                group,
                fpir.estimate,
                both.estimate,
                None,
                fpir.target,
                fpir.verdict,
                fpir.people_missing,
            )
        found = (self._plain.mate >= threshold) & (self._plain.better < self._plan.rank)
        fnir = self._rate(group, inside & mated, ~found, target=self._plan.fnmr_target)
        shown = fpir.estimate.rate is not None
        return SearchCell(group, fpir, self._formula(cells, threshold) if shown else None, fnir)

    def _rate(
        self,
        group: Group,
        searched: NDArray[np.bool_],
        wrong: NDArray[np.bool_],
        target: float | None = None,
    ) -> Cell:
        people, person = np.unique(self._person[searched], return_inverse=True)
        wrongs = np.bincount(person, weights=wrong[searched], minlength=people.size)
        errors = wrongs.astype(np.float64)
        trials = np.bincount(person, minlength=people.size).astype(np.float64)
        drawn = np.empty(0)
        if people.size:
            rng = np.random.default_rng([self._plan.seed, 7])
            drawn = PersonCounts(errors, trials).drawn(self._plan.draws, rng)
        given = estimate(
            errors=int(errors.sum()),
            trials=int(trials.sum()),
            people=people.size,
            in_error=int(np.count_nonzero(errors)),
            not_in_error=int(np.count_nonzero(errors < trials)),
            drawn=drawn,
            disclosure=self._plan.disclosure,
        )
        aim = self._plan.fpir_target if target is None else target
        return cell(group, given, target=aim if given.trials else None)

    def _formula(self, cells: NDArray[np.int64], threshold: float) -> float:
        """`1 - (1 - FMR)^N`, with the rate of the group's people against everybody."""
        counted = self._counted
        edge = int(np.searchsorted(counted.data.edges, threshold))
        others = np.setdiff1d(np.arange(len(counted.data.cells)), cells)
        within = counted.data.pairs_within(cells)
        across = counted.data.pairs_between(cells, others)
        # A pair within the group is a comparison of two of its people, one across it of one.
        errors = 2 * counted.errors(within, suspected=False)[edge]
        errors = errors + counted.errors(across, suspected=False)[edge]
        trials = 2 * counted.pairs(within) + counted.pairs(across)
        return float(-np.expm1(self._size * np.log1p(-errors / max(trials, 1))))


def _search(
    data: Samples, size: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Searches, Searches]:
    """Draw one gallery and search it: whose each search was, and what it gave."""
    rows = rng.permutation(np.flatnonzero(data.acquired))
    _, first = np.unique(data.subjects[rows], return_index=True)
    one_each = rng.permutation(rows[first])
    gallery, outside = one_each[:size], one_each[size:][:PROBES]
    enrolled = np.isin(data.subjects[rows], data.subjects[gallery])
    again = rows[enrolled & ~np.isin(rows, gallery)][:PROBES]
    probes = np.concatenate([outside, again])
    parts, suspected_parts = [], []
    for start in range(0, probes.size, _ROWS_AT_ONCE):
        part = probes[start : start + _ROWS_AT_ONCE]
        means, held = data.cohort_means[part], data.cohort_means[gallery]
        scores = score_matrix(data.vectors[part], means, data.vectors[gallery], held)
        whose, whom = data.subjects[part], data.subjects[gallery]
        suspected_parts.append(searches_of(scores, whose, whom))
        if not data.identities:
            cosine = scores + (means[:, None] + held[None, :]) / 2
            scores[cosine >= SUSPECTED_SAME_PERSON] = -np.inf
        parts.append(searches_of(scores, whose, whom))
    return data.subjects[probes], _joined(parts), _joined(suspected_parts)


def _joined(parts: list[Searches]) -> Searches:
    return Searches(
        best_other=np.concatenate([part.best_other for part in parts]),
        mate=np.concatenate([part.mate for part in parts]),
        better=np.concatenate([part.better for part in parts]),
    )
