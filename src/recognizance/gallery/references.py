"""References at rest in SQLite: written, listed, opened; their end stands in `store.py`."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import ColumnElement, and_, false, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from recognizance.errors import ConflictError, NotFoundError, WorkspaceDamagedError
from recognizance.gallery import sealing
from recognizance.gallery.admission import check_id, check_references
from recognizance.gallery.database import WHAT, SqliteStore
from recognizance.gallery.keyring import find_keys, make_keys, open_keys
from recognizance.gallery.port import Counts, GalleryRecord, Templates
from recognizance.gallery.schema import crop, gallery, reference, subject_key
from recognizance.sqlite import as_written
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from recognizance.gallery.sealing import SubjectKey
    from recognizance.types import Reference


class SqliteReferences(SqliteStore):
    """The part of a SQLite gallery that keeps references; the promises stand in `Gallery`."""

    def create_gallery(
        self, gallery_id: str, *, permit_id: str, purpose: str, created_at: datetime
    ) -> GalleryRecord:
        """Set up an empty gallery."""
        check_id("gallery id", gallery_id)
        check_id("permit id", permit_id)
        check_id("purpose", purpose)
        row = {
            "gallery_id": gallery_id,
            "permit_id": permit_id,
            "purpose": purpose,
            "created_at": utc_text(created_at),
            "generation": 0,
        }
        sealed = sealing.gallery_seal(
            self._workspace_key,
            gallery_id=gallery_id,
            permit_id=permit_id,
            purpose=purpose,
            created_at=utc_text(created_at),
        )
        with self._database.writing() as connection:
            try:
                connection.execute(insert(gallery), row | {"seal": sealed})
            except IntegrityError as error:
                raise ConflictError(
                    "There is a gallery of that id already.", hint="Choose another id, or use it."
                ) from error
        return GalleryRecord(gallery_id, permit_id, purpose, utc_moment(utc_text(created_at)), 0)

    def galleries(self) -> tuple[GalleryRecord, ...]:
        """All galleries, by id."""
        with self._database.reading() as connection:
            rows = connection.execute(select(gallery).order_by(gallery.c.gallery_id)).all()
        return tuple(self._gallery_record(row) for row in rows)

    def gallery(self, gallery_id: str) -> GalleryRecord:
        """One gallery."""

        def found(connection: Connection) -> GalleryRecord:
            this_one = select(gallery).where(gallery.c.gallery_id == gallery_id)
            row = connection.execute(this_one).first()
            if row is None:
                raise _no_gallery()
            return self._gallery_record(row)

        return self._database.unchanged.get((gallery, gallery_id), found)

    def generation(self, gallery_id: str) -> int:
        """Number of changes of the gallery's references."""
        return self.gallery(gallery_id).generation

    def changes(self) -> int:
        """How many changes the file has seen."""
        return self._database.changes()

    def add(
        self,
        references: Sequence[Reference],
        crops: Mapping[str, bytes],
        *,
        intent: str,
        check: Callable[[Counts], None] | None = None,
    ) -> None:
        """Add references, all of them or none."""
        check_references(references, crops)
        with self._database.writing() as connection:
            for gallery_id in sorted({each.gallery_id for each in references}):
                _bump_generation(connection, gallery_id)
            subject_ids = sorted({each.subject_id for each in references})
            keys = make_keys(connection, self._workspace_key, subject_ids)
            rows = [_new_row(keys[each.subject_id], each, intent) for each in references]
            try:
                connection.execute(insert(reference), rows)
            except IntegrityError as error:
                raise ConflictError(
                    "This photograph of this subject, or the reference, is in the gallery already.",
                    hint="Leave that photograph out; nothing was added.",
                ) from error
            if check is not None:
                for gallery_id in sorted({each.gallery_id for each in references}):
                    check(_counts(connection, gallery_id))
            pictures = [
                {
                    "reference_id": each.reference_id,
                    "sealed": sealing.seal_crop(
                        keys[each.subject_id], each.reference_id, crops[each.reference_id]
                    ),
                }
                for each in references
                if each.reference_id in crops
            ]
            if pictures:
                connection.execute(insert(crop), pictures)

    def has_intent(self, intent: str) -> bool:
        """Whether references that came with this intent are there."""
        query = select(reference.c.row).where(reference.c.intent == intent).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def references(self, gallery_id: str) -> tuple[Reference, ...]:
        """All references of a gallery, in the order in which they came."""
        with self._database.reading() as connection:
            _generation(connection, gallery_id)
            return self._opened(connection, reference.c.gallery_id == gallery_id)

    def page(self, gallery_id: str, *, after: int, most: int) -> tuple[tuple[int, Reference], ...]:
        """Some references of a gallery, in the order in which they came, each with its row."""
        rows = (
            select(reference.c.row)
            .where(reference.c.gallery_id == gallery_id, reference.c.row > after)
            .order_by(reference.c.row)
            .limit(most)
        )
        with self._database.reading() as connection:
            _generation(connection, gallery_id)
            numbers = connection.execute(rows).scalars().all()
            opened = self._opened(connection, reference.c.row.in_(rows))
        return tuple(zip(numbers, opened, strict=True))

    def references_of(self, gallery_id: str, subject_id: str) -> tuple[Reference, ...]:
        """One subject's references in a gallery; empty where there are none."""
        with self._database.reading() as connection:
            _generation(connection, gallery_id)
            of_subject = self._of_subject(connection, subject_id)
            return self._opened(connection, and_(reference.c.gallery_id == gallery_id, of_subject))

    def reference(self, reference_id: str) -> Reference:
        """One reference."""
        return self.references_with([reference_id])[0]

    def references_with(self, reference_ids: Sequence[str]) -> tuple[Reference, ...]:
        """References of these ids, in their order."""
        if not reference_ids:
            return ()
        with self._database.reading() as connection:
            found = self._opened(connection, reference.c.reference_id.in_(reference_ids))
        by_id = {each.reference_id: each for each in found}
        if by_id.keys() != set(reference_ids):
            raise _no_reference()
        return tuple(by_id[each] for each in reference_ids)

    def correct(
        self, reference_id: str, *, provenance: str | None = None, ground: str | None = None
    ) -> Reference:
        """Correct what is known of a reference beside its template."""
        this_one = reference.c.reference_id == reference_id
        with self._database.writing() as connection:
            found = self._opened(connection, this_one)
            if not found:
                raise _no_reference()
            corrected = replace(
                found[0],
                provenance=found[0].provenance if provenance is None else provenance,
                ground=found[0].ground if ground is None else ground,
            )
            check_references([corrected], {})
            keys = find_keys(connection, self._workspace_key, [corrected.subject_id])
            facts = sealing.seal_facts(keys[corrected.subject_id], corrected)
            connection.execute(update(reference).where(this_one), {"facts": facts})
            _bump_generation(connection, corrected.gallery_id)
        return corrected

    def crop(self, reference_id: str) -> bytes:
        """The picture kept with a reference."""
        query = (
            select(crop.c.sealed.label("picture"), subject_key)
            .select_from(crop)
            .join(reference, crop.c.reference_id == reference.c.reference_id)
            .join(subject_key, reference.c.subject == subject_key.c.row)
            .where(reference.c.reference_id == reference_id)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            if row is None:
                raise NotFoundError(
                    "No picture is kept for a reference of that id.",
                    hint="It may have been erased; list the subjects.",
                )
            (key,) = open_keys(self._workspace_key, [row]).values()
            return sealing.open_crop(key, reference_id, row.picture)

    def subjects(self, gallery_id: str) -> tuple[str, ...]:
        """Ids of the data subjects in a gallery, sorted."""
        in_gallery = select(reference.c.subject).where(reference.c.gallery_id == gallery_id)
        with self._database.reading() as connection:
            _generation(connection, gallery_id)
            rows = connection.execute(
                select(subject_key).where(subject_key.c.row.in_(in_gallery))
            ).all()
        keys = open_keys(self._workspace_key, rows)
        return tuple(sorted(key.subject_id for key in keys.values()))

    def counts(self, gallery_id: str) -> Counts:
        """How many subjects and references a gallery has."""
        with self._database.reading() as connection:
            _generation(connection, gallery_id)
            return _counts(connection, gallery_id)

    def templates(self, gallery_id: str) -> Templates:
        """All templates of a gallery at once; whoever asks wipes the arrays after use."""
        of_gallery = reference.c.gallery_id == gallery_id
        query = select(
            reference.c.reference_id,
            reference.c.subject,
            reference.c.expires_at,
            reference.c.template,
        )
        owners = select(subject_key).where(
            subject_key.c.row.in_(select(reference.c.subject).where(of_gallery))
        )
        with self._database.reading() as connection:
            generation = _generation(connection, gallery_id)
            rows = connection.execute(query.where(of_gallery).order_by(reference.c.row)).all()
            keys = open_keys(self._workspace_key, connection.execute(owners).all())
            plain = [
                sealing.open_template(
                    keys[row.subject],
                    row.template,
                    gallery_id=gallery_id,
                    reference_id=row.reference_id,
                    expires_at=row.expires_at,
                )
                for row in rows
            ]
        nothing = (np.empty((0, 0), np.float32), np.empty(0, np.float32), None, None)
        vectors, means, model_id, cohort_id = sealing.parse_templates(plain) if plain else nothing
        return Templates(
            gallery_id=gallery_id,
            generation=generation,
            reference_ids=tuple(row.reference_id for row in rows),
            subject_ids=tuple(keys[row.subject].subject_id for row in rows),
            vectors=vectors,
            cohort_means=means,
            model_id=model_id,
            cohort_id=cohort_id,
        )

    def expired(self, now: datetime) -> tuple[Reference, ...]:
        """References whose time is over at `now`."""
        with self._database.reading() as connection:
            return self._opened(connection, reference.c.expires_at <= utc_text(now))

    def _gallery_record(self, row: Row[Any]) -> GalleryRecord:
        with as_written(WHAT):
            sealed = sealing.gallery_seal(
                self._workspace_key,
                gallery_id=row.gallery_id,
                permit_id=row.permit_id,
                purpose=row.purpose,
                created_at=row.created_at,
            )
            if not hmac.compare_digest(sealed, row.seal):
                raise WorkspaceDamagedError(
                    "What the database says of a gallery is not what was written.",
                    hint="Restore gallery.db from a backup.",
                )
            return GalleryRecord(
                gallery_id=row.gallery_id,
                permit_id=row.permit_id,
                purpose=row.purpose,
                created_at=utc_moment(row.created_at),
                generation=row.generation,
            )

    def _of_subject(self, connection: Connection, subject_id: str) -> ColumnElement[bool]:
        """The condition that a reference is this subject's."""
        keys = find_keys(connection, self._workspace_key, [subject_id])
        if subject_id not in keys:
            return false()
        return reference.c.subject == keys[subject_id].row

    def _opened(
        self, connection: Connection, condition: ColumnElement[bool]
    ) -> tuple[Reference, ...]:
        owners = select(subject_key).where(
            subject_key.c.row.in_(select(reference.c.subject).where(condition))
        )
        keys = open_keys(self._workspace_key, connection.execute(owners).all())
        rows = connection.execute(select(reference).where(condition).order_by(reference.c.row))
        with as_written(WHAT):
            return tuple(
                sealing.open_reference(
                    keys[row.subject],
                    gallery_id=row.gallery_id,
                    reference_id=row.reference_id,
                    expires_at=row.expires_at,
                    template=row.template,
                    facts=row.facts,
                )
                for row in rows
            )


def sealed_columns(key: SubjectKey, each: Reference) -> dict[str, bytes]:
    """The columns of a reference that depend on its subject's key."""
    return {
        "sample_tag": sealing.sample_tag(key, each.sample_digest),
        "template": sealing.seal_template(key, each),
        "facts": sealing.seal_facts(key, each),
    }


def _new_row(key: SubjectKey, each: Reference, intent: str) -> dict[str, str | int | bytes]:
    return {
        "reference_id": each.reference_id,
        "subject": key.row,
        "gallery_id": each.gallery_id,
        "intent": intent,
        "expires_at": utc_text(each.expires_at),
        **sealed_columns(key, each),
    }


def _generation(connection: Connection, gallery_id: str) -> int:
    query = select(gallery.c.generation).where(gallery.c.gallery_id == gallery_id)
    generation: int | None = connection.execute(query).scalar()
    if generation is None:
        raise _no_gallery()
    return generation


def _no_reference() -> NotFoundError:
    return NotFoundError(
        "No reference has that id.", hint="It may have been erased; list the subjects."
    )


def _no_gallery() -> NotFoundError:
    return NotFoundError("No gallery has that id.", hint="List the galleries of this workspace.")


def _counts(connection: Connection, gallery_id: str) -> Counts:
    query = select(func.count(reference.c.subject.distinct()), func.count()).where(
        reference.c.gallery_id == gallery_id
    )
    subjects, references = connection.execute(query).one()
    return Counts(subjects=subjects, references=references)


def _bump_generation(connection: Connection, gallery_id: str) -> None:
    before = _generation(connection, gallery_id)
    connection.execute(
        update(gallery).where(gallery.c.gallery_id == gallery_id).values(generation=before + 1)
    )
