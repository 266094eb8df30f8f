"""Events on the disk until they are delivered; what was handed over twice is there once."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from recognizance.errors import StoreBusyError, StoreFullError
from recognizance.fleet.jobs import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, camera_id TEXT NOT NULL,
    body TEXT NOT NULL) STRICT"""


class Outbox:
    """The events of a fleet, in one SQLite file. Threads and processes may share it."""

    def __init__(self, path: Path, *, wait_s: float = 10.0) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            path, timeout=wait_s, isolation_level=None, check_same_thread=False
        )
        with self._lock, _our_errors():
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(_SCHEMA)

    def put(self, event: Event) -> None:
        """Keep an event. When this returns, it is on the disk, once.

        Raises:
            StoreFullError: The disk is full.
            StoreBusyError: Another process held the file for too long.
        """
        with self._lock, _our_errors():
            self._database.execute(
                "INSERT OR IGNORE INTO event (event_id, camera_id, body) VALUES (?, ?, ?)",
                (event.event_id, event.camera_id, json.dumps(dict(event.body))),
            )

    def events(self) -> list[Event]:
        """Every event that is kept, in the order in which they came."""
        with self._lock, _our_errors():
            rows = self._database.execute(
                "SELECT event_id, camera_id, body FROM event ORDER BY number"
            ).fetchall()
        return [Event(event_id, camera_id, json.loads(body)) for event_id, camera_id, body in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreBusyError(
                "Another process holds the outbox.", hint="It is tried again."
            ) from error
        raise StoreFullError(
            "The outbox cannot be written.", hint="Make room on the disk."
        ) from error
