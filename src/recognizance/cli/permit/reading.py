"""`recognizance permit list, show`: what was permitted, by whom, on which conditions, how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recognizance.canonical import parse_json
from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.permit.common import app, state_of
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.gate.permit import Permit
    from recognizance.workspace import Workspace


@app.command("list")
def list_permits(as_json: Json = False) -> None:
    """List the permits and whether they are in force."""
    with open_workspace() as workspace:
        now, registry = workspace.clock(), workspace.registry
        damaged = workspace.shelf.damaged()
        rows = [
            {
                "permit_id": permit.permit_id,
                "class": permit.permit_class.value,
                "purpose": permit.purpose,
                "state": (
                    "damaged" if permit.permit_id in damaged else state_of(permit, registry, now)
                ),
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
        state = state_of(permit, workspace.registry, workspace.clock())
        names = {p.principal_id: p.name for p in workspace.registry.principals.values()}
        running = standing_of(workspace, permit)
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
        document | {"state": state, "self_attested": permit.self_attested, "standing": running},
        as_json,
        line(("Permit ", "bold"), permit_id),
        *(line((f"  {name:<12} ", "dim"), value) for name, value in facts),
        *(line((f"  {name:<12} ", "yellow"), value) for name, value in _standing_words(running)),
        table(
            "  conditions",
            ("  rule", "hook", "parameters"),
            (
                (f"  {c.rule_id}", c.hook, ", ".join(f"{k}={v}" for k, v in c.parameters.items()))
                for c in permit.conditions
            ),
        ),
    )


def standing_of(workspace: Workspace, permit: Permit) -> dict[str, Any]:
    """How a permit stands: what stopped it, what is owed, what its meter and its timer show."""
    from recognizance.conditions import attest_command, has, open_duties, order_due, read_meter
    from recognizance.permits.oversight import time_left

    standing, permit_id = workspace.registry.standing, permit.permit_id
    suspension, order = standing.suspension_of(permit_id), standing.order_of(permit_id)
    due, figures = order_due(permit), standing.statistics_of(permit_id)
    meter = None
    if has(permit, "false_alert_meter"):
        meter = read_meter(permit, workspace.shelf.tally(permit_id), standing)
    return {
        "stopped": suspension and {"since": utc_text(suspension.since), "by": suspension.cause},
        "owed": [attest_command(permit_id, hook) for hook in open_duties(permit, standing)],
        "order": due
        and {
            "due": utc_text(due),
            "answer": None if order is None else "granted" if order.granted else "refused",
            "time_left": None if order else time_left(permit, workspace.clock()),
        },
        "meter": meter
        and {
            "false_alerts": meter.false_alerts,
            "faces": meter.faces,
            "lower_ppb": meter.lower_ppb,
            "limit_ppb": meter.limit_ppb,
        },
        "statistics_published": figures and utc_text(figures),
    }


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
