"""The token that a person carries: one face template, quantised, signed, sealed, in one QR code.

A token is text: `RB1:` and then, in Base45 (RFC 9285, as the EU Digital COVID Certificate used),

    permit tag (8) | nonce (12) | AES-256-GCM of [ body (293) | Ed25519 signature (64) ] | tag (16)

The permit's full id and the version are authenticated with the seal, so that a token does not open
under another permit; the tag in front only tells that case from a forgery. The body holds, big-
endian and in this order: 128 codes of 11 bits, their scale, the length of what quantisation lost,
the cohort mean (float32 each); 16 bytes of SHA-256 each of model id, cohort id, journey and
release; how the token is bound (1 byte) and to what (32 bytes); issue and expiry in seconds since
1970 (uint32). It has one length, so nothing in it steers a parser. No name, no picture.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recognizance.bearer.base45 import base45_length, from_base45, to_base45
from recognizance.bearer.quantise import CODES_BYTES, Quantised, pack_codes, unpack_codes
from recognizance.errors import (
    BearerForgedError,
    BearerPermitError,
    BearerUnreadableError,
    InputError,
    ModelMismatchError,
)
from recognizance.keys import NONCE_BYTES, SECRET_BYTES, SigningKey, verify_signature
from recognizance.types import Features

PREFIX = "RB1:"
"""Version 1. Another layout has another prefix."""

DIGEST_BYTES = 16
BOUND_TO_BYTES = 32
PERMIT_TAG_BYTES = 8
SIGNATURE_BYTES = 64
SEAL_TAG_BYTES = 16

_BODY = struct.Struct(f">{CODES_BYTES}s3f{'16s' * 4}B{BOUND_TO_BYTES}sII")
_SEALED_BYTES = PERMIT_TAG_BYTES + NONCE_BYTES + _BODY.size + SIGNATURE_BYTES + SEAL_TAG_BYTES
TOKEN_CHARACTERS = len(PREFIX) + base45_length(_SEALED_BYTES)
"""Length of every token of this version."""


# ---- keys -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BearerKeys:
    """Three keys of one workspace that nothing else uses, derived from its secret.

    Attributes:
        seal: AES-256 key that tokens are encrypted under.
        signing: Ed25519 key that signs them.
        challenge: Key of the code that marks a challenge as made here.
    """

    seal: bytes = field(repr=False)
    signing: SigningKey
    challenge: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes, workspace_id: str) -> Self:
        """HKDF-SHA-256 (RFC 5869) with a label of its own for each key.

        Args:
            secret: The workspace's sealing key, 32 bytes.
            workspace_id: Salt, so that a copied secret gives another workspace other keys.
        """

        def key(label: str) -> bytes:
            info = f"recognizance bearer {label} 1".encode()
            return HKDF(SHA256(), SECRET_BYTES, workspace_id.encode(), info).derive(secret)

        return cls(key("seal"), SigningKey(key("sign")), key("challenge"))


# ---- what a token says ----------------------------------------------------------------------


class BindingKind(IntEnum):
    """What makes a stolen token useless."""

    DEVICE = 1
    STAFFED_GATE = 2

    @property
    def word(self) -> str:
        """As it stands in the ledger."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Binding:
    """To what a token is bound.

    Attributes:
        kind: A device that the person holds, or a gate at which somebody looks.
        value: The device's raw Ed25519 public key, or SHA-256 of the gate's id; 32 bytes.
    """

    kind: BindingKind
    value: bytes

    @classmethod
    def device(cls, public_key: bytes) -> Self:
        """Bound to whoever can sign with this key.

        Raises:
            InputError: It is no raw Ed25519 public key.
        """
        if len(public_key) != BOUND_TO_BYTES:
            raise InputError(
                f"A device key has {BOUND_TO_BYTES} bytes, not {len(public_key)}.",
                hint="Give the raw Ed25519 public key of the device in hex digits.",
            )
        return cls(BindingKind.DEVICE, public_key)

    @classmethod
    def staffed_gate(cls, gate_id: str) -> Self:
        """Bound to one gate, at which a person looks at the bearer and the document.

        Raises:
            InputError: The id is empty or long.
        """
        return cls(
            BindingKind.STAFFED_GATE,
            hashlib.sha256(b"recognizance bearer gate\0" + stated("gate", gate_id)).digest(),
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token says beside the template.

    Attributes:
        model: Shortened digest of the model id; `short_digest` makes each of these four.
        cohort: Of the cohort id.
        journey: Of the journey.
        release: Of the release that the person signed.
        binding: To what the token is bound.
        issued_at: When it was made, in whole seconds.
        expires_at: From when on it is nothing any more, in whole seconds.
    """

    model: bytes
    cohort: bytes
    journey: bytes
    release: bytes
    binding: Binding
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A token, opened.

    Attributes:
        ticket: What it says.
        template: The template in whole numbers.
        cohort_mean: As in `Features`.
    """

    ticket: Ticket
    template: Quantised
    cohort_mean: float

    def reference(self, *, model_id: str, cohort_id: str) -> Features:
        """The template as features of the model that runs.

        Raises:
            ModelMismatchError: It was made with another model or cohort.
        """
        here = (short_digest("model", model_id), short_digest("cohort", cohort_id))
        if (self.ticket.model, self.ticket.cohort) != here:
            raise ModelMismatchError(
                "The token was made with another model or cohort than the one that runs.",
                hint="Have a new token made from a photograph; scores of two models have nothing "
                "in common.",
            )
        return Features(self.template.vector, model_id, cohort_id, self.cohort_mean)


MOST_CHARACTERS = 200
"""Longest id of a journey, release or gate."""


def stated(what: str, text: str) -> bytes:
    """The bytes of an id that somebody typed, without blanks around it.

    Raises:
        InputError: It is empty, long, or holds characters that cannot be seen.
    """
    text = text.strip()
    if not text or len(text) > MOST_CHARACTERS or not text.isprintable():
        raise InputError(
            f"The {what} was not stated, or cannot be an id.",
            hint=f"Name the {what} in 1 to {MOST_CHARACTERS} characters that can be seen.",
        )
    return text.encode("utf-8", "surrogatepass")


def short_digest(what: str, text: str) -> bytes:
    """The first 16 bytes of SHA-256 of an id, with a label so that no two kinds coincide.

    Raises:
        InputError: The id is empty, long or unprintable.
    """
    label = f"recognizance bearer {what}\0".encode()
    return hashlib.sha256(label + stated(what, text)).digest()[:DIGEST_BYTES]


# ---- making and opening one -----------------------------------------------------------------


def seal_token(
    keys: BearerKeys, permit_id: str, ticket: Ticket, template: Quantised, cohort_mean: float
) -> str:
    """Sign, then encrypt.

    Nonces are random under one key: NIST SP 800-38D, section 8.3 allows 2^32 tokens a workspace.
    """
    body = _BODY.pack(
        pack_codes(template.codes),
        template.scale,
        template.residual,
        cohort_mean,
        ticket.model,
        ticket.cohort,
        ticket.journey,
        ticket.release,
        ticket.binding.kind,
        ticket.binding.value,
        int(ticket.issued_at.timestamp()),
        int(ticket.expires_at.timestamp()),
    )
    context = _context(permit_id)
    signature = keys.signing.sign(context + body)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(keys.seal).encrypt(nonce, body + signature, context)
    return PREFIX + to_base45(_permit_tag(permit_id) + nonce + sealed)


def open_token(keys: BearerKeys, permit_id: str, token: str) -> Carried:
    """Decrypt, then check the signature.

    Raises:
        BearerUnreadableError: The text is no token of this version.
        BearerPermitError: It was made under another permit.
        BearerForgedError: It was not made in this workspace, or was changed.
    """
    data = token_bytes(token)
    tag, nonce, sealed = (
        data[:PERMIT_TAG_BYTES],
        data[PERMIT_TAG_BYTES : PERMIT_TAG_BYTES + NONCE_BYTES],
        data[PERMIT_TAG_BYTES + NONCE_BYTES :],
    )
    if tag != _permit_tag(permit_id):
        raise BearerPermitError(
            "The token was made under another permit.",
            hint="Use the permit that it was made under, or have a new token made.",
        )
    context = _context(permit_id)
    try:
        opened = AESGCM(keys.seal).decrypt(nonce, sealed, context)
    except InvalidTag as error:
        raise _forged() from error
    body, signature = opened[: _BODY.size], opened[_BODY.size :]
    if not verify_signature(keys.signing.public_key, context + body, signature):
        raise _forged()
    codes, scale, residual, cohort_mean, model, cohort, journey, release, kind, value, *times = (
        _BODY.unpack(body)
    )
    issued_at, expires_at = (datetime.fromtimestamp(seconds, UTC) for seconds in times)
    binding = Binding(BindingKind(kind), value)
    ticket = Ticket(model, cohort, journey, release, binding, issued_at, expires_at)
    return Carried(ticket, Quantised(unpack_codes(codes), scale, residual), cohort_mean)


def token_bytes(token: str) -> bytes:
    """The bytes behind the text of a token.

    Raises:
        BearerUnreadableError: It has another length, prefix or alphabet.
    """
    text = token.strip("\r\n\t")
    if len(text) != TOKEN_CHARACTERS or not text.startswith(PREFIX):
        raise _unreadable()
    return from_base45(text.removeprefix(PREFIX))


def token_digest(token: str) -> bytes:
    """SHA-256 of a token's bytes: what a device signs of it.

    Raises:
        BearerUnreadableError: It is no token.
    """
    return hashlib.sha256(token_bytes(token)).digest()


def _context(permit_id: str) -> bytes:
    return f"recognizance bearer token {PREFIX}\0{permit_id}\0".encode()


def _permit_tag(permit_id: str) -> bytes:
    return hashlib.sha256(_context(permit_id)).digest()[:PERMIT_TAG_BYTES]


def _forged() -> BearerForgedError:
    return BearerForgedError(
        "The token was not made in this workspace, or was changed.",
        hint="Send the person the other way, without a face; a new token needs a photograph.",
    )


def _unreadable() -> BearerUnreadableError:
    return BearerUnreadableError(
        "What was shown is no token that this version reads.",
        hint="Scan the whole code again, or send the person the other way.",
    )
