"""Objections: anybody can lodge one against a decision, and a permit is not renewed over it.

This is what the decisions log holds of them; `permits/objecting.py` has the verbs. An entry holds
the id, what the objection is about and when it came. Its words, and a name where one was given,
lie in the erasable payload.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit import Permit
    from recognizance.ledger import Entry


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection.

    Attributes:
        objection_id: Its id, random.
        about: Id of a permit, or digest of the submission that was decided.
        lodged_at: When it came, UTC.
        index: Its entry in the decisions log; words and name lie in the payload there.
    """

    objection_id: str
    about: str
    lodged_at: datetime
    index: int


@dataclass(slots=True)
class Objections:
    """The objections that the decisions log holds, and which of them were answered.

    Attributes:
        lodged: Every objection by id, in the order in which they came.
        answers: Entry of the answer, by the id of the objection.
    """

    lodged: dict[str, Objection] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    def replay(self, entry: Entry) -> None:
        """Take one entry of the decisions log into account."""
        public = entry.public
        match entry.kind:
            case "objection_lodged":
                found = Objection(
                    str(public["objection"]), str(public["about"]), entry.time, entry.index
                )
                self.lodged[found.objection_id] = found
            case "objection_answered":
                self.answers[str(public["objection"])] = entry.index

    def open_against(self, permit_id: str, submission_digest: str) -> tuple[Objection, ...]:
        """The unanswered objections against a permit or against the decision behind it."""
        if len(self.answers) == len(self.lodged):  # as nearly always: a use must not search
            return ()
        return tuple(
            each
            for each in self.lodged.values()
            if each.about in {permit_id, submission_digest}
            and each.objection_id not in self.answers
        )

    def unanswered(self, permit: Permit) -> tuple[Objection, ...]:
        """Those that came before the permit opens: it does not open while one is here (GV-05)."""
        return tuple(
            each
            for each in self.open_against(permit.permit_id, permit.submission_digest)
            if each.lodged_at < permit.not_before
        )
