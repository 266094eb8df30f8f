"""Accounts: how a principal shows a server that it is itself, and for how long that is believed.

An account adds a password or passkeys to a principal that the ledger knows. Passwords are kept as
Argon2id (RFC 9106); whoever names nobody waits as long as whoever mistypes. After some failures
an account is locked for a while. A session's token is kept as a digest only.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, insert, select, update

from recognizance.errors import ConflictError, InputError, LockedOutError, UnauthenticatedError
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
_SEEN_EVERY = timedelta(minutes=1)  # so that not every page writes to the disk
TOKEN_BYTES: Final = 32

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

    def check_password(self, principal_id: str | None, password: str, *, now: datetime) -> None:
        """Pass whoever knows the password of the account.

        Raises:
            UnauthenticatedError: The account or the password is wrong; it is not said which.
            LockedOutError: There were too many failures.
        """
        with self._store.reading() as connection:
            of = select(account).where(account.c.principal_id == (principal_id or ""))
            row = connection.execute(of).first()
        if row is not None and row.locked_until and now < utc_moment(row.locked_until):
            raise LockedOutError(
                "Too many wrong passwords were given for this account.",
                hint=f"Wait {LOCKED_FOR.seconds // 60} minutes, or have a custodian set a new one.",
            )
        hashed = row.password if row is not None and row.password else _NOBODY
        matches = _matches(hashed, password) and hashed is not _NOBODY
        if row is not None:
            self._count(row.principal_id, matches, now=now)
        if not matches:
            raise _not_believed()

    def _count(self, principal_id: str, matches: bool, *, now: datetime) -> None:
        """Count a failure, atomically, or forget the failures before a success."""
        with self._store.writing() as connection:
            of = account.c.principal_id == principal_id
            failures = connection.execute(select(account.c.failures).where(of)).scalar_one()
            failures = 0 if matches else failures + 1
            locks = failures >= FAILURES_ALLOWED
            connection.execute(
                update(account)
                .where(of)
                .values(
                    failures=0 if locks else failures,
                    locked_until=utc_text(now + LOCKED_FOR) if locks else None,
                )
            )

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

    def session(self, token: str, *, now: datetime) -> Session | None:
        """The session of a token; None where there is none, or it has ended."""
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
        if now - seen >= _SEEN_EVERY:
            with self._store.writing() as connection:
                connection.execute(update(session).where(of).values(seen_at=utc_text(now)))
        return found

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._store.writing() as connection:
            connection.execute(delete(session).where(session.c.token_digest == digest_of(token)))


def digest_of(token: str) -> bytes:
    """How a token is kept: it is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _hashed(password: str) -> str:
    if not LEAST_PASSWORD_LETTERS <= len(password) <= MOST_PASSWORD_LETTERS:
        raise InputError(
            f"A password has {LEAST_PASSWORD_LETTERS} to {MOST_PASSWORD_LETTERS} letters.",
            hint="Take a few words that nobody says together.",
        )
    return _HASHER.hash(password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password[: MOST_PASSWORD_LETTERS + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False


def _not_believed() -> UnauthenticatedError:
    return UnauthenticatedError(
        "The name or the password is wrong.", hint="Try again, or ask a custodian for a new one."
    )
