"""Numbers and names as the report says them; nothing here decides or computes.

Words describe what was measured and promise nothing: no system is called unbiased, no question
solved (Fairlearn's guide, "How to talk about fairness").
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.audit.result import Cell, Estimate, Group

UNDEFINED: Final = "not defined"
NOT_GIVEN: Final = "\N{EN DASH}"
FEW: Final = "fewer than 5 people in error"

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST_NAME: Final = 60
_EXACT_BELOW: Final = 0.0095


def visible(text: str) -> str:
    """A text whose hidden characters are shown as a replacement character."""
    return "".join("\ufffd" if unicodedata.category(each) in _HIDDEN else each for each in text)


def name_of(group: Group) -> str:
    """A group's name, made visible and of bearable length."""
    name = visible(group.name)
    return (
        name
        if len(name) <= _LONGEST_NAME
        else name[: _LONGEST_NAME - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )


def one_in(rate: float) -> str:
    """A rate as `1 in 1,250`; `none` for zero."""
    if rate <= 0:
        return "none"
    times = 1 / rate
    return f"1 in {times:,.0f}" if times >= 10 else f"1 in {times:.3g}"  # noqa: PLR2004  # digits


def percent(rate: float | None) -> str:
    """A rate in per cent with three significant digits; a dash where there is none.

    An upper end below ten in a hundred million is written in powers of ten, as `3e-8`.
    """
    if rate is None:
        return NOT_GIVEN
    if rate == 0:
        return "0 %"
    scaled = 100 * rate
    if scaled < 1e-4:  # noqa: PLR2004  # where zeros after the point stop being read
        return f"{rate:.2g}"
    return f"{scaled:.3g} %" if scaled < 99.95 else f"{scaled:.4g} %"  # noqa: PLR2004  # digits


def interval(lower: float | None, upper: float | None) -> str:
    """Two ends of an interval of rates."""
    if lower is None and upper is None:
        return NOT_GIVEN
    low = "0 %" if lower is None else percent(lower)
    high = "no end" if upper is None else percent(upper)
    return f"{low} to {high}"


def number(value: float | None) -> str:
    """A measure with three significant digits, or that it is not defined."""
    return UNDEFINED if value is None else f"{value:.3g}"


def ratio(value: float | None) -> str:
    """A ratio as a person says it: `2.4`, `13`, `1,878`; that it is not defined, or has no end."""
    if value is None:
        return UNDEFINED
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004  # digits


def ratio_interval(lower: float | None, upper: float | None) -> str:
    """The two ends of a ratio's interval."""
    low = "1" if lower is None else ratio(lower)
    return f"{low} to {'no end' if upper is None else ratio(upper)}"


def opened(words: str) -> str:
    """The words with a capital at the beginning."""
    return words[:1].upper() + words[1:]


def times(value: float | None, lower: float | None, upper: float | None) -> str:
    """A ratio with its interval, as `3.1 times (95 % interval 2.2 to 4.6)`."""
    if value is None:
        return UNDEFINED
    return f"{ratio(value)} times (95 % interval {ratio_interval(lower, upper)})"


def count(value: int, *, few: bool = False) -> str:
    """A count with its thousands apart; `fewer than 5` where it is not told."""
    return "fewer than 5" if few else f"{value:,}"


def errors_of(estimate: Estimate) -> str:
    """How many errors of how many trials."""
    if estimate.errors is not None and not estimate.few:
        return f"{estimate.errors:,} of {estimate.trials:,}"
    # Of a group that is too small nothing is said, not even that its errors are few.
    return f"few of {estimate.trials:,}" if estimate.few else f"of {estimate.trials:,}"


def rate_of(estimate: Estimate) -> str:
    """The rate, or why there is none."""
    if estimate.rate is not None:
        return percent(estimate.rate)
    if estimate.few:
        return FEW
    return "no comparison" if estimate.trials == 0 else "too few people"


def verdict_of(cell: Cell) -> str:
    """The verdict of a cell in words, with how many people are missing."""
    if cell.verdict is None:
        return NOT_GIVEN
    if cell.people_missing:
        return f"{cell.verdict}: {cell.people_missing:,} more people"
    return str(cell.verdict)


def listed(words: Sequence[str], *, most: int = 6) -> str:
    """Words as a list in a sentence; long lists are cut and say so."""
    shown = list(words[:most])
    rest = len(words) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    if len(shown) > 1:
        return f"{', '.join(shown[:-1])} and {shown[-1]}"
    return "".join(shown)


def grouping_name(grouping: Sequence[str]) -> str:
    """A grouping as `race and sex`; no attribute is everybody."""
    return visible(" and ".join(grouping)) or "everybody"


def plural(value: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{value:,} {one if value == 1 else many}"
