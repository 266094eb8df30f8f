"""What has to hold before a permit is renewed; asked of every proposal that renews one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import (
    IncompleteError,
    PermitRevokedError,
    PermitSuspendedError,
    RefusedError,
)
from recognizance.gate.narrowing import too_early, widened
from recognizance.gate.terms import terms_of
from recognizance.ledger import LogName
from recognizance.types import utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit import Permit
    from recognizance.workspace import Workspace


def require_no_wider(old: Permit, new: Permit) -> None:
    """Pass a successor that gives nothing more than the permit that it renews.

    Raises:
        RefusedError: It does.
    """
    problem = widened(old, new)
    if problem is not None:
        raise RefusedError(
            f"A renewal is never wider than the permit that it renews: {problem}.",
            hint="Ask for less, or have a new permit decided.",
            rules=("D4",),
        )


def require_renewable(workspace: Workspace, old: Permit, *, now: datetime) -> None:
    """Pass a permit that may be renewed now; asked when it is proposed and when it comes in force.

    Raises:
        PermitRevokedError: It was revoked, or withdrawn by the authority.
        PermitSuspendedError: It is stopped; a stop would not hold if a successor could run.
        RefusedError: Its class cannot be renewed, it was renewed, it has more than 60 days to go,
            or an objection is open.
        IncompleteError: It ran, and its statistics were not published.
    """
    registry = workspace.registry
    if not terms_of(old.permit_class).renewable:
        raise RefusedError(
            f"A permit of class {old.permit_class} cannot be renewed.",
            hint="Have a new one decided.",
            rules=("D4",),
        )
    if old.permit_id in registry.revoked:
        raise PermitRevokedError(
            "The permit was revoked, and what was revoked is not renewed.",
            hint="Have a new one decided.",
            rules=("D4",),
        )
    if any(_lives(workspace, each, now=now) for each in workspace.shelf.renewals(old)):
        raise RefusedError(
            "The permit was renewed already, and one renewal of it is enough.",
            hint="Use the permit that renews it, or renew that one.",
            rules=("D4",),
        )
    if registry.standing.suspension_of(old.permit_id) is not None:
        raise PermitSuspendedError(
            "The permit is stopped, and what is stopped is not renewed.",
            hint="See why with `recognizance permit show`; a signing officer lets it go on.",
            rules=("GV-04",),
        )
    if too_early(old, now=now):
        raise RefusedError(
            f"The permit holds until {utc_text(old.expires_at)}; it can be renewed in its last "
            "60 days, or after its end.",
            hint="Renew it later, with evidence that is fresh then.",
            rules=("D4",),
        )
    found = registry.objections.open_against(old.permit_id, old.submission_digest)
    if found:
        raise RefusedError(
            f"{len(found)} objections against the permit are not answered.",
            hint="Read and answer them: `recognizance objection list`.",
            rules=("GV-05",),
        )
    if _ran(workspace, old) and registry.standing.statistics_of(old.permit_id) is None:
        raise IncompleteError(
            "The permit was used, and its statistics were not published.",
            hint=f"Publish them: `recognizance permit statistics {old.permit_id} --publish`.",
            rules=("GV-04",),
        )


def _lives(workspace: Workspace, permit: Permit, *, now: datetime) -> bool:
    return permit.permit_id not in workspace.registry.revoked and now < permit.expires_at


def _ran(workspace: Workspace, permit: Permit) -> bool:
    """Whether anything was done under the permit, allowed or refused."""
    return any(
        entry.public.get("permit") == permit.permit_id
        for entry in workspace.ledger.entries(LogName.USES)
    )
