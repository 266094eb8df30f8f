"""What the workspace holds, and what it runs on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from recognizance import listing
from recognizance.service.access import Anybody
from recognizance.service.rest import shapes
from recognizance.service.service import Served

router = APIRouter(prefix="/v1", tags=["status"])


@router.get("/status", response_model=shapes.Status)
async def status(service: Served, caller: Anybody) -> dict[str, Any]:
    """What the workspace holds, what is open, and which rules, model and evidence it runs on."""
    facts = await service.reading.ask(listing.status)
    del facts["home"]  # a path of the machine is nobody's business over a network
    if caller.key is not None:  # a key knows of its own permit, and of no number of people
        kept = ("workspace_id", "ledger_latest", "rules_digest", "model_id", "evidence_digest")
        facts = {name: facts[name] for name in kept}
    return facts
