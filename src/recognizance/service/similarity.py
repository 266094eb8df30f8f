"""How strong a match is, for clients that want a number from 0 to 100.

A number in which two systems agree can only be an error rate: `100 (1 - sqrt(FMR))`, with the false
match rate (FMR) per comparison at the permit's calibration. So 90 is 1 false match in 100, 99 is 1
in 10,000 and 99.9 is 1 in 1,000,000. It is given for rungs of the ladder that the evidence
supports, rounded down to a tenth: it is a band, never a score, and nothing can be climbed with it.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from recognizance.types import PPB

_TENTH: Final = Decimal("0.1")
_WHOLE: Final = Decimal(100)


def similarity_of(rate_ppb: int) -> float:
    """The similarity that a false match rate stands for, rounded down."""
    exact = _WHOLE * (1 - (Decimal(rate_ppb) / PPB).sqrt())
    return float(exact.quantize(_TENTH, ROUND_FLOOR))


def rate_asked(similarity: float) -> int:
    """The false match rate, in parts per billion, of a similarity that a client asks for at least.

    It is rounded so that whatever keeps the rate is shown with at least that similarity.

    Args:
        similarity: From 0 to 100.
    """
    asked = Decimal(repr(similarity)).quantize(_TENTH, ROUND_CEILING)
    return int(((_WHOLE - asked) / _WHOLE) ** 2 * PPB)
