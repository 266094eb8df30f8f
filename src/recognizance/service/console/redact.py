"""Redact: a photograph or film goes in, its faces are hidden, and what comes out can be handed out.

It identifies nobody and needs no permit. What was sent is kept for a day, to be redacted again but
for faces that a person chose; no page hands it out. Nobody but its owner sees any of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from recognizance.documents.plain import visible
from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.redacting import Asked
from recognizance.service.access import Allow, Caller
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.console.uploads import files_of_a_form, packed_as
from recognizance.service.jobs import orders
from recognizance.service.jobs.work import PICTURES, FindFaces, Redact
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import Role
from recognizance.video import Style
from recognizance.video.redaction import Audio

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.service.jobs.book import JobRow

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

Redacter = Annotated[Caller, Depends(Allow(Role.OPERATOR, person=True))]

KINDS: Final = frozenset({"redact", "faces"})

_NUMBER: Final = re.compile("[0-9]{1,6}")
_MOST_NAME: Final = 120
_MOST_REASON: Final = 2000
_MOST_LISTED: Final = 50
_SHOWN: Final = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".gif": "image/gif",
}
"""What browsers show by themselves."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form says, to be shown again as it was.

    Attributes:
        style: How faces are hidden.
        audio: What becomes of a film's sound.
        keep: Numbers of the faces that stay visible.
        because: Why they may.
    """

    style: str = Style.SOLID
    audio: str = Audio.MUTE
    keep: frozenset[int] = frozenset()
    because: str = ""

    def asked(self) -> Asked:
        """What it asks for.

        Raises:
            InputError: It is no style or sound, or faces stay visible without a reason.
        """
        try:
            style, audio = Style(self.style), Audio(self.audio)
        except ValueError as error:
            raise InputError(
                "That is no style or sound.", hint="Choose one of the list."
            ) from error
        return Asked(style, tuple(sorted(self.keep)), self.because or None, audio)


async def _wanted(request: Request) -> Wanted:
    form = await request.form()
    said = {name: str(form.get(name, "")) for name in ("style", "audio", "because")}
    ticked = [str(each) for each in form.getlist("keep")]
    return Wanted(
        said["style"] or Style.SOLID,
        said["audio"] or Audio.MUTE,
        frozenset(int(each) for each in ticked if _NUMBER.fullmatch(each)),
        said["because"].strip()[:_MOST_REASON],
    )


# ---- sending ------------------------------------------------------------------------------


@router.get("/redact")
async def footage(request: Request, service: Served, caller: Redacter) -> Response:
    """The form, and what one has here."""
    return await _form(request, service, caller)


@router.post("/redact")
async def begin(
    request: Request,
    service: Served,
    caller: Redacter,
    footage: Annotated[UploadFile | None, File()] = None,
    footage_id: Annotated[str, Form()] = "",
    footage_name: Annotated[str, Form()] = "",
    first: Annotated[str, Form()] = "",
) -> Response:
    """Take in the file, and begin: to hide everybody, or to look for faces to choose from."""
    mine = caller.somebody.principal_id
    wanted = await _wanted(request)
    name = _name_of(footage_name or (footage.filename if footage else "") or "")
    try:
        async with files_of_a_form(service, mine) as take:
            sent = await take(footage, footage_id)
            if sent is None:
                raise InputError("There is no file.", hint="Choose a photograph or a film.")
            source, asked = packed_as(sent, _ending(name)), wanted.asked()
            row = await (
                _find(service, mine, source, name)
                if first == "choose"
                else _hide(service, mine, source, name, asked)
            )
    except RecognizanceError as error:
        return await _form(request, service, caller, error=error)
    chosen = f"?style={wanted.style}&audio={wanted.audio}" if row.kind == "faces" else ""
    return back(f"/redact/{row.job_id}{chosen}")


async def _form(
    request: Request, service: Service, caller: Caller, error: RecognizanceError | None = None
) -> Response:
    rows = await _mine(service, caller)
    return page(
        request,
        caller,
        "redact",
        status=200 if error is None else status_of(error).value,
        error=error,
        wanted=Wanted(),
        mine=[_standing(service, each) for each in rows[:_MOST_LISTED]],
    )


# ---- one file -----------------------------------------------------------------------------


@router.get("/redact/{job_id}")
async def one(request: Request, service: Served, caller: Redacter, job_id: str) -> Response:
    """One file: how far it is, whom one may choose, or what came of it."""
    query = request.query_params
    wanted = Wanted(query.get("style", Style.SOLID), query.get("audio", Audio.MUTE))
    return await _one(request, service, caller, job_id, wanted=wanted)


async def _one(
    request: Request,
    service: Service,
    caller: Caller,
    job_id: str,
    *,
    wanted: Wanted,
    error: RecognizanceError | None = None,
) -> Response:
    row = await _job(service, caller, job_id)
    made = service.spool.files(row.job_id)
    record = next((path for name, path in made.items() if name.endswith(".json")), None)
    output = next((path for name, path in made.items() if not name.endswith(".json")), None)
    related = await _about_the_same(service, caller, row)
    template = {"redact": "redact_done", "faces": "redact_faces"}[row.kind]
    return page(
        request,
        caller,
        template if row.state == "done" else "redact_job",
        status=200 if error is None else status_of(error).value,
        job=_standing(service, row),
        result=row.told or {},
        error=error,
        wanted=wanted,
        record=await run_in_threadpool(_record, record),
        kind=_SHOWN.get(output.suffix, "") if output else None,
        size=output.stat().st_size if output else 0,
        pictures=sorted(int(name[:-4]) for name in service.spool.files(row.job_id, PICTURES)),
        still_here=_there(service, caller, row) is not None,
        faces_job=next((each.job_id for each in related if each.kind == "faces"), None),
    )


@router.post("/redact/{job_id}/again")
async def again(request: Request, service: Served, caller: Redacter, job_id: str) -> Response:
    """Hide faces of the same file: but those that were ticked, or in another way."""
    row = await _job(service, caller, job_id)
    told = row.told or {}
    wanted = await _wanted(request)
    digests = told.get("input_sha256"), told.get("tracks_sha256")
    about = (str(digests[0]), str(digests[1])) if all(digests) else None
    try:
        asked = wanted.asked()
        mine, source = caller.somebody.principal_id, _source(service, caller, row)
        begun = await _hide(service, mine, source, _name(row), asked, about)
    except RecognizanceError as error:
        return await _one(request, service, caller, job_id, wanted=wanted, error=error)
    return back(f"/redact/{begun.job_id}")


@router.post("/redact/{job_id}/faces")
async def faces(service: Served, caller: Redacter, job_id: str) -> Response:
    """Look for the faces of the same file, to choose who stays visible."""
    row = await _job(service, caller, job_id)
    source = _source(service, caller, row)
    begun = await _find(service, caller.somebody.principal_id, source, _name(row))
    return back(f"/redact/{begun.job_id}")


@router.post("/redact/{job_id}/cancel")
async def cancel(service: Served, caller: Redacter, job_id: str) -> Response:
    """Have it end before its time."""
    await _job(service, caller, job_id)
    service.worker.cancel(job_id)
    return back(f"/redact/{job_id}")


@router.post("/redact/{job_id}/destroy")
async def destroy(service: Served, caller: Redacter, job_id: str) -> Response:
    """Destroy what was sent and all that was made of it; what was recorded stays."""
    row = await _job(service, caller, job_id)
    source = _there(service, caller, row)
    for each in await _about_the_same(service, caller, row):
        await run_in_threadpool(service.worker.destroy, each.job_id)
    if source is not None:
        source.unlink(missing_ok=True)
    return back("/redact")


# ---- what was made ------------------------------------------------------------------------


@router.get("/redact/{job_id}/file")
async def file(service: Served, caller: Redacter, job_id: str) -> FileResponse:
    """The redacted file, to hand out."""
    row = await _job(service, caller, job_id)
    output = _output(service, row)
    name = f"redacted-{PurePosixPath(_name(row) or 'file').stem}{output.suffix}"
    return FileResponse(output, media_type="application/octet-stream", filename=name)


@router.get("/redact/{job_id}/record")
async def record(service: Served, caller: Redacter, job_id: str) -> FileResponse:
    """What was done, with the receipt of the ledger."""
    output = _output(service, await _job(service, caller, job_id))
    beside = output.with_name(f"{output.name}.json")
    name = f"redaction-{job_id[:8]}.json"
    return FileResponse(beside, media_type="application/json", filename=name)


@router.get("/redact/{job_id}/shown")
async def shown(service: Served, caller: Redacter, job_id: str) -> FileResponse:
    """The redacted file, as the browser shows it on its page."""
    output = _output(service, await _job(service, caller, job_id))
    if output.suffix not in _SHOWN:
        raise _nothing()
    return FileResponse(output, media_type=_SHOWN[output.suffix])


@router.get("/redact/{job_id}/pictures/{number}")
async def picture(service: Served, caller: Redacter, job_id: str, number: int) -> FileResponse:
    """A face to choose, or a picture in which one is still visible."""
    row = await _job(service, caller, job_id)
    found = service.spool.files(row.job_id, PICTURES).get(f"{number}.jpg")
    if found is None or not row.over:
        raise _nothing()
    return FileResponse(found, media_type="image/jpeg")


# ---- reading ------------------------------------------------------------------------------


async def _hide(
    service: Service,
    mine: str,
    source: Path,
    name: str,
    asked: Asked,
    about: tuple[str, str] | None = None,
) -> JobRow:
    work = Redact(source, asked, about=about, name=name or None, pictures=True)
    return await orders.begin(service, mine, "redact", work)


async def _find(service: Service, mine: str, source: Path, name: str) -> JobRow:
    return await orders.begin(service, mine, "faces", FindFaces(source, name or None))


async def _mine(service: Service, caller: Caller) -> list[JobRow]:
    """One's own, newest first."""
    rows = await run_in_threadpool(service.jobs.all, caller.somebody.principal_id)
    found = [each for each in rows if each.kind in KINDS]
    return sorted(found, key=lambda each: each.created_at, reverse=True)


async def _job(service: Service, caller: Caller, job_id: str) -> JobRow:
    row = await orders.mine(service, caller.somebody.principal_id, job_id)
    if row.kind not in KINDS:
        raise _nothing()
    return row


async def _about_the_same(service: Service, caller: Caller, row: JobRow) -> list[JobRow]:
    """What was or is done to the file of a job, that job among it."""
    mine = await _mine(service, caller) if _upload(row) else [row]
    return [each for each in mine if _upload(each) == _upload(row)]


def _upload(row: JobRow) -> str:
    return str(next(iter(row.asked.get("uploads", ())), ""))


def _name(row: JobRow) -> str:
    return str(row.asked.get("name") or "")


def _standing(service: Service, row: JobRow) -> dict[str, object]:
    return {**orders.standing(service, row), "name": _name(row)}


def _there(service: Service, caller: Caller, row: JobRow) -> Path | None:
    """What was sent, where it is still here."""
    try:
        return service.spool.upload(caller.somebody.principal_id, _upload(row))
    except NotFoundError:
        return None


def _source(service: Service, caller: Caller, row: JobRow) -> Path:
    found = _there(service, caller, row)
    if found is None:
        raise NotFoundError(
            "What you sent was destroyed.", hint="It is kept for a day. Send it again."
        )
    return found


def _output(service: Service, row: JobRow) -> Path:
    made = service.spool.files(row.job_id) if row.state == "done" and row.kind == "redact" else {}
    found = next((path for name, path in made.items() if not name.endswith(".json")), None)
    if found is None:
        raise _nothing()
    return found


def _nothing() -> NotFoundError:
    return NotFoundError("There is no such file.", hint="Files are destroyed after a day.")


def _record(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    said: dict[str, Any] = json.loads(path.read_bytes())
    return said


def _ending(name: str) -> str:
    """How a film is packed, by its name; what a file is, is read from it."""
    ending = PurePosixPath(name).suffix[1:].lower()
    return ending[:5] if ending.isascii() and ending.isalnum() else "mkv"


def _name_of(text: str) -> str:
    """What its owner calls a file, as far as it can be shown; nothing is ever opened by it."""
    return visible(" ".join(text.replace("\\", "/").rpartition("/")[2].split()))[:_MOST_NAME]
