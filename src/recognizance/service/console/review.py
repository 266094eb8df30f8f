"""Review: people look at leads, one by one, and decide on each for themselves.

The queue is paged in the store and names nobody. A lead and its pictures come from the desk's
`show` alone, which asks each time whether this reviewer may look, and records the first time only.
What somebody typed is on the page again whatever went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.leads import next_for, parts_in
from recognizance.listing import EVERY_LEAD
from recognizance.review import WAITING, Choice, LeadState, Part, lead_from_bytes, notes_of, part_in
from recognizance.reviewing import CHECK_NOTICE
from recognizance.service.access import Allow, Caller, Person
from recognizance.service.console.listing import PER_PAGE, Column, Listing
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import Role
from recognizance.uses import LEAD_NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.gallery import LeadLine
    from recognizance.reviewing import LeadShown
    from recognizance.types import Principal
    from recognizance.uses import Exported
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

Looker = Annotated[
    Caller,
    Depends(
        Allow(
            Role.REVIEWER,
            Role.OPERATOR,
            Role.SIGNING_OFFICER,
            Role.AUDITOR,
            Role.CUSTODIAN,
            person=True,
        )
    ),
]
Looking = Annotated[Caller, Depends(Allow(Role.REVIEWER, person=True))]
Exporter = Annotated[Caller, Depends(Allow(Role.OPERATOR, Role.SIGNING_OFFICER, person=True))]

CHECKERS: Final = frozenset({Role.AUDITOR, Role.SIGNING_OFFICER, Role.CUSTODIAN})
"""Who sees how reviewers do."""

_NAMED: Final = frozenset({LeadState.CONFIRMED, LeadState.UPHELD})
SHELVES: Final = {
    "waiting": WAITING,
    "confirmed": _NAMED,
    "closed": frozenset(LeadState) - WAITING - _NAMED,
}
"""The leads, by what there is to do with them."""

_COLUMNS: Final = (
    Column("lead", "Lead", link=lambda row: f"/review/{row['lead']}"),
    Column("permit", "Permit", link=lambda row: f"/register/{row['permit']}"),
    Column("gallery", "Gallery"),
    Column("state", "State", tag=True),
    Column("opened_at", "Opened"),
    Column("expires_at", "Ends"),
)
_YOURS: Final = Column("part", "For you")
_ORDERS: Final = frozenset({"opened_at", "-opened_at", "expires_at", "-expires_at"})


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody chose and wrote; it is kept when something has to be corrected."""

    said: str = ""
    reason: str = ""


# ---- the queue --------------------------------------------------------------------------------


@router.get("/review")
async def queue(request: Request, service: Served, caller: Looker, at: str = "waiting") -> Response:
    """The leads that wait, and those that do not any more; no names, no scores."""
    if at not in SHELVES:
        raise NotFoundError("There is no such list of leads.", hint="Begin with those that wait.")
    csv = request.query_params.get("format") == "csv"

    def look(workspace: Workspace) -> dict[str, Any]:
        who, standing = caller.somebody, workspace.registry.standing
        reviews = Role.REVIEWER in who.roles
        listing = _listing(workspace, who, at, request.query_params, whole=csv)
        waits = reviews and at == "waiting" and not csv
        here = any(row.get("part") is Part.TO_DECIDE for row in listing.rows)
        return {
            "listing": listing,
            "reviews": reviews,
            "waits": waits and (here or bool(next_for(workspace.gallery, who, behind=None))),
            "stopped": standing.stopped_at(who.principal_id),
        }

    facts = await service.reading.ask(look)
    if csv:
        listing: Listing = facts["listing"]
        return listing.as_csv(f"leads-{at}")
    return page(request, caller, "review", at=at, oversees=bool(CHECKERS & caller.roles), **facts)


def _listing(
    workspace: Workspace, who: Principal, at: str, query: Mapping[str, str], *, whole: bool
) -> Listing:
    """A page of leads, cut in the store; the whole of it for a file."""
    gallery, states = workspace.gallery, SHELVES[at]
    words, sort, number = query.get("q", "").strip()[:200], query.get("sort"), query.get("page", "")
    order = sort if sort in _ORDERS else "opened_at"
    found = gallery.queued(states, words=words)
    last = max(1, -(-found // PER_PAGE))
    turned = min(int(number), last) if number.isdecimal() and 0 < len(number) < 9 else 1  # noqa: PLR2004  # digits
    start, most = (0, EVERY_LEAD) if whole else ((max(turned, 1) - 1) * PER_PAGE, PER_PAGE)
    lines = gallery.queue(states, words=words, order=order, start=start, most=most)
    stopped = workspace.registry.standing.stopped_at(who.principal_id)
    reviews = Role.REVIEWER in who.roles and stopped is None
    yours = at == "waiting" and reviews and not whole
    rows = [_row(line) for line in lines]
    if yours:
        parts = parts_in(gallery, [line.lead_id for line in lines], who)
        rows = [row | {"part": parts.get(row["lead"])} for row in rows]
    columns = (*_COLUMNS, _YOURS) if yours else _COLUMNS
    caption = {"waiting": "Leads that wait", "confirmed": "Confirmed leads"}.get(at, "Closed leads")
    return Listing(
        columns, rows, found, words, order, max(turned, 1), caption, rows, kept={"at": at}
    )


def _row(line: LeadLine) -> dict[str, Any]:
    return {
        "lead": line.lead_id,
        "permit": line.permit_id,
        "gallery": line.gallery_id,
        "state": line.state,
        "opened_at": line.opened_at,
        "expires_at": line.expires_at,
    }


@router.get("/review/next")
async def next_lead(service: Served, caller: Looking, behind: str = "") -> Response:
    """To the next lead that waits for whoever asks, or to the queue where there is none."""

    def look(workspace: Workspace) -> str | None:
        try:
            line = workspace.gallery.lead(behind).line if behind else None
        except NotFoundError:
            line = None
        return next_for(workspace.gallery, caller.somebody, behind=line)

    found = await service.reading.ask(look)
    return back(f"/review/{found}" if found else "/review")


# ---- one lead ---------------------------------------------------------------------------------


@router.get("/review/{lead_id}")
async def lead(request: Request, service: Served, caller: Person, lead_id: str) -> Response:
    """A lead, as whoever asks may see it: to decide on, or only where it stands."""
    return await _page(request, service, caller, lead_id)


async def _page(
    request: Request,
    service: Service,
    caller: Caller,
    lead_id: str,
    *,
    typed: Typed | None = None,
    error: RecognizanceError | None = None,
) -> Response:
    who, typed = caller.somebody, typed or Typed()

    def stands(workspace: Workspace) -> tuple[LeadLine, Part]:
        record = workspace.gallery.lead(lead_id)
        return record.line, part_in(lead_from_bytes(record.body), who)

    try:
        line, part = await service.reading.ask(stands)
        reviews = Role.REVIEWER in who.roles and part is not Part.SEARCHED
        shown = await service.desk.ask(lambda w: w.desk.show(who, lead_id)) if reviews else None
    except RecognizanceError as refused:
        first = error or refused
        return page(
            request, caller, "blocked", status=status_of(first).value, error=first, typed=typed
        )
    return page(
        request,
        caller,
        "lead",
        status=200 if error is None else status_of(error).value,
        line=shown_line(line, shown),
        part=part,
        typed=typed,
        error=error,
        notice=LEAD_NOTICE,
        check_notice=CHECK_NOTICE,
        exports=bool({Role.OPERATOR, Role.SIGNING_OFFICER} & who.roles),
        **_facts(shown),
    )


def shown_line(line: LeadLine, shown: LeadShown | None) -> dict[str, Any]:
    """Where a lead stands, by what the desk has shown a moment later where it has."""
    state = shown.view.state.value if shown else line.state
    return {
        "lead_id": line.lead_id,
        "permit": line.permit_id,
        "gallery": line.gallery_id,
        "state": state,
        "opened_at": line.opened_at,
        "expires_at": line.expires_at,
        "named": state in _NAMED,
        "contestable": state == LeadState.CONFIRMED,
    }


def _facts(shown: LeadShown | None) -> dict[str, Any]:
    """What a template is told of a lead that was shown."""
    if shown is None:
        return {"view": None, "candidates": [], "decides": False}
    view = shown.view
    waits = view.state in WAITING
    return {
        "view": view,
        "waits": waits,
        "decides": waits and view.own_verdict is None,
        "probe": shown.probe is not None,
        "probe_notes": notes_of(shown.quality) if shown.quality else (),
        "candidates": [
            {
                "number": each.rank,
                "picture": each.rank in shown.candidates,
                "notes": notes_of(shown.qualities[each.rank])
                if each.rank in shown.qualities
                else (),
                "subject": each.subject_id,
            }
            for each in view.candidates
        ],
        "wait_ms": round(shown.look_longer.total_seconds() * 1000),
    }


@router.get("/review/{lead_id}/probe.jpg")
async def probe(service: Served, caller: Looking, lead_id: str) -> Response:
    """The picture that was asked about; no cache keeps it."""
    shown = await service.desk.ask(lambda w: w.desk.show(caller.somebody, lead_id))
    return _picture(shown.probe)


@router.get("/review/{lead_id}/candidate/{number}.jpg")
async def candidate(service: Served, caller: Looking, lead_id: str, number: int) -> Response:
    """A candidate's picture, by its number on the page."""
    shown = await service.desk.ask(lambda w: w.desk.show(caller.somebody, lead_id))
    return _picture(shown.candidates.get(number))


def _picture(data: bytes | None) -> Response:
    if data is None:
        raise NotFoundError("There is no such picture.", hint="See the lead for its pictures.")
    return Response(data, media_type="image/jpeg", headers={"cache-control": "no-store"})


# ---- deciding ---------------------------------------------------------------------------------


@router.post("/review/{lead_id}")
async def decide(
    request: Request,
    service: Served,
    caller: Looking,
    lead_id: str,
    said: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Take a verdict; whatever goes wrong, the page comes again with what was written.

    Whom it suspends is shown no lead any more, and reads in the queue why.
    """
    who = caller.somebody

    def do(workspace: Workspace) -> bool:
        workspace.desk.decide(who, lead_id, choice, reason=reason, candidate=number)
        return workspace.registry.standing.stopped_at(who.principal_id) is not None

    try:
        choice, number = _verdict(said)
        suspended = await service.desk.ask(do)
    except RecognizanceError as error:
        typed = Typed(said, reason)
        return await _page(request, service, caller, lead_id, typed=typed, error=error)
    return back("/review" if suspended else f"/review/{lead_id}")


def _verdict(said: str) -> tuple[str, int | None]:
    kind, _, number = said.partition("-")
    if kind == "candidate" and number.isdecimal() and len(number) < 5:  # noqa: PLR2004  # digits
        return Choice.SAME_PERSON, int(number)
    if said not in {Choice.DIFFERENT_PERSON, Choice.CANNOT_SAY}:
        raise InputError(
            "Nothing was chosen.",
            hint="Choose a candidate, or say that it is none of them, or that you cannot say.",
        )
    return said, None


@router.post("/review/{lead_id}/contest")
async def contest(
    request: Request,
    service: Served,
    caller: Person,
    lead_id: str,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Have a confirmed lead looked at again, by somebody who had no part in it."""
    try:
        await service.desk.ask(lambda w: w.desk.contest(caller.somebody, lead_id, reason=reason))
    except RecognizanceError as error:
        typed = Typed(reason=reason)
        return await _page(request, service, caller, lead_id, typed=typed, error=error)
    return back(f"/review/{lead_id}")


@router.post("/review/{lead_id}/export")
async def export(
    request: Request,
    service: Served,
    caller: Exporter,
    lead_id: str,
    evidence: Annotated[str, Form()] = "",
) -> Response:
    """Hand out a confirmed lead, as a disclosure bundle: everything that led to it."""

    def do(workspace: Workspace) -> Exported:
        return workspace.desk.export(caller.somebody, lead_id, evidence.strip() or None)

    try:
        exported = await service.desk.ask(do)
    except RecognizanceError as error:
        return await _page(request, service, caller, lead_id, error=error)
    return Response(
        exported.document,
        media_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="disclosure-{lead_id}.json"',
            "recognizance-entry": exported.answer.entry,
        },
    )
