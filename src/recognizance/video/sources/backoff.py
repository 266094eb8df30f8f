"""How long to wait before a lost source is looked for again."""

from __future__ import annotations

from typing import Final

FIRST_S: Final = 0.5
MOST_S: Final = 30.0

_DOUBLINGS: Final = 6


def delay_s(attempt: int, chance: float) -> float:
    """Twice as long each time, up to a bound, and less by up to a half.

    The random part keeps cameras that were lost together from being looked for together.

    Args:
        attempt: How often it was looked for in vain, from 0.
        chance: A random number from 0 to 1.
    """
    longest: float = min(MOST_S, FIRST_S * 2 ** min(attempt, _DOUBLINGS))
    return longest * (1 - chance / 2)
