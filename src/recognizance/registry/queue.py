"""The queue of leads: when the next planted one is owed.

A planted lead is one of which it is known that nobody is on it. Reviewers cannot tell it from
others, so how often they accept one measures how often they accept a false candidate. Between two
of them lie 1 to 17 leads: how many, is drawn anew after each from a secret of the workspace, so
that nobody can count them out. On average one lead in ten is planted, and of twenty that follow
each other one always is: that is counted over the log and not left to chance.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from recognizance.ledger import LogName
from recognizance.registry.tally import CHECK, HELD
from recognizance.types import utc_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.ledger import Entry, Ledger

MOST_BETWEEN = 17
"""House number. The floor is one planted lead in twenty, and processes that search at the same
moment may each add one more lead before either sees that one is owed."""

HOLDING = frozenset({"search", "verify", "watch"})
"""Kinds of entries that hold a lead."""

_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Usual:
    """What the newest lead looked like, so that a planted one looks no different.

    Attributes:
        candidates: How many candidates it had.
        span: How long its search took.
    """

    candidates: int = 1
    span: timedelta = timedelta(milliseconds=100)


def gap_after(secret: bytes, index: int) -> int:
    """How many leads lie between a planted lead, at that index of the log, and the next one.

    Args:
        secret: The workspace's.
        index: Where the planted one stands in the log; -1 where there is none.
    """
    drawn = hmac.digest(secret, str(index).encode(), "sha256")
    return 1 + int.from_bytes(drawn[:8], "big") % MOST_BETWEEN


class Queue:
    """How many leads came since the newest planted one, as far as the uses log has been read.

    Args:
        ledger: The ledger.
        secret: 32 bytes that only the workspace knows.
    """

    def __init__(self, ledger: Ledger, secret: bytes) -> None:
        self._ledger = ledger
        self._secret = secret
        self._read: int | None = None
        self._since = 0
        self._newest = -1
        self._usual = Usual()
        self._lock = Lock()

    def owed(self) -> Usual | None:
        """What a planted lead has to look like that is owed now; None while none is."""
        with self._lock:
            if self._read is None:
                self._read = self._ledger.size(LogName.USES)
                self._look_back(self._read)
            kinds = HOLDING | {CHECK}
            for entry in self._ledger.entries(LogName.USES, start=self._read, kinds=kinds):
                self._read = entry.index + 1
                self._count(entry)
            due = self._since >= gap_after(self._secret, self._newest)
            return self._usual if due else None

    def _count(self, entry: Entry) -> None:
        if entry.public.get("outcome") != HELD:
            return
        if self._planted(entry):
            self._since, self._newest = 0, entry.index
        else:
            self._since += 1
            self._usual = self._look_of(entry)

    def _look_back(self, size: int) -> None:
        """Count from the end of the log to the newest planted lead, or as far as it matters."""
        known: set[object] = set()
        for entry in self._backwards(size):
            if entry.kind == CHECK:
                known.add(entry.public.get("lead"))
            elif entry.public.get("outcome") == HELD:
                if entry.public.get("lead") in known or self._planted(entry):
                    self._newest = entry.index
                    return
                if not self._since:
                    self._usual = self._look_of(entry)
                self._since += 1
                if self._since > MOST_BETWEEN:
                    return

    def _backwards(self, size: int) -> Iterator[Entry]:
        for stop in range(size, 0, -_AT_ONCE):
            start, kinds = max(stop - _AT_ONCE, 0), HOLDING | {CHECK}
            batch = self._ledger.entries(LogName.USES, start=start, stop=stop, kinds=kinds)
            yield from reversed(tuple(batch))

    def _planted(self, entry: Entry) -> bool:
        match self._ledger.private(LogName.USES, entry.index):
            case {"planted": True}:
                return True
        return False

    def _look_of(self, entry: Entry) -> Usual:
        match self._ledger.private(LogName.USES, entry.index):
            case {"references": [*references]} if references:
                candidates = len(references)
            case _:
                candidates = self._usual.candidates
        started = entry.public.get("started")
        span = entry.time - utc_moment(started) if isinstance(started, str) else self._usual.span
        return Usual(candidates, max(span, timedelta()))
