"""The SQLite file: how a connection is set up, transactions, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import (
    URL,
    Connection,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from recognizance.errors import (
    InputError,
    RecognizanceError,
    StoreBusyError,
    StoreFullError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from recognizance.gallery.changes import read_changes, write_changes
from recognizance.gallery.schema import SCHEMA_VERSION, meta, metadata
from recognizance.keys import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.pool import ConnectionPoolEntry

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten with zeros
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # no sort leaves a file behind
    "PRAGMA trusted_schema = OFF",
)


class Database:
    """Connections to the file, in transactions whose errors are ours.

    Args:
        path: The file; it exists.
        workspace_key: 32 bytes that everything is sealed under.
        wait_s: Longest wait for another process, in seconds.
    """

    def __init__(self, path: Path, workspace_key: bytes, *, wait_s: float) -> None:
        self._workspace_key = workspace_key
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"timeout": wait_s},
            hide_parameters=True,  # an error message must not carry what is stored
        )
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")

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
        with _our_errors(), self._writer.begin() as connection:
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
        with _our_errors(), as_written(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing, and durable at the end; one writer at a time. Each is one more change."""
        with _our_errors(), self._writer.begin() as connection:
            changes = read_changes(connection, self._workspace_key)
            yield connection
            write_changes(connection, self._workspace_key, changes + 1)

    def forget_log(self) -> None:
        """Move the write-ahead log into the file and cut it to nothing.

        The log holds pages as they were before a deletion. It can be cut only when nobody reads
        from it, so this waits for readers, for as long as for any other lock.

        Raises:
            StoreBusyError: Somebody kept reading.
        """
        with _our_errors():
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
        self._engine.dispose()


class SqliteStore:
    """What the parts of a SQLite gallery have in common: the file, and the key above all keys."""

    def __init__(self, database: Database, workspace_key: bytes) -> None:
        self._database = database
        self._workspace_key = workspace_key


def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Transactions are begun by `_begin`; the driver must not begin its own.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@contextmanager
def as_written() -> Iterator[None]:
    """Make values of rows: in a damaged file a cell may hold any type and any text.

    Raises:
        WorkspaceDamagedError: A row is not what this program writes.
    """
    try:
        yield
    except UnicodeEncodeError:  # what was asked for is no text, which is not the file's fault
        raise
    except (LookupError, TypeError, ValueError, struct.error) as error:
        raise _damaged() from error


@contextmanager
def _our_errors() -> Iterator[None]:
    """Let no error of the driver or of SQLAlchemy out."""
    try:
        yield
    except IntegrityError as error:
        # The callers check what a caller can get wrong, so what is left is the file's fault.
        raise _damaged() from error
    except DBAPIError as error:
        raise _ours(error.orig) from error
    except sqlite3.Error as error:
        raise _ours(error) from error
    except UnicodeDecodeError as error:  # the driver, over a message that quotes damaged text
        raise _damaged() from error
    except UnicodeEncodeError as error:
        raise InputError(
            "An id holds what is no text.", hint="Use letters, digits and _ . : @ -."
        ) from error


def _ours(error: BaseException | None) -> RecognizanceError:
    # The low byte is the primary result code (https://www.sqlite.org/rescode.html).
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusyError(
                "Another process holds the gallery.",
                hint="Try again; raise RECOGNIZANCE_WAIT_S if this happens often.",
            )
        case (
            sqlite3.SQLITE_FULL
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_IOERR
        ):
            return StoreFullError(
                "The gallery cannot be written: the disk is full or read-only. "
                "Nothing was changed.",
                hint="Make room, or make the folder writable, and repeat the step.",
            )
    return _damaged()


def _damaged() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The gallery file cannot be read as one.", hint="Restore the workspace from a backup."
    )
