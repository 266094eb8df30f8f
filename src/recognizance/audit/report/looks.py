"""What every plot shares: its frame, the look of each group's line, and the key to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.audit.report.svg import box, fitted, label, rule, width_of
from recognizance.audit.report.words import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recognizance.audit.report.svg import Scale
    from recognizance.audit.result import Group

WIDE: Final = 816.0
NARROW: Final = 350.0
"""Every plot is drawn twice: for a desk or paper, and for a phone."""

COLOURS: Final = 8
DASHES: Final = 4
_KEY_ROW_PX: Final = 18.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture that can be drawn at any width.

    Attributes:
        name: Stem of its file.
        title: What it shows.
        caption: How to read it, in a sentence or two.
        draw: Width in pixels to SVG.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[float], str]


def looks_of(groups: Sequence[Group]) -> dict[Group, str]:
    """A class of line for each group: hue by its first label, dashes by the others.

    Everybody is a heavy line of its own.
    """
    first: dict[str, int] = {}
    others: dict[tuple[tuple[str, str], ...], int] = {}
    looks = {}
    for group in groups:
        if not group.labels:
            looks[group] = "line all"
            continue
        hue = first.setdefault(group.labels[0][1], len(first))
        dash = others.setdefault(group.labels[1:], len(others))
        # Where hues run out, dashes go on, so that a ninth group does not look like the first.
        dash += hue // COLOURS
        looks[group] = f"line h{hue % COLOURS} d{dash % DASHES}"
    return looks


def key_height(groups: Sequence[Group], width: float) -> float:
    """Height of the key of so many groups."""
    columns = _key_columns(groups, width)
    return _KEY_ROW_PX * -(-len(groups) // columns) + 6


def key(groups: Sequence[Group], looks: dict[Group, str], *, top: float, width: float) -> list[str]:
    """Which line is whose, in columns."""
    columns = _key_columns(groups, width)
    rows = -(-len(groups) // columns)
    parts = []
    for index, group in enumerate(groups):
        x = (index // rows) * width / columns
        y = top + (index % rows) * _KEY_ROW_PX + 10
        parts.append(rule(x + 2, y, x + 26, y, kind=looks[group]))
        parts.append(label(x + 33, y + 4, fitted(name_of(group), width / columns - 38)))
    return parts


def _key_columns(groups: Sequence[Group], width: float) -> int:
    longest = max((width_of(name_of(group)) for group in groups), default=0) + 45
    return max(1, min(4, int(width / max(longest, 1))))


def frame(
    x: Scale, y: Scale, *, x_words: Callable[[float], str], y_words: Callable[[float], str]
) -> list[str]:
    """Grid lines and their words, at the left and below."""
    bottom, left, right = y.start, x.start, x.end
    parts = []
    for value in y.ticks(6):
        parts.append(rule(left, y(value), right, y(value)))
        parts.append(label(left - 6, y(value) + 4, y_words(value), kind="t soft", anchor="end"))
    most = max(2, int((right - left) / 90))
    for value in x.ticks(most):
        parts.append(rule(x(value), y.end, x(value), bottom))
        parts.append(label(x(value), bottom + 16, x_words(value), kind="t soft", anchor="middle"))
    parts.append(box(left, y.end, right - left, bottom - y.end, kind="edge"))
    return parts
