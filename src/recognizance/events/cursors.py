"""How far each receiver was served, kept on disk: what was told once is not told again."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from recognizance.errors import StoreBusyError, StoreFullError, WorkspaceDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = "CREATE TABLE IF NOT EXISTS cursor (sink TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT"


class Cursors:
    """One number a receiver: that of the next event for it.

    The events themselves stand in the ledger, which outlives every crash; so nothing more than this
    has to be kept. Threads and processes may share the file.

    Args:
        path: The SQLite file; it is made where it is not there.
        wait_s: Longest wait for another process, in seconds.

    Raises:
        StoreFullError: The disk is full or cannot be written.
        WorkspaceDamagedError: The file is none of ours.
    """

    def __init__(self, path: Path, *, wait_s: float = 10.0) -> None:
        self._lock = Lock()
        with _translated():
            self._database = sqlite3.connect(
                path, timeout=wait_s, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(_SCHEMA)

    def next(self, sink: str, *, first: int) -> int:
        """The number of the next event for a receiver; `first` for one that is new."""
        with self._lock, _translated():
            self._database.execute("INSERT OR IGNORE INTO cursor VALUES (?, ?)", (sink, first))
            row = self._database.execute("SELECT next FROM cursor WHERE sink = ?", (sink,))
            return int(row.fetchone()[0])

    def served(self, sink: str, number: int) -> None:
        """Remember that a receiver has taken the event of that number. It never goes back."""
        with self._lock, _translated():
            self._database.execute(
                "UPDATE cursor SET next = max(next, ?) WHERE sink = ?", (number + 1, sink)
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreBusyError(
                "Another process holds the file of what was told.", hint="Try again."
            ) from error
        raise StoreFullError(
            "What was told cannot be written down.",
            hint="Make room, or check the permissions of the workspace's folder.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise WorkspaceDamagedError(
            "The file events.db cannot be read.",
            hint="Move it away: receivers are then told from now on.",
        ) from error
