"""What each class of permit may be at most. A permit outside its class is no permit.

Source: RULES.md, section 8 (the classes, and the house numbers among them) and DESIGN.md,
section 4 (who may sign what).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import log1p
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.types import PPB, ErrorRate, Operation, PermitClass

if TYPE_CHECKING:
    from collections.abc import Mapping

# Two photographs of consenting adults are compared under a trial and nowhere else.
_STANDING_USE = frozenset(Operation) - {Operation.COMPARE}


LOOSEST_PPB = {ErrorRate.FMR: PPB // 100, ErrorRate.FPIR: PPB // 10}
"""House numbers: no permit of any class may err more often than 1 in 100 comparisons, or in 1 in 10
searches with somebody who is not enrolled. A looser rate would make everybody a candidate."""


MANY_COMPARED: Final = frozenset({Operation.SEARCH, Operation.WATCH})
"""Operations that compare one face with a whole gallery, so that errors add up over it."""


def too_loose_together(fmr_ppb: int, gallery_size: int) -> bool:
    """Whether a rate per comparison makes one per search that no permit may have.

    FPIR = 1 - (1 - FMR)^N: the binomial link of NISTIR 8429, Annex B, for N comparisons.

    Args:
        fmr_ppb: False match rate in parts per billion, at most `PPB`.
        gallery_size: How many references one search compares with.
    """
    if fmr_ppb >= PPB:
        return True
    stays_silent = gallery_size * log1p(-fmr_ppb / PPB)
    return stays_silent < log1p(-LOOSEST_PPB[ErrorRate.FPIR] / PPB)


@dataclass(frozen=True, slots=True)
class Terms:
    """The outer bounds of a class.

    Attributes:
        longest: From issue to expiry.
        countersigned: Whether the authority has to countersign; otherwise it is self-attested.
        operations: What it may allow.
        most_people: How many people the gallery may hold; None for as many as are signed for.
        bound_to_photographs: Whether it holds only for photographs that it names by digest.
        target: The error rate and parts per billion that the class fixes; None where it is chosen.
        officers: How many distinct officers have to sign. One; two where the class skips the rest
            between publication and use (urgent). A house number: what nobody could object to
            beforehand is not left to one person.
        renewable: Whether a permit of the class may be renewed at its end.
        limits: What people are told of the class besides, each a short phrase.
    """

    longest: timedelta
    countersigned: bool
    operations: frozenset[Operation] = _STANDING_USE
    most_people: int | None = None
    bound_to_photographs: bool = False
    target: tuple[ErrorRate, int] | None = None
    officers: int = 1
    renewable: bool = True
    limits: tuple[str, ...] = ()


TERMS: Mapping[PermitClass, Terms] = MappingProxyType(
    {
        PermitClass.TRIAL: Terms(
            longest=timedelta(hours=24),
            countersigned=False,
            operations=frozenset(Operation),
            most_people=20,
            bound_to_photographs=True,
            target=(ErrorRate.FMR, PPB // 1000),
            renewable=False,
            limits=(
                "uploaded photographs and clips only",
                "no action follows from a result",
                "claims nothing about error rates (no EV- rule counts as met)",
                "cannot be renewed or widened",
            ),
        ),
        PermitClass.OPTED_IN: Terms(
            longest=timedelta(days=30), countersigned=False, most_people=50
        ),
        PermitClass.HOUSEHOLD: Terms(
            longest=timedelta(days=365), countersigned=False, most_people=50
        ),
        PermitClass.STANDARD: Terms(longest=timedelta(days=365), countersigned=True),
        PermitClass.URGENT: Terms(
            longest=timedelta(hours=24), countersigned=True, officers=2, renewable=False
        ),
    }
)


def terms_of(permit_class: PermitClass) -> Terms:
    """The terms of a class."""
    return TERMS[permit_class]
