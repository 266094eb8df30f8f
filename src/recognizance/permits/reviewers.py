"""How reviewers do on planted leads, who may know it, and the way back after a suspension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.checks import Measured, measured
from recognizance.errors import ConflictError, RoleError
from recognizance.permits.acting import require_role
from recognizance.texts import checked_text
from recognizance.types import Role, utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.permits.acting import Acting
    from recognizance.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A reviewer, and what planted leads tell of them.

    Attributes:
        name: What people call them; never leaves the workspace.
        measured: What was counted since the first planted lead, or since they were let back.
        trained_on: Last day of training, as in `training list`.
        suspended_since: Since when they may not decide; None if they may.
    """

    name: str
    measured: Measured
    trained_on: str | None
    suspended_since: datetime | None

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of it."""
        seen, accepted = self.measured.seen, self.measured.false_accepts
        return {
            "name": self.name,
            "principal_id": self.measured.reviewer_id,
            "seen": seen,
            "false_accepts": accepted,
            "rate": accepted / seen if seen else None,
            "lower": self.measured.lower,
            "upper": self.measured.upper,
            "trained_on": self.trained_on,
            "suspended_since": utc_text(self.suspended_since) if self.suspended_since else None,
        }


def measured_reviewers(workspace: Workspace, by: Acting) -> tuple[Reviewer, ...]:
    """Every reviewer with the rate at which planted leads were accepted, by name.

    Raises:
        RoleError: Neither custodian, nor signing officer, nor auditor.
    """
    registry = workspace.registry
    roles = (Role.CUSTODIAN, Role.SIGNING_OFFICER, Role.AUDITOR)
    require_role(registry, by.principal, "see how reviewers do", *roles)
    standing = registry.standing
    counted = measured(workspace.ledger, standing)
    found = []
    for each in registry.principals.values():
        who = each.principal_id
        if Role.REVIEWER in each.roles or who in counted:
            day = standing.trained_on(who)
            rate = counted.get(who, Measured(who, 0, 0))
            trained = day.isoformat() if day else None
            found.append(Reviewer(each.name, rate, trained, standing.stopped_at(who)))
    return tuple(sorted(found, key=lambda each: each.name))


def restore_reviewer(workspace: Workspace, name: str, *, reason: str, by: Acting) -> None:
    """Let a suspended reviewer back; their rate is counted anew from here.

    Raises:
        RoleError: Neither signing officer nor custodian, or the reviewer themselves.
        PrincipalError: Nobody of that name.
        ConflictError: They are not suspended, or no training was recorded since.
        InputError: No reason.
    """
    registry = workspace.registry
    roles = (Role.SIGNING_OFFICER, Role.CUSTODIAN)
    require_role(registry, by.principal, "let a reviewer back", *roles)
    who = registry.named(name).principal_id
    if who == by.principal.principal_id:
        raise RoleError("Nobody lets themselves back.", hint="Ask an officer or the custodian.")
    words = checked_text(reason, what="The reason")
    since = registry.standing.stopped_at(who)
    if since is None:
        raise ConflictError(
            "This reviewer is not suspended.", hint="See who is with `recognizance review checks`."
        )
    if not registry.standing.retrained_since(who, since):
        raise ConflictError(
            "No training of this reviewer was recorded since the suspension.",
            hint=f'After it: recognizance training record {name} --on DATE --course "..."',
        )
    registry.record(
        "reviewer_restored",
        {"principal": who, "by": by.principal.principal_id},
        private={"reason": words},
        now=workspace.clock(),
    )
