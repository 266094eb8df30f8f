"""The ledger: entries, receipts, checkpoints and proofs."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse

from recognizance import listing
from recognizance.ledger import LogName
from recognizance.service.access import Allow, Anybody, Caller, Everybody
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, cursor_at, no_cursor, place_of
from recognizance.service.service import Served
from recognizance.types import Role
from recognizance.workspace import Workspace

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

Reader = Annotated[Caller, Depends(Allow(Role.AUDITOR, Role.SIGNING_OFFICER, Role.CUSTODIAN))]
Index = Annotated[int, Path(ge=0, le=2**53)]
Size = Annotated[int, Query(ge=0, le=2**53)]
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}


@router.get("/{log}/entries", response_model=shapes.Entries)
async def entries(
    service: Served,
    _caller: Reader,
    log: LogName,
    kind: Annotated[shapes.Id | None, Query()] = None,
    permit: Annotated[shapes.Id | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> dict[str, object]:
    """Entries of a log in their order, of one kind or under one permit."""
    start = 0 if cursor is None else _after(cursor)

    def look(workspace: Workspace) -> list[listing.Row]:
        kinds = None if kind is None else {kind}
        found = workspace.ledger.entries(log, start=start, kinds=kinds)
        wanted = (each for each in found if permit in {None, each.public.get("permit")})
        return listing.entries(islice(wanted, limit + 1))

    rows = await service.reading.ask(look)
    more = len(rows) > limit
    shown = rows[:limit]
    return {"items": shown, "next": cursor_at([shown[-1]["index"]]) if more else None}


@router.get("/{log}/entries/{index}/receipt", response_model=shapes.Receipt)
async def receipt(service: Served, _caller: Anybody, log: LogName, index: Index) -> dict[str, str]:
    """Proof that an entry is in the log (C2SP tlog-proof)."""
    text = await service.reading.ask(lambda workspace: workspace.ledger.receipt(log, index))
    return {"entry": f"{log.value}/{index}", "receipt": text}


@router.get("/{log}/checkpoint", response_class=PlainTextResponse, responses=_TEXT)
async def checkpoint(service: Served, _caller: Everybody, log: LogName) -> PlainTextResponse:
    """The newest signed checkpoint (C2SP tlog-checkpoint), for whoever wants to compare it."""
    text = await service.reading.ask(lambda workspace: workspace.ledger.checkpoint(log))
    return PlainTextResponse(text)


@router.get("/{log}/consistency", response_model=shapes.Consistency)
async def consistency(
    service: Served, _caller: Everybody, log: LogName, old: Size, new: Size
) -> dict[str, object]:
    """Proof that the first `new` entries begin with the first `old` (RFC 6962, 2.1.2)."""

    def look(workspace: Workspace) -> tuple[bytes, ...]:
        return workspace.ledger.consistency_proof(log, old, new)

    hashes = await service.reading.ask(look)
    return {"old": old, "new": new, "hashes": [each.hex() for each in hashes]}


def _after(cursor: str) -> int:
    place = place_of(cursor)
    if len(place) != 1 or not isinstance(place[0], int) or not 0 <= place[0] < 2**53:
        raise no_cursor()
    return place[0] + 1
