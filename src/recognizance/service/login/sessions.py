"""Sessions: log in with a password, see who you are and where you are logged in, log out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from recognizance.service.access import Anybody, Caller, Everybody, Person
from recognizance.service.accounts import FRESH, Session, digest_of, session_id_of
from recognizance.service.forms import COOKIE, cookies_named, require_our_page
from recognizance.service.login.arriving import attempt, leave, let_in, named
from recognizance.service.routes import routes_of
from recognizance.service.service import Served, Service
from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.service.keys import ApiKey
    from recognizance.types import Principal

router = APIRouter(tags=["login"])

_MOST_LETTERS = 1_024
_Words = Annotated[str, Field(max_length=_MOST_LETTERS)]


class Login(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid")

    name: _Words
    password: _Words = Field(repr=False)


class NewPassword(BaseModel):
    """The password that is, and the one that is to be."""

    model_config = ConfigDict(extra="forbid")

    password: _Words = Field(repr=False)
    new_password: _Words = Field(repr=False)


@router.post("/v1/session")
async def log_in(
    service: Served, _caller: Everybody, request: Request, response: Response, login: Login
) -> dict[str, object]:
    """Log in with a name and a password."""
    require_our_page(request, service.settings.origin)
    principal, begun = await with_password(service, request, response, login.name, login.password)
    return about_person(request, principal, begun)


@router.get("/v1/session")
async def who_am_i(caller: Anybody, request: Request) -> dict[str, object]:
    """Who asks, with which roles, and what may be asked by them now."""
    if caller.key is not None:
        return _about_program(request, caller.somebody, caller.key)
    return about_person(request, caller.somebody, caller.person)


@router.delete("/v1/session", status_code=204)
async def log_out(service: Served, _caller: Person, request: Request, response: Response) -> None:
    """Log out."""
    await leave(service, request, response)


@router.post("/v1/session/password")
async def set_password(
    service: Served, caller: Person, request: Request, response: Response, words: NewPassword
) -> dict[str, object]:
    """Set another password; every other session ends, and this one goes on as a new one."""
    principal, begun = await change_password(
        service, caller, request, response, words.password, words.new_password
    )
    return about_person(request, principal, begun)


@router.get("/v1/sessions")
async def list_sessions(
    service: Served, caller: Person, request: Request
) -> list[dict[str, object]]:
    """Where you are logged in."""
    listing = partial(
        service.accounts.sessions_of, caller.somebody.principal_id, now=service.clock()
    )
    mine = {session_id_of(digest_of(each)) for each in cookies_named(request.headers, COOKIE)}
    return [
        {
            "session_id": each.session_id,
            "created_at": utc_text(each.created_at),
            "seen_at": utc_text(each.seen_at),
            "expires_at": utc_text(each.expires_at),
            "current": each.session_id in mine,
        }
        for each in await run_in_threadpool(listing)
    ]


@router.delete("/v1/sessions", status_code=204)
async def end_others(service: Served, caller: Person, request: Request) -> None:
    """End every session of yours but this one."""
    for token in cookies_named(request.headers, COOKIE):
        await run_in_threadpool(service.accounts.end_others, caller.somebody.principal_id, token)


@router.delete("/v1/sessions/{session_id}", status_code=204)
async def end_session(service: Served, caller: Person, session_id: str) -> None:
    """End one session of yours."""
    await run_in_threadpool(service.accounts.end, caller.somebody.principal_id, session_id)


# ---- what the console's pages call too ------------------------------------------------------


async def with_password(
    service: Service, request: Request, response: Response, name: str, password: str
) -> tuple[Principal, Session]:
    """Log somebody in who knows a name and its password; whoever calls has checked the page.

    Raises:
        UnauthenticatedError: The name or the password is wrong; it is not said which.
        LockedOutError: There were too many failures.
        TooManyRequestsError: Too many come from that address.
    """
    async with attempt(service, request, "password") as tried:
        principal = await named(service, name)
        tried.principal_id = None if principal is None else principal.principal_id
        await _check(service, tried.principal_id, name, password)
        return await let_in(service, request, response, tried)


async def change_password(
    service: Service, caller: Caller, request: Request, response: Response, old: str, new: str
) -> tuple[Principal, Session]:
    """Set another password for somebody who knows the one that is, and begin a new session.

    Raises:
        UnauthenticatedError: The old one is wrong.
        InputError: The new one is too short or too long.
    """
    principal = caller.somebody
    async with attempt(service, request, "password") as tried:
        tried.principal_id = principal.principal_id
        await _check(service, principal.principal_id, principal.name, old)
        await service.record_account(principal.principal_id, "password")
        setting = partial(service.accounts.set_password, principal.principal_id, new)
        await to_thread.run_sync(setting, limiter=service.guesses)
        return await let_in(service, request, response, tried)


async def _check(service: Service, principal_id: str | None, name: str, password: str) -> None:
    """Check a password; few at a time, because each takes much memory and a core."""
    check = partial(
        service.accounts.check_password, principal_id, password, now=service.clock(), name=name
    )
    await to_thread.run_sync(check, limiter=service.guesses)


def about_person(request: Request, principal: Principal, session: Session) -> dict[str, object]:
    """What a person is told of itself."""
    return {
        **_about(request, Caller(principal, session=session)),
        "csrf": session.csrf,
        "fresh_until": utc_text(session.created_at + FRESH),
        "expires_at": utc_text(session.expires_at),
    }


def _about_program(request: Request, principal: Principal, key: ApiKey) -> dict[str, object]:
    return {
        **_about(request, Caller(principal, key=key)),
        "key_id": key.key_id,
        "permit_id": key.permit_id,
        "galleries": sorted(key.galleries),
        "expires_at": utc_text(key.expires_at),
    }


def _about(request: Request, caller: Caller) -> dict[str, object]:
    """Who it is, its roles as the ledger has them now, and the routes that these open."""
    principal, now = caller.somebody, request.app.state.service.clock()
    return {
        "principal_id": principal.principal_id,
        "name": principal.name,
        "roles": sorted(caller.roles),
        "may": [
            each.name for each in routes_of(request.app.routes) if each.admits(caller, now=now)
        ],
    }
