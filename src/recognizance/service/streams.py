"""Server-sent events: so many readers at once, and none who keeps a server from stopping."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fastapi.responses import StreamingResponse

from recognizance.errors import ServiceBusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST_READERS: Final = 64
"""House number: each looks a few times a second."""


class Streams:
    """The readers of a server."""

    def __init__(self) -> None:
        self._readers = 0
        self._over = asyncio.Event()

    def stop(self) -> None:
        """Let every reader go; they come back to whoever listens then."""
        self._over.set()

    def answer(self, events: AsyncIterator[bytes]) -> StreamingResponse:
        """The answer to a reader.

        Raises:
            ServiceBusyError: There are too many.
        """
        if self._readers >= MOST_READERS:
            raise ServiceBusyError("Too many read events.", hint="Ask again in a moment.")
        return StreamingResponse(
            self._until_over(events),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def _until_over(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._readers += 1
        over = asyncio.ensure_future(self._over.wait())
        try:
            while not self._over.is_set():
                coming = asyncio.ensure_future(anext(events, b""))
                await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    coming.cancel()
                    return
                if not (event := coming.result()):
                    return
                yield event
        finally:
            over.cancel()
            self._readers -= 1
