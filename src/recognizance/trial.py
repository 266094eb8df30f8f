"""One comparison under a permit of its own: a workspace in a temporary folder, gone afterwards."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.errors import RecognizanceError, RefusedError
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.oversight import attest_open
from recognizance.settings import load_settings
from recognizance.types import Operation
from recognizance.uses import Request
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.evidence import Threshold
    from recognizance.uses import Answer


def compare_once(first: bytes, second: bytes) -> tuple[Answer, Threshold]:
    """Compare two photographs of consenting adults under a trial permit; nothing is kept.

    The whole path runs, gate, permit, ledger and all, in a workspace that is removed with its
    keys before this returns.

    Returns:
        The answer, and the threshold with its error rate by group.
    """
    with _nothing_is_kept(), tempfile.TemporaryDirectory(prefix="recognizance-trial-") as folder:
        settings = load_settings().model_copy(
            update={
                "home": Path(folder) / "data",
                "key_folder": Path(folder) / "keys",
                "key_file": None,
                "principal": "operator",
            }
        )
        with Workspace.create(settings) as workspace:
            issued = propose(
                workspace,
                Proposal(parse_submission(template("trial").encode()), photographs=(first, second)),
                proposer=workspace.acting("operator"),
                officers=[workspace.acting("officer")],
            )
            if issued.permit is None:
                raise RefusedError(
                    "The gate did not permit the trial.",
                    hint="See why with `recognizance gate new trial` and `gate check`.",
                    rules=tuple(fired.rule_id for fired in issued.decision.deciding),
                )
            attest_open(
                workspace,
                issued.permit,
                statement="Both people agreed, and nothing is kept.",
                by=workspace.acting("officer"),
            )
            request = Request(
                principal=workspace.acting("operator").principal,
                operation=Operation.COMPARE,
                permit_id=issued.permit.permit_id,
                photographs=(first, second),
            )
            answer = workspace.desk.compare(request)
            return answer, workspace.threshold(issued.permit)


@contextmanager
def _nothing_is_kept() -> Iterator[None]:
    """An error names no place in a ledger that is gone by the time it is read."""
    try:
        yield
    except RecognizanceError as error:
        error.entry = None
        raise
