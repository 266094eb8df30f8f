"""Watches that go on, wherever they run, and what they tell."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import StreamingResponse

from recognizance.errors import NotFoundError
from recognizance.ledger import LogName
from recognizance.service.access import Allow, Caller
from recognizance.service.rest import shapes
from recognizance.service.service import Served
from recognizance.types import Role, utc_text
from recognizance.watching.feed import LedgerFeed
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recognizance.events import Event
    from recognizance.service.service import Service

router = APIRouter(prefix="/v1", tags=["watches"])
Watcher = Annotated[
    Caller, Depends(Allow(Role.OPERATOR, Role.REVIEWER, Role.SIGNING_OFFICER, Role.CUSTODIAN))
]
_LOOK_S = 0.5
_ALIVE_EVERY = 30


@router.get("/watches")
async def watches(service: Served, caller: Watcher) -> dict[str, Any]:
    """The watches that go on now; those of cameras are begun on the machine itself."""

    def look(workspace: Workspace) -> list[dict[str, object]]:
        return [
            {
                "entry": f"uses/{each.index}",
                "permit_id": each.public.get("permit"),
                "gallery_id": each.public.get("gallery"),
                "since": utc_text(each.time),
            }
            for each in workspace.ledger.open_intents(LogName.USES)
            if each.public.get("operation") == "watch"
        ]

    rows = await service.reading.ask(look)
    return {"items": [row for row in rows if _sees(caller, str(row["permit_id"]))]}


@router.get(
    "/watches/{permit_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(
    service: Served,
    caller: Watcher,
    permit_id: Annotated[shapes.Id, Path()],
    last_event_id: Annotated[str | None, Header(max_length=20, pattern=r"^[0-9]+$")] = None,
) -> StreamingResponse:
    """What the watches under a permit tell, from now on or after an event, read from the ledger."""

    def begin(workspace: Workspace) -> tuple[LedgerFeed, int]:
        workspace.registry.refresh()
        if not _sees(caller, permit_id) or permit_id not in workspace.registry.issued:
            raise NotFoundError("No permit of that id was issued.", hint="List the permits.")
        permit = workspace.shelf.find(permit_id)
        feed = LedgerFeed(workspace.ledger, permit, workspace.workspace_id)
        number = feed.newest() if last_event_id is None else int(last_event_id) + 1
        return feed, min(number, feed.newest())

    feed, number = await service.reading.ask(begin)
    return service.streams.answer(_told(service, feed, number))


async def _told(service: Service, feed: LedgerFeed, number: int) -> AsyncIterator[bytes]:
    quiet = 0
    yield b": reading\n\n"
    while True:
        for event in await service.reading.ask(partial(_since, feed=feed, number=number)):
            number = event.number + 1
            # JSON escapes line breaks, so no event can begin another one.
            lines = (b"id: %d" % event.number, b"event: " + event.kind.encode())
            yield b"\n".join((*lines, b"data: " + event.to_json(), b"", b""))
        quiet = (quiet + 1) % _ALIVE_EVERY
        if quiet == 0:
            yield b": still here\n\n"
        await asyncio.sleep(_LOOK_S)


def _since(_workspace: Workspace, *, feed: LedgerFeed, number: int) -> tuple[Event, ...]:
    return feed.since(number)


def _sees(caller: Caller, permit_id: str) -> bool:
    return caller.key is None or caller.key.permit_id == permit_id
