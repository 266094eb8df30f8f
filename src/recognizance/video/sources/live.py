"""Streams and cameras: a thread reads them; what nobody takes in time is dropped and counted."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Final

from recognizance.errors import SourceError
from recognizance.observe import logger
from recognizance.video.sources.backoff import delay_s
from recognizance.video.sources.framing import Framing
from recognizance.video.sources.newest import NewestQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av import VideoFrame as Picture

    from recognizance.video.frames import SourceCounters, VideoFrame
    from recognizance.video.sources.decoding import Decoding

_ROUNDS_TO_END: Final = 3
"""A thread that is opening a source notices a stop after two waits at most, one for the connection
and one for its first packets; one more is for a busy machine."""


class LiveSource:
    """A source that goes on whether or not anybody looks.

    Args:
        decoding: The source, opened.
        again: Opens it again; raises `SourceError` where that fails.
        name: What it is called.
        counters: What it counts.
        patience_s: Nothing for so long is a stall: it is given up and looked for again.
        away_s: After so long in vain the iteration ends with an error.
        queue: How many pictures wait at most.
    """

    def __init__(
        self,
        decoding: Decoding,
        again: Callable[[], Decoding],
        name: str,
        counters: SourceCounters,
        *,
        patience_s: float,
        away_s: float,
        queue: int,
    ) -> None:
        self.name = name
        self.counters = counters
        self.live = True
        self._again = again
        self._patience_s = patience_s
        self._away_s = away_s
        self._newest = NewestQueue(queue)
        self._stopped = threading.Event()
        self._framing = Framing(decoding.rate)
        self._arrived_s: float | None = None
        self._thread = threading.Thread(
            target=self._run, args=(decoding,), name="recognizance-source", daemon=True
        )
        self._thread.start()

    def __iter__(self) -> Iterator[VideoFrame]:
        """The pictures as they come."""
        while (frame := self._newest.take()) is not None:
            yield frame

    def close(self) -> None:
        """Stop at once; the connection is closed at the latest after the patience."""
        self._stopped.set()
        self._newest.clear()
        if threading.current_thread() is not self._thread:
            self._thread.join(_ROUNDS_TO_END * self._patience_s)

    def _run(self, decoding: Decoding | None) -> None:
        try:
            while decoding is not None:
                self._read(decoding)
                decoding = self._found_again()
        except Exception as error:  # noqa: BLE001  # the end of a thread: whoever iterates gets it
            self._newest.end(error)
        else:
            self._newest.end()

    def _read(self, decoding: Decoding) -> None:
        """Read until it ends, fails or stalls, or a stop is asked for."""
        since_s = time.monotonic()
        try:
            for picture in decoding.pictures():
                now_s = time.monotonic()
                if self._stopped.is_set():
                    return
                if picture is not None:
                    self._put(picture, now_s, stamped=decoding.stamped)
                    since_s = now_s
                elif now_s - since_s > self._patience_s:
                    decoding.stalled = True
                    break
        except SourceError:
            pass  # a live source has no end: however it ends, it is looked for again
        finally:
            decoding.close()
        self.counters.stalls += decoding.stalled

    def _put(self, picture: Picture, now_s: float, *, stamped: bool) -> None:
        waited_s = None if self._arrived_s is None else now_s - self._arrived_s
        frame = self._framing.frame(picture, picture.time if stamped else None, waited_s)
        self._arrived_s = now_s
        if self._newest.put(frame):
            self.counters.dropped += 1

    def _found_again(self) -> Decoding | None:
        """Look for it until it is there, with longer and longer waits; `None` after a stop.

        Raises:
            SourceError: It was away for too long.
        """
        lost_s, attempt = time.monotonic(), 0
        while not self._stopped.wait(delay_s(attempt, random.random())):  # noqa: S311  # a wait
            try:
                found = self._again()
            except SourceError as error:
                attempt += 1
                if time.monotonic() - lost_s < self._away_s:
                    continue
                raise SourceError(
                    f"{self.name} was lost and has not come back. {error.message}", hint=error.hint
                ) from None
            self.counters.reconnects += 1
            logger().warning("source.found_again", count=self.counters.reconnects)
            self._framing.restart()
            return found
        return None
