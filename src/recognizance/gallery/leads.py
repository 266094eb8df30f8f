"""Leads at rest in SQLite: kept for review, replaced by versions, destroyed with their key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from recognizance.errors import ConflictError, InputError, NotFoundError
from recognizance.gallery import sealing
from recognizance.gallery.admission import check_id
from recognizance.gallery.changes import read_changes
from recognizance.gallery.database import WHAT, SqliteStore
from recognizance.gallery.keyring import destroy_keys, next_row
from recognizance.gallery.lead_record import LeadLine, LeadRecord
from recognizance.gallery.schema import gallery, lead, lead_key
from recognizance.keys import Digests
from recognizance.sqlite import as_written
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from recognizance.gallery.database import Database
    from recognizance.gallery.port import AmendBody

_AT_ONCE = 500
_TO_THE_HOUR = len("2026-11-22T09")
_opened = func.substr(lead.c.created_at, 1, _TO_THE_HOUR)
_expires = func.substr(lead.c.expires_at, 1, _TO_THE_HOUR)

_Named: TypeAlias = "Mapping[tuple[str, int], frozenset[bytes]]"
"""Digests of whom each version of a lead names."""


class _Learnt(NamedTuple):
    """Whom the leads name, and after how many changes of the file that was read."""

    changes: int | None
    named: _Named


class SqliteLeads(SqliteStore):
    """The part of a SQLite gallery that keeps leads; the promises stand in `Gallery`."""

    def __init__(self, database: Database, workspace_key: bytes) -> None:
        super().__init__(database, workspace_key)
        self._learnt = _Learnt(None, {})
        self._digests = Digests()

    def put_lead(self, record: LeadRecord) -> None:
        """Keep a new lead, at version 1."""
        _check_lead(record)
        if record.version != 1:
            raise InputError(
                "A new lead has version 1.", hint="Use `replace_lead` for a later one."
            )
        with self._database.writing() as connection:
            known = select(gallery.c.gallery_id).where(gallery.c.gallery_id == record.gallery_id)
            if connection.execute(known).first() is None:
                raise NotFoundError(
                    "No gallery has that id.", hint="List the galleries of this workspace."
                )
            values: dict[str, str | int] = {
                "lead_id": record.lead_id,
                "version": record.version,
                "gallery_id": record.gallery_id,
                "permit_id": record.permit_id,
                "state": record.state,
                "created_at": utc_text(record.created_at),
                "expires_at": utc_text(record.expires_at),
            }
            key, sealed = sealing.seal_lead(self._workspace_key, record)
            values["key"] = next_row(connection, lead_key)
            connection.execute(insert(lead_key), {"row": values["key"], "sealed": key})
            try:
                connection.execute(insert(lead), values | sealed)
            except IntegrityError as error:
                raise ConflictError(
                    "There is a lead of that id already.", hint="Give each lead a random id."
                ) from error

    def lead(self, lead_id: str) -> LeadRecord:
        """One lead."""
        with self._database.reading() as connection:
            return self._one(connection, lead_id)

    def leads(self, state: str) -> tuple[LeadRecord, ...]:
        """The leads in one state, oldest first."""
        with self._database.reading() as connection:
            return self._where(connection, lead.c.state == state)

    def leads_of(self, lead_ids: Collection[str]) -> tuple[LeadRecord, ...]:
        """Those of these leads that are there, oldest first."""
        with self._database.reading() as connection:
            return self._where(connection, lead.c.lead_id.in_(lead_ids))

    def queue(
        self,
        states: Collection[str],
        *,
        words: str = "",
        order: str = "opened_at",
        permit_id: str | None = None,
        behind: tuple[datetime, str] | None = None,
        start: int = 0,
        most: int,
    ) -> tuple[LeadLine, ...]:
        """Some of the leads in these states, unopened."""
        hour = _expires if order.endswith("expires_at") else _opened
        query = select(
            lead.c.lead_id,
            lead.c.permit_id,
            lead.c.gallery_id,
            lead.c.state,
            _opened.label("opened"),
            _expires.label("expires"),
        ).where(_queued(states, words))
        if permit_id is not None:
            query = query.where(lead.c.permit_id == permit_id)
        if behind is not None:
            opened, lead_id = utc_text(behind[0])[:_TO_THE_HOUR], behind[1]
            later = and_(_opened == opened, lead.c.lead_id > lead_id)
            query = query.where(or_(_opened > opened, later))
        ordered = (
            (hour.desc(), lead.c.lead_id.desc()) if order[0] == "-" else (hour, lead.c.lead_id)
        )
        with self._database.reading() as connection, as_written(WHAT):
            rows = connection.execute(query.order_by(*ordered).offset(start).limit(most))
            return tuple(
                LeadLine(
                    row.lead_id,
                    row.permit_id,
                    row.gallery_id,
                    row.state,
                    utc_moment(f"{row.opened}:00Z"),
                    utc_moment(f"{row.expires}:00Z"),
                )
                for row in rows
            )

    def queued(self, states: Collection[str], *, words: str = "") -> int:
        """How many leads are in these states and have the words."""
        query = select(func.count()).select_from(lead).where(_queued(states, words))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def leads_naming(self, subject_id: str) -> tuple[LeadRecord, ...]:
        """The leads that have this subject among their candidates, oldest first."""
        with self._database.reading() as connection:
            digest, named = self._digests.of(subject_id), self._learn(connection)
            found = {lead_id for (lead_id, _), digests in named.items() if digest in digests}
            opened = self._each(connection, found)
            naming = [record for record in opened if subject_id in record.subject_ids]
        return tuple(sorted(naming, key=lambda record: (record.created_at, record.lead_id)))

    def expired_leads(self, now: datetime) -> tuple[LeadRecord, ...]:
        """Leads whose time is over at `now`, oldest first."""
        with self._database.reading() as connection:
            return self._where(connection, lead.c.expires_at <= utc_text(now))

    def replace_lead(self, record: LeadRecord, *, expected_version: int) -> LeadRecord:
        """Write a lead's new state, body and subjects, unless somebody was first."""
        _check_lead(record)
        with self._database.writing() as connection:
            now_kept = self._one(connection, record.lead_id)
            if now_kept.version != expected_version:
                raise ConflictError(
                    "Somebody else decided on this lead in the meantime.",
                    hint="Look at the lead again, then decide.",
                )
            return self._rewrite(connection, now_kept, record)

    def destroy_lead(self, lead_id: str) -> None:
        """Destroy a lead with its key and picture; what is gone already is no error."""
        with self._database.writing() as connection:
            self._destroy(connection, lead_id)
        self._database.forget_log()

    def _destroy(self, connection: Connection, lead_id: str) -> None:
        this_lead = lead.c.lead_id == lead_id
        keys = connection.execute(select(lead.c.key).where(this_lead)).scalars().all()
        connection.execute(delete(lead).where(this_lead))
        destroy_keys(connection, lead_key, keys)

    def _amend_leads(self, connection: Connection, subject_id: str, amend: AmendBody) -> int:
        """Take a subject out of every lead, inside the transaction of an erasure."""
        named = 0
        for record in self._naming(connection, subject_id):
            named += 1
            state, body = amend(record.body, subject_id)
            amended = replace(
                record, state=state, body=body, subject_ids=record.subject_ids - {subject_id}
            )
            _check_lead(amended)
            if amended.subject_ids and amended.state == "open":
                self._rewrite(connection, record, amended)
            else:
                # The probe that led to the person may show the person: it goes with them.
                self._destroy(connection, record.lead_id)
        return named

    def _rewrite(
        self, connection: Connection, now_kept: LeadRecord, record: LeadRecord
    ) -> LeadRecord:
        """Write the next version; only state, body and subjects of a lead ever change."""
        written = replace(
            now_kept,
            version=now_kept.version + 1,
            state=record.state,
            body=record.body,
            subject_ids=record.subject_ids,
        )
        key, sealed = sealing.seal_lead(self._workspace_key, written)
        this_lead = lead.c.lead_id == written.lead_id
        which_key = select(lead.c.key).where(this_lead).scalar_subquery()
        connection.execute(update(lead_key).where(lead_key.c.row == which_key).values(sealed=key))
        connection.execute(
            update(lead).where(this_lead),
            {"version": written.version, "state": written.state} | sealed,
        )
        return written

    def _one(self, connection: Connection, lead_id: str) -> LeadRecord:
        found = self._where(connection, lead.c.lead_id == lead_id)
        if not found:
            raise NotFoundError("No lead has that id.", hint="List the leads that are open.")
        return found[0]

    def _learn(self, connection: Connection) -> _Named:
        """Whom each lead names, by keyed digests; a version is opened once in a process.

        No index of it lies on the disk: that would show who is searched for. Threads share what is
        remembered: it is replaced as one, and each answers from what it has read itself.
        """
        changes, learnt = read_changes(connection, self._workspace_key), self._learnt
        if changes == learnt.changes:
            return learnt.named
        versions = connection.execute(select(lead.c.lead_id, lead.c.version)).all()
        there = {(lead_id, version) for lead_id, version in versions}
        named = {which: digests for which, digests in learnt.named.items() if which in there}
        for record in self._each(connection, {lead_id for lead_id, _ in there - named.keys()}):
            digests = frozenset(map(self._digests.of, record.subject_ids))
            named[record.lead_id, record.version] = digests
        self._learnt = _Learnt(changes, named)
        return named

    def _naming(self, connection: Connection, subject_id: str) -> Iterator[LeadRecord]:
        """The leads that name somebody, each one opened: what is remembered decides no erasure."""
        every = connection.execute(select(lead.c.lead_id)).scalars().all()
        opened = self._each(connection, every)
        return (record for record in opened if subject_id in record.subject_ids)

    def _each(self, connection: Connection, lead_ids: Collection[str]) -> Iterator[LeadRecord]:
        """These leads, by their ids, in portions that one query takes."""
        ids = sorted(lead_ids)
        for at in range(0, len(ids), _AT_ONCE):
            yield from self._where(connection, lead.c.lead_id.in_(ids[at : at + _AT_ONCE]))

    def _where(
        self, connection: Connection, condition: ColumnElement[bool]
    ) -> tuple[LeadRecord, ...]:
        query = (
            select(lead, lead_key.c.sealed.label("sealed_key"))
            .join(lead_key, lead.c.key == lead_key.c.row)
            .where(condition)
            .order_by(lead.c.created_at, lead.c.lead_id)
        )
        with as_written(WHAT):
            return tuple(self._record(row) for row in connection.execute(query))

    def _record(self, row: Row[*tuple[Any, ...]]) -> LeadRecord:
        sealed = LeadRecord(
            lead_id=row.lead_id,
            version=row.version,
            gallery_id=row.gallery_id,
            permit_id=row.permit_id,
            state=row.state,
            subject_ids=frozenset(),
            body=row.body,
            crop=row.crop,
            created_at=utc_moment(row.created_at),
            expires_at=utc_moment(row.expires_at),
        )
        return sealing.open_lead(
            self._workspace_key, sealed, key=row.sealed_key, subjects=row.subjects
        )


def _queued(states: Collection[str], words: str) -> ColumnElement[bool]:
    """Which leads stand in a list: those in the states, whose ids have every word."""
    ids = lead.c.lead_id + " " + lead.c.permit_id + " " + lead.c.gallery_id
    has = (ids.icontains(word, autoescape=True) for word in words.split())
    return and_(lead.c.state.in_(states), *has)


def _check_lead(record: LeadRecord) -> None:
    check_id("lead id", record.lead_id)
    check_id("permit id", record.permit_id)
    check_id("state of a lead", record.state)
    for subject_id in record.subject_ids:
        check_id("subject id", subject_id)
