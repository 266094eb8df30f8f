"""Keys of programs: each bound to one permit, a set of galleries and grounds for enrollment.

A client that speaks somebody else's protocol cannot say under which permit it asks, or why a person
may be enrolled. So a custodian says it once, when the key is issued: these galleries, this permit,
and a release for each person. The secret is shown once. Of the token (CompreFace and our own API)
a digest is kept; an AWS secret has to be known to check a signature, so it is kept sealed.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import insert, select, update

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import NotFoundError
from recognizance.keys import seal, unseal
from recognizance.service.accounts import digest_of
from recognizance.service.store.tables import api_key
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection, Row

    from recognizance.service.store import Store

_ID_BYTES: Final = 10
_SECRET_BYTES: Final = 30
_MOST_OPEN: Final = 64


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a program may do, and for whom.

    Attributes:
        key_id: Its public part, in the form of an AWS access key id.
        principal_id: The principal that it acts for.
        permit_id: The one permit under which it asks.
        label: What people call it.
        galleries: The galleries that it may name.
        provenance: Where its enrollment photographs come from (rule HR-09); None if it may not
            enroll.
        grounds: The release or order for each person, by subject id (an ExternalImageId).
        secret: What AWS signatures are made with.
        adults: Whether it was stated that nobody among them is a child.
        created_at: When it was issued.
        expires_at: When it ends; never after its permit.
        revoked_at: When it was taken back.
    """

    key_id: str
    principal_id: str
    permit_id: str
    label: str
    galleries: frozenset[str]
    provenance: str | None
    grounds: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    adults: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether it may be used."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key and what is shown of it once.

    Attributes:
        key: The key.
        token: A UUID: CompreFace's `x-api-key`, and the bearer token of our own API.
    """

    key: ApiKey
    token: str = field(repr=False)


class ApiKeys:
    """The keys of a workspace.

    Args:
        store: Where they are kept.
        sealing_key: 32 bytes; see `Workspace.secret_for`.
    """

    def __init__(self, store: Store, sealing_key: bytes) -> None:
        self._store = store
        self._sealing_key = sealing_key
        # Sessions write to the store too, and a list of releases may be long.
        self._private = lru_cache(maxsize=_MOST_OPEN)(self._unsealed)

    def issue(
        self,
        *,
        principal_id: str,
        permit_id: str,
        label: str,
        galleries: frozenset[str],
        provenance: str | None,
        grounds: Mapping[str, str],
        adults: bool = False,
        expires_at: datetime,
        now: datetime,
    ) -> Issued:
        """Make a key. Whoever calls this has checked the permit and who asks."""
        key = ApiKey(
            key_id="RZ" + base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode(),
            principal_id=principal_id,
            permit_id=permit_id,
            label=label,
            galleries=galleries,
            provenance=provenance,
            grounds=dict(grounds),
            secret=base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode(),
            created_at=now,
            expires_at=expires_at,
            adults=adults,
        )
        token = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
        private = {
            "galleries": sorted(galleries),
            "provenance": provenance,
            "grounds": key.grounds,
            "secret": key.secret,
            "adults": adults,
        }
        with self._store.writing() as connection:
            connection.execute(
                insert(api_key).values(
                    key_id=key.key_id,
                    principal_id=principal_id,
                    permit_id=permit_id,
                    label=label,
                    sealed=seal(
                        self._sealing_key, canonical_bytes(private), context=_context(key.key_id)
                    ),
                    token_digest=digest_of(token),
                    created_at=utc_text(now),
                    expires_at=utc_text(expires_at),
                )
            )
        return Issued(key, token)

    def by_id(self, key_id: str) -> ApiKey | None:
        """The key of an access key id, in force or not."""
        return self._one(api_key.c.key_id, key_id)

    def by_token(self, token: str) -> ApiKey | None:
        """The key of a token, in force or not."""
        return self._one(api_key.c.token_digest, digest_of(token))

    def all(self) -> Sequence[ApiKey]:
        """Every key that was issued, newest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(api_key).order_by(api_key.c.created_at.desc()))
            return [self._opened(row) for row in rows]

    def revoke(self, key_id: str, *, now: datetime) -> None:
        """Take a key back.

        Raises:
            NotFoundError: There is none of that id, or it was taken back.
        """
        with self._store.writing() as connection:
            changed = connection.execute(
                update(api_key)
                .where(api_key.c.key_id == key_id, api_key.c.revoked_at.is_(None))
                .values(revoked_at=utc_text(now))
            )
        if not changed.rowcount:
            raise NotFoundError(
                "There is no key of that id in force.",
                hint="List the keys with `recognizance apikey list`.",
            )

    def _one(self, column: Column[Any], value: str | bytes) -> ApiKey | None:
        def found(connection: Connection) -> ApiKey | None:
            row = connection.execute(select(api_key).where(column == value)).first()
            return None if row is None else self._opened(row)

        return self._store.unchanged.get((column.name, value), found)

    def _opened(self, row: Row[tuple[object, ...]]) -> ApiKey:
        private = self._private(row.key_id, row.sealed)
        return ApiKey(
            key_id=row.key_id,
            principal_id=row.principal_id,
            permit_id=row.permit_id,
            label=row.label,
            galleries=frozenset(private["galleries"]),
            provenance=private["provenance"],
            grounds=private["grounds"],
            secret=private["secret"],
            created_at=utc_moment(row.created_at),
            expires_at=utc_moment(row.expires_at),
            revoked_at=None if row.revoked_at is None else utc_moment(row.revoked_at),
            adults=private.get("adults", False),
        )

    def _unsealed(self, key_id: str, sealed: bytes) -> Mapping[str, Any]:
        plain = unseal(self._sealing_key, sealed, context=_context(key_id))
        return cast("dict[str, Any]", parse_json(plain))


def _context(key_id: str) -> bytes:
    return b"api key|" + key_id.encode()
