"""The parts of the page that hold rates: by group, across groups, over thresholds, in searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.audit.differentials import DEFECTS
from recognizance.audit.report import plots_groups
from recognizance.audit.report.html import Figure, figure, folded, section, table, text
from recognizance.audit.report.plots_groups import highest_first
from recognizance.audit.report.summary import aim, lead_point
from recognizance.audit.report.words import (
    NOT_GIVEN,
    errors_of,
    grouping_name,
    interval,
    name_of,
    number,
    one_in,
    percent,
    rate_of,
    ratio,
    verdict_of,
)
from recognizance.audit.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from recognizance.audit.report.html import Row
    from recognizance.audit.result import (
        AuditResult,
        Cell,
        Estimate,
        Inequality,
        OperatingPoint,
    )

_LOOKS: Final = {
    Verdict.ESTABLISHED: "established",
    Verdict.NOT_ESTABLISHED: "not-established",
    Verdict.NOT_ENOUGH_DATA: "not-enough",
}
MEASURES: Final = {
    "max_over_min": "Worst over best (Max/Min), false matches",
    "max_over_geomean": "Worst over geometric mean (Max/GeoMean), false matches",
    "gini": "Gini coefficient, false matches",
    "fnmr_max_over_min": "Worst over best (Max/Min), misses",
    "fnmr_max_over_geomean": "Worst over geometric mean (Max/GeoMean), misses",
    "fnmr_gini": "Gini coefficient, misses",
    "garbe": "GARBE, both kinds",
    "inequity_rate": "Inequity rate, both kinds",
    "fdr": "Fairness discrepancy rate (FDR), both kinds; 1 is equal",
    "deviation": "Standard deviation (ddof = 1), false matches",
    "ser": "Skewed error ratio (SER), both kinds",
}
RATE_HEAD: Final = (
    "Group",
    "Rate",
    "95 % interval",
    "Upper bound",
    "Errors",
    "People",
    "Verdict on the target",
)


def false_matches(result: AuditResult) -> str:
    """FMR within groups: the plot at the lead point, the tables of every point."""
    lead = lead_point(result)
    if lead is None:
        return ""
    plot = plots_groups.false_matches(lead, result.main)
    shown, rest = _lead_and_rest(
        result,
        lambda point, by: _rate_table(
            f"{aim(point)} (threshold {point.threshold:.4f}), by {grouping_name(by)}",
            list(point.fmr_by(by)),
        ),
    )
    everybody = table(
        "Everybody against everybody",
        ("Target", "Threshold", "False matches", "95 % interval", "Upper bound", "Errors"),
        (_overall_row(point) for point in result.points),
    )
    return section(
        "false-matches",
        "False matches",
        figure(plot),
        shown,
        everybody,
        folded("Every target and every way to split people", rest),
        note="Two different people are taken for one. Rates within a group compare its members "
        "with each other. A verdict says whether the upper bound of the rate keeps the target: "
        "established, not established, or not enough data and how many more people it would take.",
    )


def across(result: AuditResult) -> str:
    """The matrix of false match rates."""
    lead = lead_point(result)
    if lead is None or lead.cross is None:
        return ""
    plot = plots_groups.cross_groups(lead.cross)
    rows = [rate_row(cell, _pair_name(cell)) for cell in lead.cross.cells]
    return section(
        "across",
        "False matches across groups",
        figure(plot),
        folded("Every pair of groups", [table("In figures", RATE_HEAD[:-1], rows)]),
        note=f"{aim(lead)}.",
    )


def misses(result: AuditResult) -> str:
    """FNMR by group; a sentence where nothing can be measured."""
    lead = lead_point(result)
    if lead is None:
        return ""
    if not lead.overall_fnmr.estimate.trials:
        why = (
            "The data does not tell who is who, so no picture is known to show the same person as "
            "another. How often somebody is missed was not measured."
            if not result.data.identities
            else "Nobody has two different pictures. How often somebody is missed was not measured."
        )
        return section("misses", "Misses", f"<p>{text(why)}</p>")
    shown, rest = _lead_and_rest(
        result,
        lambda point, by: table(
            f"At the threshold {point.threshold:.4f}, by {grouping_name(by)}",
            RATE_HEAD,
            [
                (*rate_row(cell), _verdict(cell))
                for cell in sorted(point.fnmr_by(by), key=highest_first)
            ],
        ),
    )
    everybody = table(
        "Everybody",
        ("False-match target", "Threshold", *RATE_HEAD[1:-1]),
        (
            (
                _target(point),
                Figure(f"{point.threshold:.4f}", point.threshold),
                *rate_cells(point.overall_fnmr.estimate),
            )
            for point in result.points
        ),
    )
    plot = plots_groups.misses(lead, result.main)
    return section(
        "misses",
        "Misses",
        figure(plot),
        everybody,
        shown,
        folded("Every threshold and every way to split people", rest),
        note="Two pictures of one person are taken for two people (false non-match). Pairs that "
        "are one and the same picture are left out.",
    )


def inequality(result: AuditResult) -> str:
    """Every measure over the groups, with what is wrong with it."""
    shown, rest = _lead_and_rest(result, _inequality_table)
    return section(
        "inequality",
        "How far apart the groups are",
        shown,
        folded("Every target and every way to split people", rest),
        note="One number over several rates. No single one will do, so each stands with its "
        "defect; look at the rates themselves first. Not defined means just that: it is neither "
        "zero nor infinite.",
    )


# ---- rows -----------------------------------------------------------------------------------


def _pair_name(cell: Cell) -> str:
    other = cell.group if cell.against is None else cell.against
    return f"{name_of(cell.group)} \N{MULTIPLICATION SIGN} {name_of(other)}"


def _lead_and_rest(
    result: AuditResult, made: Callable[[OperatingPoint, tuple[str, ...]], str]
) -> tuple[str, list[str]]:
    """A table at the lead point by the main grouping, and those of all other points and ways."""
    lead = lead_point(result)
    shown, rest = "", []
    for point in result.points:
        for grouping in result.method.groupings:
            if point is lead and grouping == result.main:
                shown = made(point, grouping)
            else:
                rest.append(made(point, grouping))
    return shown, rest


def _rate_table(title: str, cells: Sequence[Cell]) -> str:
    """Rates with verdicts, highest first; a column for suspected pairs where there are any."""
    suspected = any(cell.with_suspected for cell in cells)
    head = (*RATE_HEAD[:-1], *(("Suspected counted",) if suspected else ()), RATE_HEAD[-1])
    rows = []
    for cell in sorted(cells, key=highest_first):
        counted = cell.with_suspected
        words, rate = (NOT_GIVEN, None) if counted is None else (rate_of(counted), counted.rate)
        with_them = (Figure(words, rate),) if suspected else ()
        rows.append((*rate_row(cell), *with_them, _verdict(cell)))
    return table(title, head, rows)


def _verdict(cell: Cell) -> Figure:
    return Figure(verdict_of(cell), look=_LOOKS[cell.verdict] if cell.verdict else "")


def rate_row(cell: Cell, name: str = "") -> tuple[str | Figure, ...]:
    """The group's name, or another, and what `rate_cells` shows."""
    return (name or name_of(cell.group), *rate_cells(cell.estimate))


def rate_cells(estimate: Estimate) -> tuple[Figure, ...]:
    """Rate, interval, bound, errors and people, as every table shows them."""
    return (
        Figure(rate_of(estimate), estimate.rate, look="" if estimate.rate is None else "n"),
        Figure(interval(estimate.lower, estimate.upper)),
        Figure(percent(estimate.bound), estimate.bound),
        Figure(errors_of(estimate)),
        Figure(f"{estimate.people:,}", estimate.people),
    )


def _overall_row(point: OperatingPoint) -> Row:
    estimate = point.overall_fmr.estimate
    note = "" if point.supported or point.target is None else " (not supported by the data)"
    return (
        f"{_target(point)}{note}",
        Figure(f"{point.threshold:.4f}", point.threshold),
        *rate_cells(estimate)[:4],
    )


def _target(point: OperatingPoint) -> str:
    if point.target is None:
        return "given threshold"
    return f"{one_in(point.target)}, {point.basis}"


def _inequality_table(point: OperatingPoint, grouping: tuple[str, ...]) -> str:
    each = next((one for one in point.inequality if one.grouping == grouping), None)
    if each is None:
        return ""
    measures = table(
        f"{aim(point)}, over {each.groups} groups by {grouping_name(grouping)}",
        ("Measure", "Value", "95 % interval", "With suspected pairs", "Its defect"),
        _measure_rows(each),
    )
    return measures + _said_of(each)


def _measure_rows(each: Inequality) -> Iterator[Row]:
    for one in each.measures:
        counted = each.measure(one.name, with_suspected=True)
        known = one.value is not None and one.lower is not None
        high = "no end" if one.upper is None else number(one.upper)
        ends = f"{number(one.lower)} to {high}" if known else NOT_GIVEN
        yield (
            MEASURES.get(one.name, one.name),
            Figure(number(one.value), one.value),
            Figure(ends),
            Figure(NOT_GIVEN) if counted is None else Figure(number(counted.value), counted.value),
            DEFECTS.get(one.name.removeprefix("fnmr_"), ""),
        )


def _said_of(each: Inequality) -> str:
    if each.p_value is None:
        return ""
    chance = "" if each.by_chance is None else f" (about {ratio(each.by_chance)} times)"
    return (
        f"<p>Dealt out at random, the same labels would give a Max/Min as large as this"
        f"{text(chance)} with a chance of {each.p_value:.2g}. That the groups differ is: "
        f"{text(str(each.verdict))}.</p>"
    )
