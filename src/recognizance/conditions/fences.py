"""Fences: place, camera, hour, case, delay, kind of picture. Nothing that was not stated passes.

Whatever part of a permit's scope is filled fences every use, whether or not a rule asked for it.
Place, camera and hours fence uses that compare a face; an enrollment prepares them, so there a
place or camera may stay unstated, but one that is stated has to be inside.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.conditions.parameters import PERMIT_RULE, number, rules_of
from recognizance.errors import PermitScopeError
from recognizance.gate.scope import SampleKind
from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.conditions.situation import Situation
    from recognizance.gate.permit import Condition

ASSEMBLY_CALENDAR = "assembly_calendar"
NOT_A_PHOTOGRAPH = frozenset({SampleKind.SKETCH, SampleKind.EDITED})


def check_scope(situation: Situation) -> None:
    """Step 1: is the use inside everything that the permit's scope names?

    Raises:
        PermitScopeError: It is outside, or did not state where it is.
    """
    permit, use, compares = situation.permit, situation.use, situation.compares
    scope, stated = permit.scope, use.circumstances
    place = rules_of(permit, "place_fence")
    _check_named("place", "--site", stated.site, scope.sites, place, required=compares)
    _check_named("camera", "--camera", stated.camera, scope.cameras, place, required=compares)
    case = rules_of(permit, "case_id")
    _check_named("case", "--case", use.case_id, scope.cases, case, required=True)
    if compares and scope.windows and not any(w.holds(situation.now) for w in scope.windows):
        raise PermitScopeError(
            "The use lies outside the hours of the permit.",
            hint="See its hours with `recognizance permit show`, or ask for a permit for others.",
            rules=rules_of(permit, "hours"),
        )
    if stated.captured_at is not None and stated.captured_at > situation.now:
        raise PermitScopeError(
            "The picture is said to be from a time that is still to come.",
            hint="State when it was taken with --captured-at.",
            rules=rules_of(permit, "delay_floor"),
        )
    if stated.sample in NOT_A_PHOTOGRAPH:
        raise PermitScopeError(
            f"The picture is stated as {stated.sample}; only photographs are compared.",
            hint="Use a photograph: no error rate was measured on drawings and edited faces.",
            rules=_quality_rules(situation),
        )


def place_fence(situation: Situation, condition: Condition) -> None:
    """The place is named, and no assembly is announced there for now or for the time of capture."""
    sites = situation.permit.scope.sites
    if not sites:
        raise _nothing_named("place", "--site", condition)
    if condition.parameters.get("closed_by") != ASSEMBLY_CALENDAR or not situation.compares:
        return
    stated = situation.use.circumstances
    moments = [situation.now] + ([stated.captured_at] if stated.captured_at else [])
    for moment in moments:
        assembly = situation.standing.assembly_at({stated.site or ""}, moment)
        if assembly is not None:
            raise PermitScopeError(
                "An assembly is announced at this place until "
                f"{utc_text(assembly.ends)}; nobody is searched for there.",
                hint="Wait until it is over; see `recognizance calendar list`.",
                rules=(condition.rule_id,),
            )


def hours(situation: Situation, condition: Condition) -> None:
    """The permit names its hours; `check_scope` holds the use against them."""
    if not situation.permit.scope.windows:
        raise _nothing_named("hours", "--window", condition)


def targets_named(situation: Situation, condition: Condition) -> None:
    """The permit names who may be sought; `check_targets` holds the gallery against it."""
    if not situation.permit.scope.targets:
        raise _nothing_named("person", "--target", condition)


def case_id(situation: Situation, condition: Condition) -> None:
    """A case is named; `check_scope` holds it against the permit's cases, if it names any."""
    if not (situation.use.case_id or "").strip():
        raise PermitScopeError(
            "The permit asks for the case that each use serves.",
            hint="Name it with --case.",
            rules=(condition.rule_id,),
        )


def delay_floor(situation: Situation, condition: Condition) -> None:
    """The time of capture is stated, and so many seconds have passed since."""
    seconds = number(condition, "seconds") or 0
    captured_at = situation.use.circumstances.captured_at
    if not situation.compares:
        return
    if captured_at is None:
        raise PermitScopeError(
            "When the picture was taken was not stated.",
            hint="State it with --captured-at, like 2026-11-22T09:00Z.",
            rules=(condition.rule_id,),
        )
    if situation.now - captured_at < timedelta(seconds=seconds):
        raise PermitScopeError(
            f"The picture is younger than {seconds} seconds; searching it would be live.",
            hint=f"Search it from {utc_text(captured_at + timedelta(seconds=seconds))} on.",
            rules=(condition.rule_id,),
        )


def declared_sample(situation: Situation, condition: Condition) -> None:
    """Somebody says that it is a photograph; only a self-attested permit does without."""
    if situation.use.circumstances.sample is None and not situation.permit.self_attested:
        raise PermitScopeError(
            "What kind of picture it is was not stated.",
            hint="State it with --sample photograph (or sketch, or edited).",
            rules=(condition.rule_id,),
        )


def _check_named(
    what: str,
    option: str,
    stated: str | None,
    allowed: frozenset[str],
    rules: tuple[str, ...],
    *,
    required: bool,
) -> None:
    if not allowed or stated in allowed or (stated is None and not required):
        return
    raise PermitScopeError(
        f"The permit names another {what}."
        if stated
        else f"The {what} of this use was not stated.",
        hint=f"Name it with {option}; `recognizance permit show` says which are allowed.",
        rules=rules,
    )


def _nothing_named(what: str, option: str, condition: Condition) -> PermitScopeError:
    return PermitScopeError(
        f"The permit is fenced by {what} and names none, so it covers nothing.",
        hint=f"Have a permit issued that names it ({option}).",
        rules=(condition.rule_id,),
    )


def _quality_rules(situation: Situation) -> tuple[str, ...]:
    rules = rules_of(situation.permit, "quality_floor")
    return rules if rules != PERMIT_RULE else ("EV-08",)
