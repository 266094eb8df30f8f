"""Passkeys (W3C WebAuthn): where they are kept, and how what a browser brings is checked.

A passkey is bound to the server's origin, and opens only after its owner was verified by it (a
finger, a face on the owner's own device, a PIN). Attestation is not asked for: which maker's device
somebody uses is nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, func, insert, select, update
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from recognizance.errors import ConflictError, InputError, UnauthenticatedError
from recognizance.service.store.tables import passkey
from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row

    from recognizance.service.store import Store
    from recognizance.types import Principal

MOST_PASSKEYS: Final = 20
"""House number: more than anybody has devices."""

_USUAL_PORT: Final = {"http": 80, "https": 443}
_VERIFIED: Final = UserVerificationRequirement.REQUIRED
# What the library raises on bytes that are no credential: its own errors, and those of its parsers.
_MISSHAPEN: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of somebody.

    Attributes:
        credential_id: What the device calls it.
        principal_id: Whose it is.
        public_key: COSE key.
        sign_count: How often it was used, where the device counts.
        label: What its owner calls it.
        created_at: When it was added.
    """

    credential_id: bytes
    principal_id: str
    public_key: bytes
    sign_count: int
    label: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """The server, as passkeys know it.

    Attributes:
        origin: Where its pages come from.
        rp_id: The domain of that.
    """

    origin: str
    rp_id: str

    @classmethod
    def of(cls, configured: str | None, scheme: str, port: int | None) -> Party:
        """The server at its origin; without one, for browsers on this machine alone."""
        usual = _USUAL_PORT.get(scheme) == port
        origin = configured or f"{scheme}://localhost{'' if usual else f':{port}'}"
        return cls(origin, urlsplit(origin).hostname or "")


class Passkeys:
    """The passkeys of a workspace.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, principal_id: str) -> list[Passkey]:
        """Those of one principal, oldest first."""
        of = select(passkey).where(passkey.c.principal_id == principal_id)
        with self._store.reading() as connection:
            return [_read(row) for row in connection.execute(of.order_by(passkey.c.created_at))]

    def by_id(self, credential_id: bytes) -> Passkey | None:
        """The passkey of a credential id."""
        with self._store.reading() as connection:
            of = select(passkey).where(passkey.c.credential_id == credential_id)
            row = connection.execute(of).first()
        return None if row is None else _read(row)

    def add(self, new: Passkey) -> None:
        """Keep a passkey.

        Raises:
            ConflictError: It is there already, or its owner has very many.
        """
        mine = select(func.count()).where(passkey.c.principal_id == new.principal_id)
        same = select(passkey.c.label).where(passkey.c.credential_id == new.credential_id)
        with self._store.writing() as connection:
            if connection.execute(same).first() is not None:
                raise ConflictError("This passkey is registered already.", hint="Use it.")
            if connection.execute(mine).scalar_one() >= MOST_PASSKEYS:
                raise ConflictError(
                    f"You have {MOST_PASSKEYS} passkeys already.", hint="Remove one first."
                )
            connection.execute(
                insert(passkey).values(
                    credential_id=new.credential_id,
                    principal_id=new.principal_id,
                    public_key=new.public_key,
                    sign_count=new.sign_count,
                    label=new.label,
                    created_at=utc_text(new.created_at),
                )
            )

    def used(self, known: Passkey, sign_count: int) -> None:
        """Keep the count of a use.

        Raises:
            UnauthenticatedError: It was used elsewhere since: two devices may hold one key.
        """
        with self._store.writing() as connection:
            changed = connection.execute(
                update(passkey)
                .where(
                    passkey.c.credential_id == known.credential_id,
                    passkey.c.sign_count == known.sign_count,
                )
                .values(sign_count=sign_count)
            )
        if not changed.rowcount:
            raise not_believed()

    def remove(self, principal_id: str, credential_id: bytes) -> None:
        """Forget a passkey of somebody, if it is there."""
        with self._store.writing() as connection:
            connection.execute(
                delete(passkey).where(
                    passkey.c.credential_id == credential_id,
                    passkey.c.principal_id == principal_id,
                )
            )


# ---- the two ceremonies -----------------------------------------------------------------------


def options_to_add(
    party: Party, principal: Principal, challenge: bytes, known: list[Passkey]
) -> Mapping[str, object]:
    """What a browser needs to make a passkey."""
    options = webauthn.generate_registration_options(
        rp_id=party.rp_id,
        rp_name="Recognizance",
        user_id=principal.principal_id.encode(),
        user_name=principal.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(each.credential_id) for each in known],
    )
    return options_to_json_dict(options)


def options_to_log_in(party: Party, challenge: bytes) -> Mapping[str, object]:
    """What a browser needs to log somebody in; it names no passkey, so it tells of nobody."""
    options = webauthn.generate_authentication_options(
        rp_id=party.rp_id, challenge=challenge, user_verification=_VERIFIED
    )
    return options_to_json_dict(options)


def made(
    party: Party,
    principal: Principal,
    challenge: bytes,
    credential: dict[str, object],
    *,
    label: str,
    now: datetime,
) -> Passkey:
    """The passkey that a browser has made.

    Raises:
        InputError: It is none, was made for somebody else's page, or without verifying its owner.
    """
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _MISSHAPEN as error:
        raise InputError(
            "This is no passkey that was made here just now.", hint="Begin again."
        ) from error
    return Passkey(
        credential_id=verified.credential_id,
        principal_id=principal.principal_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        label=label,
        created_at=now,
    )


def shown(party: Party, challenge: bytes, credential: dict[str, object], known: Passkey) -> int:
    """The count of a passkey that was used just now, by its verified owner.

    Raises:
        UnauthenticatedError: It was not.
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
        owner = _owner_of(credential)
    except _MISSHAPEN as error:
        raise not_believed() from error
    if owner not in {None, known.principal_id.encode()}:
        raise not_believed()
    return verified.new_sign_count


def id_of(credential: dict[str, object]) -> bytes:
    """Which passkey a browser shows.

    Raises:
        UnauthenticatedError: It shows none.
    """
    return as_bytes(credential.get("id"))


def as_bytes(text: object) -> bytes:
    """Bytes that were written as base64url.

    Raises:
        UnauthenticatedError: They were not.
    """
    try:
        return webauthn.base64url_to_bytes(str(text))
    except ValueError as error:
        raise not_believed() from error


def as_text(credential_id: bytes) -> str:
    """A credential id as browsers write it."""
    return bytes_to_base64url(credential_id)


def not_believed() -> UnauthenticatedError:
    """The error for a passkey that does not count; it is not said why."""
    return UnauthenticatedError(
        "The passkey was not accepted.", hint="Begin again, or log in another way."
    )


def _owner_of(credential: dict[str, object]) -> bytes | None:
    match credential:
        case {"response": {"userHandle": str(handle)}} if handle:
            return webauthn.base64url_to_bytes(handle)
        case _:
            return None


def _read(row: Row[tuple[object, ...]]) -> Passkey:
    return Passkey(
        credential_id=row.credential_id,
        principal_id=row.principal_id,
        public_key=row.public_key,
        sign_count=row.sign_count,
        label=row.label,
        created_at=utc_moment(row.created_at),
    )
