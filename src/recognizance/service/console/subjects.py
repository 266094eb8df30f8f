"""The subject desk: what people ask about themselves, until when, and the answers.

Nothing is handed out before it is established who asks. Deadlines are those of the law; what is
late stands first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.errors import InputError
from recognizance.service.access import SubjectDesk
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.service import Served
from recognizance.subjects import (
    Kind,
    SubjectRequest,
    answer_in_words,
    correct,
    erase_on_request,
    establish,
    established_by_photograph,
    export_held,
    extend,
    held_about,
    receive,
    refuse,
    request_of,
    requests_of,
)
from recognizance.types import Operation
from recognizance.uses import Request as Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.types import Principal
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

_COLUMNS: Final = (
    Column("request", "Request", link=lambda row: f"/subjects/{row['request']}"),
    Column("kind", "Asks for", tag=False),
    Column("state", "State", tag=True),
    Column("received", "Received"),
    Column("due", "Due"),
)


@router.get("/subjects")
async def subjects(request: Request, service: Served, caller: SubjectDesk) -> Response:
    """The requests, with their deadlines; no words and nobody's id."""

    def look(workspace: Workspace) -> list[dict[str, Any]]:
        now = workspace.clock()
        return [
            {
                "request": each.request_id,
                "kind": each.kind.value,
                "state": "overdue" if each.late(now) else each.state.value,
                "received": each.received_at,
                "due": each.due_at,
            }
            for each in requests_of(workspace)
        ]

    rows = await service.reading.ask(look)
    listing = Listing.of("Requests", _COLUMNS, rows, request.query_params, order="due")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("requests")
    late = sum(row["state"] == "overdue" for row in rows)
    return page(request, caller, "subjects", listing=listing, kinds=list(Kind), late=late)


@router.post("/subjects")
async def take_down(
    service: Served,
    caller: SubjectDesk,
    kind: Annotated[Kind, Form()],
    subject: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Take down a request."""
    made = await service.desk.ask(
        lambda workspace: receive(
            workspace, kind, subject.strip(), words=words.strip(), by=caller.somebody
        )
    )
    return back(f"/subjects/{made.request_id}")


@router.get("/subjects/{request_id}")
async def one(request: Request, service: Served, caller: SubjectDesk, request_id: str) -> Response:
    """One request: what is asked, who asks, what is held, and what can be answered."""

    def look(workspace: Workspace) -> dict[str, Any]:
        found = request_of(workspace, request_id)
        known = found.identity is not None and found.subject_id is not None
        return {
            "found": found,
            "late": found.late(workspace.clock()),
            "held": held_about(workspace, str(found.subject_id)) if known else None,
            "galleries": [each.gallery_id for each in workspace.gallery.galleries()],
        }

    facts = await service.reading.ask(look)
    return page(request, caller, "subject", **facts)


@router.post("/subjects/{request_id}/identity")
async def identity(
    service: Served,
    caller: SubjectDesk,
    request_id: str,
    how: Annotated[str, Form()] = "",
    gallery: Annotated[str, Form()] = "",
    photograph: UploadFile | None = None,
) -> Response:
    """Say how it was established who asks: a document, or a photograph that is compared (1:1)."""
    picture = await photograph.read() if photograph is not None and photograph.size else b""
    by = caller.somebody

    def do(workspace: Workspace) -> None:
        if not picture:
            establish(workspace, request_id, how=how.strip(), by=by)
            return
        permits = {each.gallery_id: each.permit_id for each in workspace.gallery.galleries()}
        asked = Asked(
            principal=by,
            operation=Operation.VERIFY,
            permit_id=permits.get(gallery),
            photographs=(picture,),
            gallery_id=gallery,
        )
        established_by_photograph(workspace, request_id, asked, by=by)

    await service.desk.ask(do)
    return back(f"/subjects/{request_id}")


@router.post("/subjects/{request_id}/export")
async def export(service: Served, caller: SubjectDesk, request_id: str) -> Response:
    """Hand over everything that is held, as one file; that answers the request."""
    _, document = await service.desk.ask(
        lambda workspace: export_held(workspace, request_id, by=caller.somebody)
    )
    headers = {"content-disposition": f'attachment; filename="held-{request_id}.zip"'}
    return Response(document, media_type="application/zip", headers=headers)


@router.post("/subjects/{request_id}/{answer}")
async def answered(
    request: Request, service: Served, caller: SubjectDesk, request_id: str, answer: str
) -> Response:
    """Extend, answer in words, refuse, erase or correct."""
    form = await request.form()
    words = str(form.get("words", "")).strip()
    if answer not in _ANSWERS:
        raise InputError("There is no such answer.", hint="Load the page again.")
    if answer == "correct":
        doing = partial(
            correct,
            reference_id=str(form.get("reference", "")),
            provenance=str(form.get("provenance", "")) or None,
            ground=str(form.get("ground", "")) or None,
            reason=words,
        )
    else:
        doing = partial(_ANSWERS[answer], words=words)
    await service.desk.ask(
        lambda workspace: doing(workspace, request_id=request_id, by=caller.somebody)
    )
    return back(f"/subjects/{request_id}")


def _extend(workspace: Workspace, *, request_id: str, words: str, by: Principal) -> SubjectRequest:
    return extend(workspace, request_id, reason=words, by=by)


def _answer(workspace: Workspace, *, request_id: str, words: str, by: Principal) -> SubjectRequest:
    return answer_in_words(workspace, request_id, answer=words, by=by)


def _refuse(workspace: Workspace, *, request_id: str, words: str, by: Principal) -> SubjectRequest:
    return refuse(workspace, request_id, reason=words, by=by)


def _erase(workspace: Workspace, *, request_id: str, words: str, by: Principal) -> SubjectRequest:
    del words  # why a person is erased is their own request
    return erase_on_request(workspace, request_id, by=by)[0]


_ANSWERS: Final[dict[str, Callable[..., SubjectRequest]]] = {
    "extend": _extend,
    "answer": _answer,
    "refuse": _refuse,
    "erase": _erase,
    "correct": correct,
}
