"""How reviewers do on planted leads, and the way back after a suspension."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.checks import FALSE_ACCEPTS
from recognizance.errors import InputError, RecognizanceError
from recognizance.permits.acting import Present
from recognizance.permits.oversight import record_training
from recognizance.permits.reviewers import measured_reviewers, restore_reviewer
from recognizance.service.access import Allow, Caller
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.workspace import Workspace

router = APIRouter(
    prefix="/review/checks",
    tags=["console"],
    include_in_schema=False,
    route_class=PageRoute,
)

Overseer = Annotated[
    Caller,
    Depends(Allow(Role.AUDITOR, Role.SIGNING_OFFICER, Role.CUSTODIAN, person=True)),
]
Restorer = Annotated[Caller, Depends(Allow(Role.SIGNING_OFFICER, Role.CUSTODIAN, person=True))]
Trainer = Annotated[Caller, Depends(Allow(Role.CUSTODIAN, person=True))]

_COLUMNS: Final = (
    Column("name", "Reviewer"),
    Column("seen", "Planted leads", number=True),
    Column("false_accepts", "Taken for the same person", number=True),
    Column("rate", "Rate", number=True),
    Column("lower", "At least", number=True),
    Column("upper", "At most", number=True),
    Column("trained_on", "Trained on"),
    Column("state", "State", tag=True),
)


@router.get("")
async def checks(request: Request, service: Served, caller: Overseer) -> Response:
    """Each reviewer's measured false-accept rate, with its interval."""
    return await _page(request, service, caller)


async def _page(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    error: RecognizanceError | None = None,
    reason: str = "",
) -> Response:
    def look(workspace: Workspace) -> list[dict[str, Any]]:
        return [
            {
                "name": each.name,
                "seen": each.measured.seen,
                "false_accepts": each.measured.false_accepts,
                "rate": _share(each.measured.false_accepts / each.measured.seen)
                if each.measured.seen
                else None,
                "lower": _share(each.measured.lower) if each.measured.seen else None,
                "upper": _share(each.measured.upper) if each.measured.seen else None,
                "trained_on": each.trained_on,
                "state": "suspended" if each.suspended_since else "may decide",
                "suspended_since": each.suspended_since,
            }
            for each in measured_reviewers(workspace, Present(caller.somebody))
        ]

    rows = await service.reading.ask(look)
    listing = Listing.of("Reviewers", _COLUMNS, rows, request.query_params, order="name")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("reviewers")
    roles = caller.roles
    return page(
        request,
        caller,
        "checks",
        status=200 if error is None else status_of(error).value,
        listing=listing,
        suspended=[each for each in rows if each["suspended_since"]],
        names=[each["name"] for each in rows],
        restores=bool({Role.SIGNING_OFFICER, Role.CUSTODIAN} & roles),
        trains=Role.CUSTODIAN in roles,
        limit=_share(FALSE_ACCEPTS),
        error=error,
        reason=reason,
    )


def _share(rate: float) -> str:
    """A measured rate; of how many stands beside it."""
    return f"{100 * rate:.1f} %"


@router.post("/restored")
async def restored(
    request: Request,
    service: Served,
    caller: Restorer,
    name: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Let a suspended reviewer back after a new training."""
    return await _done(
        request,
        service,
        caller,
        lambda w: restore_reviewer(w, name, reason=reason, by=Present(caller.somebody)),
        reason=reason,
    )


@router.post("/trained")
async def trained(
    request: Request,
    service: Served,
    caller: Trainer,
    name: Annotated[str, Form()] = "",
    on: Annotated[str, Form()] = "",
    course: Annotated[str, Form()] = "",
) -> Response:
    """Record that a reviewer was trained."""

    def do(workspace: Workspace) -> None:
        record_training(workspace, name, on=_day(on), course=course, by=Present(caller.somebody))

    return await _done(request, service, caller, do)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("That is no day.", hint="Write it like 2026-11-24.") from error


async def _done(
    request: Request,
    service: Service,
    caller: Caller,
    do: Callable[[Workspace], None],
    *,
    reason: str = "",
) -> Response:
    try:
        await service.desk.ask(do)
    except RecognizanceError as error:
        return await _page(request, service, caller, error=error, reason=reason)
    return back("/review/checks")
