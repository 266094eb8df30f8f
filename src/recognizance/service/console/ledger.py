"""The ledger's pages: what happened, newest first, and the proof of each entry for anybody's hands.

A page reads fifty entries by their index, so that it takes as long in a log of a million. Looking
for words reads back from where the page begins, a bounded stretch at a time, and says how far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import Request

from recognizance.errors import InputError
from recognizance.ledger import LogName
from recognizance.service.access import Allow, Caller, Everybody
from recognizance.service.console.listing import harmless
from recognizance.service.console.pages import PageRoute, page
from recognizance.service.service import Served
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.ledger import Entry, Ledger
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

Reader = Annotated[Caller, Depends(Allow(Role.AUDITOR, Role.CUSTODIAN, Role.SIGNING_OFFICER))]

PER_PAGE: Final = 50
STRETCH: Final = 20_000
"""House number: how many entries one look for words reads, some tenths of a second."""

MOST_WORDS: Final = 8
"""House number: each word is looked for in every entry of the stretch."""

_MORE: Final = ("permit", "gallery", "lead", "rules", "code", "class", "hook", "cause")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries that a page shows, and where the next page begins.

    Attributes:
        entries: Newest first.
        begins: Entries from here on were not looked at by this page, for they are newer.
        read_to: The oldest entry that was looked at.
        size: How many entries the log has.
    """

    entries: tuple[Entry, ...]
    begins: int
    read_to: int
    size: int


def stretch_of(ledger: Ledger, log: LogName, before: int | None, words: str) -> Stretch:
    """The newest entries before an index that have the words.

    Args:
        ledger: The ledger.
        log: Which log.
        before: Entries from this index on are left out; None for the newest page.
        words: Each of them has to stand in the entry; empty for all entries.
    """
    size = ledger.size(log)
    begins = size if before is None else max(0, min(before, size))
    start, wanted = max(0, begins - STRETCH), words.casefold().split()
    found = ledger.newest(log, start=start, stop=begins, words=wanted, most=PER_PAGE)
    read_to = found[-1].index if len(found) == PER_PAGE else start
    return Stretch(found, begins, read_to, size)


def row_of(entry: Entry) -> dict[str, object]:
    """An entry in a table."""
    public = entry.public
    more = (f"{name} {_plain(public[name])}" for name in _MORE if public.get(name) is not None)
    return {
        "entry": f"{entry.log}/{entry.index}",
        "time": entry.time,
        "what": public.get("operation", entry.kind),
        "outcome": public.get("outcome"),
        "more": "; ".join(more),
    }


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@router.get("/ledger")
async def ledger(
    request: Request,
    service: Served,
    caller: Reader,
    log: LogName = LogName.USES,
    before: int | None = None,
    q: str = "",
) -> Response:
    """Entries of a log, newest first."""
    given = tuple(dict.fromkeys(q.strip()[:200].casefold().split()))
    words = " ".join(given[:MOST_WORDS])
    found = await service.reading.ask(
        lambda workspace: stretch_of(workspace.ledger, log, before, words)
    )
    rows = [row_of(entry) for entry in found.entries]
    if request.query_params.get("format") == "csv":
        return PlainTextResponse(
            "".join(_csv(rows)),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": f'attachment; filename="ledger-{log}.csv"'},
        )
    return page(
        request,
        caller,
        "ledger",
        log=log.value,
        logs=list(LogName),
        words=words,
        left_out=given[MOST_WORDS:],
        rows=rows,
        found=found,
    )


def _csv(rows: list[dict[str, object]]) -> Iterator[str]:
    yield "entry,time,what,outcome,more\r\n"
    for row in rows:
        cells = (harmless(cell).replace('"', '""') for cell in row.values())
        yield ",".join(f'"{cell}"' for cell in cells) + "\r\n"


@router.get("/ledger/{log}/{index}")
async def entry(
    request: Request, service: Served, caller: Reader, log: LogName, index: int
) -> Response:
    """One entry: what it says, and what proves it."""

    def look(workspace: Workspace) -> dict[str, Any]:
        ledger = workspace.ledger
        return {
            "entry": ledger.entry(log, index),
            "leaf": ledger.leaf(log, index).decode(),
            "receipt": ledger.receipt(log, index),
            "vkey": ledger.vkey(log),
        }

    facts = await service.reading.ask(look)
    return page(request, caller, "entry", **facts)


@router.get("/ledger/{log}/{index}/{part}")
async def proof(service: Served, _caller: Reader, log: LogName, index: int, part: str) -> Response:
    """The receipt of an entry, or its bytes as they were hashed, as a file."""
    if part not in {"receipt", "leaf"}:
        raise InputError("There is no such part.", hint="Parts are receipt and leaf.")

    def look(workspace: Workspace) -> bytes:
        if part == "leaf":
            return workspace.ledger.leaf(log, index)
        return workspace.ledger.receipt(log, index).encode()

    data = await service.reading.ask(look)
    name = f"{log}-{index}.{'json' if part == 'leaf' else 'tlog-proof'}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    kind = "application/json" if part == "leaf" else "text/plain; charset=utf-8"
    return Response(data, media_type=kind, headers=headers)


@router.get("/check")
async def check(request: Request, service: Served, caller: Everybody) -> Response:
    """A page on which anybody checks a receipt, in the browser; nothing is sent here."""
    vkeys = await service.reading.ask(
        lambda workspace: {log.value: workspace.ledger.vkey(log) for log in LogName}
    )
    return page(request, caller, "check", vkeys=vkeys)
