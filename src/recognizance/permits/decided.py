"""Is a permit what the gate gives on its submission, and no more? Asked before every signature.

The operator's workspace asks it when an answer comes back, the authority asks it, by rules of its
own, before it countersigns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import IncompleteError, PermitForgedError, RefusedError
from recognizance.gate.fences import beyond_submission, publication_rest, unposted
from recognizance.gate.hooks import HOOKS
from recognizance.gate.narrowing import AUTHORITY_RULE, comparable
from recognizance.gate.permit import Condition
from recognizance.gate.terms import terms_of
from recognizance.types import Operation, Outcome, PermitClass

if TYPE_CHECKING:
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.permit import Permit
    from recognizance.gate.submission import Submission

OPERATIONS = {
    "verify_1to1": frozenset({Operation.VERIFY, Operation.ENROLL}),
    "identify_1toN": frozenset(
        {Operation.WATCH, Operation.SEARCH, Operation.VERIFY, Operation.ENROLL}
    ),
    "watchlist": frozenset({Operation.WATCH, Operation.SEARCH, Operation.ENROLL}),
}
"""What a permitted function lets the desk do; a function that is not here lets it do nothing."""


def operations_of(submission: Submission, permit_class: PermitClass) -> frozenset[Operation]:
    """What a permit on this submission may allow."""
    allowed = OPERATIONS.get(submission.text("fn"), frozenset())
    if permit_class is PermitClass.TRIAL:
        allowed |= {Operation.COMPARE}
    return allowed & terms_of(permit_class).operations


def conditions_of(decision: GateDecision) -> tuple[Condition, ...]:
    """The conditions that the rules attach."""
    return tuple(
        Condition(fired.rule_id, fired.hook, fired.parameters) for fired in decision.conditions
    )


def require_permitted(decision: GateDecision) -> None:
    """Pass only where the gate permits.

    Raises:
        RefusedError: A rule refuses.
        IncompleteError: Something is missing.
    """
    rules = tuple(dict.fromkeys(fired.rule_id for fired in decision.deciding))
    if decision.outcome is Outcome.REFUSE:
        raise RefusedError(
            "The rules refuse this use.",
            hint="Read why with `recognizance gate check`; there is no waiver.",
            rules=rules,
        )
    if decision.outcome is Outcome.INCOMPLETE:
        raise IncompleteError(
            "The rules ask for something that the submission does not show.",
            hint="See what with `recognizance gate check`.",
            rules=rules,
        )


def require_decided(permit: Permit, submission: Submission, decision: GateDecision) -> None:
    """Pass only what the gate gives on this submission, with every condition and fence.

    Raises:
        RefusedError: A rule refuses the use.
        IncompleteError: The submission leaves something open.
        PermitForgedError: The permit gives other or more than what was decided.
    """
    require_permitted(decision)
    problem = undecided(permit, submission, decision)
    if problem is not None:
        raise not_decided(problem)


def undecided(permit: Permit, submission: Submission, decision: GateDecision) -> str | None:
    """In what a permit is other or more than the decision; None where it is what was decided."""
    needed = set(map(comparable, conditions_of(decision)))
    carried = set(map(comparable, permit.conditions))
    stated = (submission.text("fn"), submission.text("purpose"), submission.text("class"))
    extra = [each for each in permit.conditions if comparable(each) not in needed]
    open_fence = next(unposted(permit.conditions, permit.scope), None)
    problems = (
        (permit.submission_digest != submission.digest, "it is about another submission"),
        (permit.bundle_digest != decision.bundle_digest, "it was decided by other rules"),
        (not needed <= carried, "a condition that the rules attach is not in it"),
        (
            any(each.rule_id != AUTHORITY_RULE or each.hook not in HOOKS for each in extra),
            "it carries a condition that no rule and no authority set",
        ),
        (
            (permit.function, permit.purpose, permit.permit_class.value) != stated
            or not permit.operations <= operations_of(submission, permit.permit_class),
            "it allows other than what was asked for",
        ),
        (
            permit.not_before - permit.issued_at < publication_rest(permit.conditions),
            "it does not rest for as long as the rules ask",
        ),
    )
    for wrong, words in problems:
        if wrong:
            return words
    if open_fence is not None:
        return f"it does not name {open_fence[1].what}"
    return beyond_submission(submission, decision.facts, permit.scope, permit.expires_at)


def not_decided(why: str) -> PermitForgedError:
    """The error for a permit that is not what was decided."""
    return PermitForgedError(
        f"The gate did not decide this permit: {why}.",
        hint="Propose it with `gate request`, and have that request answered.",
        rules=("D4",),
    )
