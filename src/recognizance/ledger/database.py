"""The SQLite file of a ledger: its schema, its connection, its errors."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from recognizance.errors import (
    LedgerDamagedError,
    RecognizanceError,
    StoreBusyError,
    StoreFullError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from recognizance.ledger.verify import APPLICATION_ID, SCHEMA_VERSION, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = (
    """CREATE TABLE leaf (
    log TEXT NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL, closes INTEGER, data TEXT NOT NULL,
    PRIMARY KEY (log, idx)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX leaf_kind ON leaf (log, kind)",
    "CREATE UNIQUE INDEX leaf_closes ON leaf (log, closes) WHERE closes IS NOT NULL",
    """CREATE TABLE node (
    log TEXT NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (log, level, idx)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE checkpoint (
    log TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (log, size)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE payload (
    log TEXT NOT NULL, idx INTEGER NOT NULL, salt BLOB NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (log, idx)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE open_intent (
    log TEXT NOT NULL, idx INTEGER NOT NULL,
    PRIMARY KEY (log, idx)) STRICT, WITHOUT ROWID""",
    *(
        f"CREATE TRIGGER {table}_keeps_{action.lower()} BEFORE {action} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for table in ("leaf", "node", "checkpoint")
        for action in ("UPDATE", "DELETE")
    ),
)

_PRIMARY_CODE = 0xFF  # the low byte of an extended SQLite code, sqlite.org/rescode.html
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}


def connect_new(path: Path, *, wait_s: float) -> sqlite3.Connection:
    """Make an empty file, readable by its owner alone, and connect to it.

    Raises:
        WorkspaceExistsError: There is a file already.
        StoreFullError: The folder cannot be written.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise WorkspaceExistsError(
            "There is a ledger already; it was left alone.",
            hint="Open it, or choose another place.",
        ) from error
    except OSError as error:
        raise full() from error
    database = _connect(path, wait_s=wait_s)
    _make_durable(database)
    return database


def create_schema(database: sqlite3.Connection) -> None:
    """Write tables, indexes and triggers; the caller holds the transaction."""
    for statement in SCHEMA:
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def connect_existing(path: Path, *, wait_s: float) -> sqlite3.Connection:
    """Connect to a ledger that is there.

    Raises:
        WorkspaceMissingError: There is no file.
        WorkspaceNewerError: A newer program wrote it.
        LedgerDamagedError: It is no ledger.
        StoreBusyError: Another process holds it.
    """
    if not path.is_file():
        raise WorkspaceMissingError(
            "There is no ledger at this place.", hint="Check the folder, or make a workspace."
        )
    database = _connect(path, wait_s=wait_s)
    try:
        with translated():
            (version,) = database.execute("PRAGMA user_version").fetchone()
            (application,) = database.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID or version < SCHEMA_VERSION:
            raise damaged("The file is not a ledger.")
        if version > SCHEMA_VERSION:
            raise WorkspaceNewerError(
                "The ledger was written by a newer program.", hint="Update recognizance."
            )
        _make_durable(database)
    except RecognizanceError:
        database.close()
        raise
    return database


def _connect(path: Path, *, wait_s: float) -> sqlite3.Connection:
    # Threads share the connection; the ledger holds a lock of its own around each use.
    with translated():
        database = sqlite3.connect(
            path, timeout=wait_s, isolation_level=None, check_same_thread=False
        )
        database.create_function("casefold", 1, str.casefold, deterministic=True)
    return database


def _make_durable(database: sqlite3.Connection) -> None:
    with translated():
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON")


@contextlib.contextmanager
def write(database: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from its start, or changes nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite may have rolled back by itself.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def read(database: sqlite3.Connection) -> Iterator[None]:
    """One snapshot: whatever others append meanwhile is not seen."""
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("ROLLBACK")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLite raises into errors of this package."""
    try:
        yield
    except UNREADABLE as error:
        raise _translate(error) from error


def _translate(error: Exception) -> RecognizanceError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code in _BUSY:
        return StoreBusyError(
            "Another process holds the ledger.", hint="Try again when it is done, or stop it."
        )
    if code in _FULL:
        return full()
    return damaged("The ledger file cannot be read as one.")


def full() -> StoreFullError:
    """The error of a disk that takes nothing more."""
    return StoreFullError(
        "The ledger could not be written: the disk is full, failing or read-only.",
        hint="Make room on the disk and check that the folder can be written.",
    )


def damaged(message: str) -> LedgerDamagedError:
    """The error of a ledger that contradicts itself, with what to do about it."""
    return LedgerDamagedError(
        message,
        hint="Run `recognizance ledger verify` to see where, then restore the workspace's backup.",
    )
