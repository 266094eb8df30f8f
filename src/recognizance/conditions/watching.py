"""What a watch keeps besides the door: what it may look at, how many faces, how many leads.

A watch is one use that goes on, so the door is asked again before every comparison. What is here
is asked as well, or stops it in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.conditions.limits import A_DAY
from recognizance.conditions.parameters import PERMIT_RULE, has, number, numbers, rules_of
from recognizance.errors import PermitScopeError, PermitSuspendedError
from recognizance.gate.facts import NEAR_LIVE_S
from recognizance.types import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from recognizance.conditions.situation import Situation
    from recognizance.gate.permit import Condition, Permit
    from recognizance.ledger import Entry
    from recognizance.registry.submissions import Declared

HOLD_OFF = timedelta(minutes=10)
"""House number, where a permit names none: who raised a lead raises no other one so soon."""

NEAR_LIVE = timedelta(seconds=NEAR_LIVE_S)


@dataclass(frozen=True, slots=True)
class Density:
    """When a watch stops, because too many faces are in view at once.

    Attributes:
        faces: Most faces that may be in view.
        resume_after: How long no more than that have to be in view before it goes on by itself;
            None where an officer has to let it.
        rules: The rules that say so.
    """

    faces: int
    resume_after: timedelta | None
    rules: tuple[str, ...]

    def passed(self) -> PermitSuspendedError:
        """Why a watch stops when more are in view."""
        return PermitSuspendedError(
            f"More than {self.faces} faces are in view: nobody is recognised in a crowd.",
            hint="Wait until it is gone; then the permit says who or what lets it go on.",
            rules=self.rules,
        )


def density_of(permit: Permit) -> Density | None:
    """The density at which a watch stops, the strictest of the permit's; None where it has none."""
    hook = "density_limit"
    if not has(permit, hook):
        return None
    minutes = numbers(permit, hook, "resume_after_minutes")
    all_say = len(minutes) == sum(each.hook == hook for each in permit.conditions)
    return Density(
        faces=min(numbers(permit, hook, "faces")),
        resume_after=timedelta(minutes=max(minutes)) if all_say else None,
        rules=rules_of(permit, hook),
    )


def lead_limit(situation: Situation, condition: Condition) -> None:
    """A watch has not raised all the leads yet that people can look at in a day."""
    if situation.use.operation is not Operation.WATCH:
        return
    most = number(condition, "per_day") or 0
    if situation.leads(since=situation.now - A_DAY) >= most:
        raise PermitScopeError(
            f"The permit allows {most} leads in 24 hours, and they were raised.",
            hint="Review them; the watch goes on by itself when the oldest is a day old.",
            rules=(condition.rule_id,),
        )


def hold_off(permit: Permit) -> timedelta:
    """How long a person who raised a lead, or was named, raises none again."""
    seconds = numbers(permit, "lead_limit", "hold_off_seconds")
    return timedelta(seconds=max(seconds)) if seconds else HOLD_OFF


def check_footage(
    permit: Permit,
    declared: Declared,
    *,
    live: bool,
    cameras: int,
    captured_at: datetime | None,
    now: datetime,
) -> None:
    """Is the footage as old, and of as many cameras, as the permit's submission says?

    Args:
        permit: The permit.
        declared: What its submission says.
        live: Whether it comes from a camera now.
        cameras: From how many at once.
        captured_at: When it was taken, as stated; None for what comes from a camera now.
        now: The clock.

    Raises:
        PermitScopeError: It is a stream and was permitted as recordings, or the other way round; or
            it is from more cameras.
    """
    if declared.count is not None and cameras > declared.count:
        raise PermitScopeError(
            f"The permit was decided for {declared.count} cameras, and this is from {cameras}.",
            hint="Watch fewer at once, or ask for a permit for so many.",
            rules=PERMIT_RULE,
        )
    rules = tuple(sorted({*rules_of(permit, "delay_floor"), *PERMIT_RULE}))
    recent = live or (captured_at is not None and now - captured_at <= NEAR_LIVE)
    if declared.recorded:
        if not recent:
            return
        raise PermitScopeError(
            "The permit is for recordings, and this is from less than ten minutes ago.",
            hint="Watching as it happens needs a permit whose submission says mode = live.",
            rules=rules,
        )
    if not recent:
        raise PermitScopeError(
            "The permit is for what happens now; this is a recording, or nobody said of when.",
            hint="State when it was taken with --captured-at. Older footage needs a permit whose "
            "submission says mode = recorded.",
            rules=rules,
        )


def check_together(permit: Permit, declared: Declared, going_on: Iterable[Entry]) -> None:
    """Do all watches under a permit look through no more cameras than it was decided for?

    Args:
        permit: The permit.
        declared: What its submission says.
        going_on: Uses that began and have not ended, the one that asks among them.

    Raises:
        PermitScopeError: They look through more.
    """
    if declared.count is None:
        return
    starts = [each.public for each in going_on if each.public.get("permit") == permit.permit_id]
    cameras = sum(count for each in starts if isinstance(count := each.get("cameras"), int))
    if cameras > declared.count:
        raise PermitScopeError(
            f"The permit was decided for {declared.count} cameras, and watches that go on now "
            f"look through {cameras}, this one included.",
            hint="Let another one end first, or ask for a permit for so many.",
            rules=PERMIT_RULE,
        )
