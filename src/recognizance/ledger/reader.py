"""The ledger's reading half: entries, payloads, checkpoints and proofs."""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import TYPE_CHECKING

from recognizance.canonical import parse_json
from recognizance.errors import NotFoundError
from recognizance.keys import commitment
from recognizance.ledger.database import damaged, translated
from recognizance.ledger.entry import LogName, parse_entry
from recognizance.ledger.merkle import consistency_path, inclusion_path, root_of
from recognizance.ledger.note import proof_text, vkey_of
from recognizance.ledger.verify import ProofError, parse_checkpoint
from recognizance.types import utc_moment

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from recognizance.keys import SigningKey
    from recognizance.ledger.entry import Entry
    from recognizance.ledger.merkle import ReadNode
    from recognizance.ledger.verify import Head

BATCH = 512
"""Entries read at a time, so that a long log never lies in memory as a whole."""


_ANY = (
    "SELECT * FROM (SELECT idx, data FROM leaf WHERE log = ? AND idx >= ? AND idx < ?"  # noqa: S608  # fixed texts
    f" ORDER BY idx LIMIT {BATCH})"
)
# Left to itself SQLite goes along the whole log, because that is in order already.
_OF_KIND = (
    "SELECT * FROM (SELECT idx, data FROM leaf INDEXED BY leaf_kind"  # noqa: S608  # fixed texts
    f" WHERE log = ? AND idx >= ? AND idx < ? AND kind = ? ORDER BY idx LIMIT {BATCH})"
)

_NEWEST_TIMES = """
    SELECT
      (SELECT coalesce(json_extract(data, '$.time'), '') FROM leaf WHERE log = 'decisions'
         ORDER BY idx DESC LIMIT 1),
      (SELECT coalesce(json_extract(data, '$.time'), '') FROM leaf WHERE log = 'uses'
         ORDER BY idx DESC LIMIT 1)
"""


class LedgerReader:
    """What can be asked of a ledger. Threads share one connection under one lock.

    Every method may also raise StoreBusyError and LedgerDamagedError.
    """

    def __init__(self, database: sqlite3.Connection, *, key: SigningKey, origin: str) -> None:
        self._database = database
        self._key = key
        self._origin = origin
        self._lock = threading.RLock()

    def entries(
        self,
        log: LogName,
        *,
        start: int = 0,
        stop: int | None = None,
        kinds: Collection[str] | None = None,
    ) -> Iterator[Entry]:
        """Entries from `start` up to, not including, `stop`, in order.

        Args:
            log: Which log.
            start: First index.
            stop: Index after the last; None means all there are now.
            kinds: Only entries of these kinds; None means all.
        """
        size = self.size(log)
        start, stop = min(start, size), size if stop is None else min(stop, size)
        select, more = (_ANY, [()]) if kinds is None else (_OF_KIND, [(kind,) for kind in kinds])
        # One select a kind: each goes along the index of kinds and reads nothing else.
        union = " UNION ALL ".join([select] * len(more)) + f" ORDER BY idx LIMIT {BATCH}"
        while more:
            given = [each for kind in more for each in (log, start, stop, *kind)]
            with self._lock, translated():
                rows = self._database.execute(union, given).fetchall()
            for index, data in rows:
                yield parse_entry(log, index, data.encode())
            if len(rows) < BATCH:
                return
            start = rows[-1][0] + 1

    def newest(
        self, log: LogName, *, start: int, stop: int, words: Collection[str], most: int
    ) -> tuple[Entry, ...]:
        """The newest entries from `start` up to `stop` in whose text every word stands.

        Args:
            log: Which log.
            start: First index.
            stop: Index after the last.
            words: What has to stand in the bytes of the entry or in its number, as `uses/17`,
                whatever its case; the caller has folded it.
            most: How many at most.
        """
        has = " AND instr(casefold(log || '/' || idx || ' ' || data), ?)" * len(words)
        select = (
            "SELECT idx, data FROM leaf"  # noqa: S608  # fixed texts
            f" WHERE log = ? AND idx >= ? AND idx < ?{has} ORDER BY idx DESC LIMIT ?"
        )
        with self._lock, translated():
            rows = self._database.execute(select, (log, start, stop, *words, most)).fetchall()
        return tuple(parse_entry(log, index, data.encode()) for index, data in rows)

    def entry(self, log: LogName, index: int) -> Entry:
        """One entry.

        Raises:
            NotFoundError: The log is shorter.
        """
        return parse_entry(log, index, self.leaf(log, index))

    def leaf(self, log: LogName, index: int) -> bytes:
        """The bytes of an entry as they were hashed, for whoever checks a receipt.

        Raises:
            NotFoundError: The log is shorter.
        """
        if not 0 <= index < self.size(log):
            raise _no_such_entry()
        with self._lock, translated():
            row = self._database.execute(
                "SELECT data FROM leaf WHERE log = ? AND idx = ?", (log, index)
            ).fetchone()
        if row is None:
            raise damaged("An entry of the ledger is missing.")
        return str(row[0]).encode()

    def private(self, log: LogName, index: int) -> object:
        """The private payload of an entry; None where there is none, or it was erased.

        Raises:
            NotFoundError: The log is shorter.
        """
        entry = self.entry(log, index)
        with self._lock, translated():
            row = self._database.execute(
                "SELECT salt, data FROM payload WHERE log = ? AND idx = ?", (log, index)
            ).fetchone()
        if row is None:
            return None
        salt, data = row
        if commitment(salt, data.encode()) != entry.commitment:
            raise damaged("A private payload is not the one that its entry commits to.")
        return parse_json(data.encode())

    def private_with(self, log: LogName, text: str, *, start: int = 0) -> tuple[int, ...]:
        """Indexes of the entries whose private payload has this text in it, in order."""
        with self._lock, translated():
            rows = self._database.execute(
                "SELECT idx FROM payload WHERE log = ? AND idx >= ? AND instr(data, ?)"
                " ORDER BY idx",
                (log, start, text),
            ).fetchall()
        return tuple(index for (index,) in rows)

    def open_intents(self, log: LogName) -> tuple[Entry, ...]:
        """Intents that no entry has finished, oldest first."""
        with self._lock, translated():
            rows = self._database.execute(
                "SELECT idx, data FROM open_intent JOIN leaf USING (log, idx)"
                " WHERE log = ? ORDER BY idx",
                (log,),
            ).fetchall()
        return tuple(parse_entry(log, index, data.encode()) for index, data in rows)

    def size(self, log: LogName) -> int:
        """How many entries the log has."""
        with self._lock, translated():
            (last,) = self._database.execute(
                "SELECT max(idx) FROM leaf WHERE log = ?", (log,)
            ).fetchone()
        return 0 if last is None else last + 1

    def latest_time(self) -> datetime | None:
        """Time of the newest entry of both logs; None while they are empty."""
        with self._lock, translated():
            newest = self._database.execute(_NEWEST_TIMES).fetchone()
        return max((_moment_of(text) for text in newest if text is not None), default=None)

    def newest_fact(self, log: LogName, name: str) -> object:
        """The newest value of a public fact among all entries; None where none has it."""
        fact = f"$.public.{name}"
        with self._lock, translated():
            row = self._database.execute(
                "SELECT json_extract(data, ?) FROM leaf WHERE log = ?"
                " AND json_extract(data, ?) IS NOT NULL ORDER BY idx DESC LIMIT 1",
                (fact, log, fact),
            ).fetchone()
        return None if row is None else row[0]

    def first_since(self, log: LogName, moment: datetime) -> int:
        """Index of the first entry at a moment or after it; the log's size where there is none."""
        return bisect_left(
            range(self.size(log)), moment, key=lambda index: self.entry(log, index).time
        )

    def root(self, log: LogName, size: int | None = None) -> bytes:
        """Root of the first `size` entries (all by default), 32 bytes.

        Raises:
            NotFoundError: The log is shorter.
        """
        with self._lock:
            return root_of(self._bounded(size, self.size(log)), self._read_node(log))

    def checkpoint(self, log: LogName) -> str:
        """The newest signed checkpoint (c2sp.org/tlog-checkpoint)."""
        with self._lock, translated():
            row = self._database.execute(
                "SELECT note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1", (log,)
            ).fetchone()
        if row is None:
            raise damaged("A log has no checkpoint.")
        return str(row[0])

    def receipt(self, log: LogName, index: int) -> str:
        """Offline proof that the log holds an entry (c2sp.org/tlog-proof).

        Raises:
            NotFoundError: The log is shorter.
        """
        with self._lock:
            # One checkpoint for both, though another process may append in between.
            checkpoint = self.checkpoint(log)
            path = self.inclusion_proof(log, index, stated_head(checkpoint).size)
            return proof_text(index, path, checkpoint)

    def inclusion_proof(
        self, log: LogName, index: int, size: int | None = None
    ) -> tuple[bytes, ...]:
        """Audit path of an entry in the first `size` entries (RFC 6962, 2.1.1).

        Raises:
            NotFoundError: There is no such entry among them.
        """
        with self._lock:
            size = self._bounded(size, self.size(log))
            if not 0 <= index < size:
                raise _no_such_entry()
            return tuple(inclusion_path(index, size, self._read_node(log)))

    def consistency_proof(
        self, log: LogName, old: int, new: int | None = None
    ) -> tuple[bytes, ...]:
        """Proof that the first `new` entries begin with the first `old` (RFC 6962, 2.1.2).

        Raises:
            NotFoundError: The log is shorter.
        """
        with self._lock:
            new = self._bounded(new, self.size(log))
            old = self._bounded(old, new)
            return tuple(consistency_path(old, new, self._read_node(log)) if old else ())

    def vkey(self, log: LogName) -> str:
        """The public key of a log as checkers are given it: `name+hex+base64`."""
        return vkey_of(self._origin_of(log), self._key.public_key)

    def _origin_of(self, log: LogName) -> str:
        return f"{self._origin}/{log}"

    def _bounded(self, size: int | None, limit: int) -> int:
        if size is None:
            return limit
        if not 0 <= size <= limit:
            raise _no_such_entry()
        return size

    def _read_node(self, log: LogName) -> ReadNode:
        def read(level: int, index: int) -> bytes:
            with translated():
                row = self._database.execute(
                    "SELECT hash FROM node WHERE log = ? AND level = ? AND idx = ?",
                    (log, level, index),
                ).fetchone()
            if row is None:
                raise damaged("A stored hash is missing.")
            return bytes(row[0])

        return read


def stated_head(note: str) -> Head:
    """What a stored checkpoint says, its signature unchecked."""
    text, _, _ = note.rpartition("\n\n")
    try:
        return parse_checkpoint(f"{text}\n")
    except ProofError as error:
        raise damaged("A checkpoint of the ledger is damaged.") from error


def _moment_of(text: str) -> datetime:
    try:
        return utc_moment(text)
    except (TypeError, ValueError) as error:
        raise damaged("The last entry of the ledger is damaged.") from error


def _no_such_entry() -> NotFoundError:
    return NotFoundError(
        "The ledger has no such entry.", hint="Indexes start at 0; list the entries."
    )
