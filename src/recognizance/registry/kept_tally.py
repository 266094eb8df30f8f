"""The counts of a tally, kept beside the ledger so that a process that starts need not recount.

The file is a help and no source. It holds the counts of the first entries of the uses log, how
many those were and their root, under a code (HMAC-SHA256) by a key of the workspace. It is taken
only if the code is right and the ledger of now has that root at that size: then nobody without
the workspace's keys has written it, and it counts the very entries that were signed. What came
after them is read from the log. So a file that was altered, taken from elsewhere, put back from
an older day or deleted changes no count; at worst the log is read from its beginning.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import stat
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import NotFoundError
from recognizance.ledger import LogName
from recognizance.registry.tally import Counted, Counts, PermitTally, Series
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.ledger import Ledger

_FORMAT: Final = f"recognizance tally 1 {sys.byteorder}\n".encode()
_CODE_BYTES: Final = 32
_NUMBER_BYTES: Final = 8
_LEAST_ROOM: Final = 2**20
_ROOM_AN_ENTRY: Final = 512
"""House numbers, several times what an entry adds: a file with more is not of this ledger."""


class KeptTally:
    """The file of a workspace.

    Args:
        path: Where it lies.
        secret: 32 bytes that only the workspace knows.
        write: Writes a file whole or not at all.
    """

    def __init__(self, path: Path, secret: bytes, write: Callable[[Path, bytes], None]) -> None:
        self._path = path
        self._secret = secret
        self._write = write

    def load(self, ledger: Ledger) -> Counts | None:
        """The counts, if they are those of this ledger."""
        data = _read(self._path, most=_LEAST_ROOM + _ROOM_AN_ENTRY * ledger.size(LogName.USES))
        body, code = data[:-_CODE_BYTES], data[-_CODE_BYTES:]
        if not hmac.compare_digest(code, self._code(body)) or not body.startswith(_FORMAT):
            return None
        head, _, packed = body[len(_FORMAT) :].partition(b"\n")
        about: Any = parse_json(head)
        try:
            root = ledger.root(LogName.USES, about["read"])
        except NotFoundError:  # the ledger is shorter: it is not the one that was counted
            return None
        return _unpacked(about, packed) if root.hex() == about["root"] else None

    def keep(self, counts: Counts, ledger: Ledger) -> None:
        """Write the counts down; where that cannot be, the next process counts again."""
        about, packed = _packed(counts)
        about["root"] = ledger.root(LogName.USES, counts.read).hex()
        body = b"".join((_FORMAT, canonical_bytes(about), b"\n", packed))
        with contextlib.suppress(OSError):
            self._write(self._path, body + self._code(body))

    def _code(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, "sha256")


def _read(path: Path, *, most: int) -> bytes:
    """The bytes of a file; none where it is no plain file, or is longer than so many.

    Something else may lie at its place: a pipe is not waited for, and no link is followed.
    """
    try:
        with open(path, "rb", opener=_opened) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b""
            data = file.read(most + 1)
    except OSError:
        return b""
    return data if len(data) <= most else b""


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)


def _packed(counts: Counts) -> tuple[dict[str, object], bytes]:
    """Counts as a JSON value and, after it, the numbers of their series."""
    permits, packed = [], []
    for permit_id, tally in counts.permits.items():
        series = _series_of(tally)
        outcomes = [[*which, number] for which, number in tally.outcomes.items()]
        permits.append([permit_id, tally.crowded, outcomes, [len(each.times) for each in series]])
        packed += [numbers.tobytes() for each in series for numbers in (each.times, each.totals)]
    open_leads = {
        lead: [
            [each.permit_id, each.operation, each.outcome, utc_text(each.time), each.faces]
            for each in counted
        ]
        for lead, counted in counts.open.items()
    }
    return {"read": counts.read, "permits": permits, "open": open_leads}, b"".join(packed)


def _unpacked(about: dict[str, Any], packed: bytes) -> Counts:
    """Counts of what `_packed` made."""
    counts, at = Counts(about["read"]), 0
    for permit_id, crowded, outcomes, lengths in about["permits"]:
        tally = PermitTally(crowded=crowded)
        tally.outcomes = Counter({(what, ended): number for what, ended, number in outcomes})
        for series, length in zip(_series_of(tally), lengths, strict=True):
            for numbers in (series.times, series.totals):
                numbers.frombytes(packed[at : at + length * _NUMBER_BYTES])
                at += length * _NUMBER_BYTES
        counts.permits[permit_id] = tally
    for lead, counted in about["open"].items():
        counts.open[lead] = [
            Counted(permit_id, operation, outcome, utc_moment(time), faces)
            for permit_id, operation, outcome, time, faces in counted
        ]
    return counts


def _series_of(tally: PermitTally) -> tuple[Series, ...]:
    return (tally.uses, tally.faces, tally.leads, tally.false_alerts)
