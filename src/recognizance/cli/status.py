"""`recognizance status`: what is in the workspace and whether it is sound."""

from __future__ import annotations

from recognizance.cli.console import Json, emit, line
from recognizance.cli.session import open_workspace


def status(as_json: Json = False) -> None:
    """Show what the workspace holds, and what is open."""
    from recognizance.ledger import LogName
    from recognizance.types import utc_text

    with open_workspace() as workspace:
        now = workspace.clock()
        registry, gallery = workspace.registry, workspace.gallery
        in_force = [
            permit_id
            for permit_id, permit in workspace.shelf.issued().items()
            if permit_id not in registry.revoked and permit.not_before <= now < permit.expires_at
        ]
        latest = workspace.ledger.latest_time()
        facts = {
            "workspace_id": workspace.workspace_id,
            "home": str(workspace.layout.home),
            "authority": workspace.authority.hex() if workspace.authority else None,
            "principals": len(registry.principals),
            "permits_in_force": in_force,
            "permits_revoked": len(registry.revoked),
            "galleries": len(gallery.galleries()),
            "subjects": sum(len(gallery.subjects(g.gallery_id)) for g in gallery.galleries()),
            "leads_open": len(gallery.leads(state="open")),
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
    return "none" if value is None else str(value)
