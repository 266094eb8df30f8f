"""Age bands written as people write them, and whether one set of bands covers another.

A band is years of age from and to, both included: `20-49`, `70+`, `under 10`, `children`. Texts
without an age (`women`, `Black men`) name no band.
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


def ages(texts: Iterable[str]) -> frozenset[int]:
    """Every year of age, up to `OLDEST`, that the texts name."""
    named: set[int] = set()
    for text in texts:
        named.update(_ages_of(text.casefold()))
    return frozenset(named)


def _ages_of(text: str) -> Iterable[int]:
    if found := _RANGE.search(text):
        first, last = int(found[1]), int(found[2])
        return range(first, min(last, OLDEST) + 1)
    if found := _FROM.search(text):
        return range(int(found[1] or found[2]), OLDEST + 1)
    if found := _BELOW.search(text):
        return range(min(int(found[1]), OLDEST + 1))
    if found := _SINGLE.search(text):
        year = min(int(found[1] or found[2]), OLDEST)
        return range(year, year + 1)
    return next((years for pattern, years in _WORDS if pattern.search(text)), range(0))
