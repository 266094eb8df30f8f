"""What goes on now: watches, meters, the stop button, the cameras of a fleet, the calendar.

The pages are whole without a script. With one, `live.js` reads a stream of events and sets in the
parts that have changed; the stream ends with the session that it was asked under.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from recognizance.errors import InputError, RefusedError
from recognizance.fleet.running import fleet_status
from recognizance.ledger import LogName
from recognizance.permits import oversight
from recognizance.permits.acting import Present
from recognizance.service.access import Allow, Caller, Officer
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.pages import PageRoute, back, fragment, page
from recognizance.service.service import Served, Service
from recognizance.types import Role, utc_moment
from recognizance.watching.now import SHOWN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

_SEE: Final = Allow(Role.OPERATOR, Role.SIGNING_OFFICER, Role.CUSTODIAN, Role.AUDITOR, person=True)
Onlooking = Annotated[Caller, Depends(_SEE)]
InCharge = Annotated[
    Caller,
    Depends(Allow(Role.OPERATOR, Role.SIGNING_OFFICER, Role.CUSTODIAN, person=True)),
]

_Look = Callable[[], Awaitable[str]]

CARDS: Final = 50
"""House number: more permits than that are listed below the cards."""

_LOOK_S: Final = 1.0
_STILL_EVERY: Final = 5
_ALIVE_EVERY: Final = 15

_CAMERAS: Final = (
    Column("camera", "Camera"),
    Column("site", "Site"),
    Column("permit", "Permit", link=lambda row: f"/live/{row['permit']}"),
    Column("state", "State", tag=True),
    Column("code", "Why"),
    Column("frames_per_s", "Pictures a second", number=True),
    Column("dropped", "Dropped", number=True),
    Column("stalls", "Stalls", number=True),
    Column("restarts", "Restarts", number=True),
    Column("leads", "Leads", number=True),
)
_ASSEMBLIES: Final = (
    Column("site", "Site"),
    Column("begins", "From"),
    Column("ends", "Until"),
    Column("state", "State", tag=True),
    Column("assembly", "Id", link=lambda row: f"/live/calendar/{row['assembly']}"),
)


@router.get("/live")
async def live(request: Request, service: Served, caller: Onlooking) -> Response:
    """What goes on now under every permit in force."""
    return page(request, caller, "live", **await _now(service, None))


@router.get("/live/fleet")
async def fleet(request: Request, service: Served, caller: Onlooking) -> Response:
    """The cameras of the fleet that runs here, or ran last."""
    facts = await _fleet(service, request)
    if request.query_params.get("format") == "csv" and facts["listing"] is not None:
        exported: Response = facts["listing"].as_csv("fleet")
        return exported
    return page(request, caller, "live_fleet", **facts)


@router.get("/live/events")
async def events(
    request: Request, service: Served, caller: Onlooking, view: str = "now", permit: str = ""
) -> Response:
    """The part of a page that changes, again whenever it has changed."""

    async def of_fleet() -> str:
        facts = await _fleet(service, request)
        return fragment(request, caller, "live_fleet_now", **facts)

    async def of_uses() -> str:
        facts = await _now(service, permit or None)
        return fragment(request, caller, "live_now", **facts)

    async def always() -> object:
        return object()

    async def when_written() -> object:
        return await service.reading.ask(_grown)

    looks = {"fleet": (of_fleet, always), "now": (of_uses, when_written)}
    if view not in looks:
        raise InputError("There is no such view.", hint="Views are now and fleet.")
    look, changes = looks[view]
    await look()  # what is wrong is said before the stream begins
    return service.streams.answer(_told(request, service, look, changes))


@router.get("/live/calendar")
async def calendar(request: Request, service: Served, caller: Onlooking) -> Response:
    """Assemblies that are announced: where and when nobody is searched for."""
    rows = await service.reading.ask(_assemblies)
    listing = Listing.of("Assemblies", _ASSEMBLIES, rows, request.query_params, order="begins")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("assemblies")
    return page(request, caller, "live_calendar", listing=listing)


@router.post("/live/calendar")
async def announce(
    service: Served,
    caller: InCharge,
    site: Annotated[str, Form()] = "",
    begins: Annotated[str, Form()] = "",
    ends: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Close a site for the time of an assembly."""
    first, last = _utc(begins), _utc(ends)

    def do(workspace: Workspace) -> None:
        by = Present(caller.somebody)
        oversight.announce_assembly(
            workspace, site=site, begins=first, ends=last, reason=reason, by=by
        )

    await service.desk.ask(do)
    return back("/live/calendar?said=announced")


@router.get("/live/calendar/{assembly}")
async def one_assembly(
    request: Request, service: Served, caller: Onlooking, assembly: str
) -> Response:
    """One assembly, and for an officer how to take it off the calendar."""
    row = await service.reading.ask(lambda workspace: oversight.announced(workspace, assembly))
    return page(request, caller, "live_assembly", assembly=row)


@router.post("/live/calendar/{assembly}/cancel")
async def cancel(
    service: Served, caller: Officer, assembly: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Open a site again, because an assembly does not take place."""

    def do(workspace: Workspace) -> None:
        by = Present(caller.somebody)
        oversight.cancel_assembly(workspace, assembly, reason=reason, by=by)

    await service.desk.ask(do)
    return back("/live/calendar?said=cancelled")


@router.get("/live/{permit_id}")
async def one(request: Request, service: Served, caller: Onlooking, permit_id: str) -> Response:
    """What goes on under one permit."""
    return page(request, caller, "live", **await _now(service, permit_id))


@router.post("/live/{permit_id}/stop")
async def stop(
    service: Served, caller: InCharge, permit_id: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """The stop button: nothing runs under the permit from now on."""

    def do(workspace: Workspace) -> None:
        oversight.suspend(workspace, permit_id, reason=reason, by=Present(caller.somebody))

    await service.desk.ask(do)
    return back(f"/live/{permit_id}?said=stopped")


@router.post("/live/{permit_id}/go-on")
async def go_on(
    service: Served, caller: Officer, permit_id: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Let a stopped use go on."""

    def do(workspace: Workspace) -> None:
        oversight.resume(workspace, permit_id, reason=reason, by=Present(caller.somebody))

    await service.desk.ask(do)
    return back(f"/live/{permit_id}?said=resumed")


# ---- reading ------------------------------------------------------------------------------


async def _now(service: Service, permit_id: str | None) -> dict[str, Any]:
    seen = await service.reading.ask(lambda workspace: service.onlooker.look(workspace, permit_id))
    busy = [each for each in seen if each.state != "quiet" or permit_id is not None]
    quiet = [each for each in seen if each.state == "quiet" and permit_id is None]
    return {
        "seen": busy[:CARDS],
        "quiet": [*busy[CARDS:], *quiet][: 10 * CARDS],
        "one": permit_id,
        "minutes": SHOWN,
        "now": service.clock(),
    }


async def _fleet(service: Service, request: Request) -> dict[str, Any]:
    status = await run_in_threadpool(fleet_status, service.settings.home)
    if status is None:
        return {"fleet": None, "listing": None, "states": {}}
    rows = status.cameras
    query = {name: value for name, value in request.query_params.items() if name != "view"}
    return {
        "fleet": status,
        "listing": Listing.of("Cameras", _CAMERAS, rows, query, order="camera"),
        "states": Counter(str(row["state"]) for row in rows),
    }


def _assemblies(workspace: Workspace) -> list[dict[str, Any]]:
    workspace.registry.refresh()
    now = workspace.clock()
    return [
        {
            "assembly": each.assembly_id,
            "site": each.site,
            "begins": each.begins,
            "ends": each.ends,
            "state": "closed_now" if each.holds(now) else "over" if each.ends <= now else "coming",
        }
        for each in workspace.registry.standing.calendar()
    ]


def _utc(text: str) -> datetime:
    """What a field for day and time gives, in UTC as its label says."""
    try:
        return utc_moment(f"{datetime.fromisoformat(text).replace(tzinfo=None).isoformat()}Z")
    except ValueError as error:
        raise InputError(
            "The time cannot be read.", hint="Give day and time, as 2026-11-24T14:00 (UTC)."
        ) from error


# ---- the stream ---------------------------------------------------------------------------


async def _told(
    request: Request, service: Service, look: _Look, changes: Callable[[], Awaitable[object]]
) -> AsyncIterator[bytes]:
    """What a reader is sent: the part, when it has changed; and the end, when nobody may read on.

    Args:
        request: Of the reader, with its session.
        service: The service.
        look: Makes the part.
        changes: Something that is the same as before only where the part is, too.
    """
    before, known, turn = "", None, 0
    yield b": reading\n\n"
    while True:
        turn += 1
        if turn % _STILL_EVERY == 0 and not await _still_may(request, service):
            yield b"event: over\ndata: session\n\n"
            return
        if (key := await changes()) != known:
            known, html = key, await look()
            if html != before:
                before = html
                yield b"event: part\n" + _data(html) + b"\n"
        if turn % _ALIVE_EVERY == 0:
            yield b": still here\n\n"
        await asyncio.sleep(_LOOK_S)


async def _still_may(request: Request, service: Service) -> bool:
    try:
        _SEE.check(await service.still(request), now=service.clock())
    except RefusedError:
        return False
    return True


def _grown(workspace: Workspace) -> object:
    """How far both logs are, and the minute: meters fall as time goes by."""
    ledger, now = workspace.ledger, workspace.clock()
    return (*(ledger.size(log) for log in LogName), now.replace(second=0, microsecond=0))


def _data(html: str) -> bytes:
    """Text as the data of an event; no line of it can begin another field."""
    return b"".join(b"data: " + line.encode() + b"\n" for line in html.splitlines())
