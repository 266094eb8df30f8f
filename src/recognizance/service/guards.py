"""What stands before every route: bounded bodies, bounded patience, bounded rates, safe headers.

Plain ASGI, so that nothing here holds a body in memory or hides a stream from a route.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from recognizance.errors import (
    RecognizanceError,
    RequestTooLargeError,
    SlowClientError,
    TooManyRequestsError,
)
from recognizance.observe import logger
from recognizance.service.problems import problem, told

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from recognizance.service.metrics import Metrics

MOST_BODY_BYTES: Final = 32 * 2**20
"""House number: two photographs of 10 MiB in base64, and some room; footage has its own route."""

PATIENCE_S: Final = 20.0
"""House number: a client that sends nothing for so long is cut off; a slow line sends something."""

POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    b"frame-ancestors 'none'; base-uri 'none'"
)
"""No code but our files, nothing from anywhere else, and no page of others around ours."""

HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with none, browsers hide the origin of our own forms
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", POLICY),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
)

TLS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")
"""Said where the service is reached over TLS: for a year no browser asks it without."""


class Guards:
    """The outermost layer of the service.

    Args:
        app: What stands behind.
        metrics: Where requests are counted.
        open_ended: Paths whose bodies are streams that the route bounds by itself.
        over_tls: Whether browsers come over TLS that ends before this process.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        open_ended: frozenset[str] = frozenset(),
        over_tls: bool = False,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._over_tls = over_tls
        self._open_ended = open_ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status, begun = time.perf_counter(), 500, False

        async def answer(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                named = {name.lower() for name, _ in message["headers"]}
                fixed = [each for each in HEADERS if each[0] not in named]
                if self._over_tls or scope["scheme"] == "https":
                    fixed.append(TLS_ONLY)
                about = (b"x-request-id", request_id.encode())
                message["headers"] = [*message["headers"], *fixed, about]
                if b"cache-control" not in named:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            most = None if scope["path"] in self._open_ended else MOST_BODY_BYTES
            _refuse_announced(scope, most)
            await self._app(scope, _bounded(receive, most), answer)
        except Exception as error:  # the request's boundary: no traceback leaves it
            if begun:  # the answer has begun, so all that is left is to break it off
                raise
            failed = told(error)
            _log_inside(error)
            await problem(failed)(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            elapsed = time.perf_counter() - started
            self._metrics.answered(scope["method"], route, status, elapsed)
            logger().info(
                "answered",
                method=scope["method"],
                route=route,
                status=status,
                request_id=request_id,
                elapsed_ms=round(elapsed * 1000),
            )


def _log_inside(error: Exception) -> None:
    if not isinstance(error, RecognizanceError):
        logger().error("failed_inside", code=type(error).__name__)


def _refuse_announced(scope: Scope, most: int | None) -> None:
    """Refuse a body that says by itself that it is too long, before a byte of it is read."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if most is not None and announced.isdigit() and int(announced) > most:
        raise _too_large(most)


def _bounded(receive: Receive, most: int | None) -> Receive:
    """The same body, until it is too long or does not come."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        try:
            # Only while the body comes: afterwards this waits for the client to go, which may last.
            message = await (
                receive() if taken < 0 else asyncio.wait_for(receive(), timeout=PATIENCE_S)
            )
        except TimeoutError as error:
            raise SlowClientError(
                "The body of the request did not come in time.", hint="Send it again, in one go."
            ) from error
        if message["type"] == "http.request" and taken >= 0:
            taken += len(message.get("body", b""))
            if most is not None and taken > most:
                raise _too_large(most)
            if not message.get("more_body", False):
                taken = -1
        return message

    return bounded


def _too_large(most: int) -> RequestTooLargeError:
    return RequestTooLargeError(
        f"A request holds at most {most // 2**20} MiB.", hint="Send a smaller photograph."
    )


_MOST_KNOWN: Final = 10_000


@dataclass(slots=True)
class RateLimit:
    """A bucket of tokens for each caller: so many at once, so many a second after that.

    Attributes:
        per_s: Requests a second that go on for ever.
        burst: Requests that may come at once.
    """

    per_s: float
    burst: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, who: str) -> None:
        """Count one request.

        Raises:
            TooManyRequestsError: The bucket is empty.
        """
        now = time.monotonic()
        left, at = self._buckets.pop(who, (float(self.burst), now))
        left = min(self.burst, left + (now - at) * self.per_s)
        while len(self._buckets) >= _MOST_KNOWN:
            self._buckets.popitem(last=False)  # whoever asked longest ago has a full bucket by now
        self._buckets[who] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if left < 1:
            raise TooManyRequestsError(
                "More requests come than this caller may send.",
                hint=f"Send at most {self.per_s:g} a second.",
            )
