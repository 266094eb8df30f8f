"""A draft of the fundamental-rights impact assessment of the European Union's AI Act.

Source: Regulation (EU) 2024/1689, Art. 27(1), its six points (a) to (f). The official template was
not out by mid-2026; whoever files this checks it against that template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.items import derived, stated, yours
from recognizance.documents.model import Document, Section

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources

TITLE: Final = "Fundamental-rights impact assessment (draft)"
INTRO: Final = (
    "The six points of Article 27(1) of the AI Act, Regulation (EU) 2024/1689. A draft: whoever "
    "deploys the system completes it and notifies the market-surveillance authority of its result."
)


def make(facts: Sources) -> Document:
    """Make the draft."""
    sections = (
        _process(facts),
        _period(facts),
        _categories(facts),
        _harms(facts),
        _oversight(facts),
        _if_harm(facts),
    )
    return Document("fria", TITLE, INTRO, sections)


def _process(facts: Sources) -> Section:
    return Section(
        "(a) The process in which it is used",
        (
            stated(facts, "title", "Name of the use"),
            stated(facts, "operator", "Deployer"),
            stated(facts, "fn", "What the system does"),
            stated(facts, "purpose", "Purpose"),
            stated(facts, "auth.kind", "Authority it rests on"),
            stated(facts, "auth.objective", "Objective or offence"),
            stated(facts, "action.kind", "What follows a candidate"),
            yours("The process", "Into which procedure does the result go, step by step?"),
        ),
    )


def _period(facts: Sources) -> Section:
    return Section(
        "(b) How long and how often",
        (
            items.permit_from(facts, "From"),
            items.permit_until(facts, "Until"),
            stated(facts, "auth.scope_time", "Hours that the authority allows"),
            stated(facts, "mode", "Live or later"),
            stated(facts, "routine", "Done to everybody of that population by default"),
            yours("Frequency", "How many uses are expected in a day or a year?"),
        ),
    )


def _categories(facts: Sources) -> Section:
    return Section(
        "(c) People who are likely to be affected",
        (
            stated(facts, "pop.kind", "Whose faces are compared"),
            stated(facts, "pop.groups", "Groups and ages expected"),
            stated(facts, "pop.minors", "Children among them"),
            stated(facts, "auth.scope_persons", "Persons whom the authority names"),
            stated(facts, "wl.size", "People on the list"),
            stated(facts, "wl.criteria", "How people get onto the list"),
            stated(facts, "wl.minors", "Children on the list"),
            stated(facts, "place.kind", "Kind of place"),
            derived(facts, "place.public", "An undetermined number of people may pass"),
            stated(facts, "assembly", "A gathering is planned or likely"),
            yours("People who only pass by", "How many will be compared who are on no list?"),
        ),
    )


def _harms(facts: Sources) -> Section:
    return Section(
        "(d) Specific risks of harm to them",
        (
            stated(facts, "ev.fpir_max_ub", "Worst group's false alerts, at most"),
            stated(facts, "ev.fnir_max", "Worst group's misses"),
            stated(facts, "ev.ratio_lb", "Worst over best group, at least"),
            stated(facts, "ev.age_bands", "Ages that were tested"),
            stated(facts, "ev.operational", "Tested on these cameras and people"),
            stated(facts, "gov.harm_assessment", "Harm to groups assessed"),
            stated(facts, "infer", "Traits inferred from faces"),
            yours(
                "Harms, right by right",
                "For each group of people: which right, what harm, how likely, how grave?",
            ),
        ),
    )


def _oversight(facts: Sources) -> Section:
    return Section(
        "(e) Human oversight",
        (
            stated(facts, "review.n", "People who check a candidate, each alone"),
            stated(facts, "review.trained", "Reviewers trained within the last year"),
            stated(facts, "review.can_override", "Reviewers may overrule the system"),
            stated(facts, "action.auto", "Anything done without a person deciding"),
            stated(facts, "gov.training", "Training programme"),
            items.conditions(facts),
        ),
    )


def _if_harm(facts: Sources) -> Section:
    return Section(
        "(f) If the risks come true",
        (
            stated(facts, "gov.complaints", "A way to see, erase and complain"),
            items.contact(facts, "How to complain"),
            stated(facts, "gov.audit", "Yearly audit"),
            stated(facts, "gov.dpia", "Data-protection impact assessment done"),
            stated(facts, "gov.registered", "Use registered"),
            yours("Governance", "Who stops the use, who decides on a complaint, by when?"),
            yours("Measures", "What is done for a person who was harmed?"),
        ),
    )
