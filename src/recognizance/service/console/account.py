"""One's own account: who I am here, where I am logged in, my passkeys, my password."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from recognizance.errors import InputError, RecognizanceError
from recognizance.service.access import Caller, Person
from recognizance.service.console.pages import PLACES, PageRoute, back, page
from recognizance.service.login import passkeys, sessions
from recognizance.service.problems import status_of
from recognizance.service.service import Served, Service
from recognizance.types import utc_moment

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)


@router.get("/account")
async def account(request: Request, service: Served, caller: Person) -> Response:
    """Who I am here, and how I log in."""
    return await _account(request, service, caller)


async def _account(
    request: Request, service: Service, caller: Caller, error: RecognizanceError | None = None
) -> Response:
    return page(
        request,
        caller,
        "account",
        status=200 if error is None else status_of(error).value,
        sessions=[_dated(each) for each in await sessions.list_sessions(service, caller, request)],
        passkeys=[_dated(each) for each in await passkeys.list_passkeys(service, caller)],
        mine=[place for place in PLACES if place.roles & caller.roles],
        fresh=caller.person.fresh(service.clock()),
        error=error,
    )


def _dated(row: dict[str, object]) -> dict[str, object]:
    """A row with its times as moments."""
    return {k: utc_moment(str(v)) if k.endswith("_at") else v for k, v in row.items()}


@router.post("/account/password")
async def password(
    request: Request,
    service: Served,
    caller: Person,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Set another password; every other session ends."""
    changed = back("/account?said=password")
    try:
        if new != again:
            raise InputError("The new password was typed in two ways.", hint="Type it again.")
        await sessions.change_password(service, caller, request, changed, old, new)
    except RecognizanceError as error:
        return await _account(request, service, caller, error)
    return changed


@router.post("/account/sessions/{session_id}/end")
async def end_session(service: Served, caller: Person, session_id: str) -> Response:
    """End one session of one's own."""
    end = partial(service.accounts.end, caller.somebody.principal_id, session_id)
    await run_in_threadpool(end)
    return back("/account?said=ended")


@router.post("/account/sessions/end")
async def end_others(request: Request, service: Served, caller: Person) -> Response:
    """End every session of one's own but this one."""
    await sessions.end_others(service, caller, request)
    return back("/account?said=ended")
