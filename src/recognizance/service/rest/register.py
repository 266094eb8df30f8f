"""The public register: what anybody may know of what is permitted here. No login."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from recognizance import listing
from recognizance.documents import Document, Sources, make, to_html
from recognizance.errors import NotFoundError, PermitError, RefusedError
from recognizance.gate.decide import decide
from recognizance.gate.permit import Permit
from recognizance.permits.kept import kept_submission
from recognizance.service.access import Everybody
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, page
from recognizance.service.service import Served
from recognizance.workspace import Workspace

router = APIRouter(prefix="/v1/register", tags=["register"])
PermitId = Annotated[shapes.Id, Path()]


@router.get("", response_model=shapes.RegisterRows)
async def register(
    service: Served, _caller: Everybody, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, object]:
    """Every permit that the public may know of; what is withheld is not listed."""

    def look(workspace: Workspace) -> list[listing.Row]:
        issued = workspace.shelf.issued()
        rows = listing.permits(workspace)
        return [row for row in rows if _entry(workspace, issued[row["permit_id"]]) is not None]

    rows = await service.reading.ask(look)
    return page(rows, lambda row: (row["permit_id"],), cursor=cursor, limit=limit)


@router.get("/{permit_id}")
async def entry(service: Served, _caller: Everybody, permit_id: PermitId) -> dict[str, Any]:
    """The register entry of a permit, field by field."""
    document = await service.reading.ask(lambda workspace: _find(workspace, permit_id))
    return asdict(document)


@router.get(
    "/{permit_id}/page",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {}}}},
)
async def entry_page(service: Served, _caller: Everybody, permit_id: PermitId) -> HTMLResponse:
    """The register entry of a permit as a page of its own."""
    document = await service.reading.ask(lambda workspace: _find(workspace, permit_id))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
    return HTMLResponse(to_html(document), headers={"content-security-policy": policy})


def _find(workspace: Workspace, permit_id: str) -> Document:
    """The entry; a permit that is withheld is answered as one that is not there."""
    workspace.registry.refresh()
    found = None
    if permit_id in workspace.registry.issued:
        found = _entry(workspace, workspace.shelf.known(permit_id))
    if found is None:
        raise NotFoundError(
            "The register has no permit of that id.", hint="List it at /v1/register."
        )
    return found


def _entry(workspace: Workspace, permit: Permit) -> Document | None:
    submission = kept_submission(workspace, permit)
    same_rules = permit.bundle_digest == workspace.bundle.digest
    day = permit.issued_at.date()
    facts = Sources(
        submission=submission,
        decision=decide(workspace.bundle, submission, at=day) if same_rules else None,
        permit=permit,
        evidence=None,
        register_url=None,
        contact=None,
    )
    try:
        return make("register", facts, published=workspace.clock() >= permit.expires_at)
    except PermitError:
        raise
    except RefusedError:
        return None
