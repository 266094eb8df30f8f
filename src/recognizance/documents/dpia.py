"""A draft of a data-protection impact assessment, in the seven steps of the ICO.

Source: Information Commissioner's Office, guidance on data protection impact assessments (seven
steps); UK GDPR and GDPR Art. 35. That people who are on no list must be covered: R (Bridges) v
Chief Constable of South Wales Police [2020] EWCA Civ 1058, and rule GV-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.items import derived, stated, yours
from recognizance.documents.model import Document, Section

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources

TITLE: Final = "Data-protection impact assessment (draft)"
INTRO: Final = (
    "The seven steps of the Information Commissioner's Office, and one part on people who are on "
    "no list. A draft: the controller completes it and asks the data-protection officer."
)

FOR_PEOPLE_WHO_PASS: Final = frozenset(
    {
        "false_alert_meter",
        "field_of_view",
        "hours",
        "no_second_use",
        "other_way",
        "place_fence",
        "public_notice",
        "quality_floor",
        "visitor_lane",
        "wipe_nonmatch",
        "worst_group_threshold",
    }
)
"""Hooks that keep harm from people whom nobody looks for."""


def make(facts: Sources) -> Document:
    """Make the draft."""
    sections = (
        _need(facts),
        *_processing(facts),
        _consultation(),
        _proportionality(facts),
        _risks(facts),
        _measures(facts),
        _people_on_no_list(facts),
        _sign_off(facts),
    )
    return Document("dpia", TITLE, INTRO, sections)


def _need(facts: Sources) -> Section:
    return Section(
        "Step 1: why an assessment is needed",
        (
            stated(facts, "title", "Name of the use"),
            stated(facts, "operator", "Controller"),
            stated(facts, "fn", "What the system does"),
            stated(facts, "purpose", "What it is to achieve"),
            derived(facts, "place.public", "An undetermined number of people may pass"),
        ),
        "Faces compared to tell who somebody is are biometric data.",
    )


def _processing(facts: Sources) -> tuple[Section, ...]:
    return (
        Section(
            "Step 2: nature of the processing",
            (
                stated(facts, "cam.kind", "How faces are captured"),
                stated(facts, "mode", "Live or later"),
                stated(facts, "wl.source", "Where the list's photographs come from"),
                stated(facts, "tmpl.custody", "Who holds the templates"),
                stated(facts, "tmpl.shared_with", "Who else receives templates"),
                stated(facts, "ret.match_h", "A match is kept for"),
                stated(facts, "ret.template_after_purpose_d", "Templates kept after the purpose"),
            ),
        ),
        Section(
            "Step 2: scope",
            (
                stated(facts, "cam.count", "Number of cameras"),
                stated(facts, "place.span", "Reach of the place"),
                stated(facts, "wl.size", "People on the list"),
                stated(facts, "wl.expiry_h", "An entry on the list ends after"),
                items.permit_until(facts, "Until"),
                yours("Number of people", "How many faces are compared in a day?"),
            ),
        ),
        Section(
            "Step 2: context",
            (
                stated(facts, "op.kind", "Kind of operator"),
                stated(facts, "place.kind", "Kind of place"),
                stated(facts, "place.why", "Why there"),
                stated(facts, "pop.kind", "Whose faces are compared"),
                stated(facts, "pop.minors", "Children among them"),
                stated(facts, "assembly", "A gathering is planned or likely"),
                yours("What people expect", "Would people at the place expect this?"),
            ),
        ),
        Section(
            "Step 2: purposes",
            (
                stated(facts, "action.kind", "What follows a candidate"),
                yours("Benefits", "What good does it do, for whom, and what shows that?"),
            ),
        ),
    )


def _consultation() -> Section:
    return Section(
        "Step 3: consultation",
        (
            yours("People affected", "Whose views were asked, how, and what did they say?"),
            yours("Others", "Which experts, staff and processors were asked?"),
        ),
    )


def _proportionality(facts: Sources) -> Section:
    return Section(
        "Step 4: necessity and proportionality",
        (
            stated(facts, "auth.kind", "Authority it rests on"),
            stated(facts, "auth.objective", "Objective or offence"),
            stated(facts, "auth.scope_persons", "Persons whom the authority names"),
            stated(facts, "auth.scope_place", "Place that the authority allows"),
            stated(facts, "auth.scope_time", "Hours that the authority allows"),
            stated(facts, "consent.explicit", "Every person agreed explicitly"),
            stated(facts, "alternative", "An equal way without a face"),
            stated(facts, "wl.criteria", "How people get onto the list"),
            stated(facts, "wl.reason_each", "Each entry has a reason of its own"),
            stated(facts, "wl.entry_review", "A second person reviews each entry"),
            yours("Lawful basis", "Which basis of Article 6, and which condition of Article 9?"),
            yours("Less intrusive ways", "What would reach the aim without faces, and why not?"),
        ),
    )


def _risks(facts: Sources) -> Section:
    return Section(
        "Step 5: risks",
        (
            stated(facts, "ev.fpir_max_ub", "Worst group's false alerts, at most"),
            stated(facts, "ev.fnir_max", "Worst group's misses"),
            stated(facts, "ev.ratio_lb", "Worst over best group, at least"),
            stated(facts, "ev.operational", "Tested on these cameras and people"),
            stated(facts, "gov.harm_assessment", "Harm to groups assessed"),
            yours(
                "Risks to people on the list", "For each: source, likelihood, severity, overall."
            ),
        ),
    )


def _measures(facts: Sources) -> Section:
    return Section(
        "Step 6: measures",
        (
            stated(facts, "review.n", "People who check a candidate, each alone"),
            stated(facts, "review.trained", "Reviewers trained within the last year"),
            stated(facts, "review.can_override", "Reviewers may overrule the system"),
            stated(facts, "gov.audit", "Yearly audit"),
            items.conditions(facts),
            yours("What is left", "For each risk: eliminated, reduced or accepted, and by whom?"),
        ),
    )


def _people_on_no_list(facts: Sources) -> Section:
    return Section(
        "People who are on no list",
        (
            stated(facts, "pop.kind", "Whose faces are compared"),
            stated(facts, "ret.nonmatch_s", "A face that matches nobody is wiped after"),
            stated(facts, "ev.fpir_max_ub", "Stopped by mistake: worst group's false alerts"),
            stated(facts, "notice", "They are told by a notice at the place"),
            stated(facts, "gov.complaints", "A way to see, erase and complain"),
            items.contact(facts, "How they object"),
            items.conditions_by(facts, FOR_PEOPLE_WHO_PASS, "Conditions that protect them"),
            yours("How many they are", "How many are compared and are on no list?"),
            yours(
                "Their risks",
                "Being compared without a reason, a false alert, staying away from the place: "
                "how likely, how grave, for which groups?",
            ),
            yours("Why it is fair to them", "Why may their faces be compared at all?"),
        ),
        "Their faces are data too, from the moment a camera compares them, however soon they "
        "are wiped.",
    )


def _sign_off(facts: Sources) -> Section:
    return Section(
        "Step 7: sign-off",
        (
            items.outcome(facts),
            items.decided_on(facts),
            yours("Measures approved by", "Name, role and day."),
            yours("Remaining risks accepted by", "Name, role and day."),
            yours("Advice of the data-protection officer", "The advice, and the day."),
            yours("Advice followed or overruled", "By whom, and for which reasons?"),
            yours("Kept under review by", "Name, role and the day of the next review."),
        ),
    )
