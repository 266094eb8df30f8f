"""`recognizance status`: what is in the workspace and whether it is sound."""

from __future__ import annotations

from recognizance.cli.console import Json, emit, line
from recognizance.cli.session import open_workspace


def status(as_json: Json = False) -> None:
    """Show what the workspace holds, and what is open."""
    from recognizance.ledger import LogName
    from recognizance.permits.oversight import time_left
    from recognizance.types import utc_text

    with open_workspace() as workspace:
        now = workspace.clock()
        registry, gallery = workspace.registry, workspace.gallery
        issued, damaged = workspace.shelf.issued(), workspace.shelf.damaged()
        in_force = [
            permit_id
            for permit_id, permit in issued.items()
            if permit_id not in registry.revoked | damaged
            and permit.not_before <= now < permit.expires_at
        ]
        stopped = [each for each in in_force if registry.standing.suspension_of(each)]
        due = {
            permit_id: left
            for permit_id, permit in issued.items()
            if permit_id not in registry.revoked
            and now < permit.expires_at
            and registry.standing.order_of(permit_id) is None
            and (left := time_left(permit, now))
        }
        latest = workspace.ledger.latest_time()
        status_list = registry.correspondence.status
        facts = {
            "workspace_id": workspace.workspace_id,
            "home": str(workspace.layout.home),
            "authority": workspace.authority.hex() if workspace.authority else None,
            "authority_list": status_list.number if status_list else None,
            "authority_list_due": utc_text(status_list.next_due) if status_list else None,
            "objections_open": len(registry.objections.lodged) - len(registry.objections.answers),
            "principals": len(registry.principals),
            "permits_in_force": [each for each in in_force if each not in stopped],
            "permits_stopped": stopped,
            "permits_damaged": sorted(damaged),
            "permits_revoked": len(registry.revoked),
            "orders_due": due,
            "galleries": len(gallery.galleries()),
            "subjects": sum(len(gallery.subjects(g.gallery_id)) for g in gallery.galleries()),
            "leads_open": len(gallery.leads(state="open")),
            "leads_contested": len(gallery.leads(state="contested")),
            "ledger_decisions": workspace.ledger.size(LogName.DECISIONS),
            "ledger_uses": workspace.ledger.size(LogName.USES),
            "ledger_latest": utc_text(latest) if latest else None,
            "rules_digest": workspace.bundle.digest,
            "model_id": workspace.evidence.model_id,
            "evidence_digest": workspace.evidence.digest,
        }
    emit(
        facts,
        as_json,
        *(
            line((f"{name.replace('_', ' '):<18} ", "dim"), _words(value))
            for name, value in facts.items()
        ),
    )


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{permit_id} in {left}" for permit_id, left in value.items()) or "none"
    return "none" if value is None else str(value)
