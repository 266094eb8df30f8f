"""What is told, and the promise of where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from recognizance.canonical import canonical_bytes
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

FORMAT = "recognizance-event/1"


class Kind(StrEnum):
    """What happened."""

    STARTED = "started"
    LEAD = "lead"
    """Somebody may be in the gallery, and people have to look."""
    STOPPED = "stopped"
    """Nothing is compared any more: a crowd, a fence, somebody who pressed the button."""
    RESUMED = "resumed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the uses log, as others may know it before anybody has reviewed it.

    There is no room for a name, a category, a reason, a score or a picture.

    Attributes:
        number: Where it stands in the log; events come in this order.
        kind: What happened.
        workspace: Id of the workspace.
        permit: Id of the permit.
        time: When it was recorded.
        receipt: Proof that it stands in the log (C2SP tlog-proof).
        self_attested: Whether nobody but the operator approved the permit.
        lead: Id of the lead, if it is one.
        code: Why it stopped or ended, as an error's code; None where it ended as it should.
        rules: Ids of the rules that stopped it.
        notices: What the reader has to know.
        others_go_on: Whether another watch under the permit goes on; nobody is told so.
    """

    number: int
    kind: Kind
    workspace: str
    permit: str
    time: datetime
    receipt: str
    self_attested: bool
    lead: str | None = None
    code: str | None = None
    rules: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    others_go_on: bool = False

    @property
    def event_id(self) -> str:
        """The same however often it is sent: who has seen it need not look again."""
        return f"{self.workspace}-uses-{self.number}"

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of an event."""
        return {
            "format": FORMAT,
            "id": self.event_id,
            "event_type": self.kind.value,
            "time": utc_text(self.time),
            "permit": self.permit,
            "entry": f"uses/{self.number}",
            "receipt": self.receipt,
            "lead": self.lead,
            "code": self.code,
            "rules": list(self.rules),
            "self_attested": self.self_attested,
            "notices": list(self.notices),
        }

    def to_json(self) -> bytes:
        """One line without a line break: canonical JSON escapes every control character."""
        return canonical_bytes(self.as_dict())


class Feed(Protocol):
    """Events that are recorded, in their order."""

    def newest(self) -> int:
        """The number after the last one."""

    def since(self, number: int) -> Sequence[Event]:
        """Some events from a number on, the oldest first; none where there are none yet."""
