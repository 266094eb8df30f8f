"""Two audits side by side: two systems on the same data, or two versions of one.

Differences are called clear only where the two 95 % intervals do not meet; that is stricter than a
test of the difference, which would need the two sets of scores.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from recognizance.audit.report.html import Figure, said, section, table, text, whole_page
from recognizance.audit.report.parts import MEASURES
from recognizance.audit.report.summary import lead_point
from recognizance.audit.report.words import (
    NOT_GIVEN,
    grouping_name,
    listed,
    name_of,
    number,
    one_in,
    opened,
    percent,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.audit.report.about import About
    from recognizance.audit.report.html import Row
    from recognizance.audit.result import AuditResult, Cell, Estimate, Measure, OperatingPoint

__all__ = ["Change", "changes", "doubts", "render_versus"]

HIGHER: Final = "clearly higher"
LOWER: Final = "clearly lower"
UNCLEAR: Final = "not clearly different"
UNKNOWN: Final = "cannot be said"


@dataclass(frozen=True, slots=True)
class Change:
    """One rate in both audits, at the same target.

    Attributes:
        measure: `fmr` or `fnmr`.
        target: The false match rate that both thresholds aim at.
        grouping: By which labels.
        group: Whose.
        before: In the first audit.
        after: In the second.
        said: `HIGHER`, `LOWER`, `UNCLEAR` or `UNKNOWN`, of the second against the first.
    """

    measure: str
    target: float
    grouping: str
    group: str
    before: float | None
    after: float | None
    said: str


def changes(one: AuditResult, other: AuditResult) -> tuple[Change, ...]:
    """Every rate that both audits have."""
    return tuple(
        change
        for before, after in _same_targets(one, other)
        for measure, cells in (
            ("fmr", ((before.overall_fmr, *before.fmr), (after.overall_fmr, *after.fmr))),
            ("fnmr", ((before.overall_fnmr, *before.fnmr), (after.overall_fnmr, *after.fnmr))),
        )
        for change in _of_cells(measure, before.target or 0.0, *cells)
    )


def render_versus(one: AuditResult, other: AuditResult, about: About) -> dict[str, bytes]:
    """The page and the JSON of a comparison: path to bytes."""
    found = changes(one, other)
    data = about.as_dict() | {
        "schema": "recognizance.audit.compare/1",
        "first": _identity(one),
        "second": _identity(other),
        "doubts": list(doubts(one, other)),
        "changes": [asdict(each) for each in found],
    }
    return {
        "compare.html": _page(one, other, found, about).encode(),
        "compare.json": (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode(),
    }


def _identity(result: AuditResult) -> dict[str, str]:
    system = result.system
    return {"system": system.name, "version": system.version, "data": result.data.digest}


def doubts(one: AuditResult, other: AuditResult) -> tuple[str, ...]:
    """Why the two may not be comparable, in sentences; none where they are."""
    found = []
    if one.data.digest != other.data.digest:
        found.append(
            "The two audits are of different data. What differs may be the people and pictures, "
            "not the systems."
        )
    if one.method.groupings != other.method.groupings:
        found.append("People were split by different labels; only what both have is compared.")
    if one.disclosure is not other.disclosure:
        found.append("The two audits show different amounts: one has exact rates, one has not.")
    return tuple(found)


def _same_targets(
    one: AuditResult, other: AuditResult
) -> Iterator[tuple[OperatingPoint, OperatingPoint]]:
    after = {(each.target, each.basis): each for each in other.points}
    for before in one.points:
        match = after.get((before.target, before.basis))
        if before.target is not None and match is not None:
            yield before, match


def _of_cells(
    measure: str, target: float, before: tuple[Cell, ...], after: tuple[Cell, ...]
) -> Iterator[Change]:
    others = {cell.group: cell for cell in after}
    for cell in before:
        match = others.get(cell.group)
        if match is not None and (cell.estimate.trials or match.estimate.trials):
            yield Change(
                measure=measure,
                target=target,
                grouping=grouping_name(cell.group.grouping),
                group=name_of(cell.group),
                before=cell.estimate.rate,
                after=match.estimate.rate,
                said=_said(cell.estimate, match.estimate),
            )


def _said(before: Estimate, after: Estimate) -> str:
    ends = (before.lower, before.upper, after.lower, after.upper)
    if before.rate is None or after.rate is None or None in ends:
        return UNKNOWN
    if (after.lower or 0.0) > (before.upper or 0.0):
        return HIGHER
    return LOWER if (after.upper or 0.0) < (before.lower or 0.0) else UNCLEAR


# ---- the page -------------------------------------------------------------------------------


def _page(one: AuditResult, other: AuditResult, found: tuple[Change, ...], about: About) -> str:
    names = _names(one, other)
    title = f"Two audits side by side: {names[0]} and {names[1]}"
    lead = lead_point(one)
    target = None if lead is None else lead.target
    by = grouping_name(one.main)
    shown = [each for each in found if each.target == target and each.grouping in {by, "everybody"}]
    return whole_page(
        title,
        f"<header><h1>{text(title)}</h1>"
        f'<p class="intro">Made {text(about.made_at[:10])} with {text(about.tool)}. Clearly higher '
        "or lower means that the two 95 % intervals do not meet.</p></header>"
        + section("summary", "Summary", said([*doubts(one, other), *_sentences(found, names)]))
        + section("rates", "Rates", *(_table(m, shown, names) for m in ("fmr", "fnmr")))
        + section("inequality", "How far apart the groups are", _inequality(one, other, names))
        + section("all", "Every target and group", _all(found, names)),
        scripted=False,
    )


def _names(one: AuditResult, other: AuditResult) -> tuple[str, str]:
    """What the two are called; by first and second where they have one name."""

    def name(result: AuditResult) -> str:
        return visible(f"{result.system.name} {result.system.version}".strip())

    if name(one) != name(other):
        return name(one), name(other)
    if one.data.name != other.data.name:
        first, second = visible(one.data.name), visible(other.data.name)
        return f"{name(one)}, on {first}", f"{name(other)}, on {second}"
    return f"{name(one)} (first)", f"{name(other)} (second)"


def _sentences(found: tuple[Change, ...], names: tuple[str, str]) -> Iterator[str]:
    for measure, words in (("fmr", "false matches"), ("fnmr", "misses")):
        for way in (HIGHER, LOWER):
            groups = [
                f"{each.group} at {one_in(each.target)} ({percent(each.before)} to "
                f"{percent(each.after)})"
                for each in found
                if each.measure == measure and each.said == way
            ]
            if groups:
                yield f"{opened(names[1])} has {way} {words} for {listed(groups)}."
    if not any(each.said in {HIGHER, LOWER} for each in found):
        yield "No rate of the two is clearly different on these data."


def _table(measure: str, found: list[Change], names: tuple[str, str]) -> str:
    title = {"fmr": "False matches", "fnmr": "Misses"}[measure]
    return table(
        title,
        ("Group", *names, "The second against the first"),
        (
            (
                each.group,
                Figure(percent(each.before), each.before),
                Figure(percent(each.after), each.after),
                each.said,
            )
            for each in found
            if each.measure == measure
        ),
    )


def _inequality(one: AuditResult, other: AuditResult, names: tuple[str, str]) -> str:
    rows: list[Row] = []
    for before, after in _same_targets(one, other):
        of_after = {each.grouping: each for each in after.inequality}
        for each in before.inequality:
            match = of_after.get(each.grouping)
            if match is None:
                continue
            at = f"at {one_in(before.target or 0.0)}, by {grouping_name(each.grouping)}"
            rows += [
                (
                    f"{MEASURES.get(measure.name, measure.name)}, {at}",
                    _measure(measure),
                    _measure(match.measure(measure.name)),
                )
                for measure in each.measures
            ]
    return table("Measures, with their intervals", ("Measure", *names), rows)


def _measure(measure: Measure | None) -> Figure:
    if measure is None:
        return Figure(NOT_GIVEN)
    if measure.value is None or measure.lower is None:
        return Figure(number(measure.value), measure.value)
    high = "no end" if measure.upper is None else number(measure.upper)
    return Figure(f"{number(measure.value)} ({number(measure.lower)} to {high})", measure.value)


def _all(found: tuple[Change, ...], names: tuple[str, str]) -> str:
    return table(
        "Every rate that both have",
        ("Group", "By", "Rate", "Target", *names, "The second against the first"),
        (
            (
                each.group,
                each.grouping,
                {"fmr": "false matches", "fnmr": "misses"}[each.measure],
                one_in(each.target),
                Figure(percent(each.before), each.before),
                Figure(percent(each.after), each.after),
                each.said,
            )
            for each in found
        ),
    )
