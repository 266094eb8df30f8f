"""Server-sent events on this machine: `GET /events` with a bearer token, from now on or from an id.

Each connection reads the feed for itself, so there is nothing to lose: who reconnects says with
`Last-Event-ID` what came last, as browsers do by themselves.
"""

from __future__ import annotations

import asyncio
import hmac
import threading
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

    from starlette.requests import Request
    from starlette.responses import Response

    from recognizance.events.event import Feed

HERE: Final = "127.0.0.1"
HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
"""Names under which a request may ask for it: a page of another name is not to read along."""

_MOST_READERS = 16
_LOOK_S = 0.25
_ALIVE_EVERY = 60
_START_S = 10.0


class EventServer:
    """Serves a feed to readers on this machine, in a thread of its own.

    Args:
        feed: The events.
        token: What readers have to show.
        port: The port; 0 for any that is free.

    Raises:
        InputError: The port cannot be had.
    """

    def __init__(self, feed: Feed, token: str, *, port: int = 0) -> None:
        self._feed = feed
        self._token = token.encode()
        self._readers = 0
        self._over = False
        app = Starlette(routes=[Route("/events", self._events)])
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=HERE,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="events", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in range(round(_START_S / 0.05)):
            if self._server.started or not self._thread.is_alive():
                break
            self._thread.join(0.05)
        if not self._server.started:
            raise InputError(
                "The port for server-sent events cannot be had.", hint="Name another one: --sse."
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._server.should_exit = True
        self._thread.join(_START_S)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    def _serve(self) -> None:
        try:
            self._server.run()
        except SystemExit:  # how uvicorn says that it could not start
            return

    async def _events(self, request: Request) -> Response:
        if (request.url.hostname or "") not in HOSTS:
            return PlainTextResponse("ask for 127.0.0.1", status_code=421)
        shown = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(shown, b"Bearer " + self._token):
            headers = {"www-authenticate": "Bearer"}
            return PlainTextResponse("show the token", status_code=401, headers=headers)
        if self._readers >= _MOST_READERS:
            return PlainTextResponse("too many readers", status_code=503)
        last = request.headers.get("last-event-id", "")
        number = int(last) + 1 if last.isdecimal() else self._feed.newest()
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(
            self._stream(number), media_type="text/event-stream", headers=headers
        )

    async def _stream(self, number: int) -> AsyncIterator[bytes]:
        self._readers += 1
        quiet = 0
        try:
            yield b": reading\n\n"
            while not self._over:
                for event in await asyncio.to_thread(self._feed.since, number):
                    number = event.number + 1
                    # JSON escapes line breaks, so no event can begin another one.
                    lines = (b"id: %d" % event.number, b"event: " + event.kind.encode())
                    yield b"\n".join((*lines, b"data: " + event.to_json(), b"", b""))
                quiet = (quiet + 1) % _ALIVE_EVERY
                if quiet == 0:
                    yield b": still here\n\n"
                await asyncio.sleep(_LOOK_S)
        finally:
            self._readers -= 1
