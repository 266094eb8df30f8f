"""`recognizance permit`: what was permitted, by whom, under which conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from recognizance.canonical import parse_json
from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit import Permit

app = typer.Typer(help="Permits that were issued here.", no_args_is_help=True)


def state_of(permit: Permit, revoked: set[str], now: datetime) -> str:
    """`revoked`, `expired`, `not yet` or `in force`."""
    if permit.permit_id in revoked:
        return "revoked"
    if now >= permit.expires_at:
        return "expired"
    return "not yet" if now < permit.not_before else "in force"


@app.command("list")
def list_permits(as_json: Json = False) -> None:
    """List the permits and whether they are in force."""
    with open_workspace() as workspace:
        now, revoked = workspace.clock(), workspace.registry.revoked
        rows = [
            {
                "permit_id": permit.permit_id,
                "class": permit.permit_class.value,
                "purpose": permit.purpose,
                "state": state_of(permit, revoked, now),
                "expires_at": utc_text(permit.expires_at),
                "self_attested": permit.self_attested,
            }
            for permit in workspace.shelf.issued().values()
        ]
    emit(
        rows,
        as_json,
        table(
            None,
            ("permit", "class", "purpose", "state", "expires", "approved by"),
            (
                (
                    r["permit_id"],
                    r["class"],
                    r["purpose"],
                    r["state"],
                    r["expires_at"],
                    "self-attested" if r["self_attested"] else "authority",
                )
                for r in rows
            ),
        ),
    )


@app.command("show")
def show(permit_id: str, as_json: Json = False) -> None:
    """Show one permit: what it allows, its conditions, what it is bound to, who signed."""
    with open_workspace() as workspace:
        permit = workspace.shelf.find(permit_id)
        state = state_of(permit, workspace.registry.revoked, workspace.clock())
        names = {p.principal_id: p.name for p in workspace.registry.principals.values()}
    document = parse_json(permit.to_json())
    if not isinstance(document, dict):
        document = {}
    facts = [
        ("class", permit.permit_class.value),
        ("state", state),
        ("operations", ", ".join(sorted(permit.operations))),
        ("purpose", permit.purpose),
        ("galleries", ", ".join(sorted(permit.gallery_ids)) or "none"),
        (
            "photographs",
            f"{len(permit.sample_digests)}, by digest" if permit.sample_digests else "any",
        ),
        (
            "error rate",
            f"{permit.target.rate.value} at most 1 in {round(1e9 / permit.target.target_ppb):,}",
        ),
        ("valid", f"{utc_text(permit.not_before)} to {utc_text(permit.expires_at)}"),
        ("approved by", "self-attested" if permit.self_attested else "the authority"),
        (
            "signed by",
            ", ".join(names.get(s.principal_id, s.principal_id) for s in permit.signatures),
        ),
        ("submission", permit.submission_digest),
        ("rules", permit.bundle_digest),
        ("model", permit.model_id),
        ("evidence", permit.evidence_digest or "none"),
    ]
    emit(
        document | {"state": state, "self_attested": permit.self_attested},
        as_json,
        line(("Permit ", "bold"), permit_id),
        *(line((f"  {name:<12} ", "dim"), value) for name, value in facts),
        table(
            "  conditions",
            ("  rule", "hook", "parameters"),
            (
                (f"  {c.rule_id}", c.hook, ", ".join(f"{k}={v}" for k, v in c.parameters.items()))
                for c in permit.conditions
            ),
        ),
    )
