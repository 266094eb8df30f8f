"""How many changes a gallery file has seen, so that an older copy of it is told from the last one.

The number goes up with each transaction that writes, in the same transaction, and the ledger names
it in its entries. It is sealed together with how many keys were ever made and destroyed: a newer
number that is pasted into an older file does not open there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select

from recognizance.errors import WorkspaceDamagedError
from recognizance.gallery.schema import lead_key, meta, subject_key
from recognizance.gallery.sealing import TAG_BYTES, context
from recognizance.keys import seal, unseal

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHANGES: Final = "gallery_changes"
"""Under which name the ledger's entries have the number."""

_NAME: Final = "changes"


def read_changes(connection: Connection, workspace_key: bytes) -> int:
    """How many changes there were; 0 before the first one.

    Raises:
        WorkspaceDamagedError: The number is not the one that was written with these keys.
    """
    sealed = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    if sealed is None:
        return 0
    return int(unseal(workspace_key, sealed, context=_bound(connection)))


def write_changes(connection: Connection, workspace_key: bytes, changes: int) -> None:
    """Write the number, at the end of the transaction that it counts."""
    sealed = seal(workspace_key, str(changes).encode(), context=_bound(connection))
    connection.execute(delete(meta).where(meta.c.name == _NAME))
    connection.execute(insert(meta), {"name": _NAME, "value": sealed})


def check_newest(changes: int, recorded: int) -> None:
    """Is the gallery at least as new as the last one that the ledger names?

    Raises:
        WorkspaceDamagedError: It is older.
    """
    if changes < recorded:
        raise WorkspaceDamagedError(
            f"gallery.db is an older copy: it has seen {changes} changes of the {recorded} that "
            "the ledger names.",
            hint="Put the newest gallery.db back; people who were erased since are in this one.",
        )


def _bound(connection: Connection) -> bytes:
    destroyed = select(func.count()).where(subject_key.c.tag == bytes(TAG_BYTES))
    facts = (
        connection.execute(select(func.max(subject_key.c.row))).scalar() or 0,
        connection.execute(destroyed).scalar() or 0,
        connection.execute(select(func.max(lead_key.c.row))).scalar() or 0,
    )
    return context(_NAME, *map(str, facts))
