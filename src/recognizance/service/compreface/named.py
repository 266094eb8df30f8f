"""Subjects without examples: people whom a client has named before their first photograph.

CompreFace lists them; a gallery knows nobody without a reference. Only people may be named for whom
the key has a ground, and only a keyed digest is kept, so that nothing is held about anybody that
the key does not hold already.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select

from recognizance.service.store.tables import named_subject

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from recognizance.service.keys import ApiKey
    from recognizance.service.store import Store


class NamedSubjects:
    """Whom the clients of each key have named.

    Args:
        store: Where that is kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, key: ApiKey) -> set[str]:
        """The people whom clients of a key have named."""
        digests = select(named_subject.c.digest).where(named_subject.c.key_id == key.key_id)
        with self._store.reading() as connection:
            kept = set(connection.execute(digests).scalars())
        return {each for each in key.grounds if _digest(key, each) in kept} if kept else set()

    def add(self, key: ApiKey, subject_id: str) -> None:
        """Remember somebody; whoever is remembered already stays so."""
        with self._store.writing() as connection:
            connection.execute(delete(named_subject).where(_is(key, subject_id)))
            connection.execute(
                insert(named_subject).values(key_id=key.key_id, digest=_digest(key, subject_id))
            )

    def remove(self, key: ApiKey, subject_id: str) -> None:
        """Forget somebody; it is no error if nobody was remembered."""
        with self._store.writing() as connection:
            connection.execute(delete(named_subject).where(_is(key, subject_id)))

    def clear(self, key: ApiKey) -> None:
        """Forget everybody whom clients of a key have named."""
        with self._store.writing() as connection:
            connection.execute(delete(named_subject).where(named_subject.c.key_id == key.key_id))


def _digest(key: ApiKey, subject_id: str) -> bytes:
    message = b"subject without examples|" + subject_id.encode("utf-8", "replace")
    return hmac.digest(key.secret.encode(), message, "sha256")


def _is(key: ApiKey, subject_id: str) -> ColumnElement[bool]:
    return and_(
        named_subject.c.key_id == key.key_id, named_subject.c.digest == _digest(key, subject_id)
    )
