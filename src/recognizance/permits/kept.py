"""What a workspace keeps of each permit: its submission, and what D7 adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes
from recognizance.gate.facts import derive, open_permit
from recognizance.layout import write_atomically
from recognizance.registry.submissions import submission_of

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.permit import Permit
    from recognizance.gate.submission import Submission
    from recognizance.workspace import Workspace


def keep_submission(workspace: Workspace, submission: Submission) -> None:
    """Keep a submission under its digest, as it was decided."""
    write_atomically(
        workspace.layout.submissions / f"{submission.digest}.json",
        canonical_bytes(submission.as_dict()),
    )


def kept_submission(workspace: Workspace, permit: Permit) -> Submission:
    """The submission of a permit, as it was decided here.

    Raises:
        WorkspaceDamagedError: It is gone, or is not the one.
    """
    return submission_of(workspace.layout.submissions, permit)


def open_permits(
    workspace: Workspace, now: datetime, *, without: str | None = None
) -> list[OpenPermit]:
    """What D7 adds up: every permit of this workspace that is in force.

    Args:
        workspace: The workspace.
        now: The clock.
        without: The permit that is being renewed; its successor takes its place.
    """
    counted = []
    workspace.registry.refresh()
    for permit_id in workspace.registry.issued.keys() - workspace.registry.revoked - {without}:
        permit = workspace.shelf.known(permit_id)
        if now >= permit.expires_at:
            continue
        submission = kept_submission(workspace, permit)
        facts = derive(submission, workspace.bundle.tables, at=now.date())
        held = open_permit(submission, facts, site=permit.permit_id)
        # One workspace is one operator, whatever name the next submission gives.
        counted.append(replace(held, operator=""))
    return counted
