"""Accounts: how a principal shows a server that it is itself, and for how long that is believed.

An account adds a password or passkeys to a principal that the ledger knows. Passwords are kept as
Argon2id (RFC 9106); whoever names nobody waits as long as whoever mistypes. After some failures
an account is locked for a while, and so is a name that no account has: a lock tells nobody which
names there are. A session's token is kept as a digest only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, insert, select, update

from recognizance.errors import (
    ConflictError,
    InputError,
    LockedOutError,
    NotFoundError,
    UnauthenticatedError,
)
from recognizance.service.store.tables import account, passkey, session
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.service.store import Store
    from recognizance.types import Principal

LEAST_PASSWORD_LETTERS: Final = 12
MOST_PASSWORD_LETTERS: Final = 256
"""House number: more is no password, and each guess costs as much to check as to hash."""

FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=5)
"""How long a login counts as fresh: keys, passkeys and signatures need one."""

_SEEN_EVERY = timedelta(minutes=1)  # so that not every page writes to the disk
TOKEN_BYTES: Final = 32
_MOST_STRANGERS: Final = 10_000

# OWASP's recommended minimum for Argon2id (19 MiB, two passes, one lane).
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in.

    Attributes:
        principal_id: Who.
        csrf: What every form of this session has to carry.
        created_at: When the person logged in; what needs a fresh login asks it.
        expires_at: When the session ends, whatever is done in it.
    """

    principal_id: str
    csrf: str = field(repr=False)
    created_at: datetime
    expires_at: datetime

    def fresh(self, now: datetime) -> bool:
        """Whether the person has shown only just now who it is."""
        return now - self.created_at <= FRESH


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it.

    Attributes:
        session_id: Names the session, and opens nothing.
        created_at: When the person logged in.
        seen_at: When the session was last used, to a minute.
        expires_at: When it ends.
    """

    session_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """An account, as a custodian sees it."""

    principal_id: str
    created_at: datetime
    locked_until: datetime | None


class Accounts:
    """The accounts of a workspace.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._strangers = _Strangers()

    def add(self, principal: Principal, password: str | None, *, now: datetime) -> None:
        """Give a principal an account.

        Raises:
            InputError: The password is too short or too long.
            ConflictError: It has one.
        """
        hashed = None if password is None else _hashed(password)
        with self._store.writing() as connection:
            of = select(account).where(account.c.principal_id == principal.principal_id)
            if connection.execute(of).first() is not None:
                raise ConflictError(
                    "This principal has an account already.",
                    hint="Set a new password with `recognizance accounts password`.",
                )
            connection.execute(
                insert(account).values(
                    principal_id=principal.principal_id,
                    password=hashed,
                    failures=0,
                    created_at=utc_text(now),
                )
            )

    def has(self, principal_id: str) -> bool:
        """Whether there is an account."""
        of = select(account.c.principal_id).where(account.c.principal_id == principal_id)
        with self._store.reading() as connection:
            return connection.execute(of).first() is not None

    def all(self) -> list[Account]:
        """Every account, oldest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(account).order_by(account.c.created_at)).all()
        return [
            Account(
                row.principal_id,
                utc_moment(row.created_at),
                None if row.locked_until is None else utc_moment(row.locked_until),
            )
            for row in rows
        ]

    def set_password(self, principal_id: str, password: str) -> None:
        """Set another password, end every session, and lift a lock.

        Raises:
            InputError: The password is too short or too long.
            UnauthenticatedError: There is no such account.
        """
        hashed = _hashed(password)
        with self._store.writing() as connection:
            changed = connection.execute(
                update(account)
                .where(account.c.principal_id == principal_id)
                .values(password=hashed, failures=0, locked_until=None)
            )
            if not changed.rowcount:
                raise _not_believed()
            connection.execute(delete(session).where(session.c.principal_id == principal_id))

    def remove(self, principal_id: str) -> None:
        """Take an account away, with its passkeys and sessions; the principal stays."""
        with self._store.writing() as connection:
            for each in (session, passkey, account):
                connection.execute(delete(each).where(each.c.principal_id == principal_id))

    def check_password(
        self, principal_id: str | None, password: str, *, now: datetime, name: str = ""
    ) -> None:
        """Pass whoever knows the password of the account.

        A guess is counted before it is looked at, so that many at once are no more than many.

        Args:
            principal_id: Whose account; None if nobody has the name that was given.
            password: What was given.
            now: The time.
            name: The name that was given; without an account, failures are counted for it.

        Raises:
            UnauthenticatedError: The account or the password is wrong; it is not said which.
            LockedOutError: There were too many failures.
        """
        known, hashed = self._count_guess(principal_id, now=now)
        if not known:
            self._strangers.count_guess(name, now=now)
        matches = _matches(hashed or _NOBODY, password) and hashed is not None
        if not matches:
            raise _not_believed()
        with self._store.writing() as connection:
            connection.execute(
                update(account)
                .where(account.c.principal_id == principal_id)
                .values(failures=0, locked_until=None)
            )

    def _count_guess(self, principal_id: str | None, *, now: datetime) -> tuple[bool, str | None]:
        """Count a guess; whether there is such an account, and its password's hash."""
        of = account.c.principal_id == (principal_id or "")
        with self._store.writing() as connection:
            row = connection.execute(select(account).where(of)).first()
            if row is None:
                return False, None
            until = None if row.locked_until is None else utc_moment(row.locked_until)
            failures, until = _guessed(row.failures, until, now=now)
            values = {"failures": failures, "locked_until": until and utc_text(until)}
            connection.execute(update(account).where(of).values(**values))
            return True, row.password

    # ---- sessions -------------------------------------------------------------------------

    def log_in(self, principal_id: str, *, now: datetime) -> tuple[str, Session]:
        """Begin a session for somebody who has shown who it is; its token is told once."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        begun = Session(principal_id, secrets.token_urlsafe(TOKEN_BYTES), now, now + LONGEST)
        with self._store.writing() as connection:
            connection.execute(delete(session).where(session.c.expires_at < utc_text(now)))
            connection.execute(
                insert(session).values(
                    token_digest=digest_of(token),
                    principal_id=principal_id,
                    csrf=begun.csrf,
                    created_at=utc_text(now),
                    seen_at=utc_text(now),
                    expires_at=utc_text(begun.expires_at),
                )
            )
        return token, begun

    def session(self, token: str, *, now: datetime, seen_now: bool = True) -> Session | None:
        """The session of a token; None where there is none, or it has ended.

        Args:
            token: As the cookie has it.
            now: The time.
            seen_now: Whether this is somebody who does something; a stream that goes on is not.
        """
        of = session.c.token_digest == digest_of(token)
        with self._store.reading() as connection:
            row = connection.execute(select(session).where(of)).first()
            if row is None:
                return None
            seen, expires = utc_moment(row.seen_at), utc_moment(row.expires_at)
            found = Session(row.principal_id, row.csrf, utc_moment(row.created_at), expires)
        if now >= expires or now - seen >= IDLE:
            self.log_out(token)
            return None
        if seen_now and now - seen >= _SEEN_EVERY:
            with self._store.writing() as connection:
                connection.execute(update(session).where(of).values(seen_at=utc_text(now)))
        return found

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._store.writing() as connection:
            connection.execute(delete(session).where(session.c.token_digest == digest_of(token)))

    def sessions_of(self, principal_id: str, *, now: datetime) -> list[Listed]:
        """The sessions that somebody has, the newest first."""
        of = select(session).where(session.c.principal_id == principal_id)
        with self._store.reading() as connection:
            rows = connection.execute(of.order_by(session.c.created_at.desc())).all()
        listed = [
            Listed(
                session_id_of(row.token_digest),
                utc_moment(row.created_at),
                utc_moment(row.seen_at),
                utc_moment(row.expires_at),
            )
            for row in rows
        ]
        return [each for each in listed if now < each.expires_at and now - each.seen_at < IDLE]

    def end(self, principal_id: str, session_id: str) -> None:
        """End one session of somebody.

        Raises:
            NotFoundError: That person has none of that id.
        """
        of = session.c.principal_id == principal_id
        with self._store.writing() as connection:
            digests = connection.execute(select(session.c.token_digest).where(of)).scalars().all()
            ended = [each for each in digests if session_id_of(each) == session_id]
            if not ended:
                raise NotFoundError(
                    "You have no session of that id.", hint="List yours at GET /v1/sessions."
                )
            connection.execute(delete(session).where(session.c.token_digest.in_(ended)))

    def end_others(self, principal_id: str, token: str) -> None:
        """End every session of somebody but the one with this token."""
        with self._store.writing() as connection:
            connection.execute(
                delete(session).where(
                    session.c.principal_id == principal_id,
                    session.c.token_digest != digest_of(token),
                )
            )


class _Strangers:
    """Failures for names that no account has, in memory: as many as a bounded table holds."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[int, datetime | None]] = OrderedDict()
        self._lock = Lock()

    def count_guess(self, name: str, *, now: datetime) -> None:
        """Count a guess, as for an account.

        Raises:
            LockedOutError: There were too many.
        """
        key = digest_of(name)
        with self._lock:
            counted = _guessed(*self._known.get(key, (0, None)), now=now)
            self._known[key] = counted
            self._known.move_to_end(key)
            while len(self._known) > _MOST_STRANGERS:
                self._known.popitem(last=False)


def _guessed(
    failures: int, locked_until: datetime | None, *, now: datetime
) -> tuple[int, datetime | None]:
    """The failures after one more guess, and until when that locks.

    Raises:
        LockedOutError: It is locked, so nobody may guess.
    """
    if locked_until is not None and now < locked_until:
        raise LockedOutError(
            "Too many wrong passwords were given for this account.",
            hint=f"Wait {LOCKED_FOR.seconds // 60} minutes, or have a custodian set a new one.",
        )
    return (0, now + LOCKED_FOR) if failures + 1 >= FAILURES_ALLOWED else (failures + 1, None)


def session_id_of(token_digest: bytes) -> str:
    """What a session is called in a list."""
    return token_digest.hex()[:16]


def digest_of(token: str) -> bytes:
    """How a token is kept: it is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _hashed(password: str) -> str:
    if not LEAST_PASSWORD_LETTERS <= len(password) <= MOST_PASSWORD_LETTERS:
        raise InputError(
            f"A password has {LEAST_PASSWORD_LETTERS} to {MOST_PASSWORD_LETTERS} letters.",
            hint="Take a few words that nobody says together.",
        )
    return _HASHER.hash(_as_bytes(password))


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, _as_bytes(password[: MOST_PASSWORD_LETTERS + 1]))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _as_bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # JSON can say what is no letter at all


def _not_believed() -> UnauthenticatedError:
    return UnauthenticatedError(
        "The name or the password is wrong.", hint="Try again, or ask a custodian for a new one."
    )
