"""Permits: what was permitted, how it stands, and what people do about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from recognizance import listing
from recognizance.errors import PermitMissingError
from recognizance.permits import issuing, oversight
from recognizance.permits.acting import Present
from recognizance.service.access import Allow, Anybody, Caller, Officer
from recognizance.service.once import Once
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, page
from recognizance.service.service import Served
from recognizance.types import Role
from recognizance.workspace import Workspace

router = APIRouter(prefix="/v1", tags=["permits"], route_class=Once)

PermitId = Annotated[shapes.Id, Path()]
Overseer = Annotated[Caller, Depends(Allow(Role.SIGNING_OFFICER, Role.CUSTODIAN))]
Stopper = Annotated[
    Caller,
    Depends(Allow(Role.OPERATOR, Role.REVIEWER, Role.SIGNING_OFFICER, Role.CUSTODIAN, person=True)),
]


@router.get("/permits", response_model=shapes.Permits)
async def permits(
    service: Served, caller: Anybody, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, object]:
    """The permits and their states; a key sees its own."""
    rows = await service.reading.ask(listing.permits)
    mine = [row for row in rows if _sees(caller, row["permit_id"])]
    return page(mine, lambda row: (row["permit_id"],), cursor=cursor, limit=limit)


@router.get("/permits/{permit_id}")
async def permit(service: Served, caller: Anybody, permit_id: PermitId) -> dict[str, Any]:
    """One permit: its document, its state, and how it stands."""

    def look(workspace: Workspace) -> listing.Row:
        workspace.registry.refresh()
        if not _sees(caller, permit_id):
            raise PermitMissingError("No permit of that id was issued.", hint="List the permits.")
        return listing.permit_row(workspace, workspace.shelf.find(permit_id))

    return await service.reading.ask(look)


@router.post("/permits/{permit_id}/revoke", response_model=shapes.PermitState)
async def revoke(
    service: Served, caller: Overseer, permit_id: PermitId, asked: shapes.Reason
) -> dict[str, str]:
    """Revoke a permit for good; the next use under it is refused."""

    def do(workspace: Workspace) -> None:
        workspace.shelf.find(permit_id)
        issuing.revoke_permit(
            workspace, permit_id, reason=asked.reason, by=Present(caller.somebody)
        )

    await service.desk.ask(do)
    return {"permit_id": permit_id, "state": "revoked"}


@router.post("/permits/{permit_id}/suspend", response_model=shapes.PermitState)
async def suspend(
    service: Served, caller: Stopper, permit_id: PermitId, asked: shapes.Reason
) -> dict[str, str]:
    """Stop every use under a permit at once."""

    def do(workspace: Workspace) -> None:
        oversight.suspend(workspace, permit_id, reason=asked.reason, by=Present(caller.somebody))

    await service.desk.ask(do)
    return {"permit_id": permit_id, "state": "stopped"}


@router.post("/permits/{permit_id}/resume", response_model=shapes.PermitState)
async def resume(
    service: Served, caller: Officer, permit_id: PermitId, asked: shapes.Reason
) -> dict[str, str]:
    """Let a stopped use go on."""

    def do(workspace: Workspace) -> None:
        oversight.resume(workspace, permit_id, reason=asked.reason, by=Present(caller.somebody))

    await service.desk.ask(do)
    return {"permit_id": permit_id, "state": "resumed"}


@router.post("/permits/{permit_id}/attestations", response_model=shapes.PermitState)
async def attest(
    service: Served, caller: Overseer, permit_id: PermitId, asked: shapes.Attestation
) -> dict[str, str]:
    """State that a duty of a permit is done."""

    def do(workspace: Workspace) -> None:
        oversight.attest(
            workspace, permit_id, asked.hook, statement=asked.statement, by=Present(caller.somebody)
        )

    await service.desk.ask(do)
    return {"permit_id": permit_id, "state": "attested"}


def _sees(caller: Caller, permit_id: str) -> bool:
    return caller.key is None or caller.key.permit_id == permit_id
