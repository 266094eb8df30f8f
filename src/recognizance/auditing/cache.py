"""What an unfinished audit has computed so far, so that one that was cut off can go on.

Templates and scores must not lie about in an audit's folder. So each record is sealed with a key
made of the photographs it is of: who does not hold the photograph can neither open the record nor
tell that it is there, not even by the photograph's SHA-256. When the report is written the whole
file goes.

A file is a row of records of one length: 32 bytes of name, then the sealed value. A last record
that was cut off is ignored and overwritten.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from recognizance.errors import RecognizanceError
from recognizance.keys import seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

_NAME_BYTES: Final = 32
_SEAL_BYTES: Final = 28
"""Nonce and tag around a sealed value."""


class SealedCache:
    """Values of one length, each found by the photographs it was computed from."""

    def __init__(self, folder: Path, *, about: str, value_bytes: int) -> None:
        """Open a file, or begin one.

        Args:
            folder: Where it lies; made if need be.
            about: What computed the values, as a model id; another one is another file.
            value_bytes: Length of every value.
        """
        self._value_bytes = value_bytes
        self._about = hashlib.sha256(f"recognizance audit cache/1 {about}".encode()).digest()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{self._about.hex()[:16]}.bin"
        self._sealed = self._read()

    def __len__(self) -> int:
        return len(self._sealed)

    def get(self, *photographs: bytes) -> bytes | None:
        """The value of these photographs, in this order; `None` if it is not here."""
        name, key = self._secrets(photographs)
        sealed = self._sealed.get(name)
        if sealed is None:
            return None
        try:
            return unseal(key, sealed, context=name)
        except RecognizanceError:
            # A damaged record is as good as none: the value is computed again.
            return None

    def put(self, value: bytes, *photographs: bytes) -> None:
        """Keep a value; when this returns it is in the file."""
        name, key = self._secrets(photographs)
        sealed = seal(key, value, context=name)
        self._sealed[name] = sealed
        with self._path.open("ab") as file:
            file.write(name + sealed)

    def wipe(self) -> None:
        """Forget everything, and remove the file and its folder if that is empty."""
        self._sealed.clear()
        self._path.unlink(missing_ok=True)
        if not any(self._path.parent.iterdir()):
            self._path.parent.rmdir()

    def _read(self) -> dict[bytes, bytes]:
        if not self._path.exists():
            return {}
        data = self._path.read_bytes()
        size = _NAME_BYTES + _SEAL_BYTES + self._value_bytes
        whole = len(data) - len(data) % size
        if whole < len(data):
            with self._path.open("r+b") as file:
                file.truncate(whole)
        return {
            data[at : at + _NAME_BYTES]: data[at + _NAME_BYTES : at + size]
            for at in range(0, whole, size)
        }

    def _secrets(self, photographs: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        """Name and key of a record: of the photographs themselves, not of their digests.

        Digests of photographs stand in permits; from those nothing can be derived here.
        """
        inner = hashlib.sha256(self._about)
        for photograph in photographs:
            inner.update(hashlib.sha256(b"recognizance audit\0" + photograph).digest())
        secret = inner.digest()
        return hashlib.sha256(b"name" + secret).digest(), hashlib.sha256(b"key" + secret).digest()
