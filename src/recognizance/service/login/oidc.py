"""Logging in with an organisation's account: to the provider, and back with a code."""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from recognizance.errors import NotFoundError, UnauthenticatedError
from recognizance.service.access import Everybody
from recognizance.service.forms import address_of, cookies_named, is_private, origin_of
from recognizance.service.login.arriving import attempt, let_in, named
from recognizance.service.login.provider import Provider, new_login
from recognizance.service.service import Served, Service

router = APIRouter(tags=["login"])

COOKIE: Final = "recognizance_login"
PATH: Final = "/v1/session/oidc"
_LASTS_S: Final = 300

# A browser that comes from elsewhere does not send strict cookies along, not even after a redirect.
# So the last step of a login is a page of ours, from which the next request comes.
_ARRIVED: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Logged in</title>
<meta http-equiv="refresh" content="0; url=/"></head>
<body><p>You are logged in. <a href="/">Go on</a></p></body></html>
"""


@router.get(PATH, response_class=RedirectResponse, status_code=303)
async def begin(service: Served, _caller: Everybody, request: Request) -> RedirectResponse:
    """Go and log in at the organisation."""
    provider = _provider(service)
    service.logins.take(address_of(request))
    origin = origin_of(request, service.settings.origin)
    asked = new_login(f"{origin}{PATH}/callback", now=service.clock())
    state = service.provided.begin(asked, now=service.clock())
    answer = RedirectResponse(await provider.address_for(asked, state), status_code=303)
    answer.set_cookie(
        COOKIE,
        asked.browser,
        max_age=_LASTS_S,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=is_private(request, service.settings.origin),
    )
    return answer


@router.get(f"{PATH}/callback", response_class=HTMLResponse)
async def come_back(
    service: Served,
    _caller: Everybody,
    request: Request,
    state: Annotated[str, Query(max_length=128)] = "",
    code: Annotated[str, Query(max_length=4096)] = "",
) -> HTMLResponse:
    """Come back from there, and be logged in."""
    provider = _provider(service)
    answer = HTMLResponse(_ARRIVED)
    async with attempt(service, request, "oidc") as tried:
        asked = service.provided.end(state, now=service.clock())
        brought = cookies_named(request.headers, COOKIE)
        if len(brought) != 1 or not hmac.compare_digest(
            brought[0].encode(), asked.browser.encode()
        ):
            raise UnauthenticatedError(
                "This login was begun in another browser.", hint="Begin it again in this one."
            )
        name = await provider.name_of(asked, code, now=service.clock())
        principal = await named(service, name)
        tried.principal_id = None if principal is None else principal.principal_id
        await let_in(service, request, answer, tried)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _provider(service: Service) -> Provider:
    """Where to log in.

    Raises:
        NotFoundError: The settings name no such place.
    """
    if service.provider is None:
        raise NotFoundError(
            "No organisation's login is set up here.", hint="Log in with a password or a passkey."
        )
    return service.provider
