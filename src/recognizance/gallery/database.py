"""The gallery's SQLite file: opening it, and its transactions."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from recognizance.errors import (
    RecognizanceError,
    StoreBusyError,
    StoreFullError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from recognizance.gallery.changes import CHANGES, read_changes, write_changes
from recognizance.gallery.schema import SCHEMA_VERSION, meta, metadata
from recognizance.keys import seal, unseal
from recognizance.sqlite import WRITING, Unchanged, engine_at, one_view, our_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

WHAT = "gallery"
"""What the file is called to people."""


class Database:
    """Connections to the file, in transactions whose errors are ours.

    Args:
        path: The file; it exists.
        workspace_key: 32 bytes that everything is sealed under.
        wait_s: Longest wait for another process, in seconds.

    Attributes:
        unchanged: What was read of it and is as it was.
    """

    def __init__(self, path: Path, workspace_key: bytes, *, wait_s: float) -> None:
        self._workspace_key = workspace_key
        self._engine = engine_at(path, wait_s=wait_s)
        self._writer = self._engine.execution_options(**WRITING)
        self.unchanged = Unchanged(self._engine, WHAT)

    @classmethod
    def create(cls, path: Path, workspace_key: bytes, *, wait_s: float) -> Database:
        """Make a new file that only its owner can read, with empty tables."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError as error:
            raise WorkspaceExistsError(
                "There is a gallery file already; it was left alone.",
                hint="Open it, or choose another folder.",
            ) from error
        except OSError as error:
            raise StoreFullError(
                "The gallery file cannot be made: the folder is missing, full or read-only.",
                hint="Check the folder, make room, or choose another one.",
            ) from error
        database = cls(path, workspace_key, wait_s=wait_s)
        try:
            database._fill()
        except RecognizanceError:
            database.close()
            path.unlink()  # half a store would be taken for a damaged one
            raise
        return database

    @classmethod
    def open(cls, path: Path, workspace_key: bytes, *, wait_s: float) -> Database:
        """Open an existing file, if this program knows its schema and the key is its own."""
        if not path.is_file():
            raise WorkspaceMissingError(
                "There is no gallery file at that place.",
                hint="Make a workspace with `recognizance init`, or name its folder.",
            )
        database = cls(path, workspace_key, wait_s=wait_s)
        try:
            database._check()
        except RecognizanceError:
            database.close()
            raise
        return database

    def _fill(self) -> None:
        with our_errors(WHAT), self._writer.begin() as connection:
            metadata.create_all(connection)
            connection.execute(
                insert(meta),
                [
                    {"name": "schema", "value": str(SCHEMA_VERSION).encode()},
                    {"name": "key", "value": seal(self._workspace_key, b"", context=b"gallery")},
                ],
            )

    def _check(self) -> None:
        with self.reading() as connection:
            facts = {row.name: row.value for row in connection.execute(select(meta))}
            schema, sealed = int(facts["schema"]), facts["key"]
        if schema > SCHEMA_VERSION:
            raise WorkspaceNewerError(
                "The gallery was written by a newer version of this program.",
                hint="Update the program; the file was not touched.",
            )
        unseal(self._workspace_key, sealed, context=b"gallery")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the file; its rows are made into values inside the block."""
        with one_view(self._engine, WHAT) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing, and durable at the end; one writer at a time. Each is one more change."""
        with our_errors(WHAT), self._writer.begin() as connection:
            changes = read_changes(connection, self._workspace_key)
            yield connection
            write_changes(connection, self._workspace_key, changes + 1)

    def changes(self) -> int:
        """How many changes the file has seen."""
        return self.unchanged.get(CHANGES, lambda each: read_changes(each, self._workspace_key))

    def forget_log(self) -> None:
        """Move the write-ahead log into the file and cut it to nothing.

        The log holds pages as they were before a deletion. It can be cut only when nobody reads
        from it, so this waits for readers, for as long as for any other lock.

        Raises:
            StoreBusyError: Somebody kept reading.
        """
        with our_errors(WHAT):
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                cursor.close()
            finally:
                connection.close()
        if busy:
            raise StoreBusyError(
                "What was destroyed is gone, but its traces in the log are not yet: "
                "another process is reading.",
                hint="Repeat the step when the other process is done.",
            )

    def close(self) -> None:
        """Close every connection."""
        self.unchanged.close()
        self._engine.dispose()


class SqliteStore:
    """What the parts of a SQLite gallery have in common: the file, and the key above all keys."""

    def __init__(self, database: Database, workspace_key: bytes) -> None:
        self._database = database
        self._workspace_key = workspace_key
