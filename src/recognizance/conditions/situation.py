"""Everything that a condition may look at before a use begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from recognizance.types import Operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recognizance.gate.permit import Permit, Use
    from recognizance.registry.objections import Objections
    from recognizance.registry.standing import Standing
    from recognizance.registry.tally import PermitTally


class Leads(Protocol):
    """Counts leads."""

    def __call__(self, *, since: datetime) -> int:
        """How many were raised since then."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One use at the door.

    Attributes:
        permit: The permit, its own check passed.
        use: What is about to be done, with what was stated of it.
        now: When.
        standing: What has happened under the permit since it was issued.
        objections: Which objections are open.
        measured_at: When the evidence was measured that the threshold comes from.
        tally: Counts what ran under the permit; it reads the log, so only few conditions ask.
        leads: Counts leads since a moment, also those of what it renews and what renews it.
    """

    permit: Permit
    use: Use
    now: datetime
    standing: Standing
    objections: Objections
    measured_at: datetime
    tally: Callable[[], PermitTally]
    leads: Leads

    @property
    def compares(self) -> bool:
        """Whether a face is compared. Enrolling prepares that, at a desk and before the hours."""
        return self.use.operation is not Operation.ENROLL
