"""Digests by which a process remembers ids without remembering the ids."""

from __future__ import annotations

import hashlib
from typing import Final

from recognizance.keys.material import new_secret

_DIGEST_BYTES: Final = 16


class Digests:
    """Digests of ids under a key that is drawn for this object and leaves it nowhere."""

    def __init__(self) -> None:
        self._key = new_secret()

    def of(self, text: str) -> bytes:
        """The digest of an id: the same one each time, and another one elsewhere."""
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=_DIGEST_BYTES).digest()
