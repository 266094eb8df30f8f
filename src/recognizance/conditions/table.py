"""One table: each hook and what keeps it. A hook that stands in no row does not exist.

`BEFORE` holds the checks at the door (step 1 of the desk), each on one condition. The other hooks
are kept further down the path, or by what the program does by itself; `ELSEWHERE` says where, and
a test follows each of these names to what it names.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.conditions import fences, lapses, owed, watching
from recognizance.errors import PermitScopeError
from recognizance.gate.hooks import check_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from recognizance.conditions.situation import Situation
    from recognizance.gate.permit import Condition

    Check = Callable[[Situation, Condition], None]

BEFORE: Final[Mapping[str, Check]] = MappingProxyType(
    {
        **dict.fromkeys(owed.ATTESTED, owed.attested),
        "case_id": fences.case_id,
        "delay_floor": fences.delay_floor,
        "evidence_expiry": lapses.evidence_expiry,
        "hours": fences.hours,
        "lead_limit": watching.lead_limit,
        "named_targets": fences.targets_named,
        "notify_authorities": owed.told_authorities,
        "place_fence": fences.place_fence,
        "publication_rest": owed.objections_answered,
        "quality_floor": fences.declared_sample,
        "target_only_gallery": fences.targets_named,
        "yearly_audit": lapses.yearly_audit,
    }
)
"""Hook to its check at the door."""

ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "age_flag": "recognizance.conditions.limits.check_enrollment",
        "contest_route": "recognizance.review.lead.contest",
        "density_limit": "recognizance.watches.Watch.view",
        "disclosure_bundle": "recognizance.disclosure.check_complete",
        "entry_expiry": "recognizance.conditions.limits.keep_until",
        "false_alert_meter": "recognizance.conditions.meter.read_meter",
        "gallery_limit": "recognizance.conditions.limits.check_size",
        "independent_evidence": "recognizance.disclosure.check_independent",
        "lead_only": "recognizance.conditions.limits.reviews_needed",
        "list_destroyed": "recognizance.duties.destroy_lists",
        "local_gallery": "recognizance.conditions.limits.check_gallery",
        "named_targets": "recognizance.conditions.limits.check_targets",
        "no_group_output": "recognizance.uses.Answer",
        "no_second_use": "recognizance.conditions.limits.check_gallery",
        "order_timer": "recognizance.duties.enforce_orders",
        "provenance": "recognizance.gallery.admission.check_references",
        "publication_after": "recognizance.duties.publish",
        "publication_rest": "recognizance.gate.fences.publication_rest",
        "quality_floor": "recognizance.conditions.limits.check_quality",
        "release_id": "recognizance.conditions.limits.check_enrollment",
        "retention": "recognizance.conditions.limits.keep_until",
        "reviewer_training": "recognizance.conditions.people.check_trained",
        "reviewers": "recognizance.conditions.limits.reviews_needed",
        "stop_button": "recognizance.conditions.lapses.check_running",
        "target_only_gallery": "recognizance.conditions.limits.check_targets",
        "threshold_floor": "recognizance.conditions.limits.check_threshold",
        "use_log": "recognizance.forgetting.forget",
        "wipe_nonmatch": "recognizance.steps.Steps._check_wiped",
        "worst_group_threshold": "recognizance.conditions.limits.check_threshold",
    }
)
"""Hook to the place, besides or instead of the door, that keeps it."""

ENFORCED: Final = frozenset(BEFORE) | frozenset(ELSEWHERE)


def check_before_reading(situation: Situation) -> None:
    """Step 1, after the permit's own check: may this use begin under these conditions?

    Raises:
        PermitSuspendedError: It was stopped.
        PermitLapsedError: What it rests on is too old, or an order did not come.
        DutyUnmetError: People owe something first.
        PermitScopeError: It is outside a fence, or a condition is unknown to this program.
    """
    permit = situation.permit
    check_enforceable(permit.conditions)
    lapses.check_running(permit, situation.standing, now=situation.now)
    fences.check_scope(situation)
    for condition in permit.conditions:
        check = BEFORE.get(condition.hook)
        if check is not None:
            check(situation, condition)


def check_enforceable(conditions: Iterable[Condition]) -> None:
    """Does this program keep every one of these conditions?

    Raises:
        PermitScopeError: One names a hook that is not in the table, or has a parameter that
            nobody could read; nothing runs under it.
    """
    conditions = tuple(conditions)
    unknown = [each for each in conditions if each.hook not in ENFORCED]
    if unknown:
        raise PermitScopeError(
            "This program does not know what to do about a condition: "
            + ", ".join(sorted({each.hook for each in unknown}))
            + ".",
            hint="Nothing runs under conditions that would not be kept; use the program that "
            "issued the permit.",
            rules=tuple(sorted({each.rule_id for each in unknown})),
        )
    for each in conditions:
        wrong = check_parameters(each.hook, each.parameters)
        if wrong is not None:
            raise PermitScopeError(
                f"A condition of the permit cannot be kept: {wrong}.",
                hint="Nothing runs under conditions that would not be kept; have a permit issued "
                "without the slip.",
                rules=(each.rule_id,),
            )
