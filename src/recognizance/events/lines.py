"""JSON lines: one event a line, appended to a file and on the disk before it counts as told."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from recognizance.errors import DeliveryError

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.events.event import Event

_TAIL = 64 * 1024


class JsonLines:
    """A file that grows by a line an event.

    Args:
        path: The file; readable by its owner alone where it is made here.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def name(self) -> str:
        """Its whole path."""
        return f"lines:{self._path.resolve()}"

    def open(self) -> None:
        """Open the file; a line that was cut off by a crash is ended first."""
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            tail = self._tail()
            if tail and not tail.endswith(b"\n"):
                _write(self._file, b"\n")
        except OSError as error:
            self.close()
            raise _unwritable(error) from error

    def send(self, event: Event) -> None:
        """Append the event, unless the last line is it: a crash came between line and cursor."""
        if self._file is None:
            self.open()
        assert self._file is not None  # noqa: S101  # opened on the line before
        line = event.to_json() + b"\n"
        try:
            if not self._tail().endswith(line):
                _write(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            self.close()  # the next try opens it anew, and ends a line that was cut off
            raise _unwritable(error) from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _tail(self) -> bytes:
        assert self._file is not None  # noqa: S101  # only called where it is open
        size = os.fstat(self._file).st_size
        return os.pread(self._file, _TAIL, max(0, size - _TAIL))


def _write(file: int, data: bytes) -> None:
    """All of it, or an error: a disk that is nearly full takes a part and says so by a number."""
    if os.write(file, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unwritable(error: OSError) -> DeliveryError:
    return DeliveryError(
        f"The file of events cannot be written: {error.strerror}.",
        hint="Make room, or check the path and its permissions.",
    )
