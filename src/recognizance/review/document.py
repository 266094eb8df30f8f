"""A lead as bytes, for the store that keeps it sealed, and as a reviewer may see it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from recognizance.canonical import canonical_bytes, padded, parse_json
from recognizance.errors import InputError, WorkspaceDamagedError
from recognizance.review.lead import (
    WAITING,
    Lead,
    LeadState,
    check_may_review,
    shown_numbers,
)
from recognizance.review.verdict import Choice, Contest, LeadCandidate, Showing, Verdict
from recognizance.types import Quality, utc_moment, utc_text

if TYPE_CHECKING:
    from recognizance.types import Principal

_FILL = 2048


def lead_to_bytes(lead: Lead) -> bytes:
    """JSON of a lead; `lead_from_bytes` is its inverse.

    It is filled up with blanks, so that a length does not tell one kind of lead from another.
    """
    document = asdict(lead) | {"opened_at": utc_text(lead.opened_at)}
    document["candidates"] = [asdict(each) for each in lead.candidates]
    document["verdicts"] = [asdict(v) | {"at": utc_text(v.at)} for v in lead.verdicts]
    document["showings"] = [asdict(each) | {"at": utc_text(each.at)} for each in lead.showings]
    if lead.contest is not None:
        document["contest"] = asdict(lead.contest) | {"at": utc_text(lead.contest.at)}
    return padded(canonical_bytes(document), _FILL)


def lead_from_bytes(data: bytes) -> Lead:
    """Read what `lead_to_bytes` wrote.

    Raises:
        WorkspaceDamagedError: It is something else.
    """
    try:
        document = cast("dict[str, Any]", parse_json(data))
        return Lead(
            **document
            | {
                "candidates": tuple(LeadCandidate(**each) for each in document["candidates"]),
                "opened_at": utc_moment(document["opened_at"]),
                "state": LeadState(document["state"]),
                "erased_ranks": tuple(document["erased_ranks"]),
                "verdicts": tuple(
                    Verdict(
                        **each | {"at": utc_moment(each["at"]), "choice": Choice(each["choice"])}
                    )
                    for each in document["verdicts"]
                ),
                "showings": tuple(
                    Showing(each["reviewer_id"], utc_moment(each["at"]))
                    for each in document.get("showings", ())
                ),
                "contest": _contest(document.get("contest")),
                "quality": Quality(**document["quality"]) if document.get("quality") else None,
            }
        )
    except (InputError, KeyError, TypeError, ValueError) as error:
        raise WorkspaceDamagedError(
            "A lead cannot be read as what it should be.", hint="Restore a backup of the gallery."
        ) from error


def _contest(table: dict[str, Any] | None) -> Contest | None:
    return Contest(**table | {"at": utc_moment(table["at"])}) if table else None


@dataclass(frozen=True, slots=True)
class LeadView:
    """What one reviewer may see of a lead.

    Attributes:
        lead_id: The lead.
        state: Where it stands.
        candidates: While the lead waits for people, in shuffled order, `rank` being the number
            to speak of them by, and no subjects named; once it is closed, as the search gave them.
        reviews_needed: How many reviewers have to speak.
        reviews_given: How many have, known only once the lead is closed.
        own_verdict: What this reviewer said, if anything.
        verdicts: What everybody said, known only once the lead is closed.
    """

    lead_id: str
    state: LeadState
    candidates: tuple[LeadCandidate, ...]
    reviews_needed: int
    reviews_given: int | None
    own_verdict: Choice | None
    verdicts: tuple[Verdict, ...]

    def as_dict(self) -> dict[str, object]:
        """The view as JSON."""
        return {
            "lead_id": self.lead_id,
            "state": self.state.value,
            "candidates": [{"rank": each.rank} for each in self.candidates],
            "reviews_needed": self.reviews_needed,
            "reviews_given": self.reviews_given,
            "own_verdict": self.own_verdict.value if self.own_verdict else None,
            "verdicts": [
                {"choice": v.choice.value, "reason": v.reason, "at": utc_text(v.at)}
                for v in self.verdicts
            ],
        }


def view_for(lead: Lead, reviewer: Principal) -> LeadView:
    """The lead as this reviewer may see it: nothing of what others decided while it waits.

    Raises:
        RoleError: The lead is open or contested, and this is nobody who may decide on it.
    """
    closed = lead.state not in WAITING
    if not closed:
        check_may_review(lead, reviewer)
    own = (v.choice for v in lead.verdicts if v.reviewer_id == reviewer.principal_id)
    return LeadView(
        lead_id=lead.lead_id,
        state=lead.state,
        candidates=lead.candidates if closed else _without_order(lead),
        reviews_needed=lead.reviews_needed,
        reviews_given=len(lead.verdicts) if closed else None,
        own_verdict=next(own, None),
        verdicts=lead.verdicts if closed else (),
    )


def _without_order(lead: Lead) -> tuple[LeadCandidate, ...]:
    return tuple(
        LeadCandidate(reference_id=each.reference_id, subject_id="", rank=number)
        for number, each in shown_numbers(lead).items()
    )
