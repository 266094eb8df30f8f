"""What a workspace keeps of each permit: its submission, and what D7 adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import InputError, WorkspaceDamagedError
from recognizance.gate.facts import derive, open_permit
from recognizance.gate.submission import submission_from
from recognizance.layout import write_atomically

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
    path = workspace.layout.submissions / f"{permit.submission_digest}.json"
    try:
        content = parse_json(path.read_bytes())
        submission = submission_from(content if isinstance(content, dict) else {})
    except (OSError, InputError) as error:
        raise _submission_damaged() from error
    if submission.digest != permit.submission_digest:
        raise _submission_damaged()
    return submission


def _submission_damaged() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The submission of a permit in force cannot be read as it was decided.",
        hint="Restore it from a backup, or revoke that permit.",
    )


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
