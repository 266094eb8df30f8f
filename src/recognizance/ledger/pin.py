"""The pin: what a ledger was last seen to be, kept outside its folder.

Whoever puts back an old copy of the folder, with all its valid signatures, does not put back the
pin; so a ledger that is shorter than its pin, or other, was rolled back.

The file holds two records of JSON, each padded to one disk sector, written in turn and in place.
A power cut can spoil only the record that is being written, and the other one still counts. That
is safer than to replace the file, and costs a third: no new file, no change of folder or length.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recognizance.ledger.database import full
from recognizance.ledger.verify import PIN_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from recognizance.ledger.verify import Head

# The content alone where the system can do that (Linux), else the times of the file too.
_sync_content = getattr(os, "fdatasync", os.fsync)

NOTHING_PINNED = '{"v":1,"logs":{}}'
"""What a person writes into a lost pin to accept a ledger as it is."""


class Pin:
    """The pin of an open ledger, and a thread that waits for the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pin")
        self._under_way: Future[None] | None = None
        self._written: bytes | None = None

    def write(self, heads: Sequence[Head]) -> None:
        """Write the newer of the two records; it reaches the disk after this returns.

        The other one has reached it before, whichever process wrote it. The caller holds the
        ledger's write lock, so that a pin never becomes an older one.

        Raises:
            StoreFullError: The file cannot be written, or the disk did not take the other record.
        """
        logs = {head.origin: {"size": head.size, "root": head.root.hex()} for head in heads}
        text = json.dumps({"v": 1, "logs": logs}, separators=(",", ":")) + "\n"
        record = text.rjust(PIN_RECORD_BYTES).encode()
        place = sum(head.size for head in heads) % 2 * PIN_RECORD_BYTES
        self.wait()
        with _opened(self.path) as descriptor:
            other = os.pread(descriptor, PIN_RECORD_BYTES, PIN_RECORD_BYTES - place)
            if other != self._written:  # another process wrote it, or one before this
                _sync_content(descriptor)
            os.pwrite(descriptor, record, place)
        self._written = record
        self._under_way = self._thread.submit(_sync, self.path)

    def wait(self) -> None:
        """Until what was written last is on the disk.

        Raises:
            StoreFullError: The disk did not take it.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def close(self) -> None:
        """Wait, and end the thread; raises as `wait`."""
        self._thread.shutdown()
        self.wait()


def _sync(path: Path) -> None:
    with _opened(path) as descriptor:
        _sync_content(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise full() from error
