"""Keys: Ed25519 to sign, AES-256-GCM to seal, and the files that hold them.

Signatures are RFC 8032. A sealed value is a 12-byte random nonce and then what AES-256-GCM
(NIST SP 800-38D) gives; the context is authenticated with it, so that a sealed value moved to
another place no longer opens.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import (
    InputError,
    KeyFileError,
    RecognizanceError,
    StoreFullError,
    WorkspaceDamagedError,
)

if TYPE_CHECKING:
    from pathlib import Path

SECRET_BYTES = 32
NONCE_BYTES = 12
KEY_FILE_LIMIT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 private key.

    Attributes:
        seed: The 32 secret bytes of RFC 8032; never shown by `repr`.
        public_key: Raw public key, 32 bytes.
    """

    seed: bytes = field(repr=False)
    public_key: bytes = field(init=False, compare=False)
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SECRET_BYTES:
            raise InputError(
                f"A signing key has {SECRET_BYTES} bytes, not {len(self.seed)}.",
                hint="Take the seed from `new_secret`, or read it from a key file.",
            )
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        object.__setattr__(self, "_private", private)
        object.__setattr__(self, "public_key", private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new key from the system's randomness."""
        return cls(new_secret())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a seed of 32 bytes.

        Raises:
            InputError: The seed has another length.
        """
        return cls(seed)

    def sign(self, message: bytes) -> bytes:
        """Sign a message; 64 bytes."""
        return self._private.sign(message)


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is one of `message` by the owner of `public_key` (32 raw bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """The id of a key and of its principal: first 16 hex digits of SHA-256 of the public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def new_secret() -> bytes:
    """32 bytes from the system's randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def seal(key: bytes, plaintext: bytes, *, context: bytes) -> bytes:
    """Encrypt and authenticate.

    Args:
        key: 32 bytes.
        plaintext: Any bytes.
        context: What the value belongs to; `unseal` must be given the same.

    Returns:
        12 bytes of nonce, then ciphertext and tag.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def unseal(key: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """Open what `seal` made.

    Raises:
        WorkspaceDamagedError: Another key, another context, or changed bytes.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise WorkspaceDamagedError(
            "A sealed value does not open: its bytes, its place or the key changed.",
            hint="Check that the key file belongs to this workspace, then restore a backup.",
        ) from error


def commitment(salt: bytes, payload: bytes) -> str:
    """Commit to a payload without showing it: SHA-256 of salt and payload, hex.

    The salt is 32 random bytes, so that a short payload cannot be found by trying.
    """
    return hashlib.sha256(salt + payload).hexdigest()


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


def write_key_file(path: Path, *, kind: KeyKind, name: str, secret: bytes) -> None:
    """Write a new key file that only its owner can read, whole or not at all.

    Args:
        path: Where; its folder is made with mode 0700 where it is missing.
        kind: What the file holds.
        name: What people call the owner.
        secret: 32 bytes for a principal, 64 for a workspace.

    Raises:
        KeyFileError: There is a file already, or the folder cannot be written.
        StoreFullError: The disk is full or read-only.
        InputError: The secret has the wrong length for its kind.
    """
    if len(secret) != SECRET_LENGTH_BYTES[kind]:
        raise InputError(
            f"A {kind} key has {SECRET_LENGTH_BYTES[kind]} bytes, not {len(secret)}.",
            hint="Make the secret with `new_secret`.",
        )
    data = canonical_bytes(
        {"v": 1, "kind": kind, "name": name, "secret": base64.b64encode(secret).decode()}
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_exclusively(path, data)
    except FileExistsError as error:
        raise KeyFileError(
            "There is a key file already; it was left alone.",
            hint="Choose another name, or move the old key away first.",
        ) from error
    except OSError as error:
        raise _write_error(error) from error


def read_key_file(path: Path, kind: KeyKind) -> KeyMaterial:
    """Read a key file of one kind.

    Raises:
        KeyFileError: The file is missing, readable by others, damaged or of another kind.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(KEY_FILE_LIMIT_BYTES + 1)
    except OSError as error:
        raise KeyFileError(
            "The key file is missing or cannot be read.",
            hint="Check RECOGNIZANCE_KEY_FOLDER and RECOGNIZANCE_KEY_FILE, or restore the key.",
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(
            "The key file can be read by others than its owner.",
            hint="Run `chmod 600` on the key file; replace the key if others may have read it.",
        )
    return _parse_key_file(data, kind)


def _parse_key_file(data: bytes, kind: KeyKind) -> KeyMaterial:
    damaged = KeyFileError(
        "The key file is damaged.", hint="Restore it from a backup; it cannot be made again."
    )
    if len(data) > KEY_FILE_LIMIT_BYTES:
        raise damaged
    try:
        table = parse_json(data)
    except InputError as error:
        raise damaged from error
    match table:
        case {"v": 1, "kind": str(found), "name": str(name), "secret": str(text), **rest} if (
            not rest
        ):
            pass
        case _:
            raise damaged
    if found != kind:
        raise KeyFileError(
            f"This key file does not hold a {kind} key.", hint=f"Name the {kind}'s key file."
        )
    try:
        secret = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise damaged from error
    if len(secret) != SECRET_LENGTH_BYTES[kind]:
        raise damaged
    return KeyMaterial(kind, name, secret)


def _write_exclusively(path: Path, data: bytes) -> None:
    # A link, unlike a rename, fails where the name is taken: nobody's key is overwritten, and
    # nobody ever sees half a file.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
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
