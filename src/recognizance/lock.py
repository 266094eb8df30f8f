"""Who is at work: a use holds the workspace's lock with others, settling holds it alone.

An intent in the ledger that nothing has closed is either cut off or still at work in another
process. The lock tells which: it dies with the process that held it.
"""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from recognizance.errors import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOOK_AGAIN_S: Final = 0.002


@contextmanager
def at_work(path: Path) -> Iterator[None]:
    """Hold the lock together with every other use."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold the lock alone, if nobody is at work; yields whether it is held. Never waits."""
    with path.open("a") as file:
        yield _taken(file)


@contextmanager
def in_turn(path: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock alone, as soon as whoever holds it lets go.

    Args:
        path: The file.
        wait_s: How long to wait for that, in seconds.

    Raises:
        StoreBusyError: Somebody holds it for longer.
    """
    until = time.monotonic() + wait_s
    with path.open("a") as file:
        while not _taken(file):
            if time.monotonic() >= until:
                raise StoreBusyError(
                    "Another process is in the middle of an answer, and does not end it.",
                    hint="Run it again; if that goes on, look for a process that was stopped.",
                )
            time.sleep(_LOOK_AGAIN_S)
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
