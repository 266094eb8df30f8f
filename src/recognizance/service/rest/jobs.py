"""Long work: uploads, jobs, their progress and their files."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from recognizance.errors import InputError, NotFoundError
from recognizance.redacting import Asked
from recognizance.service.access import Allow, Anybody, Caller, Operator
from recognizance.service.jobs import orders
from recognizance.service.jobs.book import THOUSANDTHS
from recognizance.service.jobs.work import Audit, Redact, WatchRecordings
from recognizance.service.once import Once
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, at_the_door, page, request_of
from recognizance.service.service import Served
from recognizance.types import Operation, Role
from recognizance.video import Style
from recognizance.video.redaction import Audio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recognizance.service.jobs.book import JobRow
    from recognizance.service.jobs.worker import Work
    from recognizance.service.service import Service

router = APIRouter(prefix="/v1", tags=["jobs"], route_class=Once)
uploads = APIRouter(prefix="/v1", tags=["jobs"])

UPLOADS = "/v1/uploads"
"""The one path whose body is a stream that its route bounds by itself."""

JobId = Annotated[shapes.Id, Path()]
Measurer = Annotated[Caller, Depends(Allow(Role.AUDITOR, Role.OPERATOR))]
_LOOK_S = 0.25


@uploads.post(
    "/uploads",
    response_model=shapes.Upload,
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload(
    service: Served,
    caller: Anybody,
    request: Request,
    ending: Annotated[shapes.Ending, Query()] = "bin",
) -> dict[str, object]:
    """Take in a photograph, film, table or archive as it comes; it is destroyed after a day."""
    taken = await service.spool.take(caller.somebody.principal_id, ending, request.stream())
    return {"upload_id": taken.upload_id, "bytes": taken.size, "sha256": taken.sha256}


@router.delete("/uploads/{upload_id}", status_code=204)
async def drop(
    service: Served, caller: Anybody, upload_id: Annotated[shapes.Id, Path()]
) -> Response:
    """Destroy an upload now."""
    service.spool.drop(caller.somebody.principal_id, upload_id)
    return Response(status_code=204)


@router.post("/redactions", response_model=shapes.Job, status_code=202)
async def redact(service: Served, caller: Operator, asked: shapes.RedactAsked) -> dict[str, object]:
    """Hide every face of an uploaded photograph or film but those that are kept."""
    how = Asked(Style(asked.style), tuple(asked.keep), asked.because, Audio(asked.audio))
    source = service.spool.upload(caller.somebody.principal_id, asked.upload)
    return await _begun(service, caller, "redact", Redact(source, how))


@router.post("/audits", response_model=shapes.Job, status_code=202)
async def audit(service: Served, caller: Measurer, asked: shapes.AuditAsked) -> dict[str, object]:
    """Measure a system by a table of its scores, or an archive of its templates with labels."""
    mine = caller.somebody.principal_id
    work = Audit(
        source=service.spool.upload(mine, asked.upload),
        labels=None if asked.labels is None else service.spool.upload(mine, asked.labels),
        groups=tuple(asked.groups),
        subject=asked.subject,
        name=asked.name,
        system=asked.system,
        version=asked.version,
        distance=asked.distance,
        targets=tuple(asked.targets),
    )
    return await _begun(service, caller, "audit", work)


@router.post("/watches", response_model=shapes.Job, status_code=202)
async def watch(service: Served, caller: Operator, asked: shapes.WatchAsked) -> dict[str, object]:
    """Watch uploaded recordings against a gallery; whoever may be in it is a lead."""
    mine = caller.somebody.principal_id
    if asked.camera is not None and len(asked.uploads) > 1:
        raise InputError("One camera was named for several recordings.", hint="Watch one by one.")
    sources = tuple(service.spool.upload(mine, each) for each in asked.uploads)
    request = request_of(caller, Operation.WATCH, asked, gallery=asked.gallery)

    def at_the_counter(workspace: Any) -> None:  # noqa: ANN401  # a workspace
        with at_the_door(workspace, caller, request):
            return

    await service.desk.ask(at_the_counter)
    work = WatchRecordings(sources, asked.camera, request)
    return await _begun(service, caller, "watch", work, total=None)


@router.get("/jobs", response_model=shapes.Jobs)
async def jobs(
    service: Served, caller: Anybody, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, object]:
    """One's own jobs, oldest first; a program's are those that it began."""
    rows = await run_in_threadpool(service.jobs.all, caller.somebody.principal_id, caller.key_id)
    shown = [orders.standing(service, each) for each in rows]
    return page(shown, lambda row: (row["created_at"], row["job_id"]), cursor=cursor, limit=limit)


@router.get("/jobs/{job_id}", response_model=shapes.Job)
async def job(service: Served, caller: Anybody, job_id: JobId) -> dict[str, object]:
    """One job: how far it is, and what came of it."""
    return orders.standing(service, await _mine(service, caller, job_id))


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(service: Served, caller: Anybody, job_id: JobId) -> StreamingResponse:
    """How far a job is, as server-sent events, until it is over."""
    await _mine(service, caller, job_id)
    stream = _told(service, caller, job_id)
    return service.streams.answer(stream)


@router.get(
    "/jobs/{job_id}/files/{name}",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def file(
    service: Served,
    caller: Anybody,
    job_id: JobId,
    name: Annotated[str, Path(max_length=100)],
) -> FileResponse:
    """What a job has made."""
    row = await _mine(service, caller, job_id)
    found = service.spool.files(job_id).get(name) if row.over else None
    if found is None:
        raise NotFoundError("There is no such file.", hint="See the job for its files.")
    return FileResponse(found, media_type="application/octet-stream", filename=name)


@router.delete("/jobs/{job_id}", status_code=204)
async def end(service: Served, caller: Anybody, job_id: JobId) -> Response:
    """Have a job end; one that is over is destroyed with its files."""
    row = await _mine(service, caller, job_id)
    if not service.worker.cancel(job_id):
        await run_in_threadpool(service.worker.destroy, row.job_id)
    return Response(status_code=204)


async def _begun(
    service: Service, caller: Caller, kind: str, work: Work, *, total: int | None = THOUSANDTHS
) -> dict[str, object]:
    mine = caller.somebody.principal_id
    row = await orders.begin(service, mine, kind, work, total=total, key_id=caller.key_id)
    return orders.standing(service, row)


async def _mine(service: Service, caller: Caller, job_id: str) -> JobRow:
    """A job of the caller: a program reaches those that it began, a person all of theirs."""
    mine = caller.somebody.principal_id
    return await orders.mine(service, mine, job_id, key_id=caller.key_id)


async def _told(service: Service, caller: Caller, job_id: str) -> AsyncIterator[bytes]:
    before = b""
    while True:
        try:
            row = await _mine(service, caller, job_id)
        except NotFoundError:  # it was destroyed meanwhile
            return
        now = json.dumps(orders.standing(service, row)).encode()
        if now != before:
            before = now
            yield b"event: job\ndata: " + now + b"\n\n"
        if row.over:
            return
        await asyncio.sleep(_LOOK_S)
