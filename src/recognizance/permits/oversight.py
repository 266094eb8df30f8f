"""What people do about a use while it runs: attest, stop, let go on, record an order, a training.

Each verb acts as one principal with a role, is recorded in the decisions log before it counts, and
is read back from there alone (`registry/standing.py`). Ids, days and digests stand in the log;
words that could name somebody lie in the erasable payload.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.conditions import ATTESTABLE, open_duties, order_due
from recognizance.errors import ConflictError, InputError, NotFoundError
from recognizance.permits.acting import require_role
from recognizance.registry.standing import STOP_BUTTON, Assembly, assembly_entry
from recognizance.texts import checked_text
from recognizance.types import Role, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from recognizance.gate.permit import Permit
    from recognizance.permits.acting import Acting
    from recognizance.workspace import Workspace

MAX_WORDS = 2000
"""Characters in a statement or a reason."""

MAX_ID = 128
NOTICE = "public_notice"


def attest(workspace: Workspace, permit_id: str, hook: str, *, statement: str, by: Acting) -> None:
    """State, as a signing officer or the custodian, that a duty under a permit is done.

    Raises:
        RoleError: Neither of them.
        InputError: No such duty, no statement, or a notice without the permit's id in its text.
        ConflictError: The permit has no such condition.
    """
    require_role(workspace.registry, by.principal, "attest", Role.SIGNING_OFFICER, Role.CUSTODIAN)
    permit = workspace.shelf.find(permit_id)
    if hook not in ATTESTABLE:
        raise InputError(
            f"{hook!r} is nothing that is attested.", hint=f"One of {', '.join(ATTESTABLE)} is."
        )
    if all(condition.hook != hook for condition in permit.conditions):
        raise ConflictError(
            f"This permit does not ask for {hook}.",
            hint="See what it asks for with `recognizance permit show`.",
        )
    words = _words(statement, "statement")
    if hook == NOTICE and permit_id not in words:
        raise InputError(
            "The text of the notice does not show the permit's id.",
            hint=f"Give the notice's whole text; {permit_id} has to stand in it (rule GV-02).",
            rules=("GV-02",),
        )
    _record(
        workspace,
        "duty_attested",
        {"permit": permit_id, "hook": hook},
        by=by,
        private={"statement": words},
    )


def attest_open(workspace: Workspace, permit: Permit, *, statement: str, by: Acting) -> None:
    """Attest every duty of a permit that is still owed, for one reason that covers them all."""
    for hook in open_duties(permit, workspace.registry.standing):
        words = f"{ATTESTABLE[hook]} Permit {permit.permit_id}. {statement}"
        attest(workspace, permit.permit_id, hook, statement=words, by=by)


def suspend(workspace: Workspace, permit_id: str, *, reason: str, by: Acting) -> None:
    """Stop every use under a permit at once: the stop button (rule GV-04).

    Raises:
        RoleError: Neither operator, nor reviewer, nor signing officer, nor custodian.
        InputError: No reason.
        ConflictError: It is stopped already.
    """
    require_role(
        workspace.registry,
        by.principal,
        "stop a use",
        Role.OPERATOR,
        Role.REVIEWER,
        Role.SIGNING_OFFICER,
        Role.CUSTODIAN,
    )
    workspace.shelf.find(permit_id)
    words = _words(reason, "reason")
    workspace.registry.refresh()
    if workspace.registry.standing.suspension_of(permit_id) is not None:
        raise ConflictError(
            "This use is stopped already.", hint="See why with `recognizance permit show`."
        )
    _record(
        workspace,
        "permit_suspended",
        {"permit": permit_id, "cause": STOP_BUTTON},
        by=by,
        private={"reason": words},
    )


def resume(workspace: Workspace, permit_id: str, *, reason: str, by: Acting) -> None:
    """Let a stopped use go on; its meter of false alerts counts anew from here.

    Raises:
        RoleError: No signing officer.
        InputError: No reason.
        ConflictError: It is not stopped.
    """
    require_role(workspace.registry, by.principal, "let a stopped use go on", Role.SIGNING_OFFICER)
    workspace.shelf.find(permit_id)
    words = _words(reason, "reason")
    workspace.registry.refresh()
    if workspace.registry.standing.suspension_of(permit_id) is None:
        raise ConflictError(
            "This use is not stopped.", hint="See where it stands with `recognizance permit show`."
        )
    _record(workspace, "permit_resumed", {"permit": permit_id}, by=by, private={"reason": words})


def record_order(
    workspace: Workspace,
    permit_id: str,
    *,
    order_id: str,
    granted: bool,
    document: bytes,
    by: Acting,
) -> None:
    """Record what the court or authority answered; a refusal ends the use and wipes its data.

    Raises:
        RoleError: No signing officer.
        ConflictError: The permit waits for no order, or an answer is recorded already.
        InputError: No order id.
    """
    require_role(workspace.registry, by.principal, "record an order", Role.SIGNING_OFFICER)
    permit = workspace.shelf.find(permit_id)
    workspace.registry.refresh()
    if order_due(permit) is None or workspace.registry.standing.order_of(permit_id) is not None:
        raise ConflictError(
            "This permit waits for no order.",
            hint="See where it stands with `recognizance permit show`.",
        )
    if permit_id in workspace.registry.revoked:
        raise ConflictError(
            "This permit was revoked; an order does not bring it back.",
            hint="Have a new permit issued on this order.",
        )
    _record(
        workspace,
        "order_recorded",
        {
            "permit": permit_id,
            "granted": granted,
            "document": hashlib.sha256(document).hexdigest(),
        },
        by=by,
        private={"order": _words(order_id, "order id", limit=MAX_ID)},
    )
    workspace.run_duties()


def record_training(workspace: Workspace, name: str, *, on: date, course: str, by: Acting) -> None:
    """Record, as the custodian, that somebody was trained on a day.

    Raises:
        RoleError: Not the custodian.
        PrincipalError: Nobody of that name.
        InputError: The day is still to come, or no course is named.
    """
    require_role(workspace.registry, by.principal, "record a training", Role.CUSTODIAN)
    trained = workspace.registry.named(name)
    if on > workspace.clock().date():
        raise InputError("A training that is still to come is none.", hint="Record it afterwards.")
    _record(
        workspace,
        "training_recorded",
        {"principal": trained.principal_id, "on": on.isoformat()},
        by=by,
        private={"course": _words(course, "course")},
    )


def announce_assembly(
    workspace: Workspace,
    *,
    site: str,
    begins: datetime,
    ends: datetime,
    reason: str,
    by: Acting,
) -> Assembly:
    """Close a site to every use that rule HR-04 fences, for the time of an assembly.

    Raises:
        RoleError: Neither operator, nor signing officer, nor custodian.
        InputError: It ends before it begins, or has no site or reason.
    """
    require_role(
        workspace.registry,
        by.principal,
        "announce an assembly",
        Role.OPERATOR,
        Role.SIGNING_OFFICER,
        Role.CUSTODIAN,
    )
    if ends <= begins:
        raise InputError(
            "The assembly would end before it begins.", hint="Give --from before --until."
        )
    site = _words(site, "site", limit=MAX_ID)
    assembly = Assembly(begins, ends, site, assembly_id=secrets.token_hex(4))
    _record(
        workspace,
        "assembly_announced",
        assembly_entry(assembly),
        by=by,
        private={"reason": _words(reason, "reason")},
    )
    return assembly


def announced(workspace: Workspace, assembly_id: str) -> Assembly:
    """An assembly that is announced.

    Raises:
        NotFoundError: No such assembly.
    """
    workspace.registry.refresh()
    calendar = workspace.registry.standing.calendar()
    found = next((each for each in calendar if each.assembly_id == assembly_id), None)
    if found is None:
        raise NotFoundError(
            "No assembly of that id is announced.",
            hint="List them with `recognizance calendar list`.",
        )
    return found


def cancel_assembly(workspace: Workspace, assembly_id: str, *, reason: str, by: Acting) -> None:
    """Open a site again because an assembly does not take place.

    Raises:
        RoleError: No signing officer.
        NotFoundError: No such assembly.
        InputError: No reason.
    """
    require_role(workspace.registry, by.principal, "cancel an assembly", Role.SIGNING_OFFICER)
    found = announced(workspace, assembly_id)
    _record(
        workspace,
        "assembly_cancelled",
        {"assembly": assembly_id, "site": found.site},
        by=by,
        private={"reason": _words(reason, "reason")},
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of what ran under a permit; nothing about anybody.

    Attributes:
        permit_id: The permit.
        purpose: Its purpose.
        until: When it was counted.
        faces_searched: Faces that were searched for in a gallery.
        false_alerts: Leads that reviewers rejected, or a third one overturned.
        uses: How often each operation ended in each outcome.
    """

    permit_id: str
    purpose: str
    until: datetime
    faces_searched: int
    false_alerts: int
    uses: Mapping[str, Mapping[str, int]]

    def as_dict(self) -> dict[str, object]:
        """The figures as they are published."""
        return {
            "permit": self.permit_id,
            "purpose": self.purpose,
            "until": utc_text(self.until),
            "faces_searched": self.faces_searched,
            "false_alerts": self.false_alerts,
            "uses": {operation: dict(outcomes) for operation, outcomes in self.uses.items()},
        }


def statistics_of(workspace: Workspace, permit_id: str) -> Figures:
    """Count what ran under a permit."""
    permit = workspace.shelf.find(permit_id)
    tally = workspace.shelf.tally(permit_id)
    uses: dict[str, dict[str, int]] = {}
    for (operation, outcome), number in sorted(tally.outcomes.items()):
        uses.setdefault(operation, {})[outcome] = number
    return Figures(
        permit_id=permit_id,
        purpose=permit.purpose,
        until=workspace.clock(),
        faces_searched=tally.faces.since(None),
        false_alerts=tally.false_alerts.since(None),
        uses=uses,
    )


def publish_statistics(workspace: Workspace, permit_id: str, *, by: Acting) -> Figures:
    """Put the counts into the decisions log, which is public; without it a permit lapses (GV-04).

    Raises:
        RoleError: Neither signing officer nor custodian.
    """
    require_role(
        workspace.registry, by.principal, "publish figures", Role.SIGNING_OFFICER, Role.CUSTODIAN
    )
    figures = statistics_of(workspace, permit_id)
    _record(workspace, "statistics_published", figures.as_dict(), by=by, private=None)
    return figures


def time_left(permit: Permit, now: datetime) -> str | None:
    """How long until an order is due, e.g. `5 h 12 min`; None where none is due any more."""
    due = order_due(permit)
    if due is None or now >= due:
        return None
    minutes = int((due - now).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _words(text: str, what: str, *, limit: int = MAX_WORDS) -> str:
    return checked_text(text, what=f"The {what}", longest=limit)


def _record(
    workspace: Workspace,
    kind: str,
    public: dict[str, object],
    *,
    by: Acting,
    private: dict[str, object] | None,
) -> None:
    workspace.registry.record(
        kind,
        public | {"by": by.principal.principal_id},
        private=private,
        now=workspace.clock(),
    )
