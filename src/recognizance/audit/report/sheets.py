"""Everything of a result as CSV: one sheet a kind of figure, full precision, one fact a row.

An empty field is "not given" or "not defined"; the JSON beside it says the same with `null`.
Labels are written so that a spreadsheet does not take them for formulas.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from recognizance.audit.report.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recognizance.audit.result import AuditResult, Cell, Estimate, Group, OperatingPoint

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_ESTIMATE: Final = (
    "rate",
    "lower_95",
    "upper_95",
    "bound_95",
    "errors",
    "trials",
    "people",
    "few",
)
_RATES: Final = (
    "measure",
    "target",
    "basis",
    "threshold",
    "grouping",
    "group",
    "against",
    "suspected_pairs",
    *_ESTIMATE,
    "verdict",
    "people_missing",
)


def sheets(result: AuditResult) -> dict[str, bytes]:
    """File name to the bytes of a sheet."""
    return {
        "data.csv": _sheet(("attribute", "value", "people", "images", "few"), _data(result)),
        "findings.csv": _sheet(
            ("kind", "attribute", "group", "count", "few", "values", "sentence"), _findings(result)
        ),
        "rates.csv": _sheet(_RATES, _rates(result)),
        "inequality.csv": _sheet(
            (
                "target",
                "threshold",
                "grouping",
                "groups",
                "suspected_pairs",
                "measure",
                "value",
                "lower_95",
                "upper_95",
                "p_value",
                "by_chance",
                "verdict",
            ),
            _inequality(result),
        ),
        "thresholds.csv": _sheet(
            (
                "rate",
                "target",
                "gallery_size",
                "fmr_target",
                "threshold",
                "mean_threshold",
                "worst",
                "bound",
                "not_covered",
                "group",
                "fnmr_before",
                "fnmr_after",
            ),
            _thresholds(result),
        ),
        "trade_off.csv": _sheet(("threshold", "group", "fmr", "fnmr"), _trade_off(result)),
        "curves.csv": _sheet(("group", "fmr", "fnmr", "threshold"), _curves(result)),
        "histograms.csv": _sheet(("group", "mated", "from", "to", "count"), _histograms(result)),
        "normalisation.csv": _sheet(
            (
                "method",
                "fmr_target",
                "threshold",
                "max_over_min",
                "lower_95",
                "upper_95",
                "max_over_geomean",
                "max_over_geomean_lower_95",
                "max_over_geomean_upper_95",
                "fnmr",
                "fnmr_at_fmr",
            ),
            _normalisation(result),
        ),
    }


def _sheet(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_field(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _field(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return ("'" if value.startswith(_FORMULA_STARTS) else "") + visible(value)
    return "" if value is None else value


def _group(group: Group | None) -> str:
    if group is None:
        return ""
    return "; ".join(f"{key}={value}" for key, value in group.labels) or "everybody"


def _estimate(estimate: Estimate) -> tuple[Any, ...]:
    return (
        estimate.rate,
        estimate.lower,
        estimate.upper,
        estimate.bound,
        estimate.errors,
        estimate.trials,
        estimate.people,
        estimate.few,
    )


def _data(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for attribute in result.data.attributes:
        for each in attribute.values:
            yield attribute.name, each.value, each.people, each.images, each.few


def _findings(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for each in result.findings:
        values = "; ".join(each.values)
        about = (each.kind, each.attribute)
        yield *about, "everybody", each.count, each.few, values, each.sentence
        for group, count in each.groups:
            yield *about, _group(group), count, False, values, each.sentence


def _rates(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for cell in result.acquisition:
        yield from _cell("failure to acquire", (None, "", None), cell)
    for point in result.points:
        at = (point.target, str(point.basis), point.threshold)
        for kind, cells in _cells(point):
            for cell in cells:
                yield from _cell(kind, at, cell)
    for search in result.identification:
        at = (search.target, f"searches of {search.gallery_size}", search.threshold)
        for each in search.cells:
            yield from _cell("fpir", at, each.fpir)
            yield from _cell("fnir", at, each.fnir)


def _cells(point: OperatingPoint) -> Iterator[tuple[str, Sequence[Cell]]]:
    yield "fmr", (point.overall_fmr,)
    yield "fnmr", (point.overall_fnmr,)
    yield "fmr within", point.fmr
    yield "fnmr", point.fnmr
    if point.cross is not None:
        yield "fmr across", point.cross.cells


def _cell(
    measure: str, at: tuple[float | None, str, float | None], cell: Cell
) -> Iterator[tuple[object, ...]]:
    who = (" and ".join(cell.group.grouping), _group(cell.group), _group(cell.against))
    left_out = "" if cell.with_suspected is None else "left out"
    verdict = (None if cell.verdict is None else str(cell.verdict), cell.people_missing)
    yield measure, *at, *who, left_out, *_estimate(cell.estimate), *verdict
    if cell.with_suspected is not None:
        yield measure, *at, *who, "counted", *_estimate(cell.with_suspected), None, None


def _inequality(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for point in result.points:
        for each in point.inequality:
            at = (point.target, point.threshold, " and ".join(each.grouping), each.groups)
            end = (each.p_value, each.by_chance, str(each.verdict))
            word = "left out" if each.with_suspected else ""
            for suspected, measures in ((word, each.measures), ("counted", each.with_suspected)):
                for one in measures:
                    yield *at, suspected, one.name, one.value, one.lower, one.upper, *end


def _thresholds(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for each in result.worst_group:
        at = (
            each.rate,
            each.target,
            each.gallery_size,
            each.fmr_target,
            each.threshold,
            each.mean_threshold,
            _group(each.worst),
            each.bound,
            " | ".join(map(_group, each.not_covered)),
        )
        if not each.costs:
            yield *at, "", None, None
        for cost in each.costs:
            yield *at, _group(cost.group), cost.fnmr_before.rate, cost.fnmr_after.rate


def _trade_off(result: AuditResult) -> Iterator[tuple[object, ...]]:
    trade = result.trade_off
    nothing = (None,) * len(trade.thresholds)
    rows = [("everybody", trade.overall_fmr, trade.overall_fnmr)]
    rows += [
        (_group(group), fmr, fnmr)
        for group, fmr, fnmr in zip(trade.groups, trade.fmr, trade.fnmr, strict=False)
    ]
    for group, fmr, fnmr in rows:
        columns = (trade.thresholds, fmr or nothing, fnmr or nothing)
        for threshold, false_match, miss in zip(*columns, strict=True):
            yield threshold, group, false_match, miss


def _curves(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for curve in result.curves:
        misses = curve.fnmr or (None,) * len(curve.fmr)
        for fmr, fnmr, threshold in zip(curve.fmr, misses, curve.thresholds, strict=True):
            yield _group(curve.group), fmr, fnmr, threshold


def _histograms(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for each in result.histograms:
        for low, high, count in zip(each.edges, each.edges[1:], each.counts, strict=False):
            yield _group(each.group), each.mated, low, high, count


def _normalisation(result: AuditResult) -> Iterator[tuple[object, ...]]:
    for each in result.normalisation:
        yield (
            each.method,
            each.fmr_target,
            each.threshold,
            each.max_over_min,
            each.lower,
            each.upper,
            each.max_over_geomean,
            each.max_over_geomean_lower,
            each.max_over_geomean_upper,
            each.fnmr,
            each.fnmr_at_fmr,
        )
