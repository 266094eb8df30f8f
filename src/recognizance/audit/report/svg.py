"""A small writer of SVG: scales, ticks, text, shapes. It knows nothing of audits.

Colours are classes and never written into a shape, so that one drawing serves a light page, a
dark page and paper. Coordinates are in CSS pixels, x to the right, y downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from recognizance.audit.report.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FONT_PX: Final = 12
_LETTER_PX: Final = 6.7
"""Mean width of a letter at 12 px in the typefaces that the pages ask for (≈)."""

_NICE_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to pixels, linear or by powers of ten.

    Attributes:
        low: Value at `start`.
        high: Value at `end`; above `low`.
        start: Pixel of the low end.
        end: Pixel of the high end; may be smaller than `start`, for an axis that points up.
        log: Whether powers of ten are equally far apart; `low` is above zero then.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value; values outside are held at the ends."""
        held = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(held / self.low) / math.log(self.high / self.low)
        else:
            share = (held - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 6) -> tuple[float, ...]:
        """Round values within the scale, about as many as asked for."""
        if self.log:
            powers = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            step = max(1, math.ceil(len(powers) / most))
            return tuple(10.0**power for power in list(powers)[::step])
        rough = (self.high - self.low) / max(most - 1, 1)
        base = 10 ** math.floor(math.log10(rough))
        step_of = next(base * nice for nice in _NICE_STEPS if base * nice >= rough * 0.999)
        first = math.ceil(self.low / step_of - 1e-9)
        last = math.floor(self.high / step_of + 1e-9)
        return tuple(round(i * step_of, 10) for i in range(first, last + 1))


def decades(values: Iterable[float], *, floor: float = 1e-9) -> tuple[float, float]:
    """Powers of ten around the positive values; one whole decade where there are none."""
    positive = [value for value in values if value > floor]
    if not positive:
        return 1e-4, 1.0
    low = 10.0 ** math.floor(math.log10(min(positive)) + 1e-9)
    high = 10.0 ** math.ceil(math.log10(max(positive)) - 1e-9)
    return low, high if high > low else low * 10


def width_of(text: str) -> float:
    """How wide a text is, about."""
    return len(text) * _LETTER_PX


def fitted(text: str, width: float) -> str:
    """A text cut to a width."""
    most = max(3, int(width / _LETTER_PX))
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def label(x: float, y: float, text: str, *, kind: str = "t", anchor: str = "start") -> str:
    """A text; the point is on its base line."""
    held = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{held}>{escape(visible(text))}</text>'


def rule(x1: float, y1: float, x2: float, y2: float, *, kind: str = "grid") -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def box(
    x: float, y: float, width: float, height: float, *, kind: str, opacity: float | None = None
) -> str:
    """A rectangle."""
    faint = "" if opacity is None else f' fill-opacity="{opacity:.3f}"'
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}"{faint}/>'
    )


def dot(x: float, y: float, *, kind: str, radius: float = 4) -> str:
    """A filled circle."""
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>'


def path(points: Sequence[tuple[float, float]], *, kind: str) -> str:
    """A line through points; nothing for fewer than two."""
    if len(points) < 2:  # noqa: PLR2004  # a line needs two
        return ""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{kind}" d="M{steps}"/>'


def drawing(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole picture, with its title for those who do not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">'
        f"<title>{escape(visible(title))}</title>{''.join(parts)}</svg>"
    )
