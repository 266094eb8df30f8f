"""Asking for a job, and how it stands: for who asked for it and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from recognizance.errors import NotFoundError
from recognizance.service.jobs.book import THOUSANDTHS

if TYPE_CHECKING:
    from recognizance.service.jobs.book import JobRow
    from recognizance.service.jobs.worker import Work
    from recognizance.service.service import Service


async def begin(
    service: Service,
    principal_id: str,
    kind: str,
    work: Work,
    *,
    total: int | None = THOUSANDTHS,
    key_id: str | None = None,
) -> JobRow:
    """Put a job into the line.

    Raises:
        ServiceBusyError: Too many of that principal wait.
    """
    row = await run_in_threadpool(
        lambda: service.jobs.add(
            kind,
            principal_id,
            total=total,
            now=service.clock(),
            asked=work.asked,
            key_id=key_id,
        )
    )
    service.worker.begin(row, work)
    return row


async def mine(
    service: Service, principal_id: str, job_id: str, *, key_id: str | None = None
) -> JobRow:
    """A job of a principal; of one of its programs where a key is named.

    Raises:
        NotFoundError: It has none of that id.
    """
    row = await run_in_threadpool(service.jobs.get, job_id, principal_id, key_id)
    if row is None:
        raise NotFoundError("You have no job of that id.", hint="List your jobs at /v1/jobs.")
    return row


def standing(service: Service, row: JobRow) -> dict[str, object]:
    """How far a job is, and what came of it."""
    handle = None if row.over else service.worker.handle(row.job_id)
    failed = row.state == "failed"
    result = handle.facts or None if handle else row.told
    names = service.spool.files(row.job_id) if row.over else {}
    return {
        "job_id": row.job_id,
        "kind": row.kind,
        "state": row.state,
        "done": round(handle.part * THOUSANDTHS) if handle else row.done,
        "total": row.total,
        "time_left_s": handle.time_left_s if handle else None,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "result": None if failed else result,
        "error": row.told if failed else None,
        "files": [f"/v1/jobs/{row.job_id}/files/{name}" for name in names],
    }
