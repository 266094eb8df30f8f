"""The application: its rooms, what stands before them, and how errors are answered."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from recognizance import __version__
from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.service import aws, compreface, console, health, rest
from recognizance.service.guards import Guards
from recognizance.service.login import routers as login
from recognizance.service.openapi import describe
from recognizance.service.problems import problem, told
from recognizance.service.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import Request, Response

    from recognizance.workspace import Workspace


def create_app(opening: Callable[[], Workspace]) -> FastAPI:
    """The application over one workspace; its stores are open while it runs.

    Raises:
        RecognizanceError: The workspace cannot be opened.
    """
    service = Service(opening)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            await service.get_ready()
            duties = asyncio.create_task(service.keep_duties())
            yield
            duties.cancel()
            await asyncio.gather(duties, return_exceptions=True)
        finally:
            await asyncio.to_thread(service.close)

    app = FastAPI(
        title="Recognizance",
        version=__version__,
        description="Face recognition that runs only on conditions.",
        docs_url=None,  # its page loads scripts from elsewhere; docs/ has the reference
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.service = service
    over_tls = (service.settings.origin or "").startswith("https:")
    app.add_middleware(
        Guards,
        metrics=service.metrics,
        over_tls=over_tls,
        open_ended=frozenset({rest.UPLOADS}),
    )
    app.add_exception_handler(RecognizanceError, _failed)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _no_such_route)
    rooms = (health, *login.PARTS, compreface, aws, *console.PARTS)
    for router in (*rest.ROUTERS, *(room.router for room in rooms)):
        app.include_router(router)
    describe(app)
    return app


async def _failed(_request: Request, error: Exception) -> Response:
    return problem(told(error))


async def _misshapen(_request: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    where = ".".join(str(each) for each in first.get("loc", ()))
    return problem(
        InputError(
            f"The request cannot be read at {where!r}: {first.get('msg', 'it has no shape')}.",
            hint="The shapes are in /v1/openapi.json.",
        )
    )


async def _no_such_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 404:  # noqa: PLR2004  # the status of HTTP
        missing = NotFoundError(
            "There is nothing at this address.", hint="Begin at the start page."
        )
        if "text/html" in request.headers.get("accept", ""):
            return await console.error_page_for(request, missing)
        return problem(missing)
    if isinstance(error.__cause__, RecognizanceError):  # met while a form was read
        return problem(error.__cause__)
    failed = problem(InputError("The request cannot be taken here.", hint="See /v1/openapi.json."))
    failed.status_code = status
    return failed
