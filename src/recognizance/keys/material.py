"""Keys: Ed25519 to sign, AES-256-GCM to seal. The files that hold them are in `files`.

Signatures are RFC 8032. A sealed value is a 12-byte random nonce and then what AES-256-GCM
(NIST SP 800-38D) gives; the context is authenticated with it, so that a sealed value moved to
another place no longer opens.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recognizance.errors import InputError, WorkspaceDamagedError

SECRET_BYTES = 32
NONCE_BYTES = 12
SIGNATURE_BYTES = 64


class Signer(Protocol):
    """Somebody's key, wherever it is: in this process, or in a device that only signs."""

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519 public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Sign a message; 64 bytes.

        Raises:
            KeyFileError: The device does not answer, or not with its own signature.
        """


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
