"""What an authority's rules say of a request, and what it may change in a permit. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.authority.book import name_mark
from recognizance.errors import InputError
from recognizance.gate.decide import decide
from recognizance.gate.facts import derive, open_permit
from recognizance.gate.fences import publication_rest, require_posts
from recognizance.gate.hooks import HOOKS, check_parameters
from recognizance.gate.letters import AnswerKind
from recognizance.gate.narrowing import (
    AUTHORITY_RULE,
    loosened,
    set_by_authority,
    too_early,
    unsigned,
    widened,
)
from recognizance.gate.permit_signatures import (
    doubled_key,
    outside_terms,
    too_few_officers,
    wrong_signature,
)
from recognizance.permits.decided import undecided
from recognizance.permits.measured import misstated
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from recognizance.authority.book import Answered, Book
    from recognizance.evidence import Evidence
    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.letters import PermitRequest
    from recognizance.gate.permit import Condition, Permit
    from recognizance.types import ErrorRate

CLOCK_DIFFERENCE = timedelta(minutes=5)
"""How far the clocks of the two machines may lie apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a request; nothing is answered by it.

    Attributes:
        request: What is asked for.
        decision: What the gate decides here.
        counted: The operator's open permits that were added up.
        problem: In what the permit is other than the decision; None where it is the decision.
        earlier: Earlier answers on the same submission.
        kind: What the answer would be.
        rules: The rules behind a refusal or the questions.
        questions: What is missing.
    """

    request: PermitRequest
    decision: GateDecision
    counted: tuple[Answered, ...]
    problem: str | None
    earlier: tuple[Answered, ...]
    kind: AnswerKind
    rules: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What the authority changes in a permit before it would countersign: only ever less leave.

    Attributes:
        conditions: Conditions on top of those of the rules.
        until: An earlier end.
        target: A stricter error rate of the same kind, in parts per billion.
    """

    conditions: tuple[Condition, ...] = ()
    until: datetime | None = None
    target: tuple[ErrorRate, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.conditions) or self.until is not None or self.target is not None


NO_CHANGES = Changes()


def judge(
    request: PermitRequest,
    book: Book,
    bundle: RuleBundle,
    evidence: Evidence,
    *,
    now: datetime,
) -> Verdict:
    """Count what is open, decide by the rules, and compare the permit with the decision."""
    permit, submission = request.permit, request.submission
    counted = book.open_of_operator(request, now=now, without=permit.renews)
    decision = decide(
        bundle,
        submission,
        at=now.date(),
        open_permits=[_remembered(each, bundle, now) for each in counted],
    )
    problem = (
        outside_terms(permit)
        or wrong_signature(permit)
        or doubled_key(permit)
        or too_few_officers(permit)
        or undecided(permit, submission, decision)
        or _other_problem(request, book, now)
        or _measured_problem(request, book, evidence)
    )
    questions = tuple(gap.question for gap in decision.missing)
    if name_mark(submission) is None:
        questions = (*questions, "Which organisation or person operates the system?")
    if decision.outcome is Outcome.REFUSE:
        kind = AnswerKind.REFUSED
    elif questions:
        kind = AnswerKind.RETURNED
    else:
        kind = AnswerKind.REFUSED if problem else AnswerKind.COUNTERSIGNED
    return Verdict(
        request=request,
        decision=decision,
        counted=counted,
        problem=problem,
        earlier=book.earlier(request),
        kind=kind,
        rules=tuple(dict.fromkeys(fired.rule_id for fired in decision.deciding)),
        questions=questions,
    )


def _remembered(answered: Answered, bundle: RuleBundle, now: datetime) -> OpenPermit:
    """What D7 adds up of a permit; the operator was told already, by more than a name."""
    submission = answered.request.submission
    facts = derive(submission, bundle.tables, at=now.date())
    return replace(open_permit(submission, facts, site=answered.answer.permit_id), operator="")


def _other_problem(request: PermitRequest, book: Book, now: datetime) -> str | None:
    """What the book and the clock have against a permit that the rules would give."""
    permit = request.permit
    changed = book.conditional(permit.permit_id)
    problems = (
        (
            not re.fullmatch("[0-9a-f]{16}", permit.permit_id),
            "its id is not one that this program gives",
        ),
        (
            name_mark(request.submission) is None,
            "its submission does not say who the operator is",
        ),
        (
            max(permit.issued_at, request.requested_at) > now + CLOCK_DIFFERENCE,
            "it is of a time that has not come here yet",
        ),
        (
            permit.permit_id in book.countersigned(),
            "a permit of this id was countersigned before",
        ),
        (
            changed is not None and unsigned(permit) != changed,
            "it is not the permit with the conditions that were set on it",
        ),
        (
            changed is None and permit.renews is None and bool(set_by_authority(permit)),
            "it carries conditions of the authority, which set none on it",
        ),
    )
    found = next((words for wrong, words in problems if wrong), None)
    if found is None and permit.renews is not None:
        return _renewal_problem(permit, book, now)
    return found


def _measured_problem(request: PermitRequest, book: Book, evidence: Evidence) -> str | None:
    """Nobody types a better error rate than was measured, on either machine."""
    permit = request.permit
    if (permit.model_id, permit.evidence_digest) != (evidence.model_id, evidence.digest):
        return "it rests on a measurement that is not the one here"
    # A rate that the authority made stricter came after the submission was decided.
    target = book.first_target(permit.permit_id) or permit.target
    return misstated(request.submission, evidence, target, at=permit.issued_at)


def _renewal_problem(permit: Permit, book: Book, now: datetime) -> str | None:
    old = book.countersigned().get(str(permit.renews))
    if old is None:
        return "the permit that it renews was not countersigned here"
    if permit.renews in book.withdrawn:
        return "the permit that it renews was withdrawn"
    if too_early(old.permit, now=now):
        return "the permit that it renews has more than 60 days to go"
    return widened(old.permit, permit)


def changed_permit(permit: Permit, changes: Changes) -> Permit:
    """The permit with less leave, as nobody has signed it yet.

    Raises:
        InputError: A change gives more, cannot be kept, or makes a permit that is none.
        IncompleteError: An added condition fences something that the permit does not name.
    """
    _require_kept(changes.conditions)
    conditions = (
        *permit.conditions,
        *(replace(each, rule_id=AUTHORITY_RULE) for each in changes.conditions),
    )
    require_posts(conditions, permit.scope)
    rested = permit.issued_at + publication_rest(conditions)
    rate, target_ppb = changes.target or (permit.target.rate, permit.target.target_ppb)
    changed = replace(
        unsigned(permit),
        conditions=conditions,
        expires_at=changes.until or permit.expires_at,
        not_before=max(permit.not_before, rested),
        target=replace(permit.target, rate=rate, target_ppb=target_ppb),
    )
    problem = loosened(permit, changed) or outside_terms(changed)
    if problem is not None:
        raise InputError(
            f"This cannot be set on the permit: {problem}.",
            hint="An authority sets more conditions, an earlier end or a stricter rate; "
            "anything else it asks for with --return.",
        )
    return changed


def _require_kept(conditions: Iterable[Condition]) -> None:
    """Refuse a condition that this program would not keep: a slip is found before it is signed."""
    for each in conditions:
        if each.hook not in HOOKS:
            raise InputError(
                f"There is no condition {each.hook!r}.",
                hint="Take one of these: " + ", ".join(sorted(HOOKS)) + ".",
            )
        wrong = check_parameters(each.hook, each.parameters)
        if wrong is not None:
            raise InputError(
                f"This condition could not be kept: {wrong}.",
                hint="Write it as hook=reviewers,n=3; docs/gate.md lists what each hook takes.",
            )
