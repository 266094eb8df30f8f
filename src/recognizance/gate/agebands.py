"""Age bands written as people write them, and whether one set of bands covers another.

A band is years of age from and to, both included: `20-49`, `70+`, `under 10`, `children`. A text
may name several (`under 18 and over 70`), and all of them count. Texts without an age (`women`,
`Black men`) name no band.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

OLDEST: Final = 100
"""Years from which on all ages count as one."""

CHILDHOOD: Final = frozenset(range(18))
"""Ages of a child (Convention on the Rights of the Child, Art. 1)."""

_WORDS: Final = (
    (re.compile(r"\b(infants?|babies|toddlers?)\b"), range(3)),
    (re.compile(r"\b(child|children|minors?|pupils?)\b"), range(18)),
    (re.compile(r"\b(teens?|teenagers?|adolescents?|youths?)\b"), range(13, 20)),
    (re.compile(r"\b(adults?)\b"), range(18, 65)),
    (re.compile(r"\b(elderly|seniors?)\b"), range(65, OLDEST + 1)),
)
_RANGE: Final = re.compile(r"\b(\d{1,3})\s*(?:-|\u2013|to)\s*(\d{1,3})\b")
_FROM: Final = re.compile(r"\b(\d{1,3})\s*\+|\b(?:over|more than|above)\s*(\d{1,3})\b")
_BELOW: Final = re.compile(r"\b(?:under|below)\s*(\d{1,3})\b")
_SINGLE: Final = re.compile(r"^(\d{1,3})$|\b(?:aged?|ages)\s*(\d{1,3})\b")

_BETWEEN: Final = re.compile(r"\bbetween\s*(\d{1,3})\s*and\s*(\d{1,3})\b")
_AND_UP: Final = re.compile(
    r"\b(\d{1,3})\s*(?:and|or)\s*(?:over|above|older|more|up)\b(?!\s*(?:than\s*)?\d)"
)
"""`18 and over`, and not `under 18 and over 70`."""

_NEXT: Final = re.compile(r"[,;/&]|\b(?:and|or|plus)\b")
"""What stands between two groups in one text."""


def ages(texts: Iterable[str]) -> frozenset[int]:
    """Every year of age, up to `OLDEST`, that the texts name."""
    named: set[int] = set()
    for text in texts:
        for group in _groups(text.casefold()):
            named.update(_years(group))
    return frozenset(named)


def _groups(text: str) -> Iterable[str]:
    """The groups of people in a text, one by one: `adults 18-64` and `children`."""
    joined = _AND_UP.sub(r"\1+", _BETWEEN.sub(r"\1-\2", text))
    return (group.strip() for group in _NEXT.split(joined))


def _years(group: str) -> set[int]:
    """The years that one group names: its numbers, and only without a number its words.

    `teenagers 13-15` are not all teenagers. A range that runs backwards means the same years: read
    as no band at all it would hide the children in `17-8`.
    """
    found = [
        *(_from_to(*sorted((int(m[1]), int(m[2])))) for m in _RANGE.finditer(group)),
        *(_from_to(int(m[1] or m[2]), OLDEST) for m in _FROM.finditer(group)),
        *(_from_to(0, int(m[1]) - 1) for m in _BELOW.finditer(group)),
    ]
    single = (int(m[1] or m[2]) for m in _SINGLE.finditer(group))
    found = found or [_from_to(year, year) for year in single]
    found = found or [years for pattern, years in _WORDS if pattern.search(group)]
    return {year for years in found for year in years}


def _from_to(first: int, last: int) -> range:
    """Years from and to, both included; all from `OLDEST` on count as one."""
    return range(min(first, OLDEST), min(last, OLDEST) + 1)
