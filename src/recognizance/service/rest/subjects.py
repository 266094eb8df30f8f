"""Galleries, who is in them, and erasure."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Query

from recognizance import listing
from recognizance.errors import NotFoundError, PermitScopeError
from recognizance.permits.galleries import make_gallery
from recognizance.service.access import Allow, Anybody, Caller, SubjectDesk
from recognizance.service.once import Once
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, galleries_of, page
from recognizance.service.service import Served
from recognizance.types import Role
from recognizance.uses import Answer
from recognizance.workspace import Workspace

from fastapi import Depends  # isort: skip

router = APIRouter(prefix="/v1", tags=["subjects"], route_class=Once)

Keeper = Annotated[
    Caller, Depends(Allow(Role.OPERATOR, Role.SUBJECT_DESK, Role.CUSTODIAN, Role.AUDITOR))
]
"""Who may see who is enrolled."""

GalleryMaker = Annotated[Caller, Depends(Allow(Role.OPERATOR, Role.CUSTODIAN))]


@router.get("/galleries", response_model=shapes.Galleries)
async def galleries(
    service: Served, caller: Anybody, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, object]:
    """The galleries; a key sees its own."""

    def look(workspace: Workspace) -> list[listing.Row]:
        seen = set(galleries_of(caller, workspace))
        return [row for row in listing.galleries(workspace) if row["gallery_id"] in seen]

    rows = await service.reading.ask(look)
    return page(rows, lambda row: (row["gallery_id"],), cursor=cursor, limit=limit)


@router.post("/galleries", response_model=shapes.Gallery, status_code=201)
async def create_gallery(
    service: Served, caller: GalleryMaker, asked: shapes.GalleryAsked
) -> dict[str, object]:
    """Make an empty gallery that a permit names."""

    def make(workspace: Workspace) -> listing.Row:
        key = caller.key
        if key and not (key.permit_id == asked.permit_id and asked.gallery_id in key.galleries):
            raise PermitScopeError(
                "The key does not name this gallery.", hint="Name one that it does.", rules=("D4",)
            )
        make_gallery(workspace, asked.gallery_id, permit_id=asked.permit_id)
        rows = listing.galleries(workspace)
        return next(row for row in rows if row["gallery_id"] == asked.gallery_id)

    return await service.desk.ask(make)


@router.get("/subjects", response_model=shapes.References)
async def subjects(
    service: Served,
    caller: Keeper,
    gallery: Annotated[shapes.Id | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> dict[str, object]:
    """Who is enrolled, on which ground, from where, until when."""

    def look(workspace: Workspace) -> list[listing.Row]:
        seen = galleries_of(caller, workspace)
        if gallery is not None and gallery not in seen:
            raise NotFoundError("No gallery has that id.", hint="List the galleries.")
        return listing.references(workspace, seen if gallery is None else [gallery])

    rows = await service.reading.ask(look)
    return page(
        rows,
        lambda row: (row["gallery_id"], row["subject_id"], row["reference_id"]),
        cursor=cursor,
        limit=limit,
    )


@router.delete("/subjects/{subject_id}", response_model=shapes.Answer)
async def erase(
    service: Served,
    caller: SubjectDesk,
    subject_id: Annotated[shapes.Id, Path()],
    reason: Annotated[shapes.Words, Query()],
) -> dict[str, object]:
    """Destroy the key, references, pictures and leads of a person, in every gallery."""

    def do(workspace: Workspace) -> Answer:
        who = subject_id if _may_know(caller, workspace, subject_id) else secrets.token_hex(16)
        return workspace.desk.erase(caller.somebody, who, reason=reason)

    answer = await service.desk.ask(do)
    service.repeats.forget()
    return answer.as_dict()


def _may_know(caller: Caller, workspace: Workspace, subject_id: str) -> bool:
    """Whoever a key may not see is nobody to it: the same way is gone, with an id of nobody."""
    if caller.key is None:
        return True
    seen = galleries_of(caller, workspace)
    return any(workspace.gallery.references_of(each, subject_id) for each in seen)
