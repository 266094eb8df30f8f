"""`recognizance gate waiting, approve, decline`: proposals that somebody else made at a server."""

from __future__ import annotations

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.gate.common import app
from recognizance.cli.gate.options import Reason
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text


@app.command("waiting")
def waiting(as_json: Json = False) -> None:
    """List the proposals that wait for the signatures of officers."""
    from recognizance.permits import waiting as proposals

    with open_workspace() as workspace:
        rows = [
            {
                "permit_id": permit_id,
                "class": each.permit.permit_class.value,
                "purpose": each.permit.purpose,
                "until": utc_text(each.until),
                "needed": each.needed,
            }
            for permit_id, each in proposals.waiting(workspace).items()
        ]
    columns = ("permit", "class", "purpose", "until", "signatures missing")
    emit(rows, as_json, table(None, columns, ([*map(str, r.values())] for r in rows)))


@app.command("approve")
def approve(permit_id: str, as_json: Json = False) -> None:
    """Sign a proposal as the acting officer; with the last signature it comes into force."""
    from recognizance.permits import waiting as proposals

    with open_workspace() as workspace:
        signed = proposals.sign(workspace, permit_id, officer=workspace.acting())
    state = "in force" if signed.needed <= 0 else f"{signed.needed} more needed"
    emit(
        {"permit_id": permit_id, "needed": max(signed.needed, 0)},
        as_json,
        line(("Signed ", "bold green"), permit_id, f": {state}"),
    )


@app.command("decline")
def decline(permit_id: str, reason: Reason, as_json: Json = False) -> None:
    """Close a proposal without a permit, as the acting officer."""
    from recognizance.permits import waiting as proposals

    with open_workspace() as workspace:
        proposals.decline(workspace, permit_id, reason=reason, by=workspace.acting().principal)
    emit(
        {"permit_id": permit_id, "state": "declined"},
        as_json,
        line(("Declined ", "bold"), permit_id),
    )
