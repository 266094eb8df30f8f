"""Requests of people about themselves: what was asked, until when, and what came of it.

Regulation (EU) 2016/679, Art. 12(3): an answer within one month; two more where a request is
complex, which the person is told within the first, with the reason. A request is a series of
entries of the uses log. In the open stand its id, its kind and its days; every word lies sealed in
the private part, which goes when the person is erased.
"""

from __future__ import annotations

import base64
import calendar
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from recognizance.canonical import canonical_bytes, padded, parse_json
from recognizance.errors import ConflictError, NotFoundError
from recognizance.gallery import check_id
from recognizance.keys import seal, unseal
from recognizance.ledger import LogName
from recognizance.permits.acting import require_role
from recognizance.texts import checked_text
from recognizance.types import Role, utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from recognizance.ledger import Entry
    from recognizance.types import Principal
    from recognizance.workspace import Workspace

KIND = "subject_request"
MONTHS = 1
EXTENSION_MONTHS = 2
"""Regulation (EU) 2016/679, Art. 12(3)."""

DESK = (Role.SUBJECT_DESK, Role.CUSTODIAN)
_FILL = 512


class Kind(StrEnum):
    """What a person can ask (Regulation (EU) 2016/679, Art. 15, 20, 16, 17, 21)."""

    ACCESS = "access"
    EXPORT = "export"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """One request.

    Attributes:
        request_id: Random id.
        kind: What is asked.
        received_at: When it came.
        due_at: Until when it is to be answered.
        state: Where it stands.
        subject_id: Whom the request says it is from; None once that person was erased.
        words: What was asked, in words; likewise.
        identity: How it was established that the person is who they claim to be; None while it
            was not.
        extended: Why more time is taken; None where none is.
        answer: What was answered, or why it was refused.
        closed_at: When.
    """

    request_id: str
    kind: Kind
    received_at: datetime
    due_at: datetime
    state: State = State.OPEN
    subject_id: str | None = None
    words: str | None = None
    identity: str | None = None
    extended: str | None = None
    answer: str | None = None
    closed_at: datetime | None = None

    def late(self, now: datetime) -> bool:
        """Whether it should have been answered by now."""
        return self.state is State.OPEN and now > self.due_at

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of it."""
        return {
            "request_id": self.request_id,
            "kind": self.kind.value,
            "received_at": utc_text(self.received_at),
            "due_at": utc_text(self.due_at),
            "state": self.state.value,
            "subject_id": self.subject_id,
            "words": self.words,
            "identity": self.identity,
            "extended": self.extended,
            "answer": self.answer,
            "closed_at": utc_text(self.closed_at) if self.closed_at else None,
        }


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later; the last day of the month where there is none.

    That is how periods in months end (Regulation (EEC, Euratom) No 1182/71, Art. 3(2)(c)).
    """
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def receive(
    workspace: Workspace, kind: Kind, subject_id: str, *, words: str, by: Principal
) -> SubjectRequest:
    """Take down a request; whether anything is held about anybody is not told by that.

    Args:
        workspace: The workspace.
        kind: What is asked.
        subject_id: Whom the request says it is from.
        words: What is asked, in the person's words.
        by: Who takes it down.

    Raises:
        RoleError: Neither subject desk nor custodian.
        InputError: No subject id can be so, or no words.
    """
    require_role(workspace.registry, by, "take requests of people", *DESK)
    check_id("subject id", subject_id)
    now = workspace.clock()
    request_id = secrets.token_hex(8)
    record(
        workspace,
        request_id,
        "received",
        public={"kind": kind.value, "due": utc_text(months_after(now, MONTHS))},
        subject_id=subject_id,
        told={"words": checked_text(words, what="The request")},
        by=by,
    )
    return request_of(workspace, request_id)


def extend(workspace: Workspace, request_id: str, *, reason: str, by: Principal) -> SubjectRequest:
    """Take two more months, once and within the first, for a reason that the person is told.

    Raises:
        RoleError: Neither subject desk nor custodian.
        ConflictError: It is closed, was extended already, or its month is over.
        InputError: No reason.
    """
    found = opened(workspace, request_id, by)
    if found.extended is not None or found.late(workspace.clock()):
        raise ConflictError(
            "More time can be taken once, and before the first month is over.",
            hint="Answer it now; a late answer is better than none.",
        )
    words = checked_text(reason, what="The reason")
    due = months_after(found.received_at, MONTHS + EXTENSION_MONTHS)
    record(
        workspace,
        request_id,
        "extended",
        public={"due": utc_text(due)},
        subject_id=found.subject_id,
        told={"extended": words},
        by=by,
    )
    return request_of(workspace, request_id)


def requests_of(workspace: Workspace) -> tuple[SubjectRequest, ...]:
    """Every request, oldest first."""
    found: dict[str, SubjectRequest] = {}
    for entry in workspace.ledger.entries(LogName.USES, kinds={KIND}):
        request_id = str(entry.public["request"])
        told = _told(workspace, entry)
        found[request_id] = _after(found.get(request_id), request_id, entry, told)
    return tuple(found.values())


def request_of(workspace: Workspace, request_id: str) -> SubjectRequest:
    """One request.

    Raises:
        NotFoundError: There is none of that id.
    """
    for each in requests_of(workspace):
        if each.request_id == request_id:
            return each
    raise NotFoundError(
        "No request has that id.", hint="List them with `recognizance subjects request list`."
    )


def overdue(workspace: Workspace) -> tuple[SubjectRequest, ...]:
    """Requests that should have been answered by now."""
    now = workspace.clock()
    return tuple(each for each in requests_of(workspace) if each.late(now))


# ---- for the other modules of this room ---------------------------------------------------------


def opened(workspace: Workspace, request_id: str, by: Principal, *kinds: Kind) -> SubjectRequest:
    """A request that is open, for whoever may work on it.

    Raises:
        RoleError: Neither subject desk nor custodian.
        NotFoundError: There is none of that id.
        ConflictError: It is closed, or is no request of these kinds.
    """
    require_role(workspace.registry, by, "answer requests of people", *DESK)
    found = request_of(workspace, request_id)
    if found.state is not State.OPEN:
        raise ConflictError(f"This request was {found.state} already.", hint="Take down a new one.")
    if kinds and found.kind not in kinds:
        raise ConflictError(
            f"This is a request for {found.kind}.",
            hint="Answer what was asked, or take down another request.",
        )
    return found


def record(
    workspace: Workspace,
    request_id: str,
    outcome: str,
    *,
    subject_id: str | None,
    told: Mapping[str, str],
    by: Principal,
    public: Mapping[str, object] | None = None,
) -> str:
    """Write down what happened to a request; where the entry stands."""
    private = None
    if subject_id is not None:
        words = canonical_bytes({"subject": subject_id, **told})
        sealed = seal(_key(workspace), padded(words, _FILL), context=request_id.encode())
        text = base64.b64encode(sealed).decode()
        private = {"subject": subject_id, "sealed": text, "principal": by.principal_id}
    entry = workspace.ledger.append(
        LogName.USES,
        KIND,
        {"operation": KIND, "outcome": outcome, "request": request_id, **(public or {})},
        private=private,
        now=workspace.clock(),
    )
    return f"{entry.log.value}/{entry.index}"


def _key(workspace: Workspace) -> bytes:
    return workspace.secret_for("subject requests")


def _told(workspace: Workspace, entry: Entry) -> dict[str, Any]:
    match workspace.ledger.private(LogName.USES, entry.index):
        case {"sealed": str(text)}:
            context = str(entry.public["request"]).encode()
            plain = unseal(_key(workspace), base64.b64decode(text), context=context)
            return cast("dict[str, Any]", parse_json(plain))
    return {}


def _after(
    known: SubjectRequest | None, request_id: str, entry: Entry, told: dict[str, Any]
) -> SubjectRequest:
    """A request after one more entry; words that were erased are None."""
    public = entry.public
    if known is None:
        return SubjectRequest(
            request_id=request_id,
            kind=Kind(str(public["kind"])),
            received_at=entry.time,
            due_at=utc_moment(str(public["due"])),
            subject_id=told.get("subject"),
            words=told.get("words"),
        )
    match public["outcome"]:
        case "extended":
            due = utc_moment(str(public["due"]))
            return replace(known, due_at=due, extended=told.get("extended", ""))
        case "identified":
            return replace(known, identity=told.get("identity"))
        case "answered" | "refused" as state:
            return replace(
                known, state=State(state), answer=told.get("answer"), closed_at=entry.time
            )
    return known
