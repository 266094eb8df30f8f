"""How far apart groups are at one threshold, with joint intervals and the null of no difference."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.differentials import (
    ALPHA,
    deviation,
    differentials,
    gini,
    max_over_geomean,
    max_over_min,
)
from recognizance.audit.uncertainty import CONFIDENCE, PairCounts, permutation_null
from recognizance.audit.values import Inequality, Measure, Verdict
from recognizance.evidence.build import MIN_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.audit.counted import Counted
    from recognizance.audit.plan import Plan
    from recognizance.audit.values import Cell, Estimate

    Rates = NDArray[np.float64]

SIGNIFICANT = 0.05
_NULL_WORK = 100_000_000
_LEAST_NULL_DRAWS = 200


def inequality_of(
    counted: Counted,
    plan: Plan,
    measured: tuple[Sequence[Cell], Sequence[Cell]],
    drawn: tuple[Rates, Rates, Rates],
    edge: int,
) -> Inequality | None:
    """Compare the groups of one grouping that have people enough.

    Args:
        counted: The comparisons.
        plan: What is asked for.
        measured: Cells of false match and of false non-match rates, one a group, in one order.
        drawn: ndarrays of shape (draws, groups): replicates of the false match rates without
            suspected pairs, with them, and of the false non-match rates.
        edge: The threshold's number.

    Returns:
        `None` where fewer than two groups have people enough.
    """
    fmr, fnmr = measured
    kept = [
        number
        for number, one in enumerate(fmr)
        if one.estimate.people >= MIN_PEOPLE and one.estimate.trials
    ]
    if len(kept) < 2:  # noqa: PLR2004  # nothing is unequal to itself
        return None
    cells = [fmr[number] for number in kept]
    alone = [one.estimate.rate for one in cells]
    misses = [fnmr[number].estimate.rate for number in kept]
    given = all(rate is not None for rate in alone)
    # FNMR measures only where every group has a rate of misses.
    misses_drawn = drawn[2][:, kept] if all(rate is not None for rate in misses) else None
    with_suspected: tuple[Measure, ...] = ()
    if any(one.with_suspected is not None for one in cells):
        both: list[Estimate] = [one.with_suspected or one.estimate for one in cells]
        with_suspected = _measures(
            [each.rate for each in both], misses, drawn[1][:, kept], misses_drawn
        )
    p_value, by_chance = None, None
    if given and min(rate or 0 for rate in alone) > 0:
        groups = [one.group for one in cells]
        ratio = max_over_min([rate or 0 for rate in alone])
        null = _null(counted, plan, [counted.data.cells_of(group) for group in groups], edge)
        if null is not None and ratio is not None:
            p_value = float((1 + np.count_nonzero(null >= ratio)) / (1 + null.size))
            middle = float(np.median(null))
            by_chance = middle if np.isfinite(middle) else None
    ordered = sorted(cells, key=lambda one: one.estimate.rate or 0)
    return Inequality(
        grouping=cells[0].group.grouping,
        groups=len(cells),
        measures=_measures(alone, misses, drawn[0][:, kept], misses_drawn),
        with_suspected=with_suspected,
        worst=ordered[-1].group if given else None,
        best=ordered[0].group if given else None,
        p_value=p_value,
        by_chance=by_chance,
        verdict=_verdict(p_value),
    )


def _verdict(p_value: float | None) -> Verdict:
    if p_value is None:
        return Verdict.NOT_ENOUGH_DATA
    return Verdict.ESTABLISHED if p_value <= SIGNIFICANT else Verdict.NOT_ESTABLISHED


def _measures(
    fmr: Sequence[float | None],
    fnmr: Sequence[float | None],
    fmr_drawn: Rates,
    fnmr_drawn: Rates | None,
) -> tuple[Measure, ...]:
    """Every measure that these rates define, with the interval of its replicates."""
    matches = [rate for rate in fmr if rate is not None]
    misses = [rate for rate in fnmr if rate is not None]
    values: dict[str, float | None] = {}
    if len(matches) == len(fmr) and len(misses) == len(fnmr):
        values = asdict(differentials(matches, misses))
    elif len(matches) == len(fmr):
        values = {
            "max_over_min": max_over_min(matches),
            "max_over_geomean": max_over_geomean(matches),
            "gini": gini(matches),
            "deviation": deviation(matches, ddof=1),
        }
    elif len(misses) == len(fnmr):
        values = {
            "fnmr_max_over_min": max_over_min(misses),
            "fnmr_max_over_geomean": max_over_geomean(misses),
            "fnmr_gini": gini(misses),
        }
    replicates = measures_of(fmr_drawn, fnmr_drawn)
    return tuple(measure(name, value, replicates.get(name)) for name, value in values.items())


def measures_of(fmr: Rates, fnmr: Rates | None) -> dict[str, Rates]:
    """Every measure of many replicates at once; infinite or NaN where it is undefined.

    Args:
        fmr: ndarray of shape (draws, groups).
        fnmr: Same shape; `None` = unknown.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "max_over_min": fmr.max(axis=1) / fmr.min(axis=1),
            "max_over_geomean": fmr.max(axis=1) / np.exp(np.log(fmr).mean(axis=1)),
            "gini": _ginis(fmr),
            "deviation": fmr.std(axis=1, ddof=1),
        }
        if fnmr is None:
            return found
        found |= {
            "fnmr_max_over_min": fnmr.max(axis=1) / fnmr.min(axis=1),
            "fnmr_max_over_geomean": fnmr.max(axis=1) / np.exp(np.log(fnmr).mean(axis=1)),
            "fnmr_gini": _ginis(fnmr),
        }
        found["garbe"] = ALPHA * found["gini"] + (1 - ALPHA) * found["fnmr_gini"]
        found["inequity_rate"] = found["max_over_min"] ** ALPHA * found["fnmr_max_over_min"] ** (
            1 - ALPHA
        )
        wrong = (fmr + fnmr) / 2
        found["ser"] = wrong.max(axis=1) / wrong.min(axis=1)
        found["fdr"] = 1 - (ALPHA * np.ptp(fmr, axis=1) + (1 - ALPHA) * np.ptp(fnmr, axis=1))
    return found


def _ginis(rates: Rates) -> Rates:
    n = rates.shape[1]
    # sum |x_i - x_j| over ordered pairs, from the sorted values: 2 sum (2k - n + 1) x_(k).
    ordered = np.sort(rates, axis=1)
    spread = 2 * (ordered * (2 * np.arange(n) - n + 1)).sum(axis=1)
    result: Rates = spread / (2 * n * (n - 1) * rates.mean(axis=1))
    return result


def measure(name: str, value: float | None, drawn: Rates | None) -> Measure:
    """A measure with the interval of its replicates; without these it has none."""
    if value is None or drawn is None:
        return Measure(name, value, None, None)
    # A replicate in which it is undefined had a group without an error: as unequal as can be.
    drawn = np.where(np.isnan(drawn), np.inf, drawn)
    tail = (1 - CONFIDENCE) / 2
    # `lower` and `higher` pick a drawn value; between a number and infinity there is none.
    lower = float(np.quantile(drawn, tail, method="lower"))
    upper = float(np.quantile(drawn, 1 - tail, method="higher"))
    # Extremes of drawn rates lie further apart than those of the measured ones, so the interval
    # may lie wholly above the value; it is then stretched to hold it.
    return Measure(
        name,
        value,
        min(lower, value) if np.isfinite(lower) else None,
        max(upper, value) if np.isfinite(upper) else None,
    )


def _null(counted: Counted, plan: Plan, cells: list[NDArray[np.int64]], edge: int) -> Rates | None:
    """Ratios under permuted labels; `None` where not everybody met everybody."""
    data = counted.data
    if data.degrees is not None:
        return None
    label_of_cell = np.full(len(data.cells), -1)
    for label, of_group in enumerate(cells):
        label_of_cell[of_group] = label
    labels = label_of_cell[data.person_cell]
    people = np.flatnonzero((labels >= 0) & data.drawn_from & (data.images > 0))
    place = np.full(labels.size, -1)
    place[people] = np.arange(people.size)
    tail = data.tail.only(np.flatnonzero((data.tail.edge >= edge) & ~data.tail.suspected))
    first, second = place[tail.first], place[tail.second]
    kept = (first >= 0) & (second >= 0)
    first, second = first[kept], second[kept]
    counts = PairCounts(data.images[people], first, second, np.ones(first.size))
    draws = int(np.clip(_NULL_WORK // max(first.size, 1), _LEAST_NULL_DRAWS, plan.draws))
    return permutation_null(
        labels[people], counts, np.random.default_rng([plan.seed, 3]), draws=draws
    )
