"""The files that hold keys: encrypted with a passphrase, plain, or pointing to a device.

An encrypted file (`v` 2) holds the parameters of scrypt (RFC 7914), a random salt, and the secret
sealed with AES-256-GCM; kind, owner and parameters are authenticated with it. A plain file (`v` 1)
is as safe as the disk that it lies on. A `command` file holds no secret at all: it names a program
that asks a device (a smart card, a hardware security module) for a signature.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import secrets
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import (
    InputError,
    KeyFileError,
    PassphraseError,
    RecognizanceError,
    StoreFullError,
)
from recognizance.keys import SECRET_BYTES, SigningKey
from recognizance.keys.devices import CommandKey
from recognizance.keys.locks import PASSPHRASE_LIMIT_BYTES, check_passphrase, locked, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from recognizance.keys import Signer
    from recognizance.keys.locks import Unlock

KEY_FILE_LIMIT_BYTES = 4096


class KeyKind(StrEnum):
    """What a key file holds."""

    PRINCIPAL = "principal"
    WORKSPACE = "workspace"


SECRET_LENGTH_BYTES = {KeyKind.PRINCIPAL: SECRET_BYTES, KeyKind.WORKSPACE: 2 * SECRET_BYTES}
"""A principal's secret is a signing seed; a workspace's is a sealing key, then a signing seed."""


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """What a key file holds, read.

    Attributes:
        kind: Whose key it is.
        name: What people call the owner.
        secret: 32 bytes for a principal, 64 for a workspace; never shown by `repr`.
    """

    kind: KeyKind
    name: str
    secret: bytes = field(repr=False)

    @property
    def signing_key(self) -> SigningKey:
        """The principal's key, or the key that signs the workspace's ledger."""
        return SigningKey(self.secret[-SECRET_BYTES:])

    @property
    def sealing_key(self) -> bytes:
        """The workspace's AES-256 key.

        Raises:
            KeyFileError: This is the key of a principal, who seals nothing.
        """
        if self.kind is not KeyKind.WORKSPACE:
            raise KeyFileError(
                "The key of a principal cannot open a workspace.",
                hint="Name the workspace's key file.",
            )
        return self.secret[:SECRET_BYTES]


# ---- writing ----------------------------------------------------------------------------------


def write_key_file(
    path: Path, *, kind: KeyKind, name: str, secret: bytes, passphrase: bytes | None = None
) -> None:
    """Write a new key file that only its owner can read, whole or not at all.

    Args:
        path: Where; its folder is made with mode 0700 where it is missing.
        kind: What the file holds.
        name: What people call the owner.
        secret: 32 bytes for a principal, 64 for a workspace.
        passphrase: Encrypts the file; without one it is plain.

    Raises:
        KeyFileError: There is a file already, or the folder cannot be written.
        StoreFullError: The disk is full or read-only.
        InputError: The secret has the wrong length for its kind, or the passphrase is too short.
    """
    _write(path, _key_document(kind, name, secret, passphrase), replace=False)


def write_command_file(path: Path, *, name: str, public_key: bytes, argv: tuple[str, ...]) -> None:
    """Write a key file that names the program which asks a device for signatures.

    Raises:
        KeyFileError: There is a file already, or the folder cannot be written.
        StoreFullError: The disk is full or read-only.
        InputError: The program has no name, or the file would be too long.
    """
    data = canonical_bytes(
        {"v": 1, "kind": "command", "name": name, "public_key": public_key.hex(), "argv": argv}
    )
    if not argv or not argv[0] or len(data) > KEY_FILE_LIMIT_BYTES:
        raise InputError(
            "The command of a key names a program and is at most some 4,000 letters long.",
            hint="Put what is longer into a script of its own, and name the script.",
        )
    _write(path, data, replace=False)


def change_passphrase(
    path: Path, kind: KeyKind, *, unlock: Unlock | None, new: bytes | None
) -> None:
    """Write the same key anew under another passphrase; None makes the file plain.

    Raises:
        KeyFileError: The file is none, or cannot be written.
        PassphraseError: The old passphrase is not right.
    """
    held = read_key_file(path, kind, unlock)
    _write(path, _key_document(kind, held.name, held.secret, new), replace=True)


def _key_document(kind: KeyKind, name: str, secret: bytes, passphrase: bytes | None) -> bytes:
    if len(secret) != SECRET_LENGTH_BYTES[kind]:
        raise InputError(
            f"A {kind} key has {SECRET_LENGTH_BYTES[kind]} bytes, not {len(secret)}.",
            hint="Make the secret with `new_secret`.",
        )
    if passphrase is None:
        plain = base64.b64encode(secret).decode()
        return canonical_bytes({"v": 1, "kind": kind, "name": name, "secret": plain})
    return canonical_bytes(locked({"v": 2, "kind": kind, "name": name}, secret, passphrase))


# ---- reading ----------------------------------------------------------------------------------


def read_key_file(path: Path, kind: KeyKind, unlock: Unlock | None = None) -> KeyMaterial:
    """Read a key file of one kind.

    Args:
        path: The file.
        kind: What it has to hold.
        unlock: Gives the passphrase of an encrypted file.

    Raises:
        KeyFileError: The file is missing, readable by others, damaged or of another kind.
        PassphraseError: It is encrypted, and no passphrase opens it.
    """
    with _naming(path):
        data = read_private(path, KEY_FILE_LIMIT_BYTES, "key file")
        table = _table_of(data, path)
        if table.get("kind") == "command":
            raise KeyFileError(
                "This key lies in a device; it signs, but its secret is not here.",
                hint="Use it for a principal; a workspace needs a key of its own.",
            )
        return _material(table, kind, unlock)


def read_signer(path: Path, unlock: Unlock | None = None) -> Signer:
    """The key of a principal: in the file itself, or in the device that the file names.

    Raises:
        KeyFileError: As `read_key_file`.
        PassphraseError: As `read_key_file`.
    """
    with _naming(path):
        return _signer(path, unlock)


def is_plain(path: Path) -> bool:
    """Whether whoever reads this key file has the key.

    Raises:
        KeyFileError: It is no key file.
    """
    with _naming(path):
        table = _table_of(read_private(path, KEY_FILE_LIMIT_BYTES, "key file"), path)
    return "secret" in table


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say of which file an error speaks; its folder may name somebody, its name does not."""
    try:
        yield
    except PassphraseError:
        raise  # names the key already
    except KeyFileError as error:
        error.message = f"{path.name}: {error.message}"
        raise


def _signer(path: Path, unlock: Unlock | None) -> Signer:
    data = read_private(path, KEY_FILE_LIMIT_BYTES, "key file")
    match _table_of(data, path):
        case {
            "v": 1,
            "kind": "command",
            "name": str(),
            "public_key": str(digits),
            "argv": [*argv],
            **rest,
        } if not rest and argv and all(isinstance(word, str) for word in argv):
            return CommandKey(_public_key(digits), tuple(map(str, argv)))
        case table:
            return _material(table, KeyKind.PRINCIPAL, unlock).signing_key


def read_passphrase_file(path: Path) -> bytes:
    """A passphrase from a file: its first line, without the line break.

    Raises:
        KeyFileError: The file is missing or readable by others.
        InputError: The passphrase is too short or too long.
    """
    data = read_private(path, PASSPHRASE_LIMIT_BYTES, "passphrase file")
    passphrase = data.split(b"\n", 1)[0].rstrip(b"\r")
    check_passphrase(passphrase)
    return passphrase


def unlock_from_file(path: Path) -> Unlock:
    """The passphrase in a file, for every key; read only where a key is encrypted."""

    def unlock(_name: str, attempt: int) -> bytes | None:
        return read_passphrase_file(path) if attempt == 0 else None

    return unlock


def read_private(path: Path, limit: int, what: str) -> bytes:
    """The bytes of a file that only its owner may read; `what` is what it is called to people.

    Raises:
        KeyFileError: The file is missing, too long or readable by others.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(limit + 1)
    except OSError as error:
        raise KeyFileError(
            f"The {what} is missing or cannot be read.",
            hint="Check RECOGNIZANCE_KEY_FOLDER, RECOGNIZANCE_KEY_FILE and "
            "RECOGNIZANCE_PASSPHRASE_FILE, or restore the file.",
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(
            f"The {what} can be read by others than its owner.",
            hint="Run `chmod 600` on the file; replace the key if others may have read it.",
        )
    if len(data) > limit:
        raise _damaged()
    return data


def _table_of(data: bytes, path: Path) -> Mapping[str, object]:
    try:
        table = parse_json(data)
    except InputError as error:
        raise _damaged() from error
    if not isinstance(table, dict):
        raise _damaged()
    if table.get("v") not in {1, 2} and isinstance(table.get("v"), int):
        raise KeyFileError(
            f"The key file {path.name} was written by a newer version of the program.",
            hint="Upgrade the program.",
        )
    return table


def _material(table: Mapping[str, object], kind: KeyKind, unlock: Unlock | None) -> KeyMaterial:
    match table:
        case {"v": 1, "kind": str(found), "name": str(name), "secret": str(text), **rest} if (
            not rest
        ):
            _require_kind(found, kind)
            secret = _decoded(text)
        case {
            "v": 2,
            "kind": str(found),
            "name": str(name),
            "kdf": dict(),
            "sealed": str(),
            **rest,
        } if not rest:
            _require_kind(found, kind)
            try:
                secret = opened(table, name, unlock)
            except ValueError as error:
                raise _damaged() from error
        case _:
            raise _damaged()
    if len(secret) != SECRET_LENGTH_BYTES[kind]:
        raise _damaged()
    return KeyMaterial(kind, name, secret)


def _require_kind(found: str, kind: KeyKind) -> None:
    if found != kind:
        raise KeyFileError(
            f"This key file does not hold a {kind} key.", hint=f"Name the {kind}'s key file."
        )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _damaged() from error


def _public_key(digits: str) -> bytes:
    try:
        key = bytes.fromhex(digits)
    except ValueError as error:
        raise _damaged() from error
    if len(key) != SECRET_BYTES:
        raise _damaged()
    return key


def _damaged() -> KeyFileError:
    return KeyFileError(
        "The key file is damaged.", hint="Restore it from a backup; it cannot be made again."
    )


# ---- the disk ---------------------------------------------------------------------------------


def _write(path: Path, data: bytes, *, replace: bool) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_whole(path, data, replace=replace)
    except FileExistsError as error:
        raise KeyFileError(
            "There is a key file already; it was left alone.",
            hint="Choose another name, or move the old key away first.",
        ) from error
    except OSError as error:
        raise _write_error(error) from error


def _write_whole(path: Path, data: bytes, *, replace: bool) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            # A link, unlike a rename, fails where the name is taken: nobody's key is overwritten,
            # and nobody ever sees half a file.
            os.link(draft, path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_error(error: OSError) -> RecognizanceError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
        return StoreFullError(
            "The key file could not be written: the disk is full or read-only.",
            hint="Make room or choose another key folder.",
        )
    return KeyFileError(
        "The key folder cannot be written.", hint="Check the folder and its permissions."
    )
