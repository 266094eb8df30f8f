"""What a permit limits inside a use: gallery, quality, threshold, enrollment, time of keeping."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.conditions.parameters import PERMIT_RULE, has, numbers, rules_of
from recognizance.errors import PermitRateError, PermitScopeError, QualityError
from recognizance.gate.terms import terms_of
from recognizance.types import PPB, PermitClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from recognizance.evidence import Threshold
    from recognizance.gallery import Counts, GalleryRecord
    from recognizance.gate.permit import Permit
    from recognizance.types import Quality
    from recognizance.uses import Enrollment

MAX_CANDIDATES = 10
"""Most candidates of one search; a longer list is no lead but a line-up."""

A_DAY = timedelta(hours=24)
ANSWERS_A_DAY = 1_000
ANSWERS_A_PERSON = 100
"""House numbers: so many answers within 24 hours under one permit, or so many for each person whom
it was signed for, where that is more. A door opens for everybody often enough; whoever would climb
from answer to answer towards a template needs several thousand, and leaves an entry for each."""

CLAIMS = "verify_1to1"
"""The function of a permit under which a claim is checked and nobody is searched."""

REVIEW_FREE = frozenset({PermitClass.OPTED_IN, PermitClass.HOUSEHOLD})
"""Classes in which everybody in the gallery agreed to be named to this operator."""


def check_gallery(permit: Permit, gallery: GalleryRecord, lineage: frozenset[str]) -> None:
    """Step 1: was the gallery set up under this permit?

    People are in a gallery for one purpose, under one set of conditions. Another permit, with
    another purpose or without review, does not open it, whatever it names.

    Args:
        permit: The permit.
        gallery: The gallery that is to be opened.
        lineage: The permit and those that it renews, by id.

    Raises:
        PermitScopeError: It belongs to another permit.
    """
    if gallery.permit_id not in lineage:
        rules = {*rules_of(permit, "local_gallery"), *PERMIT_RULE}
        raise PermitScopeError(
            "The gallery was set up under another permit.",
            hint="Use the permit that it belongs to: `recognizance gallery list`.",
            rules=tuple(sorted(rules)),
        )


def check_targets(permit: Permit, subjects: Iterable[str]) -> None:
    """Steps 1 and 6: are all of these people among those whom the permit names?

    It fences every permit that names people: who else is enrolled is not even compared.

    Raises:
        PermitScopeError: Somebody is not.
    """
    targets = permit.scope.targets
    if targets and not targets.issuperset(subjects):
        rules = {*rules_of(permit, "named_targets"), *rules_of(permit, "target_only_gallery")}
        raise PermitScopeError(
            "Somebody is meant, or in the gallery, whom the permit does not name.",
            hint="Enroll and search only the people whom it names; erase anybody else.",
            rules=tuple(sorted(rules - set(PERMIT_RULE) or rules)),
        )


def check_size(permit: Permit, held: Counts) -> None:
    """Steps 1 and 6: is the gallery within what was measured and signed?

    Args:
        permit: The permit.
        held: What the gallery holds, or would hold after an enrollment.

    Raises:
        PermitScopeError: It is larger.
    """
    signed = permit.target.gallery_size or 0
    if held.references > signed:
        raise PermitScopeError(
            f"The permit's error rate was signed for {signed} references in the gallery, "
            f"not for {held.references}.",
            hint="Have a permit issued for a larger gallery; its threshold will be stricter.",
            rules=("EV-01",),
        )
    most = terms_of(permit.permit_class).most_people
    people = numbers(permit, "gallery_limit", "n") + ([most] if most else [])
    if people and held.subjects > min(people):
        raise PermitScopeError(
            f"The gallery is full: the permit allows {min(people)} people.",
            hint="Erase somebody, or have another permit issued.",
            rules=rules_of(permit, "gallery_limit"),
        )


def answers_a_day(permit: Permit) -> int:
    """How many answers a permit gives within 24 hours, to all principals together."""
    return max(ANSWERS_A_DAY, ANSWERS_A_PERSON * (permit.target.gallery_size or 1))


def check_answers(permit: Permit, given: int) -> None:
    """Step 1: is there an answer left for today?

    All principals count together: another key is made quickly.

    Args:
        permit: The permit.
        given: How many answers were given under it within `A_DAY`.

    Raises:
        PermitRateError: There is none.
    """
    most = answers_a_day(permit)
    if given >= most:
        raise PermitRateError(
            f"Under this permit {most:,} answers were given within 24 hours, and no more are.",
            hint="Wait, and find out who asks so often: `recognizance ledger show`.",
            rules=PERMIT_RULE,
        )


def reviews_needed(permit: Permit) -> int:
    """How many people have to confirm a candidate.

    None only where everybody agreed to be named, and no rule makes a candidate a mere lead.
    """
    asked = numbers(permit, "reviewers", "n")
    free = permit.permit_class in REVIEW_FREE and not has(permit, "lead_only")
    least = 0 if free else 1
    return max([least, *asked])


def reviews_of_a_claim(permit: Permit) -> int:
    """How many people have to confirm that somebody is who they claim to be.

    None where the permit is for claims. Under a permit to search, a claim about everybody in turn
    is a search, so a match waits as a candidate does wherever the rules ask for people.
    """
    if permit.function == CLAIMS:
        return 0
    asked = numbers(permit, "reviewers", "n")
    return max([1 if has(permit, "lead_only") else 0, *asked])


def max_candidates(permit: Permit) -> int:
    """How many candidates a search may give."""
    return min([MAX_CANDIDATES, *numbers(permit, "max_candidates", "n")])


def check_quality(
    permit: Permit, quality: Quality, asked: Iterable[tuple[str, float]] = ()
) -> None:
    """Step 4: is the sample above the permit's floor?

    Args:
        permit: The permit.
        quality: What was measured.
        asked: Bounds that whoever asks wants kept too.

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
    problems, measures = [], []
    for name, limit in (*_floor(permit), *asked):
        bound, _, what = name.partition("_")
        value = measured.get(what)
        if value is None or bound not in {"min", "max"}:
            problems.append(f"{name} is not measured by this program")
        elif value < limit if bound == "min" else value > limit:
            problems.append(f"{what} is {value:.1f}, {bound}imum {limit:g}")
            measures.append(what)
    if problems:
        raise QualityError(
            "The face is below the quality floor of the permit: " + "; ".join(problems) + ".",
            hint="Use a sharper, larger, more frontal photograph.",
            rules=rules_of(permit, "quality_floor"),
            measures=tuple(measures),
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
    if enrollment.minor is None and has(permit, "age_flag"):
        raise PermitScopeError(
            "Whether the person is a child was not stated.",
            hint="State it with --adult (or --minor).",
            rules=rules_of(permit, "age_flag"),
        )
    if has(permit, "release_id") and not enrollment.ground.strip():
        raise PermitScopeError(
            "No release of this person was named.",
            hint="Name its number with --ground; without a written release nobody is enrolled.",
            rules=rules_of(permit, "release_id"),
        )
    check_targets(permit, [enrollment.subject_id])


def check_threshold(permit: Permit, threshold: Threshold) -> None:
    """Step 7: is this the threshold of the signed target, kept by the worst measured group?

    Raises:
        PermitScopeError: It is that of another target or measurement, or a group passes it.
    """
    target = permit.target
    signed = (target.rate, target.target_ppb, target.gallery_size or 1, permit.evidence_digest)
    used = (
        threshold.rate,
        threshold.target_ppb,
        threshold.gallery_size,
        threshold.evidence_digest,
    )
    if used != signed:
        raise PermitScopeError(
            "The threshold is not the one of the error rate that was signed.",
            hint="It comes from the permit's target and its evidence, and from nowhere else.",
            rules=rules_of(permit, "threshold_floor"),
        )
    if round(threshold.worst.upper * PPB) > threshold.fmr_target_ppb:
        raise PermitScopeError(
            f"At this threshold the group {threshold.worst.group} passes the signed error rate.",
            hint="Measure again (`recognizance evidence make`) and have a new permit issued.",
            rules=rules_of(permit, "worst_group_threshold"),
        )


def keep_lead_until(permit: Permit, now: datetime) -> datetime:
    """When what came of a use now has to be destroyed: its term, at the latest the permit's end."""
    hours = numbers(permit, "retention", "hours")
    return min([permit.expires_at, *(now + timedelta(hours=each) for each in hours)])


def keep_until(permit: Permit, now: datetime) -> datetime:
    """When a reference that is enrolled now has to be destroyed.

    The end of the permit is the end of its purpose, so nothing is kept past it. The last contact
    is never before the enrollment, so a term that counts from the last contact is kept by
    counting from there. What a revocation ends early is `end_of_purpose`.
    """
    days = numbers(permit, "retention", "after_last_contact_days")
    hours = numbers(permit, "entry_expiry", "hours")
    return min(
        [
            keep_lead_until(permit, now),
            *(now + timedelta(days=each) for each in days),
            *(now + timedelta(hours=each) for each in hours),
        ]
    )


def end_of_purpose(permit: Permit, revoked_at: datetime) -> datetime | None:
    """When what is held under a revoked permit has to be destroyed; None where no rule says."""
    days = numbers(permit, "retention", "after_purpose_days")
    return revoked_at + timedelta(days=min(days)) if days else None


def end_of_deployment(permit: Permit, revoked_at: datetime | None) -> datetime:
    """When a deployment ends: with its last hour, or with the permit, or when it is revoked."""
    ends = permit.scope.ends or permit.expires_at
    return min(ends, permit.expires_at, revoked_at or permit.expires_at)


def wipe_within(permit: Permit) -> timedelta | None:
    """Within what time features have to be gone; None where no rule says."""
    seconds = numbers(permit, "wipe_nonmatch", "seconds")
    return timedelta(seconds=min(seconds)) if seconds else None


def _floor(permit: Permit) -> Iterator[tuple[str, float]]:
    for condition in permit.conditions:
        if condition.hook == "quality_floor":
            for name, value in condition.parameters.items():
                if isinstance(value, int | float):
                    yield name, float(value)
