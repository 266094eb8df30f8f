"""Less than before: what an authority may change in a permit, and what a renewal may not.

Each question answers with a phrase that says in what the later permit gives more, or None.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit_document import Condition, Permit
    from recognizance.gate.scope import Scope

AUTHORITY_RULE = "AUTHORITY"
"""Stands in place of a rule's id where the authority, not a rule, set a condition."""

RENEWAL = timedelta(days=60)
"""House number: how long before its end a permit may be renewed; earlier, nothing new is known."""

_PARTS = ("sites", "cameras", "targets", "cases")


def comparable(condition: Condition) -> tuple[str, str, bytes]:
    """A condition as something that can be looked up in a set."""
    return condition.rule_id, condition.hook, canonical_bytes(dict(condition.parameters))


def set_by_authority(permit: Permit) -> tuple[Condition, ...]:
    """The conditions that the authority added."""
    return tuple(each for each in permit.conditions if each.rule_id == AUTHORITY_RULE)


def unsigned(permit: Permit) -> Permit:
    """The permit as nobody has signed it yet."""
    return replace(permit, signatures=(), countersignature=None)


def loosened(asked: Permit, changed: Permit) -> str | None:
    """In what a permit that the authority changed gives more than what was asked for.

    It may add conditions, begin later, end earlier and set a stricter target; nothing else.
    """
    kept = Counter(map(comparable, asked.conditions))
    now = Counter(map(comparable, changed.conditions))
    if kept - now:
        return "a condition is gone"
    if any(rule_id != AUTHORITY_RULE for rule_id, _, _ in (now - kept)):
        return "a condition was added that no authority set"
    if changed.expires_at > asked.expires_at or changed.not_before < asked.not_before:
        return "it holds for longer"
    if _looser_target(asked, changed):
        return "its error rate is looser"
    same = replace(
        unsigned(changed),
        conditions=asked.conditions,
        expires_at=asked.expires_at,
        not_before=asked.not_before,
        target=asked.target,
    )
    return None if same == unsigned(asked) else "something else was changed in it"


def widened(old: Permit, new: Permit) -> str | None:
    """In what a renewal gives more than the permit that it renews."""
    problems = (
        (new.workspace_id != old.workspace_id, "it is for another workspace"),
        (new.permit_class is not old.permit_class, "its class is another one"),
        ((new.function, new.purpose) != (old.function, old.purpose), "its purpose is another one"),
        (not new.operations <= old.operations, "it allows more operations"),
        (not new.gallery_ids <= old.gallery_ids, "it names more galleries"),
        (_looser_target(old, new), "its error rate is looser, or its gallery larger"),
        (_wider_scope(old.scope, new.scope), "it reaches further"),
        (
            bool(
                set(map(comparable, set_by_authority(old)))
                - set(map(comparable, set_by_authority(new)))
            ),
            "a condition that the authority set is gone",
        ),
        (
            new.expires_at - new.issued_at > old.expires_at - old.issued_at,
            "it lasts longer",
        ),
    )
    return next((words for wrong, words in problems if wrong), None)


def too_early(old: Permit, *, now: datetime) -> bool:
    """Whether a permit has so long to go that it cannot be renewed yet."""
    return now < old.expires_at - RENEWAL


def _looser_target(old: Permit, new: Permit) -> bool:
    before, after = old.target, new.target
    return (
        after.rate is not before.rate
        or after.target_ppb > before.target_ppb
        or (after.gallery_size or 0) > (before.gallery_size or 0)
    )


def _wider_scope(old: Scope, new: Scope) -> bool:
    """Whether a fence has come down or has moved. Hours pass, so only their sum is compared."""
    for part in _PARTS:
        before, after = getattr(old, part), getattr(new, part)
        if before and (not after or not after <= before):
            return True
    return bool(old.windows) and (not new.windows or _length(new) > _length(old))


def _length(scope: Scope) -> timedelta:
    return sum((window.ends - window.begins for window in scope.windows), timedelta())
