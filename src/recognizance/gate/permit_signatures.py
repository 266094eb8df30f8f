"""What makes a permit genuine: the terms of its class, its signatures, and who made them.

Each question answers with a phrase that says what is wrong, or None.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from recognizance.gate.permit_document import AUTHORITY, OFFICER, Permit, Signature
from recognizance.gate.terms import (
    LOOSEST_PPB,
    MANY_COMPARED,
    terms_of,
    too_loose_together,
)
from recognizance.keys import fingerprint, verify_signature
from recognizance.types import PPB, ErrorRate, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.keys import Signer
    from recognizance.types import Principal


def make_signature(permit: Permit, key: Signer, role: str) -> Signature:
    """Sign a permit in a role."""
    return Signature(
        principal_id=fingerprint(key.public_key),
        public_key=key.public_key.hex(),
        role=role,
        signature=key.sign(permit.statement(role)).hex(),
    )


@lru_cache(maxsize=256)
def outside_terms(permit: Permit) -> str | None:
    """Why a permit is none of its class; None where it is one. Kept, as `wrong_signature` is."""
    terms = terms_of(permit.permit_class)
    target = permit.target
    problems = (
        (permit.self_attested is terms.countersigned, "who has to sign it is not as stated"),
        (
            (permit.authority is not None) is not terms.countersigned,
            "its authority is not as stated",
        ),
        (
            not permit.issued_at <= permit.not_before < permit.expires_at,
            "its times are in disorder",
        ),
        (permit.expires_at - permit.issued_at > terms.longest, "it lasts too long"),
        (not _hours_inside(permit), "its hours lie outside its time"),
        (permit.renews is not None and not terms.renewable, "the class cannot be renewed"),
        (permit.renews == permit.permit_id, "it cannot renew itself"),
        (not permit.operations or not permit.operations <= terms.operations, "its operations"),
        (bool(permit.sample_digests) is not terms.bound_to_photographs, "its photographs"),
        (not 0 < target.target_ppb <= PPB, "its error rate is none"),
        (target.gallery_size is not None and target.gallery_size < 1, "its gallery size is none"),
        (
            target.rate is ErrorRate.FPIR and target.gallery_size is None,
            "a rate per search needs the size of the gallery",
        ),
        (
            bool(permit.operations & MANY_COMPARED) and target.gallery_size is None,
            "a search needs the size of the gallery",
        ),
        (target.target_ppb > LOOSEST_PPB[target.rate], "its error rate is too loose for any use"),
        (
            target.rate is ErrorRate.FMR
            and bool(permit.operations & MANY_COMPARED)
            and too_loose_together(target.target_ppb, target.gallery_size or 1),
            "its error rate is too loose for a gallery of this size",
        ),
        (
            terms.target is not None and (target.rate, target.target_ppb) != terms.target,
            "the class fixes the error rate",
        ),
    )
    return next((words for wrong, words in problems if wrong), None)


def _hours_inside(permit: Permit) -> bool:
    return all(
        permit.not_before <= window.begins and window.ends <= permit.expires_at
        for window in permit.scope.windows
    )


@lru_cache(maxsize=256)
def wrong_signature(permit: Permit) -> str | None:
    """Which signature does not hold; None where all do.

    Equal permits have equal bytes, so the answer is kept: a use must not wait for Ed25519.
    """
    if not permit.signatures:
        return "no signing officer has signed it"
    for signature in permit.signatures:
        if not _holds(signature, permit.statement(OFFICER), OFFICER):
            return "the signature of an officer does not hold"
    countersignature = permit.countersignature
    if countersignature is not None and not _holds(
        countersignature, permit.statement(AUTHORITY), AUTHORITY
    ):
        return "the authority's countersignature does not hold"
    return None


def _holds(signature: Signature, statement: bytes, role: str) -> bool:
    try:
        public_key = bytes.fromhex(signature.public_key)
        signed = bytes.fromhex(signature.signature)
    except ValueError:
        return False
    return (
        signature.role == role
        # One way to write a signature: capital digits or blanks would be another document.
        and (signature.public_key, signature.signature) == (public_key.hex(), signed.hex())
        and signature.principal_id == fingerprint(public_key)
        and verify_signature(public_key, statement, signed)
    )


def untrusted_signer(
    permit: Permit, trusted: Mapping[str, Principal], authority: bytes | None
) -> str | None:
    """Who signed without being entitled to, in this workspace."""
    if (doubled := doubled_key(permit)) is not None:
        return doubled
    for signature in permit.signatures:
        principal = trusted.get(signature.principal_id)
        if (
            principal is None
            or Role.SIGNING_OFFICER not in principal.roles
            or principal.public_key.hex() != signature.public_key
        ):
            return "it is signed by somebody who is no signing officer here"
    if (few := too_few_officers(permit)) is not None:
        return few
    return _untrusted_authority(permit, authority)


def _untrusted_authority(permit: Permit, authority: bytes | None) -> str | None:
    countersignature = permit.countersignature
    if not terms_of(permit.permit_class).countersigned:
        return None if countersignature is None else "its class has no countersignature"
    if countersignature is None:
        return "the authority has not countersigned it"
    if authority is None or permit.authority != authority.hex():
        return "its authority is not the one that this workspace pinned"
    if countersignature.public_key != permit.authority:
        return "somebody else than the authority countersigned it"
    if countersignature.principal_id in askers(permit):
        return "one key has two parts in it"
    return None


def doubled_key(permit: Permit) -> str | None:
    """Why one key had too large a part: who proposes does not sign, and nobody signs twice."""
    signers = [signature.principal_id for signature in permit.signatures]
    if len(set(signers)) < len(signers) or permit.proposer_id in signers:
        return "one key has two parts in it"
    return None


def too_few_officers(permit: Permit) -> str | None:
    """Why the officers are too few for the class; None where they are enough."""
    needed = terms_of(permit.permit_class).officers
    signed = len({signature.public_key for signature in permit.signatures})
    if signed >= needed:
        return None
    return f"its class needs the signatures of {needed} officers, and it has {signed}"


def askers(permit: Permit) -> set[str]:
    """Ids of those who asked for the permit or signed it for the operator."""
    return {permit.proposer_id, *(signature.principal_id for signature in permit.signatures)}
