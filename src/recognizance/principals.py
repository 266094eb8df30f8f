"""Making a principal: a name that can be a file's, a key, and the file that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import InputError
from recognizance.keys import SigningKey, fingerprint
from recognizance.keys.files import KeyKind, write_key_file
from recognizance.types import Principal

if TYPE_CHECKING:
    from recognizance.layout import Layout
    from recognizance.types import Role

MAX_NAME = 64


def check_name(name: str) -> None:
    """Refuse a name that could not be a file's, or that looks like another.

    Raises:
        InputError: It is one.
    """
    if not (
        name.isascii()
        and name.replace("-", "").replace("_", "").isalnum()
        and len(name) <= MAX_NAME
    ):
        raise InputError(
            f"{name!r} cannot be the name of a principal.",
            hint=f"Use up to {MAX_NAME} letters, digits, - and _.",
        )


def make_principal(
    layout: Layout, name: str, roles: frozenset[Role], *, passphrase: bytes | None = None
) -> Principal:
    """Make a key, write its file (encrypted where there is a passphrase), and say who it is.

    Raises:
        InputError: The name cannot be one.
        KeyFileError: There is a key file of that name already.
    """
    check_name(name)
    key = SigningKey.generate()
    write_key_file(
        layout.principal_key(name),
        kind=KeyKind.PRINCIPAL,
        name=name,
        secret=key.seed,
        passphrase=passphrase,
    )
    return Principal(fingerprint(key.public_key), name, roles, key.public_key)
