"""`recognizance permit list, show`: what was permitted, by whom, on which conditions, how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.door import open_door
from recognizance.cli.permit.common import app
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.gate.permit import Permit


@app.command("list")
def list_permits(as_json: Json = False) -> None:
    """List the permits and whether they are in force."""
    with open_door() as door:
        rows = door.permits()
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
    from recognizance import listing

    with open_workspace() as workspace:
        permit = workspace.shelf.find(permit_id)
        names = {p.principal_id: p.name for p in workspace.registry.principals.values()}
        row = listing.permit_row(workspace, permit)
    facts = [
        ("class", permit.permit_class.value),
        ("state", row["state"]),
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
        *_scope_words(permit),
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
        row,
        as_json,
        line(("Permit ", "bold"), permit_id),
        *(line((f"  {name:<12} ", "dim"), value) for name, value in facts),
        *(
            line((f"  {name:<12} ", "yellow"), value)
            for name, value in _standing_words(row["standing"])
        ),
        table(
            "  conditions",
            ("  rule", "hook", "parameters"),
            (
                (f"  {c.rule_id}", c.hook, ", ".join(f"{k}={v}" for k, v in c.parameters.items()))
                for c in permit.conditions
            ),
        ),
    )


def _standing_words(running: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if stopped := running["stopped"]:
        yield "stopped", f"since {stopped['since']}, by {stopped['by'].replace('_', ' ')}"
    for command in running["owed"]:
        yield "owed", command
    if order := running["order"]:
        left = f", in {order['time_left']}" if order["time_left"] else ""
        yield "order", order["answer"] or f"is due by {order['due']}{left}"
    if meter := running["meter"]:
        limit = f"stops when the rate is surely above 1 in {round(1e9 / meter['limit_ppb']):,}"
        yield "false alerts", f"{meter['false_alerts']} in {meter['faces']:,} faces; {limit}"


def _scope_words(permit: Permit) -> Iterator[tuple[str, str]]:
    scope = permit.scope
    parts = (("sites", scope.sites), ("cameras", scope.cameras), ("cases", scope.cases))
    for name, part in (*parts, ("people", scope.targets)):
        if part:
            yield name, ", ".join(sorted(part))
    for window in scope.windows:
        yield "hours", f"{utc_text(window.begins)} to {utc_text(window.ends)}"
