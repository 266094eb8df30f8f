"""SQLite files through SQLAlchemy: how a connection is set up, and what an error of it means."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError

from recognizance.errors import (
    InputError,
    RecognizanceError,
    StoreBusyError,
    StoreFullError,
    WorkspaceDamagedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

_Value = TypeVar("_Value")

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten with zeros
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # no sort leaves a file behind
    "PRAGMA trusted_schema = OFF",
)

WRITING = {"begin": "BEGIN IMMEDIATE"}
"""Execution options of whoever writes: the lock is taken at the start, or not at all."""


def engine_at(path: Path, *, wait_s: float) -> Engine:
    """Connections to the file; transactions that write take `execution_options(**WRITING)`.

    Args:
        path: The file.
        wait_s: Longest wait for another process, in seconds.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": wait_s},
        hide_parameters=True,  # an error message must not carry what is stored
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


class Unchanged:
    """What was read from a file, for as long as nobody has written to it since.

    SQLite tells each connection when another one has written, whatever its process
    (https://www.sqlite.org/pragma.html#pragma_data_version); the one that asks here never writes.
    To ask takes far less than to read again.

    Args:
        engine: Connections to the file.
        what: What the file is called to people, as `gallery`.
    """

    def __init__(self, engine: Engine, what: str) -> None:
        self._engine = engine
        self._what = what
        self._own: PoolProxiedConnection | None = None
        self._lock = Lock()
        self._version: int | None = None
        self._values: dict[object, object] = {}

    def get(self, name: object, read: Callable[[Connection], _Value]) -> _Value:
        """A value as it is now: read again only where somebody has written since.

        Args:
            name: What it is called here.
            read: Makes it of the file. Neither an error nor None is remembered: names may come
                from whoever asks.
        """
        with our_errors(self._what), self._lock:
            if self._own is None:
                self._own = self._engine.raw_connection()
                self._own.detach()
            cursor = self._own.cursor()
            ((version,),) = cursor.execute("PRAGMA data_version").fetchall()
            cursor.close()
            if version != self._version:
                self._version, self._values = version, {}
            values = self._values
            if name in values:
                return cast("_Value", values[name])
        # Read after the version, so a write in between only makes it newer than it need be.
        with one_view(self._engine, self._what) as connection:
            value = read(connection)
        if value is not None:
            values[name] = value
        return value

    def close(self) -> None:
        """Close the connection and forget the values, among them secrets of keys."""
        with self._lock:
            if self._own is not None:
                self._own.close()
            self._own, self._version, self._values = None, None, {}


def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Transactions are begun by `_begin`; the driver must not begin its own.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@contextmanager
def as_written(what: str) -> Iterator[None]:
    """Make values of rows: in a damaged file a cell may hold any type and any text.

    Args:
        what: What the file is called to people, as `gallery`.

    Raises:
        WorkspaceDamagedError: A row is not what this program writes.
    """
    try:
        yield
    except UnicodeEncodeError:  # what was asked for is no text, which is not the file's fault
        raise
    except (LookupError, TypeError, ValueError, struct.error) as error:
        raise damaged(what) from error


@contextmanager
def our_errors(what: str) -> Iterator[None]:
    """Let no error of the driver or of SQLAlchemy out.

    Args:
        what: What the file is called to people, as `gallery`.
    """
    try:
        yield
    except IntegrityError as error:
        # The callers check what a caller can get wrong, so what is left is the file's fault.
        raise damaged(what) from error
    except DBAPIError as error:
        raise _ours(what, error.orig) from error
    except sqlite3.Error as error:
        raise _ours(what, error) from error
    except UnicodeDecodeError as error:  # the driver, over a message that quotes damaged text
        raise damaged(what) from error
    except UnicodeEncodeError as error:
        raise InputError(
            "An id holds what is no text.", hint="Use letters, digits and _ . : @ -."
        ) from error


@contextmanager
def one_view(engine: Engine, what: str) -> Iterator[Connection]:
    """One consistent view of a file; its rows are made into values inside the block.

    Raises:
        StoreBusyError: Another process holds the file.
        WorkspaceDamagedError: It is not what this program writes.
    """
    with our_errors(what), as_written(what), engine.begin() as connection:
        yield connection


def _ours(what: str, error: BaseException | None) -> RecognizanceError:
    # The low byte is the primary result code (https://www.sqlite.org/rescode.html).
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusyError(
                f"Another process holds the {what}.",
                hint="Try again; raise RECOGNIZANCE_WAIT_S if this happens often.",
            )
        case (
            sqlite3.SQLITE_FULL
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_IOERR
        ):
            return StoreFullError(
                f"The {what} cannot be written: the disk is full or read-only. "
                "Nothing was changed.",
                hint="Make room, or make the folder writable, and repeat the step.",
            )
    return damaged(what)


def damaged(what: str) -> WorkspaceDamagedError:
    """The error for a file that holds what this program does not write."""
    return WorkspaceDamagedError(
        f"The {what} file cannot be read as one.", hint="Restore the workspace from a backup."
    )
