"""From a submission to a permit in force: decide, record, sign, have countersigned, accept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.conditions import check_enforceable, publication_rest
from recognizance.errors import (
    InputError,
    PermitForgedError,
    RoleError,
    WorkspaceDamagedError,
)
from recognizance.gate.decide import decide
from recognizance.gate.facts import derive, open_permit
from recognizance.gate.kinds import plain
from recognizance.gate.permit import Condition, Permit, Target
from recognizance.gate.permit import countersign as countersign_permit
from recognizance.gate.permit import issue as make_permit
from recognizance.gate.permit import sign as sign_permit
from recognizance.gate.submission import submission_from
from recognizance.gate.terms import LOOSEST_PPB, terms_of
from recognizance.keys import KeyKind, read_key_file
from recognizance.layout import write_atomically
from recognizance.ledger import LogName
from recognizance.types import PPB, ErrorRate, Operation, Outcome, PermitClass, Role, utc_moment
from recognizance.uses import sample_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, timedelta
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.submission import Submission
    from recognizance.workspace import Actor, Workspace

OPERATIONS = {
    "verify_1to1": frozenset({Operation.VERIFY, Operation.ENROLL}),
    "identify_1toN": frozenset({Operation.SEARCH, Operation.VERIFY, Operation.ENROLL}),
    "watchlist": frozenset({Operation.WATCH, Operation.SEARCH, Operation.ENROLL}),
}
"""What a permitted function lets the desk do; a function that is not here lets it do nothing."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be permitted.

    Attributes:
        submission: What is asked, as it was read.
        target: Error rate and its target in parts per billion; `None` where the class fixes it.
        gallery_ids: Galleries that the permit is to cover.
        gallery_size: Most references they will hold; needed for an FPIR target.
        photographs: For a trial, the photographs that it is bound to.
        lasts: How long, if shorter than the class allows.
    """

    submission: Submission
    target: tuple[ErrorRate, int] | None = None
    gallery_ids: frozenset[str] = frozenset()
    gallery_size: int | None = None
    photographs: tuple[bytes, ...] = ()
    lasts: timedelta | None = None


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
        RoleError: The proposer may not propose, or an officer may not sign.
        TargetUnsupportedError: The evidence does not support the error-rate target.
        PermitScopeError: This version cannot enforce a condition that the rules attach.
    """
    _require_role(proposer, Role.PROPOSER)
    for officer in officers:
        _require_role(officer, Role.SIGNING_OFFICER)
    now = workspace.clock()
    stated = proposal.submission
    permit_class = _class_of(stated)
    target = _target(permit_class, proposal)
    submission = with_measured_evidence(workspace, stated, permit_class, target)
    decision = decide(
        workspace.bundle, submission, at=now.date(), open_permits=_open_permits(workspace, now)
    )
    _record_decision(workspace, decision, now)
    if decision.outcome in {Outcome.REFUSE, Outcome.INCOMPLETE}:
        return Issued(decision, None, in_force=False)
    terms = terms_of(permit_class)
    conditions = tuple(
        Condition(fired.rule_id, fired.hook, fired.parameters) for fired in decision.conditions
    )
    check_enforceable(conditions)
    permit = make_permit(
        permit_id=secrets.token_hex(8),
        permit_class=permit_class,
        workspace_id=workspace.workspace_id,
        operations=_operations(submission, permit_class),
        function=submission.text("fn"),
        purpose=submission.text("purpose"),
        gallery_ids=proposal.gallery_ids,
        sample_digests=frozenset(sample_digest(data) for data in proposal.photographs),
        submission_digest=submission.digest,
        bundle_digest=workspace.bundle.digest,
        model_id=workspace.evidence.model_id,
        evidence_digest=workspace.evidence.digest,
        target=target,
        conditions=conditions,
        proposer_id=proposer.principal.principal_id,
        issued_at=now,
        not_before=now + publication_rest(conditions),
        expires_at=now + min(proposal.lasts or terms.longest, terms.longest),
        authority=workspace.authority,
    )
    for officer in officers:
        permit = sign_permit(permit, officer.key, officer.principal)
    write_atomically(
        workspace.layout.submissions / f"{submission.digest}.json",
        canonical_bytes(submission.as_dict()),
    )
    if permit.self_attested:
        put_into_force(workspace, permit)
    return Issued(decision, permit, in_force=permit.self_attested)


def request_for(workspace: Workspace, permit: Permit) -> bytes:
    """What the authority is sent: the permit as the officers signed it, and the submission."""
    return canonical_bytes(
        {
            "permit": parse_json(permit.to_json()),
            "submission": _kept_submission(workspace, permit).as_dict(),
        }
    )


def countersign_request(data: bytes, key_file: Path, bundle: RuleBundle, *, at: date) -> Permit:
    """As the authority, decide a request by one's own rules, and countersign it.

    Raises:
        PermitForgedError: The request is none, or asks for other than the rules give.
    """
    asked = parse_json(data)
    if not isinstance(asked, dict) or asked.keys() != {"permit", "submission"}:
        raise _not_decided("the file is no request")
    permit = Permit.from_json(canonical_bytes(asked["permit"]))
    content = asked["submission"]
    submission = submission_from(content if isinstance(content, dict) else {})
    _check_decided(permit, submission, decide(bundle, submission, at=at))
    key = read_key_file(key_file, KeyKind.PRINCIPAL).signing_key
    return countersign_permit(permit, key)


def accept_permit(workspace: Workspace, data: bytes, *, by: Actor) -> Permit:
    """Put a permit that the authority has countersigned into force.

    The gate decides once more: on the submission that was proposed here, with the permits that are
    open by now.

    Raises:
        RoleError: Not a proposer.
        PermitForgedError: A signature or a digest does not hold, or the gate gives no such permit.
    """
    _require_role(by, Role.PROPOSER)
    permit = Permit.from_json(data)
    workspace.shelf.checker.check_signatures(permit, trusted=workspace.registry.principals)
    if permit.self_attested:
        raise _not_decided("a self-signed permit comes into force where it is proposed")
    if (permit.submission_digest, permit.bundle_digest) not in workspace.registry.decided:
        raise _not_decided("it was not proposed in this workspace")
    now = workspace.clock()
    submission = _kept_submission(workspace, permit)
    open_permits = _open_permits(workspace, now)
    decision = decide(workspace.bundle, submission, at=now.date(), open_permits=open_permits)
    _check_decided(permit, submission, decision)
    put_into_force(workspace, permit)
    return permit


def _check_decided(permit: Permit, submission: Submission, decision: GateDecision) -> None:
    """Is the permit what the gate gives on this submission, and no more?"""
    conditions = {
        _comparable(Condition(f.rule_id, f.hook, f.parameters)) for f in decision.conditions
    }
    if permit.submission_digest != submission.digest:
        raise _not_decided("it is about another submission")
    if decision.outcome in {Outcome.REFUSE, Outcome.INCOMPLETE}:
        raise _not_decided(f"the gate answers {decision.outcome.value}")
    if permit.bundle_digest != decision.bundle_digest:
        raise _not_decided("it was decided by other rules")
    if {_comparable(each) for each in permit.conditions} != conditions:
        raise _not_decided("its conditions are not those that the rules attach")
    stated = (submission.text("fn"), submission.text("purpose"), submission.text("class"))
    if (permit.function, permit.purpose, permit.permit_class.value) != stated or (
        not permit.operations <= _operations(submission, permit.permit_class)
    ):
        raise _not_decided("it allows other than what was asked for")


def _comparable(condition: Condition) -> tuple[str, str, bytes]:
    return condition.rule_id, condition.hook, canonical_bytes(dict(condition.parameters))


def _not_decided(why: str) -> PermitForgedError:
    return PermitForgedError(
        f"The gate did not decide this permit: {why}.",
        hint="Propose it with `gate issue --request`, and have that request answered.",
        rules=("D4",),
    )


def put_into_force(workspace: Workspace, permit: Permit) -> None:
    """Write the permit's file, then record it: a permit counts from its entry in the log on."""
    write_atomically(workspace.layout.permits / f"{permit.permit_id}.json", permit.to_json())
    workspace.registry.record_issue(permit, now=workspace.clock())


def revoke_permit(workspace: Workspace, permit_id: str, *, reason: str, by: Actor) -> None:
    """Revoke a permit for good.

    Raises:
        RoleError: Neither a signing officer nor the custodian.
    """
    if not by.principal.roles & {Role.SIGNING_OFFICER, Role.CUSTODIAN}:
        raise RoleError(
            "Only a signing officer or the custodian may revoke a permit.",
            hint="Act as one of them (RECOGNIZANCE_PRINCIPAL).",
        )
    workspace.registry.revoke(
        permit_id, reason=reason, by=by.principal.principal_id, now=workspace.clock()
    )


def _require_role(actor: Actor, role: Role) -> None:
    if role not in actor.principal.roles:
        raise RoleError(
            f"{actor.principal.name} is not a {role.value.replace('_', ' ')}.",
            hint="List who is what with `recognizance keys list`.",
        )


def _record_decision(workspace: Workspace, decision: GateDecision, now: datetime) -> None:
    workspace.ledger.append(
        LogName.DECISIONS,
        "gate_decision",
        {
            "submission": decision.submission_digest,
            "bundle": decision.bundle_digest,
            "outcome": decision.outcome.value,
            "rules": sorted({fired.rule_id for fired in decision.fired}),
        },
        now=now,
    )


def _class_of(submission: Submission) -> PermitClass:
    try:
        return PermitClass(submission.text("class"))
    except ValueError as error:
        raise InputError(
            "The submission does not say of which class the permit is to be.",
            hint='State class = "trial", "opted_in", "household", "standard" or "urgent".',
        ) from error


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


def _operations(submission: Submission, permit_class: PermitClass) -> frozenset[Operation]:
    allowed = OPERATIONS.get(submission.text("fn"), frozenset())
    if permit_class is PermitClass.TRIAL:
        allowed |= {Operation.COMPARE}
    return allowed & terms_of(permit_class).operations


def with_measured_evidence(
    workspace: Workspace, stated: Submission, permit_class: PermitClass, target: Target
) -> Submission:
    """The submission with what the workspace's evidence says in place of what was typed.

    A trial claims nothing about error rates. For every other class the facts that the evidence
    holds (model, threshold, bounds, ages measured) are read from it, so that nobody types a
    better one; what it does not hold (an operational test, independence) stays as stated.

    Raises:
        TargetUnsupportedError: The evidence does not support the target.
    """
    threshold = workspace.threshold_of(target)  # refuses a target below what was measured
    if permit_class is PermitClass.TRIAL:
        return stated
    evidence = workspace.evidence
    setting = [each for each in threshold.fmr_by_group if each.sets_threshold and each.measured]
    fnmr = max((each.fnmr for each in threshold.fnmr_by_group), default=1.0)
    size = target.gallery_size or 1
    measured = {
        "ev.model_id": evidence.model_id,
        "ev.threshold": round(threshold.score * PPB),
        "ev.gallery": size,
        "ev.n_group": int(min((each.false_matches for each in setting), default=0)),
        "ev.fpir_max_ub": round(_fpir(threshold.worst.upper, size) * PPB),
        "ev.fnir_max": round(fnmr * PPB),
        "ev.tpr_min": round((1 - fnmr) * PPB),
        "ev.age_bands": sorted(
            {cell.labels["age"] for cell in evidence.non_mated if "age" in cell.labels}
        ),
        "ev.age_d": max(0, (workspace.clock() - utc_moment(evidence.made_at)).days),
    }
    ratios = [each.lower for each in threshold.ratios if not each.with_suspected and each.lower]
    if ratios:
        measured["ev.ratio_lb"] = round(max(ratios) * PPB)
    content = {name: plain(value) for name, value in stated.stated.items()}
    return submission_from(content | measured)


def _kept_submission(workspace: Workspace, permit: Permit) -> Submission:
    """The submission of a permit, as it was decided here.

    Raises:
        WorkspaceDamagedError: It is gone, or is not the one.
    """
    path = workspace.layout.submissions / f"{permit.submission_digest}.json"
    try:
        content = parse_json(path.read_bytes())
        submission = submission_from(content if isinstance(content, dict) else {})
    except (OSError, InputError) as error:
        raise _submission_damaged() from error
    if submission.digest != permit.submission_digest:
        raise _submission_damaged()
    return submission


def _submission_damaged() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The submission of a permit in force cannot be read as it was decided.",
        hint="Restore it from a backup, or revoke that permit.",
    )


def _fpir(fmr: float, gallery_size: int) -> float:
    """FPIR = 1 - (1 - FMR)^N: the binomial link of NISTIR 8429, Annex B, for N comparisons."""
    return float(1 - (1 - fmr) ** gallery_size)


def _open_permits(workspace: Workspace, now: datetime) -> list[OpenPermit]:
    """What D7 adds up: every permit of this workspace that is in force."""
    counted = []
    workspace.registry.refresh()
    for permit_id in workspace.registry.issued.keys() - workspace.registry.revoked:
        permit = workspace.shelf.find(permit_id)
        if now >= permit.expires_at:
            continue
        submission = _kept_submission(workspace, permit)
        facts = derive(submission, workspace.bundle.tables, at=now.date())
        counted.append(open_permit(submission, facts, site=permit.permit_id))
    return counted
