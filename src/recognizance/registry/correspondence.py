"""What was asked of the authority, what it answered, and its newest status list.

Replayed from the decisions log, like everything else that a use is checked against. A list counts
by the authority's signature, which stands in the entry with it: whoever can write to the log of
the workspace still cannot write a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes
from recognizance.errors import LedgerDamagedError, PermitStaleError, RecognizanceError
from recognizance.gate.letters import StatusList
from recognizance.types import utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit import Permit
    from recognizance.ledger import Entry

STATUS_DAYS = 30
"""House number: a countersigned permit holds while the authority's newest status list, or the
permit itself, is at most so many days old."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was made.

    Attributes:
        permit_id: The permit that it asks for.
        index: Its entry in the decisions log; the permit as it was signed lies in its payload.
    """

    permit_id: str
    index: int


@dataclass(slots=True)
class Correspondence:
    """Requests by digest, answers by request, and the newest status list."""

    asked: dict[str, Asked] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    status: StatusList | None = None

    def replay(self, entry: Entry, authority: str | None) -> None:
        """Take one entry of the decisions log into account.

        Raises:
            LedgerDamagedError: A status list in it is not the authority's.
        """
        public = entry.public
        match entry.kind:
            case "permit_requested":
                self.asked[str(public["request"])] = Asked(str(public["permit"]), entry.index)
            case "request_answered":
                self.answered[str(public["request"])] = str(public["answer"])
            case "status_imported":
                self.status = _status(public["letter"], authority)

    def require_fresh(self, permit: Permit, *, now: datetime) -> None:
        """Pass a permit only while the authority is known to stand by it.

        Raises:
            PermitStaleError: Its newest word is older than 30 days.
        """
        if permit.authority is None:
            return
        last = permit.issued_at
        if self.status is not None:
            last = max(last, self.status.issued_at)
        if now - last > timedelta(days=STATUS_DAYS):
            raise PermitStaleError(
                f"The authority's last word on this permit is of {utc_text(last)}, "
                f"more than {STATUS_DAYS} days ago.",
                hint="Ask the authority for its status list (`gate status`), and bring it in with "
                "`recognizance gate import-status FILE`.",
                rules=("D4",),
            )


def _status(letter: object, authority: str | None) -> StatusList:
    try:
        return StatusList.open(canonical_bytes(letter), bytes.fromhex(authority or "") or None)
    except RecognizanceError as error:
        raise LedgerDamagedError(
            "A status list in the ledger is not the authority's.",
            hint="See where with `recognizance ledger verify`, and restore a backup.",
        ) from error
