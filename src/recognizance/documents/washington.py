"""The accountability report of the State of Washington.

Source: RCW 43.386.020(2), points (a) to (h); points (a) to (d)(i) were read in the text of the
code, the others are restated from memory and have to be checked before filing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.items import stated, yours
from recognizance.documents.model import Document, Section

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources

TITLE: Final = "Accountability report"
INTRO: Final = (
    "The report that RCW 43.386.020 asks of a state or local agency in Washington before it "
    "develops, procures or uses face recognition. The public comments on it, and it is renewed "
    "every two years."
)


def make(facts: Sources) -> Document:
    """Make the report."""
    sections = (
        _system(facts),
        _inputs(facts),
        _purpose(facts),
        _deployment(facts),
        _data_policy(facts),
        _tests(facts),
        _errors(facts),
        _rights(facts),
        _feedback(facts),
    )
    return Document("washington", TITLE, INTRO, sections)


def _system(facts: Sources) -> Section:
    return Section(
        "(a) The system",
        (
            stated(facts, "title", "Name of the use"),
            stated(facts, "operator", "Agency"),
            stated(facts, "ev.model_id", "Model"),
            yours("Vendor and version", "Who supplies the system, and in which version?"),
            stated(facts, "fn", "What it does"),
            yours("Limits", "What can it not do, and when does it fail?"),
            yours(
                "Capabilities beyond this use",
                "What else could it foreseeably do that is not proposed here?",
            ),
        ),
    )


def _inputs(facts: Sources) -> Section:
    return Section(
        "(b) Data that go in and come out",
        (
            stated(facts, "cam.kind", "Images from"),
            stated(facts, "mode", "Live or later"),
            stated(facts, "wl.source", "Where the list's photographs come from"),
            stated(facts, "tmpl.custody", "Who holds the templates"),
            items.operations(facts, "What may be done with them"),
            yours("Data the system will generate", "Which data does it produce and keep?"),
        ),
    )


def _purpose(facts: Sources) -> Section:
    return Section(
        "(c) Purpose and decisions",
        (
            stated(facts, "purpose", "Purpose"),
            stated(facts, "action.kind", "Decision that it supports"),
            stated(facts, "action.auto", "Anything done without a person deciding"),
            yours("Benefits", "What good does it do, and which data or research show it?"),
        ),
    )


def _deployment(facts: Sources) -> Section:
    return Section(
        "(d) Policy: where, when and by whom",
        (
            stated(facts, "place.kind", "Kind of place"),
            stated(facts, "place.span", "Reach of the place"),
            stated(facts, "place.why", "Why there"),
            stated(facts, "routine", "Done to everybody of that population by default"),
            items.permit_from(facts, "From"),
            items.permit_until(facts, "Until"),
            stated(facts, "auth.kind", "Authority it rests on"),
            stated(facts, "review.n", "People who check a candidate, each alone"),
            items.conditions(facts),
            yours("Who uses it", "Which unit, and does anybody use it on the agency's behalf?"),
        ),
    )


def _data_policy(facts: Sources) -> Section:
    return Section(
        "(d) Policy: data, security, training",
        (
            stated(facts, "ret.nonmatch_s", "A face that matches nobody is wiped after"),
            stated(facts, "ret.match_h", "A match is kept for"),
            stated(facts, "ret.template_after_purpose_d", "Templates kept after the purpose"),
            stated(facts, "tmpl.shared_with", "Who else receives templates"),
            stated(facts, "gov.training", "Training programme"),
            stated(facts, "review.trained", "Reviewers trained within the last year"),
            yours("Unintended collection", "How are more data than needed kept out?"),
            yours("Security", "How are the data secured, and who may reach them?"),
            yours("Training", "What are operators taught, and how often?"),
        ),
    )


def _tests(facts: Sources) -> Section:
    return Section(
        "(e) Tests",
        (
            stated(facts, "ev.operational", "Tested on these cameras and people"),
            stated(facts, "ev.age_d", "Age of the test"),
            stated(facts, "gov.audit", "Yearly audit"),
            yours("Procedure", "How and how often is it tested in operation?"),
        ),
    )


def _errors(facts: Sources) -> Section:
    return Section(
        "(f) False matches, and groups of people",
        (
            stated(facts, "ev.independent", "Tested by somebody independent"),
            stated(facts, "ev.fpir_max_ub", "Worst group's false alerts, at most"),
            stated(facts, "ev.fnir_max", "Worst group's misses"),
            stated(facts, "ev.tpr_min", "Lowest share found in any group"),
            stated(facts, "ev.ratio_lb", "Worst over best group, at least"),
            stated(facts, "ev.age_bands", "Ages that were tested"),
            yours("Errors above one percent", "How does the agency deal with such error rates?"),
        ),
    )


def _rights(facts: Sources) -> Section:
    return Section(
        "(g) Civil rights and liberties",
        (
            stated(facts, "pop.kind", "Whose faces are compared"),
            stated(facts, "assembly", "A gathering is planned or likely"),
            stated(facts, "infer", "Traits inferred from faces"),
            stated(facts, "gov.harm_assessment", "Harm to groups assessed"),
            yours("Impact", "What does it do to privacy and to marginalised communities?"),
            yours("Mitigation", "Which steps reduce that impact?"),
        ),
    )


def _feedback(facts: Sources) -> Section:
    return Section(
        "(h) Feedback",
        (
            stated(facts, "gov.complaints", "A way to see, erase and complain"),
            items.contact(facts, "Where to send feedback"),
            items.register_address(facts, "Where this is published"),
            yours("Community meetings", "On which days did they take place, and what was said?"),
            yours("Answers", "Within how many days is feedback answered, and by whom?"),
        ),
    )
