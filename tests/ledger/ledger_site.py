"""A ledger on disk, and the ways a test looks at it from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recognizance.keys import SigningKey
from recognizance.ledger import Ledger, LogName
from recognizance.ledger.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.ledger.verify import Report

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORIGIN = "recognizance/0123456789abcdef"
KEY = SigningKey.from_seed(bytes(range(32)))


@dataclass(frozen=True)
class Site:
    """Where a ledger and its pin lie."""

    path: Path
    pin: Path

    def create(self) -> Ledger:
        return Ledger.create(self.path, key=KEY, origin=ORIGIN, pin=self.pin)

    def open(self, *, wait_s: float = 10.0) -> Ledger:
        return Ledger.open(self.path, key=KEY, origin=ORIGIN, pin=self.pin, wait_s=wait_s)

    def verify(self) -> Report:
        with self.open() as ledger:
            vkey = ledger.vkey(LogName.USES)
        return verify_ledger(self.path, [vkey], self.pin)


def fill(ledger: Ledger, count: int, log: LogName = LogName.USES) -> None:
    """Append `count` entries, one a second, each with a private payload."""
    for number in range(count):
        ledger.append(
            log,
            "search",
            {"number": number},
            now=NOON + timedelta(seconds=number),
            private={"case": f"case-{number}"},
        )
