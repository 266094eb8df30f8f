"""The key tables: keys are added, replaced in place and overwritten, never deleted."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, insert, select, update

from recognizance.gallery import sealing
from recognizance.gallery.database import WHAT
from recognizance.gallery.schema import TAG_INDEX, subject_key
from recognizance.gallery.sealing import SubjectKey
from recognizance.keys import new_secret
from recognizance.sqlite import as_written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Row, Table

_T = TypeVar("_T")

# SQLite takes 32,766 values in one statement (https://www.sqlite.org/limits.html, 9).
_VALUES_AT_ONCE = 10_000


def find_keys(
    connection: Connection, workspace_key: bytes, subject_ids: Iterable[str]
) -> dict[str, SubjectKey]:
    """The keys of those subjects who have one, by subject id."""
    tags = (sealing.subject_tag(workspace_key, subject_id) for subject_id in subject_ids)
    rows = [
        row
        for some in chunks(tags)
        for row in connection.execute(select(subject_key).where(subject_key.c.tag.in_(some)))
    ]
    return {key.subject_id: key for key in open_keys(workspace_key, rows).values()}


def open_keys(workspace_key: bytes, rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, SubjectKey]:
    """Subject keys by their number, from rows of their table."""
    with as_written(WHAT):
        return {
            row.row: sealing.open_subject_key(workspace_key, row.row, row.tag, row.sealed)
            for row in rows
        }


def make_keys(
    connection: Connection, workspace_key: bytes, subject_ids: Sequence[str]
) -> dict[str, SubjectKey]:
    """The keys of subjects; whoever has none yet is given one."""
    keys = find_keys(connection, workspace_key, subject_ids)
    row = next_row(connection, subject_key)
    fresh: list[dict[str, int | bytes]] = []
    for subject_id in subject_ids:
        if subject_id not in keys:
            key = SubjectKey(row + len(fresh), subject_id, new_secret())
            keys[subject_id] = key
            fresh.append(
                {
                    "row": key.row,
                    "tag": sealing.subject_tag(workspace_key, subject_id),
                    "sealed": sealing.seal_subject_key(workspace_key, key),
                }
            )
    if fresh:
        connection.execute(insert(subject_key), fresh)
    return keys


def replace_key(connection: Connection, workspace_key: bytes, old: SubjectKey) -> SubjectKey:
    """Give a subject another key, written over the old one."""
    new = SubjectKey(old.row, old.subject_id, new_secret())
    connection.execute(
        update(subject_key)
        .where(subject_key.c.row == old.row)
        .values(sealed=sealing.seal_subject_key(workspace_key, new))
    )
    return new


def destroy_keys(connection: Connection, table: Table, rows: Sequence[int]) -> None:
    """Overwrite keys, and what is beside them, with zeros."""
    columns = [column for column in table.c if not column.primary_key]
    blank = {column.name: func.zeroblob(func.length(column)) for column in columns}
    for some in chunks(rows):
        connection.execute(update(table).where(table.c.row.in_(some)).values(blank))
    if table is subject_key and rows:
        # An index has no place of its own for an entry, so the whole index is written afresh.
        connection.exec_driver_sql(f"REINDEX {TAG_INDEX}")


def next_row(connection: Connection, table: Table) -> int:
    """The first number of a key table that was never used."""
    last: int | None = connection.execute(select(func.max(table.c.row))).scalar()
    return (last or 0) + 1


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Values in lists that fit into one statement."""
    left = iter(values)
    while some := list(islice(left, _VALUES_AT_ONCE)):
        yield some
