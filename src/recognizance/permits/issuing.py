"""From a submission to a permit: decide, record, sign; self-signed classes come into force.

What needs the authority's signature goes on in `exchange`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from recognizance.errors import InputError, RoleError
from recognizance.gate.decide import decide
from recognizance.gate.fences import order_end, publication_rest, require_posts, require_within
from recognizance.gate.permit import Target
from recognizance.gate.permit import issue as make_permit
from recognizance.gate.permit import sign as sign_permit
from recognizance.gate.scope import Scope
from recognizance.gate.terms import LOOSEST_PPB, terms_of
from recognizance.layout import write_atomically
from recognizance.ledger import LogName
from recognizance.permits.acting import require_role
from recognizance.permits.decided import conditions_of, operations_of
from recognizance.permits.kept import keep_submission, open_permits
from recognizance.permits.measured import with_measured_evidence
from recognizance.permits.renewable import require_no_wider, require_renewable
from recognizance.texts import SHORT, checked_text
from recognizance.types import PPB, Outcome, PermitClass, Role
from recognizance.uses import sample_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from recognizance.gate.decide import GateDecision
    from recognizance.gate.permit import Condition, Permit
    from recognizance.gate.submission import Submission
    from recognizance.permits.acting import Acting
    from recognizance.types import ErrorRate, Principal
    from recognizance.workspace import Actor, Workspace


PUBLIC_BODIES: Final = frozenset({"police", "court", "prison", "border", "public"})
"""Kinds of operators that are named where a request of theirs is decided."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be permitted.

    Attributes:
        submission: What is asked, as it was read.
        target: Error rate and its target in parts per billion; `None` where the class fixes it.
        gallery_ids: Galleries that the permit is to cover.
        gallery_size: Most references they will hold; needed for an FPIR target.
        photographs: For a trial, the photographs that it is bound to.
        footage: For a trial, SHA-256 of the clips that it is bound to, hex.
        lasts: How long, if shorter than the class allows.
        scope: Where, when, on whom and for which cases it is to hold.
        renews: The permit that it takes the place of; see `renewing`, which fills this.
        carried: Conditions that the authority had set on that permit, and that stay.
        signatures: How many officers are to sign where that is more than the class asks for.
    """

    submission: Submission
    target: tuple[ErrorRate, int] | None = None
    gallery_ids: frozenset[str] = frozenset()
    gallery_size: int | None = None
    photographs: tuple[bytes, ...] = ()
    footage: tuple[str, ...] = ()
    lasts: timedelta | None = None
    scope: Scope = field(default_factory=Scope)
    renews: str | None = None
    carried: tuple[Condition, ...] = ()
    signatures: int = 0


@dataclass(frozen=True, slots=True)
class Drafted:
    """What the gate said of a proposal.

    Attributes:
        decision: The decision; it is recorded.
        permit: The permit as it would be, signed by nobody yet; None if there is none.
    """

    decision: GateDecision
    permit: Permit | None


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of a proposal.

    Attributes:
        decision: What the gate said.
        permit: The signed permit, if the gate allowed one.
        in_force: Whether it may be used already, or waits for the authority.
    """

    decision: GateDecision
    permit: Permit | None
    in_force: bool


def propose(
    workspace: Workspace, proposal: Proposal, *, proposer: Actor, officers: Sequence[Actor]
) -> Issued:
    """Put a submission to the gate and, if the rules allow it, sign the permit.

    The decision is recorded whatever it is: refusals stand in the public log too.

    Raises:
        RoleError: The proposer may not propose, an officer may not sign, or too few sign.
        TargetUnsupportedError: The evidence does not support the error-rate target.
        IncompleteError: A condition fences something that the proposal does not name.
        InputError: The permit would cover more than was asked for, or is none of its class.
        RefusedError: It renews a permit that cannot be renewed now, or is wider than that one.
    """
    registry = workspace.registry
    require_role(registry, proposer.principal, "propose a permit", Role.PROPOSER)
    for officer in officers:
        require_role(registry, officer.principal, "sign a permit", Role.SIGNING_OFFICER)
    drafted = draft(workspace, proposal, proposer=proposer.principal)
    permit = drafted.permit
    if permit is None:
        return Issued(drafted.decision, None, in_force=False)
    require_officers(permit.permit_class, officers)
    for officer in officers:
        permit = sign_permit(permit, officer.key, officer.principal)
    if permit.self_attested:
        put_into_force(workspace, permit)
    return Issued(drafted.decision, permit, in_force=permit.self_attested)


def draft(workspace: Workspace, proposal: Proposal, *, proposer: Principal) -> Drafted:
    """Put a submission to the gate and, if the rules allow it, make the permit without signatures.

    Raises:
        RecognizanceError: As `propose`, which signs it.
    """
    require_role(workspace.registry, proposer, "propose a permit", Role.PROPOSER)
    now = workspace.clock()
    old = None if proposal.renews is None else workspace.shelf.find(proposal.renews)
    if old is not None:
        require_renewable(workspace, old, now=now)
    submission, target, decision = decided(workspace, proposal)
    permit_class = class_of(submission)
    _record_decision(workspace, submission, decision, now)
    if decision.outcome in {Outcome.REFUSE, Outcome.INCOMPLETE}:
        return Drafted(decision, None)
    conditions = (*conditions_of(decision), *proposal.carried)
    require_posts(conditions, proposal.scope)
    expires_at = _end(now, permit_class, proposal, submission)
    require_within(submission, decision.facts, proposal.scope, expires_at)
    permit = make_permit(
        permit_id=secrets.token_hex(8),
        permit_class=permit_class,
        workspace_id=workspace.workspace_id,
        operations=operations_of(submission, permit_class),
        function=submission.text("fn"),
        purpose=submission.text("purpose"),
        gallery_ids=proposal.gallery_ids,
        sample_digests=frozenset((*map(sample_digest, proposal.photographs), *proposal.footage)),
        submission_digest=submission.digest,
        bundle_digest=workspace.bundle.digest,
        model_id=workspace.evidence.model_id,
        evidence_digest=workspace.evidence.digest,
        target=target,
        conditions=conditions,
        proposer_id=proposer.principal_id,
        issued_at=now,
        not_before=now + publication_rest(conditions),
        expires_at=expires_at,
        authority=workspace.authority,
        scope=proposal.scope,
        renews=proposal.renews,
    )
    if old is not None:
        require_no_wider(old, permit)
    keep_submission(workspace, submission)
    return Drafted(decision, permit)


def decided(workspace: Workspace, proposal: Proposal) -> tuple[Submission, Target, GateDecision]:
    """What the gate says of a proposal now, on what the evidence here says; nothing is recorded.

    Raises:
        InputError: No class or no error rate was chosen.
        TargetUnsupportedError: The evidence does not support the error-rate target.
    """
    now = workspace.clock()
    permit_class = class_of(proposal.submission)
    target = _target(permit_class, proposal)
    submission = with_measured_evidence(workspace, proposal.submission, permit_class, target)
    others = open_permits(workspace, now, without=proposal.renews)
    return (
        submission,
        target,
        decide(workspace.bundle, submission, at=now.date(), open_permits=others),
    )


def put_into_force(workspace: Workspace, permit: Permit) -> None:
    """Write the permit's file, then record it: a permit counts from its entry in the log on."""
    write_atomically(workspace.layout.permits / f"{permit.permit_id}.json", permit.to_json())
    workspace.registry.record_issue(permit, now=workspace.clock())


def revoke_permit(workspace: Workspace, permit_id: str, *, reason: str, by: Acting) -> None:
    """Revoke a permit for good.

    Raises:
        RoleError: Neither a signing officer nor the custodian.
        InputError: The reason says nothing.
    """
    reason = checked_text(reason, what="The reason")
    roles = (Role.SIGNING_OFFICER, Role.CUSTODIAN)
    require_role(workspace.registry, by.principal, "revoke a permit", *roles)
    workspace.registry.revoke(
        permit_id, reason=reason, by=by.principal.principal_id, now=workspace.clock()
    )


def require_officers(permit_class: PermitClass, officers: Sequence[Actor]) -> None:
    """Pass only where as many distinct officers sign as the class needs.

    Raises:
        RoleError: They are too few.
    """
    needed = terms_of(permit_class).officers
    named = len({officer.principal.principal_id for officer in officers})
    if named < needed:
        raise RoleError(
            f"A permit of class {permit_class} needs the signatures of {needed} officers, "
            f"and {named} was named.",
            hint="Name each with --officer; two keys of one person are not two officers.",
        )


def class_of(submission: Submission) -> PermitClass:
    """The class of permit that is asked for.

    Raises:
        InputError: The submission does not say it.
    """
    try:
        return PermitClass(submission.text("class"))
    except ValueError as error:
        raise InputError(
            "The submission does not say of which class the permit is to be.",
            hint='State class = "trial", "opted_in", "household", "standard" or "urgent".',
        ) from error


def _record_decision(
    workspace: Workspace, submission: Submission, decision: GateDecision, now: datetime
) -> None:
    workspace.ledger.append(
        LogName.DECISIONS,
        "gate_decision",
        {
            "submission": decision.submission_digest,
            "bundle": decision.bundle_digest,
            "outcome": decision.outcome.value,
            "rules": sorted({fired.rule_id for fired in decision.fired}),
            "deciding": sorted({fired.rule_id for fired in decision.deciding}),
            **_requester(submission),
        },
        now=now,
    )


def _requester(submission: Submission) -> dict[str, str]:
    """Who asks, where it is a public body: the public may read which of them were refused."""
    operator = submission.text("operator")
    if submission.text("op.kind") not in PUBLIC_BODIES or not operator:
        return {}
    return {"requester": operator[:SHORT]}


def _end(
    now: datetime, permit_class: PermitClass, proposal: Proposal, submission: Submission
) -> datetime:
    """The end: that of the class, or earlier where less was asked for or the order ends."""
    longest = terms_of(permit_class).longest
    end = now + min(proposal.lasts or longest, longest)
    order = order_end(submission)
    return end if order is None else min(end, order)


def _target(permit_class: PermitClass, proposal: Proposal) -> Target:
    """The error-rate target: fixed by the class, or chosen; never a default."""
    chosen = terms_of(permit_class).target or proposal.target
    if chosen is None:
        raise InputError(
            "No error rate was chosen, and there is no default.",
            hint="Choose one, as --fpir 1e-2 --gallery-size 200, or --fmr 1e-3 --gallery-size 200.",
        )
    size = len(proposal.photographs) or proposal.gallery_size
    if size is None:
        raise InputError(
            "How many references the gallery will hold was not said.",
            hint="Say it with --gallery-size; for a trial, name its photographs (--photograph).",
        )
    rate, target_ppb = chosen
    if target_ppb > LOOSEST_PPB[rate]:
        raise InputError(
            f"An error rate looser than 1 in {PPB // LOOSEST_PPB[rate]} is signed for nobody.",
            hint="Choose a stricter one; a looser one would make everybody a candidate.",
        )
    return Target(rate, target_ppb, size)
