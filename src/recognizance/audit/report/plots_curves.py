"""Plots over a threshold or a rank: detection error tradeoff, trade-off, scores, ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.audit.report.looks import Plot, frame, key, key_height, looks_of
from recognizance.audit.report.plots_groups import densities, ends, outline, quantile
from recognizance.audit.report.svg import Scale, decades, drawing, label, path, rule
from recognizance.audit.report.words import one_in, percent
from recognizance.audit.result import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.audit.result import Curve, Histogram, Identification, TradeOff

_LEFT_PX: Final = 82.0
_TALL_PX: Final = 330.0
_HALF_PX: Final = 210.0
_LEAST_RATE: Final = 1e-7
_CUT: Final = 0.0005


def error_tradeoff(curves: Sequence[Curve]) -> Plot | None:
    """FNMR against FMR by group, both by powers of ten."""
    drawn = [each for each in curves if len(each.fmr) > 1 and len(each.fnmr) == len(each.fmr)]
    drawn = [each for each in drawn if any(each.fnmr)]
    if not drawn:
        return None
    return Plot(
        "error-tradeoff-by-group",
        "Misses against false matches (DET)",
        "Each line is one group at every threshold: further left, fewer people are taken for "
        "somebody else; further down, fewer are missed. A line above and to the right of another "
        "is worse in both. Lines of groups mean pairs within the group.",
        lambda width: _tradeoff(drawn, width),
    )


def over_thresholds(trade: TradeOff, threshold: float) -> Plot | None:
    """FMR by group over thresholds, and below it FNMR of everybody."""
    if len(trade.thresholds) < 2 or not any(trade.overall_fmr):  # noqa: PLR2004  # a line
        return None
    return Plot(
        "rates-over-thresholds",
        "What a stricter threshold does",
        "False matches by group"
        + (", and below them misses," if any(trade.overall_fnmr) else "")
        + " at every threshold. One threshold serves everybody: read upwards from it to see how "
        "far apart the groups lie. The upright line is the threshold that the figures above are "
        "given at.",
        lambda width: _over_thresholds(trade, threshold, width),
    )


def scores(histograms: Sequence[Histogram], threshold: float) -> Plot | None:
    """Scores of mated and of non-mated pairs of everybody."""
    everybody = [each for each in histograms if not each.group.labels and any(each.counts)]
    if not everybody:
        return None
    return Plot(
        "scores",
        "Scores of one person and of two",
        "How often each score comes up. Filled: pairs of different people. Line: pairs of one "
        "person, where there are any. Both areas are of the same size, though there are far more "
        "pairs of different people. The upright line is the threshold: a pair at it or right of "
        "it is a match.",
        lambda width: _scores(everybody, threshold, width),
    )


def match_ranks(searches: Sequence[Identification]) -> Plot | None:
    """Share of mated searches whose mate is among the first ranks (CMC)."""
    drawn = next((each for each in searches if len(each.cmc) > 1), None)
    if drawn is None:
        return None
    return Plot(
        "ranks",
        "Where the right person stands in the list (CMC)",
        f"Share of searches of a gallery of {drawn.gallery_size:,} people, in which the person is, "
        "that list that person among the first so many, at any score. A mate that ties with "
        "somebody else stands behind them.",
        lambda width: _ranks(drawn, width),
    )


def _tradeoff(curves: Sequence[Curve], width: float) -> str:
    groups = [curve.group for curve in curves]
    looks = looks_of(groups)
    x_low, x_high = decades([rate for curve in curves for rate in curve.fmr], floor=_LEAST_RATE)
    y_low, y_high = decades([rate for curve in curves for rate in curve.fnmr], floor=_LEAST_RATE)
    x = Scale(x_low, x_high, _LEFT_PX, width - 12, log=True)
    y = Scale(y_low, y_high, _TALL_PX, 12, log=True)
    parts = frame(x, y, x_words=one_in, y_words=percent)
    parts.append(label(x.end, _TALL_PX + 33, "false matches", kind="t soft", anchor="end"))
    parts.append(label(2, _TALL_PX + 33, "upwards: misses", kind="t soft"))
    for curve in curves:
        points = [
            (x(fmr), y(fnmr))
            for fmr, fnmr in zip(curve.fmr, curve.fnmr, strict=True)
            if fmr >= x_low and fnmr > 0
        ]
        parts.append(path(points, kind=looks[curve.group]))
    top = _TALL_PX + 46
    parts += key(groups, looks, top=top, width=width)
    return drawing(width, top + key_height(groups, width), "Misses against false matches", parts)


def _over_thresholds(trade: TradeOff, threshold: float, width: float) -> str:
    groups = [Group(), *trade.groups]
    looks = looks_of(groups)
    fmr_rows = [trade.overall_fmr, *trade.fmr]
    low, high = decades([rate for row in fmr_rows for rate in row if rate], floor=_LEAST_RATE)
    x = Scale(trade.thresholds[0], trade.thresholds[-1], _LEFT_PX, width - 12)
    y = Scale(low, high, 26 + _HALF_PX, 26, log=True)
    parts = [label(x.start, 14, "false matches")]
    parts += frame(x, y, x_words=_plain, y_words=one_in)
    parts += [
        path(_line(trade.thresholds, row, x, y), kind=looks[group])
        for row, group in zip(fmr_rows, groups, strict=True)
    ]
    bottom = y.start
    misses = [row for row in (trade.overall_fnmr, *trade.fnmr) if any(row)]
    if misses:
        top = bottom + 52
        ceiling = max(rate for row in misses for rate in row if rate is not None)
        y = Scale(0, ceiling * 1.05, top + _HALF_PX * 0.7, top)
        bottom = y.start
        parts.append(label(x.start, top - 12, "misses"))
        parts += frame(x, y, x_words=_plain, y_words=percent)
        parts += [
            path(_line(trade.thresholds, row, x, y), kind=looks[group])
            for row, group in zip((trade.overall_fnmr, *trade.fnmr), groups, strict=False)
        ]
    parts.append(rule(x(threshold), 20, x(threshold), bottom, kind="mark"))
    parts.append(label(x.end, bottom + 33, "threshold", kind="t soft", anchor="end"))
    top = bottom + 46
    parts += key(groups, looks, top=top, width=width)
    title = "Rates over thresholds"
    return drawing(width, top + key_height(groups, width), title, parts)


def _line(
    thresholds: Sequence[float], rates: Sequence[float | None], x: Scale, y: Scale
) -> list[tuple[float, float]]:
    """The points of one line; where a rate is not told, there is none."""
    return [
        (x(threshold), y(rate))
        for threshold, rate in zip(thresholds, rates, strict=False)
        if rate is not None and (rate > 0 or not y.log)
    ]


def _scores(histograms: Sequence[Histogram], threshold: float, width: float) -> str:
    low = min(threshold, *(max(quantile(each, _CUT), ends(each)[0]) for each in histograms))
    high = max(threshold, *(min(quantile(each, 1 - _CUT), ends(each)[1]) for each in histograms))
    margin = 0.05 * (high - low) or 1.0
    tallest = max(max(densities(each)) for each in histograms)
    x = Scale(low - margin, high + margin, 8, width - 8)
    y = Scale(0, tallest * 1.05, 240, 14)
    parts = [rule(x(value), 14, x(value), 240) for value in x.ticks(6)]
    parts += [
        label(x(value), 256, f"{value:g}", kind="t soft", anchor="middle") for value in x.ticks(6)
    ]
    for each in sorted(histograms, key=lambda each: each.mated):
        kind = "line mated" if each.mated else "ridge"
        parts.append(path(outline(each, x, y), kind=kind))
    parts.append(rule(x(threshold), 8, x(threshold), 240, kind="mark"))
    parts.append(rule(8, 240, width - 8, 240, kind="base"))
    parts.append(label(width - 8, 273, "score", kind="t soft", anchor="end"))
    return drawing(width, 280, "Scores of one person and of two", parts)


def _ranks(search: Identification, width: float) -> str:
    x = Scale(1, len(search.cmc), _LEFT_PX, width - 12)
    floor = min(search.cmc)
    low = max(0.0, floor - max(0.02, (1 - floor) * 0.5))
    y = Scale(low, 1.0, 200, 12)
    parts = frame(x, y, x_words=_plain, y_words=percent)
    parts.append(label(x.end, 233, "first so many", kind="t soft", anchor="end"))
    points = [(x(rank), y(share)) for rank, share in enumerate(search.cmc, start=1)]
    parts.append(path(points, kind="line all"))
    return drawing(width, 240, "Where the right person stands", parts)


def _plain(value: float) -> str:
    return f"{value:g}"
