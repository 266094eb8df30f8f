"""Search, verify, enroll: whoever asks about a photograph, and what came of it.

A form is sent whole or not at all: the photograph is read once all of it has come. After that the
browser is sent to the answer's own address, so nothing is asked twice by a reload.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import UploadFile
from starlette.requests import Request

from recognizance import listing, uses
from recognizance.errors import InputError, ManyFacesError, RecognizanceError
from recognizance.gallery import Provenance
from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.permits.galleries import make_gallery
from recognizance.service.access import Allow, Caller
from recognizance.service.console.answers import answer_of, answers_lately, receipt_of
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.guards import MOST_BODY_BYTES
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import Operation, Role, utc_moment

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.datastructures import FormData

    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

FormRead = Annotated[str, Form()]
"""Has the framework read the form, so that it closes the files in it whatever happens."""

Asker = Annotated[Caller, Depends(Allow(Role.OPERATOR, person=True))]

_FORM_BYTES: Final = 64 * 1024
"""House number: what a form needs beside its photographs."""

_MINOR: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the form, as it came; kept when something has to be corrected."""

    permit: str = ""
    gallery: str = ""
    subject: str = ""
    case: str = ""
    site: str = ""
    captured_at: str = ""
    sample: str = ""
    face: str = ""
    provenance: str = ""
    ground: str = ""
    minor: str = ""

    @classmethod
    def of(cls, form: FormData) -> Typed:
        """Read a form; what is missing is empty."""
        words = {each.name: form.get(each.name, "") for each in fields(cls)}
        return cls(**{name: word.strip() for name, word in words.items() if isinstance(word, str)})


# ---- forms ------------------------------------------------------------------------------------


@router.get("/search")
async def search_form(request: Request, service: Served, caller: Asker) -> Response:
    """Could this be somebody of a gallery?"""
    return await _form(request, service, caller, Operation.SEARCH)


@router.get("/verify")
async def verify_form(request: Request, service: Served, caller: Asker) -> Response:
    """Is this who it claims to be?"""
    return await _form(request, service, caller, Operation.VERIFY)


@router.get("/enroll")
async def enroll_form(request: Request, service: Served, caller: Asker) -> Response:
    """Put somebody into a gallery."""
    return await _form(request, service, caller, Operation.ENROLL)


async def _form(
    request: Request,
    service: Service,
    caller: Caller,
    operation: Operation,
    *,
    typed: Typed | None = None,
    error: RecognizanceError | None = None,
) -> Response:
    """The form, once a permit is chosen; before that, the permits to choose from."""

    def look(workspace: Workspace) -> dict[str, Any]:
        return {
            "offers": listing.offers(workspace, operation),
            "lately": answers_lately(workspace, caller.somebody),
        }

    facts = await service.reading.ask(look)
    wanted = typed.permit if typed else request.query_params.get("permit", "")
    found = [each for each in facts["offers"] if each["permit_id"] == wanted]
    only = facts["offers"] if len(facts["offers"]) == 1 and not wanted else []
    return page(
        request,
        caller,
        "search",
        status=200 if error is None else status_of(error).value,
        operation=operation.value,
        chosen=next(iter(found or only), None),
        typed=typed or Typed(),
        error=error,
        boxes=error.boxes if isinstance(error, ManyFacesError) else (),
        provenances=list(Provenance),
        samples=list(SampleKind),
        most_bytes=MOST_BODY_BYTES - _FORM_BYTES,
        **facts,
    )


# ---- asking -----------------------------------------------------------------------------------


@router.post("/search")
async def search(request: Request, service: Served, caller: Asker, csrf: FormRead = "") -> Response:
    """Ask, and look at the answer."""
    del csrf  # the caller was let in by it
    return await _ask(request, service, caller, Operation.SEARCH)


@router.post("/verify")
async def verify(request: Request, service: Served, caller: Asker, csrf: FormRead = "") -> Response:
    """Ask, and look at the answer."""
    del csrf  # the caller was let in by it
    return await _ask(request, service, caller, Operation.VERIFY)


@router.post("/enroll")
async def enroll(request: Request, service: Served, caller: Asker, csrf: FormRead = "") -> Response:
    """Enroll, and look at what was recorded."""
    del csrf  # the caller was let in by it
    return await _ask(request, service, caller, Operation.ENROLL)


async def _ask(
    request: Request, service: Service, caller: Caller, operation: Operation
) -> Response:
    form = await request.form()
    typed = Typed.of(form)
    sent = [each for each in form.getlist("photograph") if isinstance(each, UploadFile)]
    photographs = [data for each in sent if (data := await each.read())]
    try:
        asked = _request(caller, operation, typed, photographs)
        answer = await service.desk.ask(lambda workspace: _do(workspace, asked, typed))
    except RecognizanceError as error:
        return await _form(request, service, caller, operation, typed=typed, error=error)
    return back(f"/search/{answer.entry.rpartition('/')[2]}")


def _do(workspace: Workspace, asked: uses.Request, typed: Typed) -> uses.Answer:
    desk = workspace.desk
    if asked.operation is Operation.SEARCH:
        return desk.search(asked)
    if asked.operation is Operation.VERIFY:
        return desk.verify(asked, typed.subject)
    minor = _MINOR.get(typed.minor)
    enrollment = uses.Enrollment(typed.subject, typed.provenance, typed.ground, minor)
    return desk.enroll(asked, enrollment)


def _request(
    caller: Caller, operation: Operation, typed: Typed, photographs: list[bytes]
) -> uses.Request:
    """What the form asks of the desk.

    Raises:
        InputError: There is no photograph, or the number or the time is none.
    """
    if not photographs:
        raise InputError("No photograph was chosen.", hint="Choose, drop, paste or take one.")
    if typed.face and not (typed.face.isdecimal() and len(typed.face) < 5):  # noqa: PLR2004  # digits
        raise InputError("That is no number of a face.", hint="Faces are counted from 1.")
    if typed.sample and typed.sample not in set(SampleKind):
        raise InputError("That is no kind of picture.", hint="Choose one of the list.")
    return uses.Request(
        principal=caller.somebody,
        operation=operation,
        permit_id=typed.permit or None,
        photographs=tuple(photographs),
        gallery_id=typed.gallery or None,
        case_id=typed.case or None,
        face=int(typed.face) if typed.face else None,
        circumstances=Circumstances(
            site=typed.site or None,
            captured_at=_moment(typed.captured_at),
            sample=SampleKind(typed.sample) if typed.sample else None,
        ),
    )


def _moment(text: str) -> datetime | None:
    """What a field for a time holds: it has no zone, and the page says that it is UTC."""
    try:
        return utc_moment(f"{text}Z") if text else None
    except (ValueError, OverflowError) as error:
        raise InputError(
            "The time of the picture cannot be read.", hint="Write it like 2026-11-24T18:00."
        ) from error


@router.post("/enroll/gallery")
async def gallery(
    service: Served, _caller: Asker, permit: FormRead = "", gallery: FormRead = ""
) -> Response:
    """Make an empty gallery that a permit names, and go on to enroll."""
    await service.desk.ask(lambda workspace: make_gallery(workspace, gallery, permit_id=permit))
    return back(f"/enroll?{urlencode({'permit': permit})}")


# ---- answers ----------------------------------------------------------------------------------


@router.get("/search/{index}")
async def answer(request: Request, service: Served, caller: Asker, index: int) -> Response:
    """What came of it."""
    facts = await service.reading.ask(
        lambda workspace: answer_of(workspace, caller.somebody, index)
    )
    return page(request, caller, "answer", **facts)


@router.get("/search/{index}/receipt")
async def receipt(service: Served, caller: Asker, index: int) -> Response:
    """The proof that it stands in the ledger, as a file."""
    proof = await service.reading.ask(
        lambda workspace: receipt_of(workspace, caller.somebody, index)
    )
    headers = {"content-disposition": f'attachment; filename="uses-{index}.tlog-proof"'}
    return PlainTextResponse(proof, headers=headers)
