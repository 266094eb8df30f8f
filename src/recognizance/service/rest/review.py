"""Leads that wait for people: list, look, decide, contest, export."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from recognizance import listing
from recognizance.errors import NotFoundError
from recognizance.review import WAITING, LeadState
from recognizance.service.access import Allow, Anybody, Caller, Reviewer
from recognizance.service.once import Once
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, first_of, no_cursor, place_of
from recognizance.service.service import Served
from recognizance.types import Role, utc_moment
from recognizance.uses import Answer, Exported
from recognizance.workspace import Workspace

router = APIRouter(prefix="/v1", tags=["review"], route_class=Once)

LeadId = Annotated[shapes.Id, Path()]
Exporter = Annotated[Caller, Depends(Allow(Role.OPERATOR, Role.SIGNING_OFFICER, person=True))]
_PROBE = "probe"


@router.get("/leads", response_model=shapes.Leads)
async def leads(
    service: Served,
    caller: Anybody,
    state: Annotated[LeadState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> dict[str, object]:
    """The leads in a state, else all that wait; no scores and no names."""
    states = sorted(WAITING) if state is None else [state]
    behind = None if cursor is None else _behind(cursor)
    only = None if caller.key is None else caller.key.permit_id
    lines = await service.reading.ask(
        lambda workspace: workspace.gallery.queue(
            states, permit_id=only, behind=behind, most=limit + 1
        )
    )
    rows = [listing.lead_row(line) for line in lines]
    return first_of(rows, lambda row: (row["opened_at"], row["lead_id"]), limit=limit)


def _behind(cursor: str) -> tuple[datetime, str]:
    """After which lead a page begins."""
    match place_of(cursor):
        case [str(opened), str(lead_id)]:
            with contextlib.suppress(ValueError, OverflowError):
                return utc_moment(opened), lead_id
    raise no_cursor()


@router.get("/leads/{lead_id}", response_model=shapes.LeadView)
async def lead(service: Served, caller: Reviewer, lead_id: LeadId) -> dict[str, Any]:
    """A lead as this reviewer may see it; that it was shown is recorded."""
    shown = await service.desk.ask(lambda each: each.desk.show(caller.somebody, lead_id))
    names = [f"candidate-{number}" for number in shown.candidates]
    names += [_PROBE] if shown.probe else []
    pictures = [f"/v1/leads/{lead_id}/pictures/{each}" for each in sorted(names, reverse=True)]
    return shown.view.as_dict() | {"pictures": pictures}


@router.get(
    "/leads/{lead_id}/pictures/{which}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
async def picture(
    service: Served,
    caller: Reviewer,
    lead_id: LeadId,
    which: Annotated[str, Path(pattern=r"^(probe|candidate-[1-9][0-9]{0,3})$")],
) -> Response:
    """The probe's picture, or a candidate's by its number."""
    shown = await service.desk.ask(lambda each: each.desk.show(caller.somebody, lead_id))
    found = {f"candidate-{number}": data for number, data in shown.candidates.items()}
    data = shown.probe if which == _PROBE else found.get(which)
    if not data:
        raise NotFoundError("There is no such picture.", hint="See the lead for its pictures.")
    return Response(data, media_type="image/jpeg")


@router.post("/leads/{lead_id}/verdicts", response_model=shapes.Answer)
async def decide(
    service: Served, caller: Reviewer, lead_id: LeadId, asked: shapes.VerdictAsked
) -> dict[str, object]:
    """Give a verdict; the last one needed releases the result."""

    def do(workspace: Workspace) -> Answer:
        return workspace.desk.decide(
            caller.somebody,
            lead_id,
            asked.choice,
            reason=asked.reason,
            candidate=asked.candidate,
        )

    return (await service.desk.ask(do)).as_dict()


@router.post("/leads/{lead_id}/contest", response_model=shapes.Answer)
async def contest(
    service: Served, caller: Anybody, lead_id: LeadId, asked: shapes.Reason
) -> dict[str, object]:
    """Have a confirmed lead looked at again; nothing is handed out on it until then."""

    def do(workspace: Workspace) -> Answer:
        _check_mine(workspace, caller, lead_id)
        return workspace.desk.contest(caller.somebody, lead_id, reason=asked.reason)

    return (await service.desk.ask(do)).as_dict()


@router.post(
    "/leads/{lead_id}/export",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}},
)
async def export(
    service: Served, caller: Exporter, lead_id: LeadId, asked: shapes.ExportAsked
) -> Response:
    """Hand out a confirmed lead as a disclosure bundle: everything that led to it."""

    def do(workspace: Workspace) -> Exported:
        _check_mine(workspace, caller, lead_id)
        return workspace.desk.export(caller.somebody, lead_id, asked.evidence)

    exported = await service.desk.ask(do)
    return Response(
        exported.document,
        media_type="application/json",
        headers={"recognizance-entry": exported.answer.entry},
    )


def _check_mine(workspace: Workspace, caller: Caller, lead_id: str) -> None:
    """A key knows of the leads under its permit, and of no other."""
    if caller.key is None:
        return
    if workspace.gallery.lead(lead_id).permit_id != caller.key.permit_id:
        raise NotFoundError("No lead has that id.", hint="List the leads that wait for review.")
