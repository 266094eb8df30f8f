"""Jobs as `service.db` keeps them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import delete, func, insert, select, update

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import ServiceBusyError
from recognizance.service.store.tables import job
from recognizance.types import utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from recognizance.service.store import Store

KEPT: Final = timedelta(days=7)
OPEN: Final = ("queued", "running")
THOUSANDTHS: Final = 1000

MOST_OPEN: Final = 8
"""House number: jobs of one principal that wait or run."""

_KEY: Final = "key_id"


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job.

    Attributes:
        job_id: Random id.
        kind: `redact`, `faces`, `audit` or `watch`.
        principal_id: Whose it is.
        state: `queued`, `running`, `done`, `failed`, `cancelled` or `interrupted`.
        done: Thousandths that are done.
        total: 1000; None where nobody knows how long it takes.
        told: The result, or the error.
        created_at: When it was asked for.
        ended_at: When it ended.
        key_id: The key of the program that asked for it; None where a person did.
    """

    job_id: str
    kind: str
    principal_id: str
    state: str
    done: int
    total: int | None
    told: dict[str, Any] | None
    created_at: str
    ended_at: str | None
    key_id: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state not in OPEN


class JobBook:
    """The jobs of a workspace.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        kind: str,
        principal_id: str,
        *,
        total: int | None,
        now: datetime,
        key_id: str | None = None,
    ) -> JobRow:
        """Write down a new job.

        Raises:
            ServiceBusyError: Too many of that principal are open.
        """
        row = JobRow(
            job_id=secrets.token_hex(16),
            kind=kind,
            principal_id=principal_id,
            state="queued",
            done=0,
            total=total,
            told=None,
            created_at=utc_text(now),
            ended_at=None,
            key_id=key_id,
        )
        values = {each.name: getattr(row, each.name) for each in job.c}
        values["told"] = _written(None, key_id)
        which = (job.c.principal_id == principal_id, job.c.state.in_(OPEN))
        count = select(func.count()).select_from(job).where(*which)
        with self._store.writing() as connection:
            if connection.execute(count).scalar_one() >= MOST_OPEN:
                raise ServiceBusyError("Too many jobs of yours wait.", hint="Wait for some.")
            connection.execute(insert(job).values(values))
        return row

    def get(self, job_id: str, principal_id: str, key_id: str | None = None) -> JobRow | None:
        """A job of a principal; None where it has none of that id.

        Args:
            job_id: Which.
            principal_id: Whose.
            key_id: A program reaches only what was asked for with its key; None for a person.
        """
        which = (job.c.job_id == job_id, job.c.principal_id == principal_id)
        with self._store.reading() as connection:
            row = connection.execute(select(job).where(*which)).first()
            found = None if row is None else _read(row)
        return found if found is not None and key_id in {None, found.key_id} else None

    def all(self, principal_id: str, key_id: str | None = None) -> list[JobRow]:
        """The jobs of a principal, or of one of its programs."""
        with self._store.reading() as connection:
            rows = connection.execute(select(job).where(job.c.principal_id == principal_id)).all()
            found = [_read(row) for row in rows]
        return [row for row in found if key_id in {None, row.key_id}]

    def begin(self, job_id: str) -> None:
        """It runs."""
        self._change(job_id, state="running")

    def progress(self, job_id: str, done: int) -> None:
        """How far it is."""
        self._change(job_id, done=done)

    def end(self, job_id: str, state: str, told: dict[str, Any] | None, *, now: datetime) -> None:
        """It is over."""
        with self._store.writing() as connection:
            row = connection.execute(select(job).where(job.c.job_id == job_id)).first()
            if row is not None:
                text = _written(told, _read(row).key_id)
                over = {"state": state, "told": text, "ended_at": utc_text(now)}
                connection.execute(update(job).where(job.c.job_id == job_id).values(over))

    def interrupt(self, *, now: datetime) -> None:
        """Whatever was open when the server ended was cut off."""
        cut_off = {"state": "interrupted", "ended_at": utc_text(now)}
        with self._store.writing() as connection:
            connection.execute(update(job).where(job.c.state.in_(OPEN)).values(cut_off))

    def forget(self, job_id: str) -> None:
        """Take a job out."""
        with self._store.writing() as connection:
            connection.execute(delete(job).where(job.c.job_id == job_id))

    def tidy(self, *, now: datetime) -> None:
        """Take out what ended long ago."""
        old = job.c.ended_at < utc_text(now - KEPT)
        with self._store.writing() as connection:
            connection.execute(delete(job).where(old))

    def _change(self, job_id: str, **values: object) -> None:
        with self._store.writing() as connection:
            connection.execute(update(job).where(job.c.job_id == job_id).values(values))


def _written(told: dict[str, Any] | None, key_id: str | None) -> str | None:
    """What came of a job, and beside it with which key it was asked for."""
    facts = (told or {}) | ({_KEY: key_id} if key_id is not None else {})
    return canonical_bytes(facts).decode() if facts else None


def _read(row: Row[Any]) -> JobRow:
    told = None if row.told is None else cast("dict[str, Any]", parse_json(row.told.encode()))
    key_id = told.pop(_KEY, None) if told else None
    return JobRow(**{**row._mapping, "told": told or None, "key_id": key_id})  # noqa: SLF001  # SQLAlchemy's public name for it
