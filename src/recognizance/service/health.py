"""Whether the server lives, whether it can work, and what it counts."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from recognizance.service.access import Everybody
from recognizance.service.service import Served

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live(_caller: Everybody) -> JSONResponse:
    """Whether the process answers."""
    return JSONResponse({"status": "live"})


@router.get("/health/ready")
async def ready(service: Served, _caller: Everybody) -> JSONResponse:
    """Whether the workspace can be read: the ledger and the gallery agree."""
    await service.reading.ask(lambda workspace: workspace.check_gallery())
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
async def metrics(service: Served, _caller: Everybody) -> Response:
    """Counts for Prometheus: routes and statuses, never who or whom."""
    return Response(
        service.metrics.text(),
        media_type="text/plain; version=0.0.4; charset=utf-8",
    )
