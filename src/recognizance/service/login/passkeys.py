"""Passkeys over HTTP: add one, list, remove, and log in with one, without a name or a password."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from recognizance.errors import NotFoundError
from recognizance.service.access import Everybody, Fresh, Person
from recognizance.service.accounts import TOKEN_BYTES
from recognizance.service.forms import require_our_page
from recognizance.service.login import credentials
from recognizance.service.login.arriving import attempt, let_in
from recognizance.service.login.credentials import Party
from recognizance.service.login.sessions import about_person
from recognizance.service.service import Served, Service
from recognizance.types import utc_text

router = APIRouter(tags=["login"])

_Secret = Annotated[str, Field(max_length=64)]


class Begun(BaseModel):
    """What a browser needs: options for `navigator.credentials`, and what to bring back."""

    ceremony: str
    options: dict[str, object]


class Shown(BaseModel):
    """What the browser brings back: the credential, as its `toJSON` gives it."""

    model_config = ConfigDict(extra="forbid")

    ceremony: _Secret
    credential: dict[str, object]


class Made(Shown):
    """A new passkey, and what its owner calls it."""

    label: Annotated[str, Field(max_length=64)] = ""


@router.post("/v1/session/passkey/options")
async def begin_login(service: Served, _caller: Everybody, request: Request) -> Begun:
    """Begin to log in with a passkey."""
    require_our_page(request, service.settings.origin)
    challenge = secrets.token_bytes(TOKEN_BYTES)
    ceremony = service.challenges.begin(challenge, now=service.clock())
    options = credentials.options_to_log_in(_party(service, request), challenge)
    return Begun(ceremony=ceremony, options=dict(options))


@router.post("/v1/session/passkey")
async def log_in(
    service: Served, _caller: Everybody, request: Request, response: Response, brought: Shown
) -> dict[str, object]:
    """Log in with a passkey."""
    require_our_page(request, service.settings.origin)
    async with attempt(service, request, "passkey") as tried:
        challenge = service.challenges.end(brought.ceremony, now=service.clock())
        known = await run_in_threadpool(
            service.passkeys.by_id, credentials.id_of(brought.credential)
        )
        if known is None:
            raise credentials.not_believed()
        tried.principal_id = known.principal_id
        party = _party(service, request)
        count = credentials.shown(party, challenge, brought.credential, known)
        await run_in_threadpool(service.passkeys.used, known, count)
        principal, begun = await let_in(service, request, response, tried)
    return about_person(request, principal, begun)


@router.post("/v1/passkeys/options")
async def begin_adding(service: Served, caller: Fresh, request: Request) -> Begun:
    """Begin to add a passkey."""
    principal, challenge = caller.somebody, secrets.token_bytes(TOKEN_BYTES)
    known = await run_in_threadpool(service.passkeys.of, principal.principal_id)
    ceremony = service.challenges.begin(
        challenge, owner=principal.principal_id, now=service.clock()
    )
    options = credentials.options_to_add(_party(service, request), principal, challenge, known)
    return Begun(ceremony=ceremony, options=dict(options))


@router.post("/v1/passkeys", status_code=201)
async def add(service: Served, caller: Fresh, request: Request, brought: Made) -> dict[str, object]:
    """Add the passkey that the browser has made."""
    principal, now = caller.somebody, service.clock()
    challenge = service.challenges.end(brought.ceremony, owner=principal.principal_id, now=now)
    new = credentials.made(
        _party(service, request),
        principal,
        challenge,
        brought.credential,
        label=brought.label,
        now=now,
    )
    await service.record_account(principal.principal_id, "passkey_added")
    await run_in_threadpool(service.passkeys.add, new)
    return _row(new)


@router.get("/v1/passkeys")
async def list_passkeys(service: Served, caller: Person) -> list[dict[str, object]]:
    """Your passkeys."""
    found = await run_in_threadpool(service.passkeys.of, caller.somebody.principal_id)
    return [_row(each) for each in found]


@router.delete("/v1/passkeys/{credential_id}", status_code=204)
async def remove(service: Served, caller: Fresh, credential_id: str) -> None:
    """Remove a passkey of yours."""
    principal_id = caller.somebody.principal_id
    named = credentials.as_bytes(credential_id)
    if named not in {each.credential_id for each in service.passkeys.of(principal_id)}:
        raise NotFoundError("You have no passkey of that id.", hint="See GET /v1/passkeys.")
    await service.record_account(principal_id, "passkey_removed")
    await run_in_threadpool(service.passkeys.remove, principal_id, named)


def _party(service: Service, request: Request) -> Party:
    # The port is the socket's own, never one that the request names.
    _, port = request.scope.get("server") or ("", None)
    return Party.of(service.settings.origin, request.url.scheme, port)


def _row(known: credentials.Passkey) -> dict[str, object]:
    return {
        "credential_id": credentials.as_text(known.credential_id),
        "label": known.label,
        "created_at": utc_text(known.created_at),
        "uses": known.sign_count,
    }
