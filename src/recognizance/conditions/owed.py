"""What people owe, and no program can see: a use waits until somebody says that it is done.

A signing officer or the custodian attests a duty in the decisions log, in words and under their
own key, before the first use. That makes nothing true; it says who answers for it.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.errors import DutyUnmetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.conditions.situation import Situation
    from recognizance.gate.permit import Condition, Permit
    from recognizance.registry.standing import Standing

ATTESTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "contest_route": "Whoever is affected is told how to contest a result.",
        "field_of_view": "The view of each camera ends at the operator's own ground.",
        "legal_check": "A lawyer has looked at the law; name the lawyer and the day.",
        "no_sharing": "Templates and lists are given to nobody else.",
        "other_way": "An equal way without a face is offered to everybody, every time.",
        "public_notice": "The notice hangs at the place and shows the permit's id.",
        "visitor_lane": "Visitors, lawyers and children have a way that no camera compares.",
        "workers_told": "Workers and their representatives were told before the start.",
    }
)
"""Hooks that are attested once before the first use, and what is attested."""

NOTIFY: Final = "notify_authorities"
NOTIFY_WITHIN = timedelta(hours=24)
"""House number: "of each use" (Regulation (EU) 2024/1689, Art. 5(4)) names no time."""

ATTESTABLE: Final[Mapping[str, str]] = MappingProxyType(
    {**ATTESTED, NOTIFY: "The authorities were told of every use so far."}
)


def attested(situation: Situation, condition: Condition) -> None:
    """The duty was attested under this permit."""
    permit_id, hook = situation.permit.permit_id, condition.hook
    if situation.standing.attested_at(permit_id, hook) is None:
        raise DutyUnmetError(
            f"Nobody has attested yet: {ATTESTED[hook]}",
            hint=f"A signing officer or the custodian does: {attest_command(permit_id, hook)}",
            rules=(condition.rule_id,),
        )


def told_authorities(situation: Situation, condition: Condition) -> None:
    """No use that is older than a day is still untold to the authorities."""
    permit_id = situation.permit.permit_id
    told_at = situation.standing.attested_at(permit_id, NOTIFY)
    untold = situation.tally().uses.first_since(told_at)
    if untold is not None and situation.now - untold > NOTIFY_WITHIN:
        raise DutyUnmetError(
            "The authorities were not told of a use that is more than 24 hours old.",
            hint=f"Tell them, then attest it: {attest_command(permit_id, NOTIFY)}",
            rules=(condition.rule_id,),
        )


def objections_answered(situation: Situation, condition: Condition) -> None:
    """Every objection that was lodged while the permit rested was answered."""
    if situation.objections.unanswered(situation.permit):
        raise DutyUnmetError(
            "An objection from the time in which the permit rested was not answered.",
            hint="Answer it first: `recognizance objection list`, `objection answer`.",
            rules=(condition.rule_id,),
        )


def open_duties(permit: Permit, standing: Standing) -> tuple[str, ...]:
    """Hooks of a permit that still wait to be attested, in the order of the permit."""
    hooks = dict.fromkeys(each.hook for each in permit.conditions if each.hook in ATTESTED)
    return tuple(hook for hook in hooks if standing.attested_at(permit.permit_id, hook) is None)


def attest_command(permit_id: str, hook: str) -> str:
    """The command that attests a duty."""
    return f'recognizance permit attest {permit_id} {hook} --statement "..."'
