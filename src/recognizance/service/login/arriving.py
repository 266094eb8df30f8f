"""How a login ends, whichever way it was made: recorded, then a new session and its cookie."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from recognizance.errors import PrincipalError, UnauthenticatedError
from recognizance.service.access import unauthenticated
from recognizance.service.forms import (
    COOKIE,
    address_of,
    cookies_named,
    is_private,
    require_our_page,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from recognizance.service.accounts import Session
    from recognizance.service.service import Service
    from recognizance.types import Principal
    from recognizance.workspace import Workspace


@dataclass(slots=True)
class Attempt:
    """Somebody who tries to log in.

    Attributes:
        how: By which means.
        principal_id: Who it says it is, as far as that is somebody.
    """

    how: str
    principal_id: str | None = None


@asynccontextmanager
async def attempt(service: Service, request: Request, how: str) -> AsyncIterator[Attempt]:
    """One try to log in: not too many come from one address, and a failure is recorded.

    Raises:
        ForgedRequestError: A page of somebody else sent it.
        TooManyRequestsError: Too many come from there.
    """
    require_our_page(request, service.settings.origin)
    service.logins.take(address_of(request))
    tried = Attempt(how)
    try:
        yield tried
    except UnauthenticatedError as error:
        await service.record_login(tried.principal_id, error.code, how)
        raise


async def let_in(
    service: Service, request: Request, response: Response, tried: Attempt
) -> tuple[Principal, Session]:
    """Begin a session for somebody who has shown who it is, and end the browser's former one.

    Raises:
        UnauthenticatedError: Its key was taken back, or its account away.
    """
    if tried.principal_id is None:
        raise unauthenticated()
    principal = await service.principal(tried.principal_id)
    if not await run_in_threadpool(service.accounts.has, principal.principal_id):
        raise unauthenticated()
    await service.record_login(principal.principal_id, "done", tried.how)
    for token in cookies_named(request.headers, COOKIE):
        await run_in_threadpool(service.accounts.log_out, token)
    begin = partial(service.accounts.log_in, principal.principal_id, now=service.clock())
    token, begun = await run_in_threadpool(begin)
    response.set_cookie(
        COOKIE,
        token,
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_private(request, service.settings.origin),
    )
    return principal, begun


async def leave(service: Service, request: Request, response: Response) -> None:
    """End the browser's session, and take its cookie out of the browser."""
    for token in cookies_named(request.headers, COOKIE):
        await run_in_threadpool(service.accounts.log_out, token)
    secure = is_private(request, service.settings.origin)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=secure)


async def named(service: Service, name: str) -> Principal | None:
    """The principal of exactly this name; None if nobody has it."""

    def look(workspace: Workspace) -> Principal | None:
        try:
            return workspace.registry.named(name)
        except PrincipalError:
            return None

    return await service.reading.ask(look)
