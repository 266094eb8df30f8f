"""The databases of a workspace as they were together at one moment, while others go on writing.

Gallery and ledger are held still for as long as it takes to begin reading both, and copied after
that. So each change of the copied gallery has its intent in the copied ledger, and the ledger
names no change that the gallery lacks: the state that a process leaves which dies just then.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from recognizance.sqlite import our_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recognizance.layout import Layout


def copy_databases(layout: Layout, into: Path, *, wait_s: float) -> tuple[str, ...]:
    """Copy every database of a workspace; their names.

    Args:
        layout: Where the workspace lies.
        into: An empty folder.
        wait_s: Longest wait for whoever is writing, in seconds.

    Raises:
        StoreBusyError: Somebody wrote for longer than that.
    """
    together = (layout.gallery, layout.ledger)
    others = [path for path in sorted(layout.home.glob("*.db")) if path not in together]
    with contextlib.ExitStack() as stack, our_errors("workspace"):
        readers = [
            (path, stack.enter_context(contextlib.closing(_connected(path, wait_s))))
            for path in (*together, *others)
        ]
        _begin_together(together, readers, wait_s)
        for path, reader in readers:
            _copy(reader, into / path.name)
    return tuple(sorted(path.name for path, _ in readers))


def _begin_together(
    held: Sequence[Path], readers: Sequence[tuple[Path, sqlite3.Connection]], wait_s: float
) -> None:
    # The gallery first: who writes there may want to read the ledger, and nobody who appends to
    # the ledger waits for the gallery.
    with contextlib.ExitStack() as stack:
        for path in held:
            writer = stack.enter_context(contextlib.closing(_connected(path, wait_s)))
            writer.execute("BEGIN IMMEDIATE")
        for _, reader in readers:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here it stands


def _copy(reader: sqlite3.Connection, path: Path) -> None:
    path.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path)) as copy:
        reader.backup(copy)  # inside the reader's transaction: what it saw at its begin


def _connected(path: Path, wait_s: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=wait_s, isolation_level=None)
