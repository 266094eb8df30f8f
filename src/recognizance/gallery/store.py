"""The gallery of one machine: one SQLite file, and how what is in it comes to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sqlalchemy import ColumnElement, delete, select, update

from recognizance.gallery import sealing
from recognizance.gallery.database import Database
from recognizance.gallery.keyring import chunks, destroy_keys, find_keys, open_keys, replace_key
from recognizance.gallery.leads import SqliteLeads
from recognizance.gallery.port import Erasure, Gallery
from recognizance.gallery.references import SqliteReferences, sealed_columns
from recognizance.gallery.schema import crop, gallery, reference, subject_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Connection

    from recognizance.gallery.port import AmendBody
    from recognizance.gallery.sealing import SubjectKey

WAIT_S = 10.0
"""Longest wait for another process, in seconds, unless the caller says otherwise."""


class SqliteGallery(SqliteReferences, SqliteLeads, Gallery):
    """The gallery of one machine; what each method promises stands in `Gallery`.

    Several processes may have it open. Make one with `create` or `open`; it may be used as a
    context manager.

    Whatever ends, ends down to the file's bytes: keys and deleted rows are overwritten with zeros
    and the write-ahead log is cut. What a file system or a flash disk keeps of blocks that it was
    told to overwrite is beyond this program; encrypt the disk.
    """

    @classmethod
    def create(cls, path: Path, workspace_key: bytes, *, wait_s: float = WAIT_S) -> Self:
        """Make an empty store.

        Args:
            path: Its file; the folder exists, the file does not.
            workspace_key: 32 bytes that everything is sealed under.
            wait_s: Longest wait for another process, in seconds.

        Raises:
            WorkspaceExistsError: There is such a file; it is left alone.
            StoreFullError: The disk is full or read-only.
        """
        return cls(Database.create(path, workspace_key, wait_s=wait_s), workspace_key)

    @classmethod
    def open(cls, path: Path, workspace_key: bytes, *, wait_s: float = WAIT_S) -> Self:
        """Open a store that `create` made; the arguments are the same.

        Raises:
            WorkspaceMissingError: There is no such file.
            WorkspaceNewerError: A newer program wrote it.
            WorkspaceDamagedError: It is no gallery, or of another workspace key.
        """
        return cls(Database.open(path, workspace_key, wait_s=wait_s), workspace_key)

    def close(self) -> None:
        """Close every connection to the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def holds_subject(self, subject_id: str) -> bool:
        """Whether any gallery or any lead holds something about this subject."""
        with self._database.reading() as connection:
            enrolled = find_keys(connection, self._workspace_key, [subject_id])
            return bool(enrolled) or any(self._naming(connection, subject_id))

    def remove_intent(self, intent: str) -> int:
        """Destroy what came with an intent; how many references there were."""
        with self._database.writing() as connection:
            removed = self._delete(connection, reference.c.intent == intent)
        self._database.forget_log()
        return removed

    def destroy(self, reference_ids: Iterable[str]) -> int:
        """Destroy single references, and the key of each subject who has none left."""
        with self._database.writing() as connection:
            destroyed = sum(
                self._delete(connection, reference.c.reference_id.in_(some))
                for some in chunks(reference_ids)
            )
        self._database.forget_log()
        return destroyed

    def erase_subject(self, subject_id: str, *, amend: AmendBody) -> Erasure:
        """Destroy a subject's key, references and pictures, and every candidate."""
        with self._database.writing() as connection:
            leads = self._amend_leads(connection, subject_id, amend)
            of_subject = self._of_subject(connection, subject_id)
            references = self._delete(connection, of_subject)
        self._database.forget_log()
        return Erasure(references=references, leads=leads)

    def _delete(self, connection: Connection, condition: ColumnElement[bool]) -> int:
        """Delete references; destroy the keys that they were sealed under.

        Whoever has other references is given another key for those: a copy of a deleted row that
        SQLite left somewhere in the file is sealed under the old one.
        """
        in_galleries = select(reference.c.gallery_id).where(condition)
        connection.execute(
            update(gallery)
            .where(gallery.c.gallery_id.in_(in_galleries))
            .values(generation=gallery.c.generation + 1)
        )
        whose = select(reference.c.subject).where(condition).distinct()
        subjects = connection.execute(whose).scalars().all()
        deleted = connection.execute(delete(reference).where(condition)).rowcount
        has_more = select(reference.c.row).where(reference.c.subject == subject_key.c.row).exists()
        remaining = {
            row.row: row
            for some in chunks(subjects)
            for row in connection.execute(
                select(subject_key).where(subject_key.c.row.in_(some), has_more)
            )
        }
        for key in open_keys(self._workspace_key, remaining.values()).values():
            self._seal_anew(connection, key)
        destroy_keys(connection, subject_key, [row for row in subjects if row not in remaining])
        return deleted

    def _seal_anew(self, connection: Connection, old: SubjectKey) -> None:
        kept = self._opened(connection, reference.c.subject == old.row)
        pictures = connection.execute(
            select(crop)
            .join(reference, crop.c.reference_id == reference.c.reference_id)
            .where(reference.c.subject == old.row)
        ).all()
        new = replace_key(connection, self._workspace_key, old)
        for each in kept:
            connection.execute(
                update(reference)
                .where(reference.c.reference_id == each.reference_id)
                .values(sealed_columns(new, each))
            )
        for row in pictures:
            picture = sealing.open_crop(old, row.reference_id, row.sealed)
            connection.execute(
                update(crop)
                .where(crop.c.reference_id == row.reference_id)
                .values(sealed=sealing.seal_crop(new, row.reference_id, picture))
            )
