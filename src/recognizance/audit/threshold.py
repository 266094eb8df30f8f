"""The threshold that keeps a target in the worst group, by its upper bound, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.draws import draw
from recognizance.audit.estimates import estimate, seen_rate
from recognizance.audit.result import Cost, TradeOff, WorstGroupThreshold
from recognizance.audit.values import Curve, Disclosure, Group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recognizance.audit.counted import Counted
    from recognizance.audit.plan import Plan
    from recognizance.audit.values import Estimate

_EDGES_AT_ONCE = 64
_ROUNDS = 6
_POINTS = 120


def fmr_of_search(fpir: float, gallery_size: int) -> float:
    """The false match rate of one comparison that keeps the rate of one search.

    The binomial link `FPIR = 1 - (1 - FMR)^N` (NISTIR 8429, Annex B, as `evidence.thresholds`
    has it). It holds where comparisons err alike; real searches are in `identify`.
    """
    return -math.expm1(math.log1p(-fpir) / gallery_size)


def worst_group_thresholds(counted: Counted, plan: Plan) -> tuple[WorstGroupThreshold, ...]:
    """For every target of a comparison, and of a search at every gallery size."""
    asked = [("fmr", target, 1, target) for target in sorted(set(plan.targets), reverse=True)]
    if plan.fpir_target is not None:
        asked += [
            ("fpir", plan.fpir_target, size, fmr_of_search(plan.fpir_target, size))
            for size in plan.gallery_sizes
        ]
    found = []
    for number, (rate, target, size, fmr_target) in enumerate(asked):
        plan.report("worst group")(number, len(asked))
        at = _worst_group(counted, plan, fmr_target)
        found.append(
            WorstGroupThreshold(
                rate=rate,
                target=target,
                gallery_size=size,
                fmr_target=fmr_target,
                threshold=None if at.edge is None else float(counted.data.edges[at.edge]),
                mean_threshold=float(counted.data.edges[at.mean_edge]),
                worst=at.worst,
                bound=at.bound,
                not_covered=at.not_covered,
                costs=() if at.edge is None else _costs(counted, plan, at.mean_edge, at.edge),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Found:
    edge: int | None
    mean_edge: int
    worst: Group | None
    bound: float | None
    not_covered: tuple[Group, ...]


def _worst_group(counted: Counted, plan: Plan, target: float) -> _Found:
    """The lowest edge at which each group's bound keeps the target; the highest of them holds.

    A bound at one threshold is one at every higher threshold, for a rate only falls. So it does
    not matter that the bound of no error at all, which counts people, may be higher again.
    """
    groups = counted.large or (Group(),)
    open_groups = dict.fromkeys(groups)
    kept: dict[Group, tuple[int, float]] = {}
    mean_edge = counted.edge_at_most(counted.mean_fmr(), target)
    last = counted.data.edges.size - 1
    # A bound is never below its rate, so the search begins where the first rate keeps the target.
    lowest = [
        counted.edge_at_most(counted.fmr(counted.within(group)), target) or 0 for group in groups
    ]
    for step in range(_ROUNDS):
        start = min(lowest) + step * _EDGES_AT_ONCE
        edges = np.arange(start, min(start + _EDGES_AT_ONCE, last + 1))
        if not edges.size or not open_groups:
            break
        for group, edge, bound in _bounds(counted, plan, tuple(open_groups), edges, target):
            kept[group] = (edge, bound)
            del open_groups[group]
    too_few = [group for group in counted.main if group not in groups]
    not_covered = tuple(sorted([*open_groups, *too_few], key=lambda group: group.labels))
    if not kept:
        return _Found(None, last if mean_edge is None else mean_edge, None, None, not_covered)
    worst = max(kept, key=lambda group: kept[group])
    edge, bound = kept[worst]
    # Below the edge of the mean no threshold keeps the target in every group, nor in those that
    # are not covered.
    edge = max(edge, last if mean_edge is None else mean_edge)
    return _Found(edge, last if mean_edge is None else mean_edge, worst, bound, not_covered)


def _bounds(
    counted: Counted,
    plan: Plan,
    groups: Sequence[Group],
    edges: NDArray[np.int64],
    target: float,
) -> Iterator[tuple[Group, int, float]]:
    """The groups whose bound keeps the target at one of some edges, with the lowest such edge."""
    lines = [counted.within(group) for group in groups]
    drawn = draw(
        counted.data, lines, [], edges, draws=plan.draws, rng=np.random.default_rng([plan.seed, 4])
    )
    for number, (group, line) in enumerate(zip(groups, lines, strict=True)):
        errors = counted.errors(line, suspected=False)
        people, trials = counted.people(counted.data.cells_of(group)), counted.pairs(line)
        for column, edge in enumerate(edges.tolist()):
            if errors[edge] > target * trials:
                continue
            replicates = drawn.fmr[:, number, column]
            given = estimate(
                errors=int(errors[edge]),
                trials=trials,
                people=people,
                in_error=counted.people_in_error(line, edge, suspected=False),
                not_in_error=people,
                drawn=replicates,
                disclosure=plan.disclosure,
                seen=seen_rate(counted.data, replicates),
            )
            if given.bound is not None and given.bound <= target:
                yield group, edge, given.bound
                break


def _costs(counted: Counted, plan: Plan, before: int, after: int) -> tuple[Cost, ...]:
    if not counted.data.mated_score.size:
        return ()
    groups = (Group(), *counted.main)
    cells = [counted.data.cells_of(group) for group in groups]
    edges = np.array([before, after])
    # The edges must rise; the stricter threshold is only by chance the lower one.
    order = np.argsort(edges, kind="stable")
    drawn = draw(
        counted.data,
        [],
        cells,
        edges[order],
        draws=plan.draws,
        rng=np.random.default_rng([plan.seed, 5]),
    )

    def missed(number: int, which: int) -> Estimate:
        errors, trials, people, in_error, not_in_error = counted.misses(
            cells[number], int(edges[which])
        )
        return estimate(
            errors=errors,
            trials=trials,
            people=people,
            in_error=in_error,
            not_in_error=not_in_error,
            drawn=drawn.fnmr[:, number, int(np.flatnonzero(order == which)[0])],
            disclosure=plan.disclosure,
        )

    return tuple(
        Cost(group, missed(number, 0), missed(number, 1)) for number, group in enumerate(groups)
    )


# ---- curves ---------------------------------------------------------------------------------


def curves(counted: Counted, plan: Plan) -> tuple[Curve, ...]:
    """A detection error tradeoff of everybody and of each main group."""
    found = []
    for group in (Group(), *counted.main):
        line, cells = counted.within(group), counted.data.cells_of(group)
        if group.labels and group not in counted.large:
            continue
        first, last = _shown(counted, plan, group)
        if last < first:
            continue
        edges = np.unique(np.linspace(first, last, min(_POINTS, last - first + 1)).astype(int))
        fnmr = counted.fnmr(cells)
        found.append(
            Curve(
                group,
                tuple(counted.fmr(line)[edges].tolist()),
                tuple(fnmr[edges].tolist()) if fnmr.size else (),
                tuple(counted.data.edges[edges].tolist()),
            )
        )
    return tuple(found)


def _shown(counted: Counted, plan: Plan, group: Group) -> tuple[int, int]:
    """First and last edge at which both rates of a group may be shown."""
    line, cells = counted.within(group), counted.data.cells_of(group)
    if plan.disclosure is not Disclosure.COUNTS:
        return 0, int(np.count_nonzero(counted.errors(line, suspected=False))) - 1
    first, last = 0, counted.last_edge_with_people(line)
    if counted.fnmr(cells).size:
        low, high = counted.few_missed(cells)
        first, last = max(first, low), min(last, high - 1)
    return first, last


def trade_off(counted: Counted, plan: Plan) -> TradeOff:
    """Rates of everybody and of each main group over thresholds."""
    most = int(np.count_nonzero(counted.errors(counted.everything, suspected=False)))
    scores = counted.data.mated_score
    if scores.size:
        most = max(most, int(np.searchsorted(counted.data.edges, np.median(scores))))
    last = min(most, counted.data.edges.size - 1)
    edges = np.unique(np.linspace(0, last, min(_POINTS, last + 1)).astype(int))
    groups = counted.large
    overall = _rows(counted, plan, Group(), edges)
    rows = [_rows(counted, plan, group, edges) for group in groups]
    return TradeOff(
        thresholds=tuple(counted.data.edges[edges].tolist()),
        groups=groups,
        fmr=tuple(fmr for fmr, _ in rows),
        fnmr=tuple(fnmr for _, fnmr in rows),
        overall_fmr=overall[0],
        overall_fnmr=overall[1],
    )


def _rows(
    counted: Counted, plan: Plan, group: Group, edges: NDArray[np.int64]
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Both rates of a group at some edges, without those of too few people."""
    line, cells = counted.within(group), counted.data.cells_of(group)
    fmr, fnmr = counted.fmr(line)[edges].tolist(), counted.fnmr(cells)
    if plan.disclosure is not Disclosure.COUNTS:
        return tuple(fmr), tuple(fnmr[edges].tolist()) if fnmr.size else ()
    last = counted.last_edge_with_people(line)
    shown = tuple(
        rate if edge <= last else None for rate, edge in zip(fmr, edges.tolist(), strict=True)
    )
    if not fnmr.size:
        return shown, ()
    low, high = counted.few_missed(cells)
    return shown, tuple(
        rate if low <= edge < high else None
        for rate, edge in zip(fnmr[edges].tolist(), edges.tolist(), strict=True)
    )
