"""A fence needs its posts: what a condition fences must be named before a permit is issued.

Pure. Who issues asks for what is missing by name; who countersigns or accepts refuses a permit in
which anything is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from recognizance.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recognizance.gate.draft import Facts
    from recognizance.gate.permit_document import Condition
    from recognizance.gate.scope import Scope
    from recognizance.gate.submission import Submission

NARROW_SPANS = frozenset({"point", "site"})


@dataclass(frozen=True, slots=True)
class Fence:
    """What a hook fences.

    Attributes:
        part: The part of the scope that has to be named.
        option: How it is named on the command line.
        what: The same in words.
    """

    part: str
    option: str
    what: str


FENCES = {
    "place_fence": Fence("sites", "--site ID", "the places at which the use runs"),
    "hours": Fence("windows", "--window FROM/TO", "the hours in which the use runs"),
    "named_targets": Fence("targets", "--target SUBJECT", "the people who may be sought"),
    "target_only_gallery": Fence("targets", "--target SUBJECT", "the people who may be sought"),
}
"""By hook. `case_id` needs nothing named: every use names its case; cases named narrow it."""


def unposted(conditions: Iterable[Condition], scope: Scope) -> Iterator[tuple[Condition, Fence]]:
    """The conditions that fence something which the scope does not name."""
    for condition in conditions:
        fence = FENCES.get(condition.hook)
        if fence is not None and not getattr(scope, fence.part):
            yield condition, fence


def require_posts(conditions: Iterable[Condition], scope: Scope) -> None:
    """Refuse to issue what a condition fences before it is named.

    Raises:
        IncompleteError: Something is not named; the hint says with which options.
    """
    found = list(unposted(conditions, scope))
    if found:
        what = dict.fromkeys(fence.what for _, fence in found)
        options = dict.fromkeys(fence.option for _, fence in found)
        raise IncompleteError(
            f"The rules fence this use, and the permit does not name {' or '.join(what)}.",
            hint=f"Name them: {' '.join(options)} (each may be repeated).",
            rules=tuple(dict.fromkeys(condition.rule_id for condition, _ in found)),
        )


def publication_rest(conditions: Iterable[Condition]) -> timedelta:
    """How long a permit rests between its publication and the first use (rule GV-05)."""
    days = [each.parameters.get("days") for each in conditions if each.hook == "publication_rest"]
    return timedelta(days=max((day for day in days if isinstance(day, int)), default=0))


def beyond_submission(
    submission: Submission, facts: Facts, scope: Scope, expires_at: datetime
) -> str | None:
    """In what a permit reaches further than what was asked for; None where it does not.

    A submission for one point or one site gives one site; one for n cameras at most n of them; and
    no permit outlives the order that it rests on.

    Args:
        submission: What the applicant stated.
        facts: What the gate decided on. How far the place reaches is read here: where silence was
            taken to mean one point, the rules were asked about one point (rule HR-19).
        scope: What the permit names.
        expires_at: When the permit ends.
    """
    cameras, span = submission.stated.get("cam.count"), facts["place.span"]
    if scope.sites and span in NARROW_SPANS and len(scope.sites) != 1:
        return f"it names {len(scope.sites)} sites, and what was decided is about one {span}"
    if isinstance(cameras, int) and len(scope.cameras) > cameras:
        return f"it names {len(scope.cameras)} cameras, and the submission speaks of {cameras}"
    end = order_end(submission)
    if end is not None and expires_at > end:
        return "it lasts longer than the order that it rests on"
    return None


def require_within(
    submission: Submission, facts: Facts, scope: Scope, expires_at: datetime
) -> None:
    """Refuse to issue more than was asked for.

    Raises:
        InputError: The scope or the time reaches further than the submission.
    """
    problem = beyond_submission(submission, facts, scope, expires_at)
    if problem is not None:
        raise InputError(
            f"The permit would cover more than was asked for: {problem}.",
            hint="Name less, or state it in the submission and have that decided.",
        )


def order_end(submission: Submission) -> datetime | None:
    """When the order ends that a submission rests on: with its last day, UTC; None if unsaid."""
    expires = submission.text("auth.expires")
    try:
        return datetime.combine(date.fromisoformat(expires), time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
