"""Coming in: logging in and out, and the sheet of help."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.errors import UnauthenticatedError
from recognizance.service.access import Everybody, Person
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.forms import require_our_page
from recognizance.service.login.arriving import leave
from recognizance.service.login.sessions import with_password
from recognizance.service.service import Served

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)


@router.get("/login")
async def login_form(request: Request, caller: Everybody) -> Response:
    """The form to log in."""
    return page(request, caller, "login", error=None, name="")


@router.post("/login")
async def login(
    request: Request,
    service: Served,
    caller: Everybody,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  # the name of the field
) -> Response:
    """Log in; a wrong name and a wrong password look the same."""
    require_our_page(request, service.settings.origin)
    inside = back(next if next.startswith("/") and not next.startswith(("//", "/\\")) else "/")
    try:
        await with_password(service, request, inside, name, password)
    except UnauthenticatedError as error:
        return page(request, caller, "login", status=401, error=error, name=name)
    return inside


@router.post("/logout")
async def logout(request: Request, service: Served, _caller: Person) -> Response:
    """End the session."""
    gone = back("/")
    await leave(service, request, gone)
    return gone


@router.get("/help")
async def help_sheet(request: Request, caller: Everybody) -> Response:
    """Keys, words and rights, on one sheet."""
    return page(request, caller, "help")
