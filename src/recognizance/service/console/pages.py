"""How a page is made: one environment of templates, one navigation, one way to tell of an error."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request

from recognizance import __version__
from recognizance.documents.words import plain_word
from recognizance.errors import RecognizanceError, StaleLoginError, UnauthenticatedError
from recognizance.service.access import PUBLIC, Caller
from recognizance.service.problems import problem, status_of
from recognizance.types import Role, utc_moment

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

HERE: Final = Path(__file__).parent
DOMAIN: Final = "recognizance"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation.

    Attributes:
        path: Where it leads.
        title: What it is called.
        about: What people do there, in a few words.
        roles: Who sees it; nobody in particular means everybody.
    """

    path: str
    title: str
    about: str
    roles: frozenset[Role] = frozenset()

    def is_for(self, caller: Caller) -> bool:
        """Whether a caller sees it."""
        return not self.roles or bool(self.roles & caller.roles)


PLACES: Final = (
    Place("/propose", "Propose", "ask whether a use may run", frozenset({Role.PROPOSER})),
    Place("/decide", "Decide", "refuse, return or sign", frozenset({Role.SIGNING_OFFICER})),
    Place("/search", "Search", "ask about a photograph", frozenset({Role.OPERATOR})),
    Place(
        "/review",
        "Review",
        "look at leads, one by one",
        frozenset(
            {Role.REVIEWER, Role.OPERATOR, Role.SIGNING_OFFICER, Role.AUDITOR, Role.CUSTODIAN}
        ),
    ),
    Place(
        "/live",
        "Live",
        "cameras, meters, the stop button",
        frozenset({Role.OPERATOR, Role.SIGNING_OFFICER, Role.CUSTODIAN, Role.AUDITOR}),
    ),
    Place("/redact", "Redact", "hide the faces in footage", frozenset({Role.OPERATOR})),
    Place("/audit", "Audit", "measure errors by group", frozenset({Role.AUDITOR})),
    Place(
        "/ledger",
        "Ledger",
        "what happened, with proof",
        frozenset({Role.AUDITOR, Role.CUSTODIAN, Role.SIGNING_OFFICER}),
    ),
    Place(
        "/subjects",
        "Subject desk",
        "what is held about a person",
        frozenset({Role.SUBJECT_DESK}),
    ),
    Place("/register", "Public register", "what runs where, for everybody"),
)
"""The order in which a use lives: asked, decided, used, reviewed, watched, measured, proved."""


def _moment(value: datetime | None) -> str:
    """A moment as people read it, in UTC; the machine's form stands in the `datetime` attribute."""
    return "" if value is None else value.strftime("%-d %b %Y, %H:%M UTC")


def _words(value: object) -> str:
    """A word of ours as people read it."""
    return str(value).replace("_", " ")


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    catalogue = gettext.translation(DOMAIN, HERE / "locale", fallback=True)
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    made.filters |= {"moment": _moment, "time_of": utc_moment, "words": _words, "plain": plain_word}
    made.globals |= {"version": __version__, "places": PLACES}
    return made


_TEMPLATES: Final = _environment()


def page(
    request: Request, caller: Caller, name: str, /, *, status: int = 200, **facts: object
) -> HTMLResponse:
    """A page.

    Args:
        request: Whoever asked for it; the path marks where one is.
        caller: Decides what the navigation shows.
        name: The template, without `.html`.
        status: The HTTP status.
        **facts: What the template is told.
    """
    return HTMLResponse(fragment(request, caller, name, **facts), status_code=status)


def fragment(request: Request, caller: Caller, name: str, /, **facts: object) -> str:
    """The text of a page, or of a part of one that is sent again when it changes."""
    return _TEMPLATES.get_template(f"{name}.html").render(
        path=request.url.path,
        query=request.query_params,
        caller=caller,
        csrf=caller.session.csrf if caller.session else "",
        **facts,
    )


def back(where: str) -> RedirectResponse:
    """After a form: look at the page that shows what came of it, so that nothing is sent twice."""
    return RedirectResponse(where, status_code=303)


def error_page(request: Request, caller: Caller, error: RecognizanceError) -> Response:
    """An error as a page: what happened, what to do next, the rules, where it is recorded."""
    if isinstance(error, UnauthenticatedError) and request.method == "GET":
        return back(f"/login?next={quote(request.url.path, safe='/')}")
    again = urlsplit(request.headers.get("referer", "")).path if _is_stale(error) else ""
    return page(request, caller, "error", status=status_of(error).value, error=error, again=again)


def _is_stale(error: RecognizanceError) -> bool:
    return isinstance(error, StaleLoginError)


async def error_page_for(request: Request, error: RecognizanceError) -> Response:
    """The same for whoever has sent the request."""
    return error_page(request, await _caller_or_public(request), error)


class PageRoute(APIRoute):
    """A route whose errors are told as pages to browsers, and as problems to programs."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors told."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except RecognizanceError as error:
                if "text/html" not in request.headers.get("accept", "text/html"):
                    return problem(error)
                return await error_page_for(request, error)

        return told


async def _caller_or_public(request: Request) -> Caller:
    """For the navigation of an error page: whoever cannot be told is the public."""
    try:
        caller: Caller = await request.app.state.service.caller(request, checks_form=False)
    except RecognizanceError:
        return PUBLIC
    return caller
