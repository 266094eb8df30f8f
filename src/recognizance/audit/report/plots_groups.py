"""Plots with a row or a cell for each group: rates with intervals, matrices, score profiles."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from recognizance.audit.report.looks import Plot
from recognizance.audit.report.svg import (
    Scale,
    box,
    decades,
    dot,
    drawing,
    fitted,
    label,
    path,
    rule,
    width_of,
)
from recognizance.audit.report.words import name_of, one_in, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.audit.result import AuditResult, Cell, CrossGroup, Histogram, OperatingPoint

_ROW_PX: Final = 26.0
_NAMES_MOST: Final = 0.42
_SHARE_OF_NAMES: Final = 12
_TEXT_FITS_PX: Final = 34.0
_NUMBER_FITS_PX: Final = 18.0
_DARK_FROM: Final = 0.55
_IN_SO_MANY: Final = 10_000
_BODY: Final = 0.002
_LESS_RARE: Final = 0.01
_RARE: Final = 0.001


def false_matches(point: OperatingPoint, grouping: tuple[str, ...]) -> Plot | None:
    """False match rate of each group with its interval, by powers of ten."""
    cells = sorted(point.fmr_by(grouping), key=highest_first)
    if not any(cell.estimate.rate for cell in cells):
        return None
    return Plot(
        "false-matches-by-group",
        "False matches by group",
        "How often two different people of the same group are taken for one person. A dot is the "
        "measured rate, its line the 95 % interval; one step to the right is ten times as many. "
        "An open dot is an upper bound where too few errors were seen for a rate."
        + (" The upright line is the target." if point.target else ""),
        lambda width: _rows(cells, width, "False matches by group", log=True, target=point.target),
    )


def misses(point: OperatingPoint, grouping: tuple[str, ...]) -> Plot | None:
    """False non-match rate of each group with its interval."""
    cells = sorted(
        (cell for cell in point.fnmr_by(grouping) if cell.estimate.trials), key=highest_first
    )
    if not any(cell.estimate.rate for cell in cells):
        return None
    return Plot(
        "misses-by-group",
        "Misses by group",
        "How often two pictures of one person are taken for two people, at the same threshold. A "
        "dot is the measured rate, its line the 95 % interval; an open dot is an upper bound.",
        lambda width: _rows(cells, width, "Misses by group", log=False, target=None),
    )


def acquisition(result: AuditResult, grouping: tuple[str, ...]) -> Plot | None:
    """Share of images without a usable face, by group."""
    cells = sorted(
        (cell for cell in result.acquisition if cell.group.grouping == grouping), key=highest_first
    )
    if not any(cell.estimate.rate for cell in cells):
        return None
    return Plot(
        "failure-to-acquire-by-group",
        "Failures to acquire by group",
        "Share of the images in which no usable face was found. Whoever is not found cannot be "
        "matched, rightly or wrongly.",
        lambda width: _rows(cells, width, "Failures to acquire", log=False, target=None),
    )


def cross_groups(cross: CrossGroup) -> Plot | None:
    """False match rates of every group against every group."""
    if not any(cell.estimate.rate for cell in cross.cells):
        return None
    return Plot(
        "false-matches-across-groups",
        "Who is taken for whom",
        "Each square is how often people of its row are taken for people of its column; the "
        "darker, the more often, by powers of ten. A number is false matches in 10,000 pairs. "
        "Squares on the diagonal are pairs within a group. A dot: too few errors for a rate.",
        lambda width: _matrix(cross, width),
    )


def score_profiles(
    histograms: Sequence[Histogram], threshold: float, *, identities: bool
) -> Plot | None:
    """The non-mated scores of each group, one row each, near the threshold."""
    rows = [each for each in histograms if not each.mated and each.group.labels and each.counts]
    if not rows:
        return None
    return Plot(
        "score-profiles-by-group",
        "Scores of different people, by group",
        "Every row shows the scores of pairs of different people of one group, to the same scale. "
        "One pair in a hundred lies right of the filled dot, one in a thousand right of the open "
        "one, if there are pairs enough to say where. What lies right of the upright line, the "
        "threshold, is a false match: the further right the dots, the more of them."
        + ("" if identities else " Pairs suspected to be one person twice are among them."),
        lambda width: _profiles(rows, threshold, width),
    )


def highest_first(cell: Cell) -> tuple[bool, float]:
    """Sorts cells by falling rate; those without one come last, by falling bound."""
    known = cell.estimate.rate
    return (known is None, -(known if known is not None else cell.estimate.bound or 0.0))


def _rows(
    cells: Sequence[Cell], width: float, title: str, *, log: bool, target: float | None
) -> str:
    """One row a group: its name, the dot and its interval, how many people."""
    names = [name_of(cell.group) for cell in cells]
    left = min(max(map(width_of, names)) + 12, width * _NAMES_MOST)
    right = 78.0
    ends = [value for cell in cells for value in _ends(cell)] + ([target] if target else [])
    low, high = decades(ends) if log else (0.0, max(ends) * 1.05)
    x = Scale(low, high, left, width - right, log=log)
    bottom = 18 + _ROW_PX * len(cells)
    parts = [label(width, 11, "people", kind="t soft", anchor="end")]
    for value in x.ticks(max(3, int((width - left - right) / 80))):
        parts.append(rule(x(value), 16, x(value), bottom))
        words = one_in(value) if log else percent(value)
        parts.append(label(x(value), bottom + 15, words, kind="t soft", anchor="middle"))
    if target:
        parts.append(rule(x(target), 12, x(target), bottom, kind="mark"))
    for index, (cell, name) in enumerate(zip(cells, names, strict=True)):
        y = 18 + _ROW_PX * (index + 0.5)
        parts.append(label(left - 10, y + 4, fitted(name, left - 10), anchor="end"))
        parts += _estimate(cell, x, y)
        people = f"{cell.estimate.people:,}"
        parts.append(label(width, y + 4, people, kind="t soft", anchor="end"))
    return drawing(width, bottom + 24, title, parts)


def _ends(cell: Cell) -> list[float]:
    estimate = cell.estimate
    if estimate.rate is None or estimate.rate == 0:
        return [value for value in (estimate.bound,) if value]
    return [value for value in (estimate.rate, estimate.lower, estimate.upper) if value]


def _estimate(cell: Cell, x: Scale, y: float) -> list[str]:
    """The dot and interval of one cell; an open dot and an arrow where only a bound is known."""
    estimate = cell.estimate
    if estimate.rate:
        low = estimate.lower if estimate.lower is not None else x.low
        high = estimate.upper if estimate.upper is not None else x.high
        return [rule(x(low), y, x(high), y, kind="whisker"), dot(x(estimate.rate), y, kind="dot")]
    if estimate.bound:
        end = x(estimate.bound)
        return [rule(x.start, y, end, y, kind="whisker faint"), dot(end, y, kind="dot open")]
    return [label(x.start + 4, y + 4, "too few people", kind="t soft")]


def _matrix(cross: CrossGroup, width: float) -> str:
    """A square for each pair of groups, darker by powers of ten."""
    names = [name_of(group) for group in cross.groups]
    count = len(names)
    left = min(max(map(width_of, names)) + 34, width * _NAMES_MOST)
    side = min((width - left) / count, 56.0)
    top = 22.0
    rates = [cell.estimate.rate for cell in cross.cells if cell.estimate.rate]
    low, high = min(rates), max(rates)
    parts = [
        label(left + (i + 0.5) * side, top - 8, str(i + 1), kind="t soft", anchor="middle")
        for i in range(0, count, 1 if side >= _NUMBER_FITS_PX else 2)
    ]
    for row, name in enumerate(names):
        y = top + row * side
        words = fitted(f"{row + 1}  {name}", left - 8)
        parts.append(label(left - 8, y + side / 2 + 4, words, anchor="end"))
        for column in range(count):
            rate = cross.cell(row, column).estimate.rate
            parts += _square(rate, (low, high), left + column * side, y, side)
    words = f"from {one_in(low)} to {one_in(high)}"
    parts.append(label(left, top + count * side + 18, words, kind="t soft"))
    return drawing(width, top + count * side + 26, "False matches across groups", parts)


def _square(
    rate: float | None, ends: tuple[float, float], x: float, y: float, side: float
) -> list[str]:
    low, high = ends
    if not rate:
        return [
            box(x + 1, y + 1, side - 2, side - 2, kind="empty"),
            dot(x + side / 2, y + side / 2, kind="mute", radius=1.5),
        ]
    span = math.log(high / low) or 1.0
    share = 0.06 + 0.94 * math.log(rate / low) / span
    parts = [box(x + 1, y + 1, side - 2, side - 2, kind="heat", opacity=share)]
    if side >= _TEXT_FITS_PX:
        kind = "t tiny on" if share > _DARK_FROM else "t tiny"
        wrong = rate * _IN_SO_MANY
        words = f"{wrong:.2g}" if wrong < 99.5 else f"{wrong:.0f}"  # noqa: PLR2004  # digits
        parts.append(label(x + side / 2, y + side / 2 + 4, words, kind=kind, anchor="middle"))
    return parts


def _profiles(rows: Sequence[Histogram], threshold: float, width: float) -> str:
    """Ridges on one scale; heights are shares of the group's pairs a unit of score."""
    names = [name_of(each.group) for each in rows]
    left = min(max(map(width_of, names)) + 12, width * _NAMES_MOST)
    low = min(max(quantile(each, _BODY), ends(each)[0]) for each in rows)
    high = max(threshold, *(min(quantile(each, 1 - _RARE / 4), ends(each)[1]) for each in rows))
    margin = 0.04 * (high - low)
    x = Scale(low - margin, high + margin, left, width - 8)
    tallest = max(max(densities(each)) for each in rows) or 1.0
    bottom = 20 + 1.25 * _ROW_PX * len(rows)
    ticks = x.ticks(max(4, int((width - left) / 90)))
    parts = [rule(x(value), 10, x(value), bottom) for value in ticks]
    parts += [
        label(x(value), bottom + 15, f"{value:g}", kind="t soft", anchor="middle")
        for value in ticks
    ]
    for index, (each, name) in enumerate(zip(rows, names, strict=True)):
        base = 20 + 1.25 * _ROW_PX * (index + 1)
        y = Scale(0, tallest, base, base - 1.2 * _ROW_PX)
        parts.append(label(left - 10, base - 4, fitted(name, left - 10), anchor="end"))
        parts.append(path(outline(each, x, y), kind="ridge"))
        for share, kind in ((_LESS_RARE, "dot"), (_RARE, "dot open")):
            at = quantile(each, 1 - share)
            if at <= ends(each)[1]:
                parts.append(dot(x(at), base - 5, kind=kind))
    parts.append(rule(x(threshold), 6, x(threshold), bottom, kind="mark"))
    return drawing(width, bottom + 24, "Scores of different people, by group", parts)


def outline(histogram: Histogram, x: Scale, y: Scale) -> list[tuple[float, float]]:
    """The steps of a histogram from the base line and back to it."""
    points = [(x(histogram.edges[0]), y(0))]
    for low, high, height in zip(
        histogram.edges, histogram.edges[1:], densities(histogram), strict=False
    ):
        points += [(x(low), y(height)), (x(high), y(height))]
    return [*points, (x(histogram.edges[-1]), y(0))]


def densities(histogram: Histogram) -> list[float]:
    """Share of the scores in each bin, a unit of score; bins differ in width."""
    total = sum(histogram.counts) or 1
    return [
        count / total / (high - low)
        for count, low, high in zip(
            histogram.counts, histogram.edges, histogram.edges[1:], strict=False
        )
    ]


def ends(histogram: Histogram) -> tuple[float, float]:
    """Where the scores lie, without the width that joining bins gave the outermost two."""
    edges = histogram.edges
    narrowest = min(high - low for low, high in pairwise(edges))
    return max(edges[0], edges[1] - narrowest), min(edges[-1], edges[-2] + narrowest)


def quantile(histogram: Histogram, share: float) -> float:
    """The score below which that share of the scores lies; straight within a bin."""
    wanted, seen = share * sum(histogram.counts), 0
    bins = zip(histogram.edges, histogram.edges[1:], histogram.counts, strict=False)
    for low, high, count in bins:
        if count and seen + count >= wanted:
            return low + (high - low) * max(0.0, (wanted - seen) / count)
        seen += count
    return histogram.edges[-1]
