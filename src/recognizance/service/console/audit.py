"""Audits: a table of scores goes in, error rates by group come out, and two can be compared.

An audit is a job of whoever asked for it; others see that it was measured, in the ledger. The
report is a page of its own with its own policy, in a sandbox: the site's is not loosened for it.
"""

from __future__ import annotations

from collections import deque
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from recognizance.audit.report.html import policy
from recognizance.audit.report.versus import UNCLEAR, UNKNOWN, changes, doubts
from recognizance.audit.report.words import one_in, percent
from recognizance.auditing.example import HEADER, example_table
from recognizance.auditing.kept import ARCHIVE, PAGE, RESULT, part_of, result_in, with_proof
from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.gate.rates import parse_rate
from recognizance.ledger import LogName
from recognizance.service.access import Allow, Caller
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.console.uploads import files_of_a_form, packed_as
from recognizance.service.jobs import orders
from recognizance.service.jobs.work import Audit
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import PPB, Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recognizance.audit.result import AuditResult
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

Measurer = Annotated[Caller, Depends(Allow(Role.AUDITOR, person=True))]

MOST_LISTED: Final = 1000
_MOST_WORDS: Final = 16
_KINDS: Final = {b"PAR1": "parquet", b"PK\x03\x04": "npz"}
_DOWNLOADS: Final = {RESULT: "application/json", "model-card.md": "text/markdown; charset=utf-8"}

_PAST: Final = (
    Column("entry", "Entry", link=lambda row: f"/ledger/{row['entry']}"),
    Column("time", "When"),
    Column("kind", "Of"),
    Column("people", "People", number=True),
    Column("pairs", "Pairs of different people", number=True),
    Column("findings", "Findings about the data", number=True),
    Column("data", "Data"),
)
_CHANGES: Final = (
    Column("group", "Group"),
    Column("by", "By"),
    Column("rate", "Rate"),
    Column("target", "At a target of"),
    Column("before", "First", number=True),
    Column("after", "Second", number=True),
    Column("said", "The second against the first", tag=True),
)


@router.get("/audit")
async def audits(request: Request, service: Served, caller: Measurer) -> Response:
    """What was measured here, and the form to measure something."""
    rows = await service.reading.ask(_past)
    listing = Listing.of("Audits", _PAST, rows, request.query_params, order="-time")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("audits")
    mine = await _jobs(service, caller)
    return page(request, caller, "audit", listing=listing, mine=mine)


@router.get("/audit/new")
async def form(request: Request, caller: Measurer) -> Response:
    """The form to measure a system by its scores."""
    return page(request, caller, "audit_new", error=None, stated={}, header=HEADER)


@router.get("/audit/example.csv")
async def example(_caller: Measurer) -> Response:
    """A made-up table of scores, to see what one looks like and to try this with."""
    headers = {"content-disposition": 'attachment; filename="example-scores.csv"'}
    data = await run_in_threadpool(example_table)
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/audit")
async def begin(
    request: Request,
    service: Served,
    caller: Measurer,
    table: Annotated[UploadFile | None, File()] = None,
    labels: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take in the table and begin to measure."""
    sent = await request.form()
    stated = {name: value for name, value in sent.items() if isinstance(value, str)}
    mine = caller.somebody.principal_id
    try:
        asked = _asked(stated)  # before any file is touched: the form names what was sent
        sent_before = [stated.pop(name, "") for name in ("table_id", "labels_id")]
        async with files_of_a_form(service, mine) as take:
            source = _packed(await take(table, sent_before[0]))
            beside = _packed(await take(labels, sent_before[1]))
            row = await orders.begin(service, mine, "audit", Audit(_there(source), beside, **asked))
    except RecognizanceError as error:
        facts = {"error": error, "stated": stated, "header": HEADER}
        return page(request, caller, "audit_new", status=status_of(error).value, **facts)
    return back(f"/audit/jobs/{row.job_id}")


@router.get("/audit/compare")
async def compare(
    request: Request, service: Served, caller: Measurer, before: str = "", after: str = ""
) -> Response:
    """Two audits side by side; their ids stand in the address."""
    mine = [each for each in await _jobs(service, caller) if each["files"]]
    if not (before and after):
        return page(request, caller, "audit_compare", mine=mine, versus=None)
    one, other = [await _result(service, caller, each) for each in (before, after)]
    versus = _versus(one, other, request.query_params)
    if request.query_params.get("format") == "csv":
        exported: Response = versus["listing"].as_csv("comparison")
        return exported
    return page(request, caller, "audit_compare", mine=mine, versus=versus)


@router.post("/audit/compare")
async def compare_with(
    request: Request,
    service: Served,
    caller: Measurer,
    earlier: Annotated[UploadFile, File()],
    after: Annotated[str, Form()] = "",
) -> Response:
    """An audit against one that somebody kept; the file is read and not kept here."""
    one = await run_in_threadpool(result_in, earlier.file)
    other = await _result(service, caller, after)
    mine = [each for each in await _jobs(service, caller) if each["files"]]
    versus = _versus(one, other, {})
    return page(request, caller, "audit_compare", mine=mine, versus=versus)


@router.get("/audit/jobs/{job_id}")
async def job(request: Request, service: Served, caller: Measurer, job_id: str) -> Response:
    """One audit: how far it is, and what came of it."""
    row = await orders.mine(service, caller.somebody.principal_id, job_id)
    return page(request, caller, "audit_job", job=orders.standing(service, row))


@router.post("/audit/jobs/{job_id}/cancel")
async def cancel(service: Served, caller: Measurer, job_id: str) -> Response:
    """Have an audit end before its time."""
    await orders.mine(service, caller.somebody.principal_id, job_id)
    service.worker.cancel(job_id)
    return back(f"/audit/jobs/{job_id}")


@router.get("/audit/jobs/{job_id}/report")
async def report(service: Served, caller: Measurer, job_id: str) -> Response:
    """The report, as a page of its own under its own policy."""
    archive = await _archive(service, caller, job_id)
    data = await run_in_threadpool(part_of, archive, PAGE)
    headers = {"content-security-policy": policy()}
    return Response(data, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/audit/jobs/{job_id}/evidence")
async def evidence(service: Served, caller: Measurer, job_id: str) -> Response:
    """Every file of the report, with the signed proof that it was recorded."""
    archive = await _archive(service, caller, job_id)
    row = await orders.mine(service, caller.somebody.principal_id, job_id)
    entry = str((row.told or {})["entry"])
    data = await service.reading.ask(lambda workspace: with_proof(workspace, archive, entry))
    headers = {"content-disposition": f'attachment; filename="audit-{job_id[:8]}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.get("/audit/jobs/{job_id}/files/{name}")
async def part(service: Served, caller: Measurer, job_id: str, name: str) -> Response:
    """The result for programs, or the model card."""
    if name not in _DOWNLOADS:
        raise NotFoundError("There is no such file.", hint="See the audit's page.")
    archive = await _archive(service, caller, job_id)
    data = await run_in_threadpool(part_of, archive, name)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=_DOWNLOADS[name], headers=headers)


# ---- reading ------------------------------------------------------------------------------


def _past(workspace: Workspace) -> list[dict[str, Any]]:
    entries = workspace.ledger.entries(LogName.USES, kinds={"audit"})
    return [
        {
            "entry": f"uses/{each.index}",
            "time": each.time,
            "kind": str(each.public.get("kind", "")),
            "people": each.public.get("people"),
            "pairs": each.public.get("non_mated_pairs"),
            "findings": each.public.get("findings"),
            "data": str(each.public.get("data", ""))[:16],
        }
        for each in deque(entries, maxlen=MOST_LISTED)
    ]


async def _jobs(service: Service, caller: Caller) -> list[dict[str, object]]:
    """One's own audits, newest first."""
    rows = await run_in_threadpool(service.jobs.all, caller.somebody.principal_id)
    audits_ = sorted((each for each in rows if each.kind == "audit"), key=lambda r: r.created_at)
    return [orders.standing(service, each) for each in reversed(audits_)]


async def _archive(service: Service, caller: Caller, job_id: str) -> Path:
    row = await orders.mine(service, caller.somebody.principal_id, job_id)
    found = service.spool.files(row.job_id).get(ARCHIVE) if row.state == "done" else None
    if found is None:
        raise NotFoundError(
            "There is no report of this audit.", hint="It is destroyed after a day: measure again."
        )
    return found


async def _result(service: Service, caller: Caller, job_id: str) -> AuditResult:
    archive = await _archive(service, caller, job_id)
    data = await run_in_threadpool(part_of, archive, RESULT)
    return await run_in_threadpool(result_in, BytesIO(data))


def _versus(one: AuditResult, other: AuditResult, query: Mapping[str, str]) -> dict[str, Any]:
    found = changes(one, other)
    rows = [
        {
            "group": each.group,
            "by": each.grouping,
            "rate": {"fmr": "false matches", "fnmr": "misses"}[each.measure],
            "target": one_in(each.target),
            "before": percent(each.before),
            "after": percent(each.after),
            "said": each.said.replace(" ", "_"),
        }
        for each in found
    ]
    return {
        "names": [(each.system.name, each.system.version, each.data.name) for each in (one, other)],
        "doubts": doubts(one, other),
        "apart": [row for row, each in zip(rows, found, strict=True) if _clear(each.said)],
        "listing": Listing.of("Rates that both have", _CHANGES, rows, query),
    }


def _clear(said: str) -> bool:
    return said not in {UNCLEAR, UNKNOWN}


# ---- what was asked -----------------------------------------------------------------------


def _asked(stated: Mapping[str, str]) -> dict[str, Any]:
    """What the form says of an audit.

    Raises:
        InputError: No group was named, or a target is no rate.
    """
    groups = tuple(_listed(stated.get("groups", "")))
    if not groups:
        raise InputError(
            "By which labels people are to be split was not said.", hint="Name some, as sex, race."
        )
    return {
        "groups": groups,
        "targets": tuple(parse_rate(each) / PPB for each in _listed(stated.get("targets", ""))),
        "subject": _word(stated, "subject") or None,
        "name": _word(stated, "name") or None,
        "system": _word(stated, "system") or "the audited system",
        "version": _word(stated, "version"),
        "distance": stated.get("distance") == "true",
    }


def _listed(text: str) -> list[str]:
    return [word.strip()[:200] for word in text.split(",") if word.strip()][:_MOST_WORDS]


def _word(stated: Mapping[str, str], name: str) -> str:
    return stated.get(name, "").strip()[:200]


def _packed(source: Path | None) -> Path | None:
    """A file by its kind, that is read from it and not from its name."""
    if source is None:
        return None
    with source.open("rb") as file:
        return packed_as(source, _KINDS.get(file.read(4), "csv"))


def _there(source: Path | None) -> Path:
    if source is None:
        raise InputError("There is no table.", hint="Choose the file with the scores.")
    return source
