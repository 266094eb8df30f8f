"""Redact: a photograph or film goes in, its faces are hidden, and what comes out can be handed out.

It identifies nobody and needs no permit. What was sent is kept for a day, to be redacted again but
for faces that a person chose; no page hands it out. Nobody but its owner sees any of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from recognizance.documents.plain import visible
from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.service.access import Allow, Caller
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.console.uploads import source_of
from recognizance.service.jobs import orders
from recognizance.service.jobs.work import PICTURES, FindFaces, Redact
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import Role

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.service.jobs.book import JobRow

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

Redacter = Annotated[Caller, Depends(Allow(Role.OPERATOR, person=True))]

KINDS: Final = frozenset({"redact", "faces"})
STYLES: Final = ("solid", "mask", "pixelate", "blur")
SOUNDS: Final = ("mute", "keep")

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
    """What a form asks for.

    Attributes:
        style: How faces are hidden.
        audio: What becomes of a film's sound.
        keep: Numbers of the faces that stay visible.
        because: Why they may.
    """

    style: str = STYLES[0]
    audio: str = SOUNDS[0]
    keep: frozenset[int] = frozenset()
    because: str = ""

    def __post_init__(self) -> None:
        """Only what the form offers, and nobody stays visible without a reason.

        Raises:
            InputError: It is something else.
        """
        if self.style not in STYLES or self.audio not in SOUNDS:
            raise InputError("That is no style or sound.", hint="Choose one of the list.")

    def check(self) -> None:
        """Pass where a reason is given for whoever stays visible.

        Raises:
            InputError: None is.
        """
        if self.keep and not self.because:
            raise InputError(
                "Why these faces may stay visible was not said.",
                hint="Say it in a few words, such as the number of a release.",
            )


async def _wanted(request: Request) -> Wanted:
    form = await request.form()
    said = {name: str(form.get(name, "")) for name in ("style", "audio", "because")}
    ticked = [str(each) for each in form.getlist("keep")]
    return Wanted(
        said["style"] or STYLES[0],
        said["audio"] or SOUNDS[0],
        frozenset(int(each) for each in ticked if each.isascii() and each.isdecimal()),
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
    try:
        wanted = await _wanted(request)
        name = _name_of(footage_name or (footage.filename if footage else "") or "")
        # What it is, is read from it; the ending of its name only says how a film is packed.
        ending = PurePosixPath(name).suffix[1:].lower()
        ending = ending[:5] if ending.isascii() and ending.isalnum() else "mkv"
        source = await source_of(service, mine, footage, footage_id, ending=ending)
        if source is None:
            raise InputError("There is no file.", hint="Choose a photograph or a film.")
        row = await (
            _find(service, mine, source, name)
            if first == "choose"
            else _hide(service, mine, source, name, wanted)
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
        mine=[orders.standing(service, each) for each in rows[:_MOST_LISTED]],
    )


# ---- one file -----------------------------------------------------------------------------


@router.get("/redact/{job_id}")
async def one(request: Request, service: Served, caller: Redacter, job_id: str) -> Response:
    """One file: how far it is, whom one may choose, or what came of it."""
    query = request.query_params
    wanted = Wanted(query.get("style", STYLES[0]), query.get("audio", SOUNDS[0]))
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
    told = row.told or {}
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
        job=orders.standing(service, row),
        result=told,
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
        wanted.check()
        mine, source = caller.somebody.principal_id, _source(service, caller, row)
        begun = await _hide(service, mine, source, told.get("name") or "", wanted, about)
    except RecognizanceError as error:
        return await _one(request, service, caller, job_id, wanted=wanted, error=error)
    return back(f"/redact/{begun.job_id}")


@router.post("/redact/{job_id}/faces")
async def faces(service: Served, caller: Redacter, job_id: str) -> Response:
    """Look for the faces of the same file, to choose who stays visible."""
    row = await _job(service, caller, job_id)
    source = _source(service, caller, row)
    name = (row.told or {}).get("name") or ""
    begun = await _find(service, caller.somebody.principal_id, source, name)
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
        if not service.worker.cancel(each.job_id):
            service.spool.remove(each.job_id)
            await run_in_threadpool(service.jobs.forget, each.job_id)
    if source is not None:
        source.unlink(missing_ok=True)
    return back("/redact")


# ---- what was made ------------------------------------------------------------------------


@router.get("/redact/{job_id}/file")
async def file(service: Served, caller: Redacter, job_id: str) -> FileResponse:
    """The redacted file, to hand out."""
    row = await _job(service, caller, job_id)
    output = _output(service, row)
    name = f"redacted-{PurePosixPath((row.told or {}).get('name') or 'file').stem}{output.suffix}"
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
    wanted: Wanted,
    about: tuple[str, str] | None = None,
) -> JobRow:
    work = Redact(
        source,
        wanted.style,
        tuple(sorted(wanted.keep)),
        wanted.because or None,
        wanted.audio,
        about=about,
        name=name or None,
        pictures=True,
    )
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
    """What was done to the file of a job, that job among it; of one that is not over, itself."""
    upload = _upload(row)
    mine = await _mine(service, caller) if upload else [row]
    return [each for each in mine if _upload(each) == upload]


def _upload(row: JobRow) -> str:
    return str((row.told or {}).get("upload", ""))


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


def _name_of(text: str) -> str:
    """What its owner calls a file, as far as it can be shown; nothing is ever opened by it."""
    return visible(" ".join(text.replace("\\", "/").rpartition("/")[2].split()))[:_MOST_NAME]
