"""The envelope of every letter: canonical JSON, a kind, and the signatures of those who send it.

A letter is limited in size and read strictly; one that is not, byte for byte, what its senders
wrote does not open. Pure: no clock, no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, digest, parse_json
from recognizance.errors import AuthorityError, InputError
from recognizance.keys import verify_signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recognizance.keys import Signer

FORMAT = 1
LETTER_LIMIT_BYTES = 1 << 21
MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that opened.

    Attributes:
        body: What it says.
        digest: SHA-256 of the canonical body, hex; what an answer names its request by.
        senders: Raw public keys that have signed, none twice.
        data: The letter itself, byte for byte.
    """

    body: Mapping[str, object]
    digest: str
    senders: tuple[bytes, ...]
    data: bytes


def seal_letter(kind: str, content: Mapping[str, object], senders: Sequence[Signer]) -> bytes:
    """Write a letter and have each sender sign it.

    Raises:
        KeyFileError: The device of a sender did not sign.
    """
    body = {"v": FORMAT, "kind": kind, **content}
    statement = _statement(body)
    signatures = [
        {"public_key": key.public_key.hex(), "signature": key.sign(statement).hex()}
        for key in senders
    ]
    return canonical_bytes({"letter": body, "signatures": signatures})


def open_letter(data: bytes, kind: str) -> Letter:
    """Read a letter of one kind and check every signature on it; whose they are, the caller checks.

    Raises:
        AuthorityError: It is no such letter, or not as it was signed.
    """
    if len(data) > LETTER_LIMIT_BYTES:
        raise spoilt("it is too long")
    try:
        document = parse_json(data)
        written = canonical_bytes(document)
    except InputError as error:
        raise spoilt("it is no JSON") from error
    match document:
        case {
            "letter": {"v": 1, "kind": str(found)} as body,
            "signatures": [_, *_] as signatures,
            **rest,
        } if not rest and written == data and len(signatures) <= MOST_SIGNATURES:
            pass
        case _:
            raise spoilt("its form is another one")
    if found != kind:
        raise AuthorityError(
            f"This letter is a {found.replace('_', ' ')}, not a {kind.replace('_', ' ')}.",
            hint="Name the other file; `gate request`, `gate answer` and `gate status` write them.",
        )
    statement = _statement(body)
    senders = tuple(_sender(signature, statement) for signature in signatures)
    if len(set(senders)) < len(senders):
        raise spoilt("somebody signed it twice")
    return Letter(body, digest(body), senders, data)


def _statement(body: Mapping[str, object]) -> bytes:
    # Short, so that a smart card takes it; `kind` is in the body, so no letter passes for another.
    return canonical_bytes({"letter": digest(body)})


def _sender(signature: object, statement: bytes) -> bytes:
    match signature:
        case {"public_key": str(key_text), "signature": str(text), **rest} if not rest:
            try:
                key, signed = bytes.fromhex(key_text), bytes.fromhex(text)
            except ValueError as error:
                raise spoilt("a signature is none") from error
            if (key_text, text) == (key.hex(), signed.hex()) and verify_signature(
                key, statement, signed
            ):
                return key
    raise spoilt("a signature does not hold")


def require_author(letter: Letter, authority: bytes | None) -> None:
    """Did this authority, and nobody else, sign the letter?

    Raises:
        AuthorityError: It did not, or none is pinned.
    """
    if authority is None:
        raise AuthorityError(
            "This workspace has pinned no authority, so no letter of one counts here.",
            hint="An authority is pinned once, by `recognizance init --authority`.",
        )
    if letter.senders != (authority,):
        raise AuthorityError(
            "The letter was not signed by the authority that this workspace pinned.",
            hint="Have it sent again by your authority; do not use this file.",
        )


def spoilt(what: str) -> AuthorityError:
    """The error for a letter that is not as it was written."""
    return AuthorityError(
        f"This letter is not as its sender wrote it: {what}.",
        hint="Use the file as it was written; have it sent again if it was changed on the way.",
    )
