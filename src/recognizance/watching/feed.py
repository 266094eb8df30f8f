"""What the uses log says of the watches under a permit, as events for others.

Events are read back from the ledger, so nothing is told before it is recorded, nothing that is
recorded is lost, and no crash between the two can part them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.events import Event, Kind
from recognizance.ledger import LogName
from recognizance.uses import LEAD_NOTICE, SELF_ATTESTED

if TYPE_CHECKING:
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Entry, Ledger

AT_ONCE = 64

KINDS = {
    "started": Kind.STARTED,
    "held_for_review": Kind.LEAD,
    "stopped": Kind.STOPPED,
    "resumed": Kind.RESUMED,
}
"""Outcomes that are told of while a watch goes on. Whom a permit lets be named at once is told to
nobody but who wears the camera; what is counted a minute stays in the ledger."""

NOT_TOLD = frozenset({"intent", "rolled_back", "watched", "candidate"})


class LedgerFeed:
    """The events of one permit.

    Args:
        ledger: Where they are recorded.
        permit: The permit.
        workspace_id: Whose ledger it is.
    """

    def __init__(self, ledger: Ledger, permit: Permit, workspace_id: str) -> None:
        self._ledger = ledger
        self._permit = permit
        self._workspace_id = workspace_id
        self._quiet = (0, 0)
        """From the first to before the second entry there is nothing to tell."""

    def newest(self) -> int:
        """The number after the last entry."""
        return self._ledger.size(LogName.USES)

    def since(self, number: int) -> tuple[Event, ...]:
        """Some events from a number on; none where there are none yet."""
        found: list[Event] = []
        first, end = self._quiet
        start = end if first <= number <= end else number
        newest = self.newest()
        for entry in self._ledger.entries(LogName.USES, start=start, stop=newest, kinds={"watch"}):
            event = self._event(entry)
            if event is not None:
                found.append(event)
            if len(found) == AT_ONCE:
                break
        if not found:  # a watch counts every minute: nobody reads all of those again and again
            self._quiet = (min(number, start), newest)
        return tuple(found)

    def _event(self, entry: Entry) -> Event | None:
        public = entry.public
        outcome = str(public.get("outcome"))
        if public.get("permit") != self._permit.permit_id or outcome in NOT_TOLD:
            return None
        kind = KINDS.get(outcome, Kind.ENDED)
        attested = (SELF_ATTESTED,) if self._permit.self_attested else ()
        rules = public.get("rules")
        return Event(
            number=entry.index,
            kind=kind,
            workspace=self._workspace_id,
            permit=self._permit.permit_id,
            time=entry.time,
            receipt=self._ledger.receipt(LogName.USES, entry.index),
            self_attested=self._permit.self_attested,
            lead=str(public["lead"]) if kind is Kind.LEAD else None,
            code=str(public["code"]) if public.get("code") else None,
            rules=tuple(map(str, rules)) if isinstance(rules, list) else (),
            notices=((LEAD_NOTICE,) if kind is Kind.LEAD else ()) + attested,
            others_go_on=kind is Kind.ENDED and self._others_go_on(),
        )

    def _others_go_on(self) -> bool:
        intents = self._ledger.open_intents(LogName.USES)
        here = {"permit": self._permit.permit_id, "outcome": "started"}
        return any(here.items() <= each.public.items() for each in intents)
