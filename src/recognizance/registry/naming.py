"""Which uses name a person, so that whoever asks what is held need not wait for the whole log.

Who is named stands in private payloads alone, and no index of them lies on the disk: it would show
whose face was searched for. What a process has read it remembers by keyed digests, not by ids, and
a payload is opened each time before it counts, for it may have been erased since.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from recognizance.keys import Digests
from recognizance.ledger import LogName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.ledger import Ledger

_HAS_NAMES = '"subject'
"""How the names of both fields begin, as they stand in a payload."""


class Naming:
    """The uses that name each person, as far as the log has been read.

    Args:
        ledger: The ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read = 0
        self._uses: dict[bytes, list[int]] = {}
        self._digests = Digests()
        self._lock = Lock()

    def of(self, subject_id: str) -> list[int]:
        """Indexes of the uses whose payload names a person now."""
        with self._lock:
            self._read_on()
            known = tuple(self._uses.get(self._digests.of(subject_id), ()))
        return [index for index in known if subject_id in self._named_by(index)]

    def read_on(self) -> None:
        """Look at what the log has gained."""
        with self._lock:
            self._read_on()

    def _read_on(self) -> None:
        size = self._ledger.size(LogName.USES)
        for index in self._ledger.private_with(LogName.USES, _HAS_NAMES, start=self._read):
            for each in self._named_by(index):
                self._uses.setdefault(self._digests.of(each), []).append(index)
            self._read = index + 1  # others may write meanwhile: one of theirs may be read already
        self._read = max(self._read, size)

    def _named_by(self, index: int) -> set[str]:
        return set(named_in(self._ledger.private(LogName.USES, index)))


def named_in(payload: object) -> Iterator[str]:
    """Whom a private payload names."""
    if isinstance(payload, dict):
        yield from (each for each in payload.get("subjects", ()) if isinstance(each, str))
        if isinstance(payload.get("subject"), str):
            yield payload["subject"]
