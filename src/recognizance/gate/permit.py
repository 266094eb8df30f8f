"""Permits: made by the gate, signed by officers, countersigned by the authority, checked each use.

Pure: no clock, no file, no store. What a permit covers is bound by digest (rule D4): a change of
rules, model, evidence or of one letter of it voids it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recognizance.errors import (
    ConflictError,
    InputError,
    ModelMismatchError,
    PermitExpiredError,
    PermitForgedError,
    PermitRevokedError,
    PermitScopeError,
    RoleError,
)
from recognizance.gate.permit_document import (
    AUTHORITY,
    OFFICER,
    Condition,
    Permit,
    Signature,
    Target,
)
from recognizance.gate.permit_signatures import (
    askers,
    doubled_key,
    make_signature,
    outside_terms,
    too_few_officers,
    untrusted_signer,
    wrong_signature,
)
from recognizance.gate.scope import NOTHING_STATED, Circumstances, Scope
from recognizance.gate.terms import terms_of
from recognizance.keys import fingerprint
from recognizance.types import Operation, Role, utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from recognizance.keys import Signer
    from recognizance.types import PermitClass, Principal

__all__ = [
    "Condition",
    "Permit",
    "PermitChecker",
    "Signature",
    "Target",
    "Use",
    "check_holds",
    "countersign",
    "issue",
    "sign",
]

RULES = ("D4",)


@dataclass(frozen=True, slots=True)
class Use:
    """What somebody is about to do.

    Attributes:
        operation: The operation.
        purpose: What for; None where it was not stated, so the permit's own purpose holds.
        gallery_id: In which gallery; None where the operation has none.
        sample_digests: SHA-256 of every photograph handed in, hex.
        case_id: The case, which a condition may ask for.
        circumstances: Place, camera, time of capture and kind of sample, as stated.
        bearer: Whether the reference comes from the bearer and no gallery is opened.
    """

    operation: Operation
    purpose: str | None
    gallery_id: str | None
    sample_digests: tuple[str, ...]
    case_id: str | None = None
    circumstances: Circumstances = NOTHING_STATED
    bearer: bool = False


# ---- making one -----------------------------------------------------------------------------


def issue(
    *,
    permit_id: str,
    permit_class: PermitClass,
    workspace_id: str,
    operations: frozenset[Operation],
    function: str,
    purpose: str,
    gallery_ids: frozenset[str],
    submission_digest: str,
    bundle_digest: str,
    model_id: str,
    evidence_digest: str | None,
    target: Target,
    conditions: tuple[Condition, ...],
    proposer_id: str,
    issued_at: datetime,
    expires_at: datetime,
    authority: bytes | None,
    sample_digests: frozenset[str] = frozenset(),
    criteria_digest: str | None = None,
    not_before: datetime | None = None,
    scope: Scope | None = None,
    renews: str | None = None,
) -> Permit:
    """Make a permit that nobody has signed yet.

    The fields are those of `Permit`. `authority` is the raw public key that this workspace has
    pinned, or None; the permit names it only where its class needs the countersignature.
    `not_before` is `issued_at` where it is not given.

    Raises:
        InputError: It is outside the terms of its class, or the class needs an authority and
            none is pinned.
    """
    countersigned = terms_of(permit_class).countersigned
    if countersigned and authority is None:
        raise InputError(
            f"A permit of class {permit_class} needs an authority, and none is pinned here.",
            hint="Make the workspace with the public key of its authority.",
        )
    permit = Permit(
        permit_id=permit_id,
        permit_class=permit_class,
        workspace_id=workspace_id,
        operations=operations,
        function=function,
        purpose=purpose,
        gallery_ids=gallery_ids,
        sample_digests=sample_digests,
        submission_digest=submission_digest,
        bundle_digest=bundle_digest,
        model_id=model_id,
        evidence_digest=evidence_digest,
        criteria_digest=criteria_digest,
        target=target,
        conditions=conditions,
        proposer_id=proposer_id,
        issued_at=_to_milliseconds(issued_at),
        not_before=_to_milliseconds(not_before or issued_at),
        expires_at=_to_milliseconds(expires_at),
        self_attested=not countersigned,
        authority=authority.hex() if countersigned and authority else None,
        scope=scope or Scope(),
        renews=renews,
    )
    problem = outside_terms(permit)
    if problem is not None:
        raise InputError(
            f"A permit of class {permit_class} cannot be like this: {problem}.",
            hint="Ask for less, or choose another class.",
        )
    return permit


def sign(permit: Permit, key: Signer, principal: Principal) -> Permit:
    """Sign a permit as a signing officer.

    Raises:
        RoleError: The principal is no signing officer, is the proposer, or signed already.
        ConflictError: The authority has countersigned; the officers' part is closed.
        InputError: The key is not the principal's.
    """
    if Role.SIGNING_OFFICER not in principal.roles:
        raise RoleError(
            "Only a signing officer may sign a permit.", hint="Act as one, or ask one to sign."
        )
    if key.public_key != principal.public_key:
        raise InputError("The key is not this principal's.", hint="Name the right key file.")
    if fingerprint(key.public_key) in askers(permit):
        raise RoleError(
            "This key proposed the permit or has signed it; one key has one part in a decision.",
            hint="Ask another signing officer to sign.",
        )
    if permit.countersignature is not None:
        raise ConflictError(
            "The authority has countersigned already.", hint="Have a new permit issued."
        )
    return replace(permit, signatures=(*permit.signatures, make_signature(permit, key, OFFICER)))


def countersign(permit: Permit, key: Signer) -> Permit:
    """Countersign a permit as the authority that it names.

    Raises:
        PermitForgedError: It names another authority, an officer's signature is wrong, or fewer
            officers have signed than the class needs.
        RoleError: The authority's key had a part in asking for it.
    """
    if permit.authority != key.public_key.hex():
        raise _forged("it names another authority, or needs none")
    if fingerprint(key.public_key) in askers(permit):
        raise RoleError(
            "The authority cannot countersign what its own key asked for or signed.",
            hint="Keep the authority's key apart from the operator's.",
        )
    problem = (
        outside_terms(permit)
        or wrong_signature(replace(permit, countersignature=None))
        or doubled_key(permit)
        or too_few_officers(permit)
    )
    if problem is not None:
        raise _forged(problem)
    return replace(permit, countersignature=make_signature(permit, key, AUTHORITY))


# ---- checking one ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PermitChecker:
    """What a permit has to agree with here and now.

    Attributes:
        workspace_id: This workspace.
        authority: Raw public key pinned at its making; None where there is none.
        bundle_digest: The rules that are loaded.
        model_id: The model that runs.
        evidence_digest: The measurement that thresholds are taken from.
    """

    workspace_id: str
    authority: bytes | None
    bundle_digest: str
    model_id: str
    evidence_digest: str | None

    def check(
        self,
        permit: Permit,
        use: Use,
        *,
        now: datetime,
        trusted: Mapping[str, Principal],
        revoked: frozenset[str],
    ) -> None:
        """Check everything about one use.

        Raises:
            PermitScopeError: It does not name this operation, purpose, gallery or photograph.
            RefusedError: It does not hold; see `check_holds`.
        """
        self.check_holds(permit, now=now, trusted=trusted, revoked=revoked)
        _check_scope(permit, use)

    def check_holds(
        self,
        permit: Permit,
        *,
        now: datetime,
        trusted: Mapping[str, Principal],
        revoked: frozenset[str],
    ) -> None:
        """Check everything but what the use is; see the function of that name."""
        if permit.workspace_id != self.workspace_id:
            raise _out_of_scope("it was issued for another workspace")
        check_holds(
            permit,
            now=now,
            trusted=trusted,
            authority=self.authority,
            bundle_digest=self.bundle_digest,
            model_id=self.model_id,
            evidence_digest=self.evidence_digest,
            revoked=revoked,
        )

    def check_signatures(self, permit: Permit, *, trusted: Mapping[str, Principal]) -> None:
        """Check the class and the signatures alone, as before a permit is put into force.

        Raises:
            PermitForgedError: One of them does not hold.
            PermitScopeError: It was issued for another workspace.
        """
        if permit.workspace_id != self.workspace_id:
            raise _out_of_scope("it was issued for another workspace")
        _check_signatures(permit, trusted, self.authority)


def check_holds(
    permit: Permit,
    *,
    now: datetime,
    trusted: Mapping[str, Principal],
    authority: bytes | None,
    bundle_digest: str,
    model_id: str,
    evidence_digest: str | None,
    revoked: frozenset[str],
) -> None:
    """Let a permit pass that holds here and now, or say why it does not.

    Args:
        permit: The permit.
        now: The clock.
        trusted: The principals of this workspace, by id.
        authority: Raw public key pinned at the making of the workspace.
        bundle_digest: The rules that are loaded.
        model_id: The model that runs.
        evidence_digest: The measurement that thresholds are taken from.
        revoked: Ids of revoked permits.

    Raises:
        PermitForgedError: The class, a signature, the rules or the evidence do not hold.
        PermitExpiredError: It is not in force at `now`.
        PermitRevokedError: It was revoked.
        ModelMismatchError: Another model runs than it was measured with.
    """
    _check_signatures(permit, trusted, authority)
    if permit.permit_id in revoked:
        raise PermitRevokedError(
            "The permit was revoked.", hint="Have a new permit issued.", rules=RULES
        )
    _check_time(permit, now)
    if permit.bundle_digest != bundle_digest:
        raise _forged("the rules have changed since it was decided")
    if permit.evidence_digest != evidence_digest:
        raise _forged("the measurement that it rests on is not the one that is here")
    if permit.model_id != model_id:
        raise ModelMismatchError(
            "The permit was measured with another model than the one that runs.",
            hint="Run the model it names, or have a new permit issued for this one.",
            rules=RULES,
        )


def _check_signatures(
    permit: Permit, trusted: Mapping[str, Principal], authority: bytes | None
) -> None:
    problem = (
        outside_terms(permit)
        or wrong_signature(permit)
        or untrusted_signer(permit, trusted, authority)
    )
    if problem is not None:
        raise _forged(problem)


def _check_time(permit: Permit, now: datetime) -> None:
    if now < permit.not_before:
        raise PermitExpiredError(
            f"The permit holds only from {utc_text(permit.not_before)} on.",
            hint="Wait until then.",
            rules=RULES,
        )
    if now >= permit.expires_at:
        raise PermitExpiredError(
            f"The permit ended at {utc_text(permit.expires_at)}.",
            hint="Have a new permit issued.",
            rules=RULES,
        )


def _check_scope(permit: Permit, use: Use) -> None:
    if use.operation not in permit.operations:
        raise _out_of_scope(f"it does not allow to {use.operation}")
    if use.purpose is not None and use.purpose != permit.purpose:
        raise _out_of_scope(f"its purpose is {permit.purpose}")
    needs_gallery = use.operation is not Operation.COMPARE and not use.bearer
    if (needs_gallery or use.gallery_id is not None) and use.gallery_id not in permit.gallery_ids:
        raise _out_of_scope("it does not name this gallery")
    if terms_of(permit.permit_class).bound_to_photographs and (
        not use.sample_digests or not permit.sample_digests.issuperset(use.sample_digests)
    ):
        raise _out_of_scope("it is bound to other photographs")


def _to_milliseconds(moment: datetime) -> datetime:
    """What is left of a moment when it is written down, so that reading gives it back."""
    return utc_moment(utc_text(moment))


def _forged(what: str) -> PermitForgedError:
    return PermitForgedError(
        f"The permit does not hold: {what}.",
        hint="Restore the file as it was issued, or have a new permit issued.",
        rules=RULES,
    )


def _out_of_scope(what: str) -> PermitScopeError:
    return PermitScopeError(
        f"The permit does not cover this use: {what}.",
        hint="Stay within the permit (`recognizance permit show`), or ask for another one.",
        rules=RULES,
    )
