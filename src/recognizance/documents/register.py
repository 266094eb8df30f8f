"""The public register entry: what was permitted, to whom, on which rules.

Source: rules GV-02 (public record) and GV-05 (when a permit may be made public).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.items import stated
from recognizance.documents.model import Document, Section
from recognizance.documents.words import plain_word
from recognizance.errors import RefusedError

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources

TITLE: Final = "Register entry"
INTRO: Final = (
    "What one operator may do with people's faces, for how long, and on which rules. "
    "Anybody can read it."
)


def make(facts: Sources, *, published: bool) -> Document:
    """Make the entry.

    Args:
        facts: The sources.
        published: Whether the permit has been published. A permit that rests on a warrant, an
            independent order or an emergency is published only after its window has ended
            (GV-05): an entry before that could warn the person who is sought.

    Raises:
        RefusedError: The permit is withheld and not yet published, or neither a decision nor a
            permit tells whether it is withheld.
    """
    if not published:
        _require_open(facts)
    return Document("register", TITLE, INTRO, (_use(facts), _leave(facts), *_people(facts)))


def _require_open(facts: Sources) -> None:
    if facts.withheld_by:
        raise RefusedError(
            "This permit is withheld from the public until its window has ended.",
            hint="Make the register entry after the permit has been published.",
            rules=facts.withheld_by,
        )
    if facts.decision is None and facts.permit is None:
        raise RefusedError(
            "Nothing here tells whether this use is withheld from the public.",
            hint=items.NO_DECISION,
            rules=("GV-05",),
        )


def _use(facts: Sources) -> Section:
    return Section(
        "The use",
        (
            stated(facts, "title", "Name"),
            stated(facts, "operator", "Operator"),
            stated(facts, "op.kind", "Kind of operator"),
            stated(facts, "fn", "What the system does"),
            stated(facts, "purpose", "Purpose"),
            stated(facts, "place.kind", "Place"),
            stated(facts, "place.span", "Reach of the place"),
            stated(facts, "op.city", "City"),
            stated(facts, "op.country", "Country"),
            stated(facts, "cam.kind", "Cameras"),
            stated(facts, "cam.count", "Number of cameras"),
            stated(facts, "mode", "Live or later"),
        ),
    )


def _leave(facts: Sources) -> Section:
    return Section(
        "The permit",
        (
            items.outcome(facts),
            items.decided_on(facts),
            items.permit_id(facts),
            items.of_permit(
                facts, "class", "Class", lambda permit: plain_word(permit.permit_class)
            ),
            items.standing(facts),
            items.permit_from(facts),
            items.permit_until(facts),
            items.operations(facts),
            items.target(facts),
            items.of_permit(
                facts, "submission_digest", "Submission (SHA-256)", lambda p: p.submission_digest
            ),
            items.of_permit(facts, "bundle_digest", "Rules (SHA-256)", lambda p: p.bundle_digest),
            items.of_permit(facts, "model_id", "Model (SHA-256)", lambda p: p.model_id),
            items.of_permit(
                facts,
                "evidence_digest",
                "Evidence (SHA-256)",
                lambda p: p.evidence_digest or "none",
            ),
            items.conditions(facts),
            items.reasons(facts),
        ),
    )


def _people(facts: Sources) -> tuple[Section, ...]:
    return (
        Section(
            "The people",
            (
                stated(facts, "pop.kind", "Whose faces are compared"),
                stated(facts, "pop.minors", "Children among them"),
                stated(facts, "wl.size", "People on the list"),
                stated(facts, "wl.source", "Where the list's photographs come from"),
                stated(facts, "wl.criteria", "How people get onto the list"),
                stated(facts, "action.kind", "What follows a candidate"),
                stated(facts, "review.n", "People who check a candidate"),
                stated(facts, "ret.nonmatch_s", "A face that matches nobody is wiped after"),
                stated(facts, "ret.match_h", "A match is kept for"),
            ),
        ),
        Section(
            "Your rights",
            (
                items.contact(facts, "Object, see, erase, complain"),
                stated(facts, "alternative", "An equal way without a face"),
                stated(facts, "notice", "Notice at the place"),
            ),
        ),
    )
