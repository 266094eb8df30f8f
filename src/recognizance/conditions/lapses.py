"""What ends a use before its permit ends: a stop, an order that did not come, figures too old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.conditions.parameters import PERMIT_RULE, number, numbers, rules_of
from recognizance.errors import PermitLapsedError, PermitSuspendedError
from recognizance.registry.standing import CROWD, FALSE_ALERTS, MOUNT, STOP_BUTTON, WIPED_LATE

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.conditions.situation import Situation
    from recognizance.gate.permit import Condition, Permit
    from recognizance.registry.standing import Standing

CAUSES = {
    STOP_BUTTON: "somebody stopped it",
    FALSE_ALERTS: "its false alerts passed the limit",
    CROWD: "more faces were in view than a watch may go on with",
    MOUNT: "the picture is not that of the camera that was declared",
    WIPED_LATE: "features of people who match nobody were not wiped in time",
}
STOP_RULE = "GV-04"


def check_running(permit: Permit, standing: Standing, *, now: datetime) -> None:
    """Is a use under this permit going on: not stopped, and not without the order it needs?

    Raises:
        PermitSuspendedError: It is stopped.
        PermitLapsedError: No order came in time, or it was refused.
    """
    suspension = standing.suspension_of(permit.permit_id)
    if suspension is not None:
        cause = CAUSES.get(suspension.cause, suspension.cause)
        rules = rules_of(permit, suspension.cause)
        raise PermitSuspendedError(
            f"The use is stopped: {cause}.",
            hint="A signing officer can let it go on: "
            f'recognizance permit resume {permit.permit_id} --reason "..."',
            rules=(STOP_RULE,) if rules == PERMIT_RULE else rules,
        )
    if order_missing(permit, standing, now=now):
        raise PermitLapsedError(
            "The order that this use needs did not come in time, or was refused.",
            hint="Ask for the order first, then for a new permit; what came of it is destroyed.",
            rules=rules_of(permit, "order_timer"),
        )


def order_due(permit: Permit) -> datetime | None:
    """By when an order has to be recorded, counted from the issue; None where none is needed."""
    hours = numbers(permit, "order_timer", "hours")
    return permit.issued_at + timedelta(hours=min(hours)) if hours else None


def order_missing(permit: Permit, standing: Standing, *, now: datetime) -> bool:
    """Whether an order was refused, or is still not there when it had to be."""
    due = order_due(permit)
    if due is None:
        return False
    order = standing.order_of(permit.permit_id)
    return now >= due if order is None else not order.granted


def evidence_expiry(situation: Situation, condition: Condition) -> None:
    """The measurement that the threshold comes from is not older than so many days."""
    days = number(condition, "days") or 0
    if situation.now - situation.measured_at > timedelta(days=days):
        raise PermitLapsedError(
            f"The evidence is older than the {days} days that the permit allows.",
            hint="Measure again (`recognizance evidence make`) and have a new permit issued.",
            rules=(condition.rule_id,),
        )


def yearly_audit(situation: Situation, condition: Condition) -> None:
    """Figures were published within so many days, counted from the issue at first."""
    days = number(condition, "days") or 0
    permit = situation.permit
    last = situation.standing.statistics_of(permit.permit_id) or permit.issued_at
    if situation.now - last > timedelta(days=days):
        raise PermitLapsedError(
            f"No figures were published for more than {days} days.",
            hint=f"Publish them: recognizance permit statistics {permit.permit_id} --publish",
            rules=(condition.rule_id,),
        )


def is_public(permit: Permit, standing: Standing) -> bool:
    """Whether lists for the public may show a permit: not while its order keeps it quiet."""
    quiet = any(condition.hook == "publication_after" for condition in permit.conditions)
    return not quiet or standing.published(permit.permit_id) is not None
