"""Everything at one threshold: rates within groups and across, overall, and how unequal they are.

All intervals of all thresholds come from one joint bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.draws import draw
from recognizance.audit.estimates import cell, estimate, seen_rate
from recognizance.audit.inequality import inequality_of
from recognizance.audit.values import Basis, Cell, CrossGroup, Estimate, Group, OperatingPoint
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recognizance.audit.counted import Counted
    from recognizance.audit.draws import Drawn
    from recognizance.audit.plan import Plan
    from recognizance.audit.values import Inequality

MIN_FALSE_MATCHES = 30
"""Doddington's rule of 30: so many errors are to be expected before a rate is spoken of."""


@dataclass(frozen=True, slots=True)
class _Aim:
    target: float | None
    basis: Basis
    edge: int
    supported: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """One false match rate: of a group, or of a group against another."""

    group: Group
    against: Group | None
    pairs: NDArray[np.int64]
    people: int


def operating_points(counted: Counted, plan: Plan) -> tuple[OperatingPoint, ...]:
    """Measure at every target and every given threshold.

    Raises:
        InputError: A given threshold lies where nothing was measured.
    """
    aims = _aims(counted, plan)
    groups = (Group(), *(group for by in plan.groupings for group in counted.groups(by)))
    lines = [*(_line(counted, group) for group in groups), *_cross_lines(counted)]
    edges = np.unique([aim.edge for aim in aims])
    drawn = draw(
        counted.data,
        [line.pairs for line in lines],
        [counted.data.cells_of(group) for group in groups],
        edges,
        draws=plan.draws,
        rng=np.random.default_rng([plan.seed, 2]),
    )
    points = []
    for number, aim in enumerate(aims):
        plan.report("rates")(number, len(aims))
        at = _Point(counted, plan, aim, int(np.searchsorted(edges, aim.edge)), drawn)
        points.append(at.measure(groups, lines))
    plan.report("rates")(len(aims), len(aims))
    return tuple(points)


class _Point:
    def __init__(self, counted: Counted, plan: Plan, aim: _Aim, column: int, drawn: Drawn) -> None:
        self._counted, self._plan, self._aim = counted, plan, aim
        self._column, self._drawn = column, drawn

    def measure(self, groups: tuple[Group, ...], lines: list[_Line]) -> OperatingPoint:
        aim = self._aim
        fmr = [self._fmr(number, line) for number, line in enumerate(lines)]
        fnmr = [self._fnmr(number, group) for number, group in enumerate(groups)]
        main = self._counted.main
        by_group = {
            line.group: one for one, line in zip(fmr, lines, strict=True) if not line.against
        }
        crossed = {
            (line.group, line.against): one
            for one, line in zip(fmr, lines, strict=True)
            if line.against is not None
        }
        matrix = tuple(
            by_group[one] if one == other else crossed[one, other]
            for row, one in enumerate(main)
            for other in main[row:]
        )
        return OperatingPoint(
            target=aim.target,
            basis=aim.basis,
            threshold=float(self._counted.data.edges[aim.edge]),
            supported=aim.supported,
            overall_fmr=fmr[0],
            overall_fnmr=fnmr[0],
            fmr=tuple(fmr[1 : len(groups)]),
            fnmr=tuple(fnmr[1:]),
            cross=CrossGroup(main, matrix) if main else None,
            inequality=tuple(self._inequality(groups, fmr, fnmr)),
        )

    def _fmr(self, number: int, line: _Line) -> Cell:
        alone = self._false_matches(line, self._drawn.fmr[:, number], suspected=False)
        both = None
        if self._counted.data.suspected[line.pairs].any():
            both = self._false_matches(
                line, self._drawn.fmr_with_suspected[:, number], suspected=True
            )
        target = self._aim.target
        return cell(line.group, alone, target=target, with_suspected=both, against=line.against)

    def _false_matches(
        self, line: _Line, drawn: NDArray[np.float64], *, suspected: bool
    ) -> Estimate:
        counted, edge = self._counted, self._aim.edge
        errors = int(counted.errors(line.pairs, suspected=suspected)[edge])
        trials = counted.pairs(line.pairs)
        column = drawn[:, self._column]
        return estimate(
            errors=errors,
            trials=trials,
            people=line.people,
            in_error=counted.people_in_error(line.pairs, edge, suspected=suspected),
            not_in_error=line.people if errors < trials else 0,
            drawn=column,
            disclosure=self._plan.disclosure,
            seen=seen_rate(counted.data, column),
        )

    def _fnmr(self, number: int, group: Group) -> Cell:
        cells = self._counted.data.cells_of(group)
        missed, trials, people, in_error, not_in_error = self._counted.misses(cells, self._aim.edge)
        given = estimate(
            errors=missed,
            trials=trials,
            people=people,
            in_error=in_error,
            not_in_error=not_in_error,
            drawn=self._drawn.fnmr[:, number, self._column],
            disclosure=self._plan.disclosure,
        )
        return cell(group, given, target=self._plan.fnmr_target if trials else None)

    def _inequality(
        self, groups: tuple[Group, ...], fmr: list[Cell], fnmr: list[Cell]
    ) -> Iterator[Inequality]:
        for grouping in self._plan.groupings:
            numbers = [n for n, group in enumerate(groups) if group.grouping == grouping]
            found = inequality_of(
                self._counted,
                self._plan,
                ([fmr[number] for number in numbers], [fnmr[number] for number in numbers]),
                (
                    self._drawn.fmr[:, numbers, self._column],
                    self._drawn.fmr_with_suspected[:, numbers, self._column],
                    self._drawn.fnmr[:, numbers, self._column],
                ),
                self._aim.edge,
            )
            if found is not None:
                yield found


def _line(counted: Counted, group: Group) -> _Line:
    cells = counted.data.cells_of(group)
    return _Line(group, None, counted.data.pairs_within(cells), counted.people(cells))


def _cross_lines(counted: Counted) -> Iterator[_Line]:
    for row, one in enumerate(counted.main):
        for other in counted.main[row + 1 :]:
            left, right = counted.data.cells_of(one), counted.data.cells_of(other)
            # The smaller side limits what is known, so it is the number of people of the cell.
            people = min(counted.people(left), counted.people(right))
            yield _Line(one, other, counted.data.pairs_between(left, right), people)


def _aims(counted: Counted, plan: Plan) -> list[_Aim]:
    basis = plan.basis if counted.large else Basis.ALL_PAIRS
    rates = counted.mean_fmr()
    lines = [counted.within(group) for group in counted.large]
    if basis is Basis.ALL_PAIRS:
        rates, lines = counted.fmr(counted.everything), [counted.everything]
    fewest = min(counted.pairs(line) for line in lines)
    aims = []
    for target in sorted(set(plan.targets), reverse=True):
        edge = counted.edge_at_most(rates, target)
        # The last edge lies above every score, so only a rounding could leave it out.
        edge = counted.data.edges.size - 1 if edge is None else edge
        aims.append(_Aim(target, basis, edge, fewest * target >= MIN_FALSE_MATCHES))
    for threshold in plan.thresholds:
        edge = int(np.searchsorted(counted.data.edges, threshold))
        if edge >= counted.data.edges.size or threshold < counted.data.edges[0]:
            raise InputError(
                f"Nothing was measured at a threshold of {threshold}.",
                hint=f"Give one from {counted.data.edges[0]} to {counted.data.edges[-1]}.",
            )
        aims.append(_Aim(None, Basis.GIVEN, edge, supported=True))
    if not aims:
        raise InputError("There is no target and no threshold.", hint="Give at least one.")
    return aims
