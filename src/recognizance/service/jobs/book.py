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
        asked: What is known before it begins: `uploads` by id, the `name` of a file, and the
            `key_id` of a program.
        told: The result, or the error.
        created_at: When it was asked for.
        ended_at: When it ended.
    """

    job_id: str
    kind: str
    principal_id: str
    state: str
    done: int
    total: int | None
    asked: dict[str, Any]
    told: dict[str, Any] | None
    created_at: str
    ended_at: str | None

    @property
    def key_id(self) -> str | None:
        """The key of the program that asked for it; None where a person did."""
        return self.asked.get(_KEY)

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
        asked: dict[str, Any] | None = None,
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
            asked=(asked or {}) | ({} if key_id is None else {_KEY: key_id}),
            told=None,
            created_at=utc_text(now),
            ended_at=None,
        )
        values = {name: getattr(row, name) for name in JobRow.__slots__}
        values["asked"] = canonical_bytes(row.asked).decode()
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

    def end(self, job_id: str, state: str, told: dict[str, Any] | None, *, now: datetime) -> bool:
        """It is over; whether it was still written down here."""
        text = None if told is None else canonical_bytes(told).decode()
        return self._change(job_id, state=state, told=text, ended_at=utc_text(now))

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

    def _change(self, job_id: str, **values: object) -> bool:
        with self._store.writing() as connection:
            which = update(job).where(job.c.job_id == job_id)
            return connection.execute(which.values(values)).rowcount > 0


def _read(row: Row[Any]) -> JobRow:
    asked, told = _json(row.asked), _json(row.told)
    return JobRow(**{**row._mapping, "asked": asked or {}, "told": told})  # noqa: SLF001  # SQLAlchemy's public name for it


def _json(text: str | None) -> dict[str, Any] | None:
    return None if text is None else cast("dict[str, Any]", parse_json(text.encode()))
