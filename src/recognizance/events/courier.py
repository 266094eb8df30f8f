"""Bring every event of a feed to one receiver, in order, until it has taken it.

An event is sent again until the receiver has it, so one may come twice, with the same id: the
promise is at least once, and the id makes it once. While one waits, the later ones wait too.
Several processes may serve one receiver: whoever holds its lock does, and the next one follows.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tenacity import Retrying, retry_if_exception_type, wait_random_exponential
from tenacity.nap import sleep_using_event
from tenacity.stop import stop_when_event_set

from recognizance.errors import DeliveryError, RecognizanceError, StoreBusyError
from recognizance.lock import alone
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.events.cursors import Cursors
    from recognizance.events.event import Event, Feed

LONGEST_WAIT_S = 60.0
_LOOK_S = 1.0


class Sink(Protocol):
    """A receiver."""

    @property
    def name(self) -> str:
        """What it is known by from one run to the next; holds no secret."""

    def open(self) -> None:
        """Get ready; called before the first event, and again after a failure.

        Raises:
            DeliveryError: It cannot be reached now.
        """

    def send(self, event: Event) -> None:
        """Hand over one event; when this returns, the receiver has it.

        Raises:
            DeliveryError: It did not take it, or not yet.
        """

    def close(self) -> None:
        """Let go of it."""


class Courier:
    """Serves one receiver in a thread of its own.

    Args:
        sink: The receiver.
        feed: Where events come from.
        cursors: How far it was served.
        lock: A file by which processes that serve the same receiver know of each other.
    """

    def __init__(self, sink: Sink, feed: Feed, cursors: Cursors, lock: Path) -> None:
        self._sink = sink
        self._feed = feed
        self._cursors = cursors
        self._lock = lock
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._give_up = threading.Event()
        self.trouble: str | None = None
        """Why the receiver was not reached at the last try; None if it was."""
        self._cursors.next(sink.name, first=feed.newest())
        self._thread = threading.Thread(target=self._run, name=f"to {sink.name}", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Say that there may be something new."""
        self._wake.set()

    def close(self, grace_s: float = 5.0) -> bool:
        """Bring what is there, but not for longer than this; the rest is brought another time.

        Returns:
            Whether everything was brought.
        """
        self._closing.set()
        self._wake.set()
        self._thread.join(grace_s)
        brought = not self._thread.is_alive()
        self._give_up.set()
        self._thread.join(grace_s)
        return brought

    def _run(self) -> None:
        while not self._give_up.is_set():
            with alone(self._lock) as mine:
                if mine:
                    self._serve()
            if self._closing.is_set():
                return
            self._pause()

    def _serve(self) -> None:
        """Everything that comes, until it is over or the receiver is not reached."""
        if not self._until_taken(self._sink.open):
            return
        try:
            while True:
                for event in self._feed.since(self._cursor()):
                    if not self._until_taken(partial(self._bring, event)):
                        return
                    self._wake.set()
                if self._closing.is_set() and not self._wake.is_set():
                    return
                if not self._wake.is_set() or self._closing.is_set():
                    self._pause()
                self._wake.clear()
        finally:
            self._sink.close()

    def _cursor(self) -> int:
        return self._cursors.next(self._sink.name, first=self._feed.newest())

    def _bring(self, event: Event) -> None:
        self._sink.send(event)
        self._cursors.served(self._sink.name, event.number)

    def _until_taken(self, attempt: Callable[[], None]) -> bool:
        """Try again and again, each time later, until it works; False once it is given up."""

        def noted() -> None:
            try:
                attempt()
            except RecognizanceError as error:
                self.trouble = error.message
                raise
            self.trouble = None

        retrying = Retrying(
            retry=retry_if_exception_type((DeliveryError, StoreBusyError)),
            wait=wait_random_exponential(multiplier=0.25, max=LONGEST_WAIT_S),
            stop=stop_when_event_set(self._give_up),
            sleep=sleep_using_event(self._give_up),
            reraise=True,
        )
        try:
            retrying(noted)
        except RecognizanceError as error:
            logger().warning("not_delivered", code=error.code)
            return False
        return True

    def _pause(self) -> None:
        self._wake.wait(_LOOK_S)
