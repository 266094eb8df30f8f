"""Who holds the templates under a permit: its submission says so; the permit has its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.registry.submissions import submission_of

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
    return submission_of(submissions, permit).text("tmpl.custody")
