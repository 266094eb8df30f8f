"""The ledger's writing half: two append-only logs in one SQLite file, durable when it answers.

An append is one transaction: the leaf, the complete subtrees it completes, its private payload,
the intent it opens or closes, and a newly signed checkpoint. The pin is written at once after it.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from recognizance.canonical import canonical_bytes
from recognizance.errors import (
    ClockError,
    ConflictError,
    InputError,
    LedgerDamagedError,
    RecognizanceError,
    StoreBusyError,
    StoreFullError,
)
from recognizance.keys import commitment, new_secret
from recognizance.ledger.database import (
    connect_existing,
    connect_new,
    create_schema,
    damaged,
    read,
    translated,
    write,
)
from recognizance.ledger.entry import LogName, leaf_bytes, parse_entry
from recognizance.ledger.merkle import completed_by, root_of
from recognizance.ledger.note import signed_checkpoint
from recognizance.ledger.pin import NOTHING_PINNED, Pin
from recognizance.ledger.reader import LedgerReader, stated_head
from recognizance.ledger.verify import (
    EMPTY_ROOT,
    Head,
    ProofError,
    leaf_hash,
    open_note,
    parse_checkpoint,
    read_pin,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from recognizance.keys import SigningKey
    from recognizance.ledger.entry import Entry

CLOCK_TOLERANCE = timedelta(seconds=5)
"""How far a clock may step back (a time service corrects it) before nothing is recorded."""


class Ledger(LedgerReader):
    """Both logs of a workspace. Threads and processes may share it.

    Use `create` or `open`. Every method may also raise StoreBusyError (another process held the
    file for longer than the bounded wait), StoreFullError and LedgerDamagedError.
    """

    def __init__(
        self, database: sqlite3.Connection, *, key: SigningKey, origin: str, pin: Path | None
    ) -> None:
        super().__init__(database, key=key, origin=origin)
        self._pin = None if pin is None else Pin(pin)

    @classmethod
    def create(
        cls, path: Path, *, key: SigningKey, origin: str, pin: Path | None, wait_s: float = 10.0
    ) -> Self:
        """Make a new ledger with two empty logs.

        Args:
            path: The SQLite file; its folder is there.
            key: Signs every checkpoint.
            origin: Name of the ledger, e.g. `recognizance/<workspace id>`.
            pin: A file outside the folder of the ledger, or None.
            wait_s: Longest wait for another process, in seconds.

        Raises:
            WorkspaceExistsError: There is a file already.
            InputError: The origin is empty, too long, not ASCII, or holds a space or plus sign.
        """
        if not re.fullmatch(r"[!-*,-~]{1,100}", origin):
            raise InputError(
                "The origin of a ledger is an ASCII word of up to 100 letters, without plus sign.",
                hint="Use a name like recognizance/ and the workspace's id.",
            )
        ledger = cls(connect_new(path, wait_s=wait_s), key=key, origin=origin, pin=pin)
        try:
            with translated(), write(ledger._database):
                create_schema(ledger._database)
                for log in LogName:
                    ledger._add_checkpoint(log, 0, EMPTY_ROOT)
            ledger._write_pin()
        except RecognizanceError:
            ledger.close()
            path.unlink(missing_ok=True)
            raise
        return ledger

    @classmethod
    def open(
        cls, path: Path, *, key: SigningKey, origin: str, pin: Path | None, wait_s: float = 10.0
    ) -> Self:
        """Open a ledger, checking the last checkpoint of each log and the pin.

        Raises:
            WorkspaceMissingError: There is no file.
            WorkspaceNewerError: A newer program wrote it.
            LedgerDamagedError: It does not agree with its checkpoints, its key or its pin.
        """
        ledger = cls(connect_existing(path, wait_s=wait_s), key=key, origin=origin, pin=pin)
        try:
            with translated():
                ledger._check_heads()
            ledger._write_pin()
        except RecognizanceError:
            ledger.close()
            raise
        return ledger

    def append(
        self,
        log: LogName,
        kind: str,
        public: Mapping[str, object],
        *,
        now: datetime,
        private: object = None,
        opens: bool = False,
        closes: int | None = None,
    ) -> Entry:
        """Record something. When this returns, it is on the disk and signed.

        Args:
            log: Which log.
            kind: What happened, a fixed word.
            public: Ids, counts, commitments; no name, face or template.
            now: The clock.
            private: What only the operator may read, any JSON but None; erasable.
            opens: Whether this is an intent that another entry has to finish.
            closes: Index of the open intent of this log that this entry finishes.

        Raises:
            ClockError: `now` is more than 5 s before the last entry.
            ConflictError: `closes` is not an open intent.
            InputError: The entry is no JSON, or longer than 65,535 bytes.
        """
        payload = None if private is None else canonical_bytes(private)
        salt = new_secret()
        with self._lock, translated():
            if self._pin is not None:
                self._pin.wait()  # of the entry before; by now it is on the disk as a rule
            with write(self._database):
                index = self.size(log)
                data = leaf_bytes(
                    kind,
                    public,
                    time=self._moment(now),
                    commitment=None if payload is None else commitment(salt, payload),
                    opens=opens,
                    closes=closes,
                )
                self._track_intent(log, index, opens=opens, closes=closes)
                self._database.execute(
                    "INSERT INTO leaf VALUES (?, ?, ?, ?, ?)",
                    (log, index, kind, closes, data.decode()),
                )
                self._grow_tree(log, index, leaf_hash(data))
                if payload is not None:
                    self._database.execute(
                        "INSERT INTO payload VALUES (?, ?, ?, ?)",
                        (log, index, salt, payload.decode()),
                    )
            self._write_pin()
        return parse_entry(log, index, data)

    def erase_private(self, log: LogName, index: int) -> None:
        """Erase the private payload of an entry and its salt, also from the file's old pages.

        The commitment stays in the entry as a tombstone that nobody can open. To erase again
        does no harm.

        Raises:
            NotFoundError: The log is shorter.
            StoreBusyError: Another process still reads old pages; call again.
        """
        self.leaf(log, index)
        with self._lock, translated():
            with write(self._database):
                self._database.execute(
                    "DELETE FROM payload WHERE log = ? AND idx = ?", (log, index)
                )
            # What was deleted still stands in the write-ahead log until that is emptied.
            busy, _, _ = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreBusyError(
                "The payload is erased, but another process still reads an old page of the file.",
                hint="Erase it again when the other process is done.",
            )

    def close(self) -> None:
        """Close the file; a closed ledger cannot be used again."""
        with self._lock:
            try:
                self._database.close()
            finally:
                if self._pin is not None:
                    self._pin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except StoreFullError:
            # What led here says more than a disk that then did not take the pin either.
            if error is None:
                raise

    def _moment(self, now: datetime) -> datetime:
        """The time to record: `now`, or the last time again where the clock stepped back a bit."""
        now = now.astimezone(UTC)
        last = self.latest_time()
        if last is None or now >= last:
            return now
        if last - now > CLOCK_TOLERANCE:
            raise ClockError(
                "The clock stands before the last entry of the ledger.",
                hint="Set the clock of this machine; nothing runs until it is right.",
            )
        return last

    def _grow_tree(self, log: LogName, index: int, leaf: bytes) -> None:
        """Write the subtrees that a leaf completes, and the checkpoint over it."""
        read_node = self._read_node(log)
        self._database.executemany(
            "INSERT INTO node VALUES (?, ?, ?, ?)",
            [(log, *node) for node in completed_by(index, leaf, read_node)],
        )
        self._add_checkpoint(log, index + 1, root_of(index + 1, read_node))

    def _track_intent(self, log: LogName, index: int, *, opens: bool, closes: int | None) -> None:
        if closes is not None:
            closed = self._database.execute(
                "DELETE FROM open_intent WHERE log = ? AND idx = ?", (log, closes)
            )
            if closed.rowcount != 1:
                raise ConflictError(
                    "The entry to be closed is not an open intent.",
                    hint="Each intent is closed once; list the open intents.",
                )
        if opens:
            self._database.execute("INSERT INTO open_intent VALUES (?, ?)", (log, index))

    def _add_checkpoint(self, log: LogName, size: int, root: bytes) -> None:
        note = signed_checkpoint(Head(self._origin_of(log), size, root), self._key)
        self._database.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (log, size, note))

    def _checked_head(self, log: LogName) -> Head:
        try:
            text = open_note(self.checkpoint(log), self._origin_of(log), self._key.public_key)
            return parse_checkpoint(text)
        except ProofError as error:
            raise damaged("The last checkpoint of the ledger is not its own.") from error

    def _check_heads(self) -> None:
        """Compare the end of each log with its last checkpoint and with the pin."""
        pinned = self._pinned()  # before the snapshot: the ledger may grow meanwhile
        with read(self._database):
            for log in LogName:
                head = self._checked_head(log)
                size, root = pinned.get(head.origin, (0, EMPTY_ROOT))
                if head.size != self.size(log) or self.root(log) != head.root:
                    raise damaged("The entries of the ledger do not give its signed root.")
                if size > head.size:
                    raise damaged("The ledger is shorter than it was: an old copy was put back.")
                if self.root(log, size) != root:
                    raise damaged("The ledger is not the one that was pinned.")

    def _pinned(self) -> dict[str, tuple[int, bytes]]:
        if self._pin is None:
            return {}
        try:
            pinned = read_pin(self._pin.path)
        except ProofError as error:
            raise LedgerDamagedError(
                f"The pin of the ledger, {self._pin.path.name}, is missing or damaged.",
                hint="Put it back from a backup. To accept the ledger as it is, run `recognizance"
                f" ledger verify`, then write {NOTHING_PINNED} into the pin file.",
            ) from error
        if pinned and pinned.keys() != {self._origin_of(log) for log in LogName}:
            raise damaged("The pin belongs to another ledger.")
        return pinned

    def _write_pin(self) -> None:
        if self._pin is None:
            return
        # Under the write lock, and with what the file holds by then: a process that was slow
        # between its commit and this line never writes an older pin over a newer one. Where
        # another one holds the lock for too long, it pins this entry together with its own.
        with contextlib.suppress(StoreBusyError), translated(), write(self._database):
            self._pin.write([stated_head(self.checkpoint(log)) for log in LogName])
