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
from typing import TYPE_CHECKING

from recognizance.ledger.database import full
from recognizance.ledger.verify import PIN_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
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

    def write(self, heads: Sequence[Head]) -> None:
        """As `write_pin`; it reaches the disk after this returns.

        Raises:
            StoreFullError: The file cannot be written.
        """
        write_pin(self.path, heads)
        self._under_way = self._thread.submit(sync_pin, self.path)

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


def write_pin(path: Path, heads: Sequence[Head]) -> None:
    """Write the newer of the two records; `sync_pin` has it reach the disk.

    The caller holds the ledger's write lock, so that a pin never becomes an older one.

    Raises:
        StoreFullError: The file cannot be written.
    """
    logs = {head.origin: {"size": head.size, "root": head.root.hex()} for head in heads}
    record = json.dumps({"v": 1, "logs": logs}, separators=(",", ":")) + "\n"
    place = sum(head.size for head in heads) % 2 * PIN_RECORD_BYTES
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, record.rjust(PIN_RECORD_BYTES).encode(), place)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise full() from error


def sync_pin(path: Path) -> None:
    """Wait until what was written is on the disk.

    Raises:
        StoreFullError: The disk does not take it.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY)
        try:
            _sync_content(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise full() from error
