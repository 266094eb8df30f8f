"""Who is at work: a use holds the workspace's lock with others, settling holds it alone.

An intent in the ledger that nothing has closed is either cut off or still at work in another
process. The lock tells which: it dies with the process that held it.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold the lock alone, as soon as whoever holds it lets go."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
