"""Who holds the templates under a permit: its submission says so; the permit has its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.canonical import parse_json
from recognizance.errors import InputError, WorkspaceDamagedError
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.gate.permit import Permit


def custody_of(submissions: Path, permit: Permit) -> str:
    """`tmpl.custody` of the submission that a permit was decided on; empty where nobody stated it.

    Args:
        submissions: The folder of submissions, named by digest.
        permit: The permit.

    Raises:
        WorkspaceDamagedError: The submission is gone, or is not the one that was decided.
    """
    try:
        content = parse_json((submissions / f"{permit.submission_digest}.json").read_bytes())
        submission = submission_from(content if isinstance(content, dict) else {})
    except (OSError, InputError) as error:
        raise _damaged() from error
    if submission.digest != permit.submission_digest:
        raise _damaged()
    return submission.text("tmpl.custody")


def _damaged() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The submission of the permit cannot be read as it was decided.",
        hint="Restore the folder `submissions` from a backup.",
    )
