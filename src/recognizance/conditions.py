"""What a permit's conditions do at the desk. Each is a hook by name; see `recognizance.gate.hooks`.

A hook is enforced here or by another part of the program, or it is a duty of the operator that no
program can check and that the permit and the register show. A hook that is neither would be a
condition that does nothing, so a permit that carries one runs nothing (rule D4: a disabled hook
voids the permit).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.errors import InputError, PermitScopeError, QualityError, RoleError
from recognizance.gate.terms import terms_of
from recognizance.types import PermitClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from recognizance.gallery import Counts, GalleryRecord
    from recognizance.gate.permit import Condition, Permit, Use
    from recognizance.types import Principal, Quality, Reference, Role
    from recognizance.uses import Enrollment

ENFORCED = frozenset(
    {
        "age_flag",
        "case_id",
        "gallery_limit",
        "independent_evidence",  # nothing exports a lead yet
        "lead_only",
        "local_gallery",
        "no_group_output",
        "no_second_use",
        "provenance",
        "publication_rest",  # by the permit's first day
        "quality_floor",
        "release_id",
        "retention",
        "reviewers",
        "stop_button",
        "threshold_floor",
        "use_log",
        "wipe_nonmatch",
        "worst_group_threshold",
    }
)
"""Checked by the program: here, in the gallery, by the permit's check, by the ledger."""

DUTIES = frozenset(
    {
        "contest_route",
        "disclosure_bundle",
        "evidence_expiry",
        "field_of_view",
        "no_sharing",
        "notify_authorities",
        "other_way",
        "public_notice",
        "reviewer_training",
        "visitor_lane",
        "workers_told",
        "yearly_audit",
    }
)
"""Owed by people; shown with the permit, not checked by the program."""

MAX_CANDIDATES = 10
"""Most candidates of one search; a longer list is no lead but a line-up."""

REVIEW_FREE = frozenset({PermitClass.OPTED_IN, PermitClass.HOUSEHOLD})
"""Classes in which everybody in the gallery agreed to be named to this operator."""


def check_role(principal: Principal, operation: str, *roles: Role) -> None:
    """Step 1: has the principal one of these roles?

    Raises:
        RoleError: It has none.
    """
    if not principal.roles & set(roles):
        words = " or ".join(role.value.replace("_", " ") for role in roles)
        raise RoleError(
            f"Only one who is {words} may {operation}.",
            hint="Act as one (RECOGNIZANCE_PRINCIPAL), or ask the custodian for the role.",
        )


def check_before_reading(permit: Permit, use: Use) -> None:
    """Step 1, after the permit's own check: may this use begin under these conditions?

    Raises:
        PermitScopeError: A condition is not met, or cannot be enforced by this program.
    """
    check_enforceable(permit.conditions)
    if _has(permit, "case_id") and not (use.case_id or "").strip():
        raise PermitScopeError(
            "The permit asks for the case that each use serves.",
            hint="Name it with --case.",
            rules=_rules(permit, "case_id"),
        )


def check_enforceable(conditions: Iterable[Condition]) -> None:
    """Does this version keep every one of these conditions?

    Raises:
        PermitScopeError: It does not; nothing is permitted and nothing runs under them.
    """
    unkept = [each for each in conditions if each.hook not in ENFORCED | DUTIES]
    if unkept:
        raise PermitScopeError(
            "The rules would permit this under conditions that this version cannot enforce yet: "
            + ", ".join(sorted({each.hook for each in unkept}))
            + ".",
            hint="Nothing runs under conditions that would not be kept.",
            rules=tuple(sorted({each.rule_id for each in unkept})),
        )


def publication_rest(conditions: Iterable[Condition]) -> timedelta:
    """How long a permit rests between its publication and the first use (rule GV-05)."""
    days = [each.parameters.get("days") for each in conditions if each.hook == "publication_rest"]
    return timedelta(days=max((day for day in days if isinstance(day, int)), default=0))


def check_gallery(permit: Permit, gallery: GalleryRecord) -> None:
    """Step 1: was the gallery set up under this permit?

    People are in a gallery for one purpose, under one set of conditions. Another permit, with
    another purpose or without review, does not open it, whatever it names.

    Raises:
        PermitScopeError: It belongs to another permit.
    """
    if gallery.permit_id != permit.permit_id:
        raise PermitScopeError(
            "The gallery was set up under another permit.",
            hint="Use the permit that it belongs to: `recognizance gallery list`.",
            rules=("D4",),
        )


def reviews_needed(permit: Permit) -> int:
    """How many people have to confirm a candidate; 0 only where everybody agreed to be named."""
    asked = _numbers(permit, "reviewers", "n")
    least = 0 if permit.permit_class in REVIEW_FREE else 1
    return max([least, *asked])


def max_candidates(permit: Permit) -> int:
    """How many candidates a search may give."""
    return min([MAX_CANDIDATES, *_numbers(permit, "max_candidates", "n")])


def check_quality(permit: Permit, quality: Quality) -> None:
    """Step 4: is the sample above the permit's floor?

    Raises:
        QualityError: It is not; the message says what was measured and what is asked.
    """
    measured = {
        "face_px": quality.face_px,
        "eye_distance_px": quality.eye_distance_px,
        "sharpness": quality.sharpness,
        "exposure": quality.exposure,
        "contrast": quality.contrast,
        "yaw_deg": abs(quality.yaw_deg),
        "pitch_deg": abs(quality.pitch_deg),
        "roll_deg": abs(quality.roll_deg),
    }
    problems = []
    for name, limit in _limits(permit):
        bound, _, what = name.partition("_")
        value = measured.get(what)
        if value is None or bound not in {"min", "max"}:
            continue
        if value < limit if bound == "min" else value > limit:
            problems.append(f"{what} is {value:.1f}, {bound}imum {limit:g}")
    if problems:
        raise QualityError(
            "The face is below the quality floor of the permit: " + "; ".join(problems) + ".",
            hint="Use a sharper, larger, more frontal photograph.",
            rules=_rules(permit, "quality_floor"),
        )


def check_enrollment(permit: Permit, enrollment: Enrollment) -> None:
    """Before an enrollment: is it stated that the person is no child, and on which ground?

    Raises:
        PermitScopeError: It is not, or the person is a child: no evidence of the shipped model
            covers children, so no permit that this program issues does (rules HR-16, EV-09).
    """
    if enrollment.minor:
        raise PermitScopeError(
            "A child cannot be enrolled: the model's errors on children are far too high.",
            hint="There is no way around this with the model in use.",
            rules=("HR-16", "EV-09"),
        )
    if enrollment.minor is None and _has(permit, "age_flag"):
        raise PermitScopeError(
            "Whether the person is a child was not stated.",
            hint="State it with --adult (or --minor).",
            rules=_rules(permit, "age_flag"),
        )


def check_room(permit: Permit, held: Counts, new: Sequence[Reference]) -> None:
    """Before an enrollment: does the gallery stay within what was measured and signed?

    Raises:
        PermitScopeError: It would grow past the permit.
        InputError: Nothing is to be enrolled.
    """
    if not new:
        raise InputError("There is no photograph to enroll.", hint="Give at least one.")
    size, signed = held.references + len(new), permit.target.gallery_size or 0
    if size > signed:
        raise PermitScopeError(
            f"The gallery would hold {size} references; the permit's error rate was signed for "
            f"{signed}.",
            hint="Have a permit issued for a larger gallery; its threshold will be stricter.",
            rules=("EV-01",),
        )
    most = terms_of(permit.permit_class).most_people
    people = _numbers(permit, "gallery_limit", "n") + ([most] if most else [])
    if people and held.subjects + 1 > min(people):
        raise PermitScopeError(
            f"The gallery is full: the permit allows {min(people)} people.",
            hint="Erase somebody, or have another permit issued.",
            rules=_rules(permit, "gallery_limit"),
        )


def retention(permit: Permit) -> timedelta:
    """How long a reference or a lead may be kept, beside the permit's own end.

    The end of the permit is the end of its purpose, so a term that counts from there
    (`after_purpose_days`) is kept by never keeping anything longer than the permit.
    """
    hours = _numbers(permit, "retention", "hours")
    return timedelta(hours=min(hours)) if hours else permit.expires_at - permit.issued_at


def _has(permit: Permit, hook: str) -> bool:
    return any(condition.hook == hook for condition in permit.conditions)


def _parameters(permit: Permit, hook: str) -> Iterator[Mapping[str, object]]:
    return (condition.parameters for condition in permit.conditions if condition.hook == hook)


def _numbers(permit: Permit, hook: str, key: str) -> list[int]:
    found = (parameters.get(key) for parameters in _parameters(permit, hook))
    return [number for number in found if isinstance(number, int)]


def _rules(permit: Permit, hook: str) -> tuple[str, ...]:
    return tuple(sorted({c.rule_id for c in permit.conditions if c.hook == hook}))


def _limits(permit: Permit) -> Iterator[tuple[str, float]]:
    for parameters in _parameters(permit, "quality_floor"):
        for name, value in parameters.items():
            if isinstance(value, int | float):
                yield name, float(value)
