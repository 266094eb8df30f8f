"""Passphrases, and the lock that one puts on a secret: scrypt (RFC 7914) and AES-256-GCM."""

from __future__ import annotations

import base64
import contextlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from recognizance.canonical import canonical_bytes
from recognizance.errors import InputError, PassphraseError, WorkspaceDamagedError
from recognizance.keys import SECRET_BYTES, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSPHRASE_LIMIT_BYTES = 1024
LEAST_PASSPHRASE_BYTES = 8
"""House number: a shorter passphrase is found by trying, however slow each try is."""

SALT_BYTES = 16
SCRYPT = {"n": 2**14, "r": 8, "p": 1}
"""Cost of one guess: 16 MiB and some 40 ms (RFC 7914; recorded in each file)."""

MOST_SCRYPT_BYTES = 2**28
"""Memory that a key file may ask for; a forged file must not exhaust the machine."""


class Unlock(Protocol):
    """Where passphrases come from; a library never prompts, its caller may."""

    def __call__(self, name: str, attempt: int, /) -> bytes | None:
        """The passphrase for the key of `name`; `attempt` counts from 0, None gives up."""


def check_passphrase(passphrase: bytes) -> None:
    """Refuse a passphrase that protects nothing.

    Raises:
        InputError: It is too short, or longer than any that is read.
    """
    if not LEAST_PASSPHRASE_BYTES <= len(passphrase) <= PASSPHRASE_LIMIT_BYTES:
        raise InputError(
            f"A passphrase has at least {LEAST_PASSPHRASE_BYTES} letters and at most "
            f"{PASSPHRASE_LIMIT_BYTES} bytes.",
            hint="Take a few words that nobody says together.",
        )


def unlock_with(passphrase: bytes) -> Unlock:
    """One passphrase for every key, tried once."""

    def unlock(_name: str, attempt: int) -> bytes | None:
        return passphrase if attempt == 0 else None

    return unlock


def locked(head: Mapping[str, object], secret: bytes, passphrase: bytes) -> dict[str, object]:
    """Lock a secret with a passphrase; the head and the parameters are authenticated with it.

    Raises:
        InputError: The passphrase is too short or too long.
    """
    check_passphrase(passphrase)
    salt = secrets.token_bytes(SALT_BYTES)
    kdf = {"name": "scrypt", **SCRYPT, "salt": base64.b64encode(salt).decode()}
    told = {**head, "kdf": kdf}
    sealed = seal(_derived(passphrase, salt, **SCRYPT), secret, context=canonical_bytes(told))
    return {**told, "sealed": base64.b64encode(sealed).decode()}


def opened(table: Mapping[str, object], name: str, unlock: Unlock | None) -> bytes:
    """The secret that `locked` locked, with the first passphrase that opens it.

    Args:
        table: What `locked` gave.
        name: Whose key it is; who gives passphrases is told.
        unlock: Gives passphrases.

    Raises:
        ValueError: The table is none that `locked` gives.
        PassphraseError: No passphrase was given, or none opens it.
    """
    salt, cost = _cost(table["kdf"])
    sealed = base64.b64decode(str(table["sealed"]), validate=True)
    context = canonical_bytes({key: table[key] for key in table.keys() - {"sealed"}})
    if unlock is None:
        raise PassphraseError(
            f"The key of {name} is encrypted, and no passphrase was given.",
            hint="Set RECOGNIZANCE_PASSPHRASE_FILE to a file of mode 0600 that holds it, "
            "or run the command at a terminal.",
        )
    attempt = 0
    while (passphrase := unlock(name, attempt)) is not None:
        with contextlib.suppress(WorkspaceDamagedError):
            return unseal(_derived(passphrase, salt, **cost), sealed, context=context)
        attempt += 1
    raise PassphraseError(
        f"The passphrase does not open the key of {name}.",
        hint="Try another one; without it the key cannot be had again, so restore a backup.",
    )


def _cost(kdf: object) -> tuple[bytes, dict[str, int]]:
    match kdf:
        case {
            "name": "scrypt",
            "n": int(n),
            "r": int(r),
            "p": int(p),
            "salt": str(salt),
            **rest,
        } if (
            not rest
            and min(n, r, p) >= 1
            and n.bit_count() == 1
            and n > 1
            and 128 * n * r * p <= MOST_SCRYPT_BYTES
        ):
            return base64.b64decode(salt, validate=True), {"n": n, "r": r, "p": p}
        case _:
            raise ValueError("these are no parameters of scrypt")


def forget_passphrases() -> None:
    """Forget what was derived, and the passphrases with it: in a server they are other people's."""
    _derived.cache_clear()


@lru_cache(maxsize=16)
def _derived(passphrase: bytes, salt: bytes, *, n: int, r: int, p: int) -> bytes:
    """The key of a file; kept, so that a process pays once for each of its files."""
    return Scrypt(salt=salt, length=SECRET_BYTES, n=n, r=r, p=p).derive(passphrase)
