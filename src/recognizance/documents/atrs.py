"""The record of the United Kingdom's Algorithmic Transparency Recording Standard, both tiers.

Source: Algorithmic Transparency Recording Standard, version 2.1, and its guidance for public
sector bodies as updated in May 2025 (GOV.UK). Fields 1.1 to 1.4 and 2.1.1 to 2.1.4.5 carry the
standard's numbers; of the rest only the part is numbered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.items import stated, yours
from recognizance.documents.model import Document, Section

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources

TITLE: Final = "Algorithmic transparency record"
INTRO: Final = (
    "A record after the Algorithmic Transparency Recording Standard of the United Kingdom. "
    "Tier 1 is for everybody, tier 2 for people who want the details."
)


def make(facts: Sources) -> Document:
    """Make the record."""
    sections = (
        _tier_1(facts),
        _owner(facts),
        _description(facts),
        _decisions(facts),
        _model(facts),
        _data(facts),
        _risks(facts),
    )
    return Document("atrs", TITLE, INTRO, sections)


def _tier_1(facts: Sources) -> Section:
    return Section(
        "Tier 1: in short",
        (
            stated(facts, "title", "1.1 Name"),
            stated(facts, "fn", "1.2 Description: how the tool is used"),
            stated(facts, "purpose", "1.2 Description: what for"),
            yours("1.2 Description: why this tool", "What problem does it solve, and how?"),
            items.register_address(facts, "1.3 Web address"),
            items.contact(facts, "1.4 Contact"),
        ),
    )


def _owner(facts: Sources) -> Section:
    return Section(
        "Tier 2, part 1: owner and responsibility",
        (
            stated(facts, "operator", "2.1.1 Organisation"),
            yours("2.1.2 Team", "Which team is responsible?"),
            yours("2.1.3 Senior responsible owner", "Which role answers for the tool?"),
            yours("2.1.4 External supplier", "Is a supplier involved, and how?"),
            yours("2.1.4.1 Supplier", "What is the supplier's name?"),
            yours("2.1.4.2 Companies House number", "What is the supplier's number?"),
            yours("2.1.4.3 Role of the supplier", "What does the supplier do?"),
            yours("2.1.4.4 Procurement", "By which procedure was it procured?"),
            yours("2.1.4.5 Supplier's access to data", "On what terms does it see data?"),
        ),
    )


def _description(facts: Sources) -> Section:
    return Section(
        "Tier 2, part 2: description and reasons",
        (
            stated(facts, "mode", "How soon footage is searched"),
            stated(facts, "place.kind", "Kind of place"),
            stated(facts, "place.why", "Why there"),
            stated(facts, "cam.kind", "Cameras"),
            stated(facts, "auth.kind", "Authority it rests on"),
            yours("Benefits", "What good does it do, and what shows that?"),
            yours("Previous process", "How was it done before, without the tool?"),
            yours("Alternatives considered", "What else was considered, and why not chosen?"),
        ),
    )


def _decisions(facts: Sources) -> Section:
    return Section(
        "Tier 2, part 3: decisions and people",
        (
            stated(facts, "action.kind", "How the result enters the process"),
            stated(facts, "action.auto", "Anything done without a person deciding"),
            yours("Information given", "What do reviewers see when they decide?"),
            stated(facts, "cam.count", "Scale: cameras"),
            stated(facts, "wl.size", "Scale: people on the list"),
            yours("Frequency", "How often is it used?"),
            stated(facts, "review.n", "Human review: people who check a candidate"),
            stated(facts, "review.can_override", "Human review: may overrule the system"),
            stated(facts, "gov.training", "Required training"),
            stated(facts, "review.trained", "Reviewers trained within the last year"),
            stated(facts, "gov.complaints", "A way to see, erase and complain"),
            items.contact(facts, "Appeals and review"),
        ),
    )


def _model(facts: Sources) -> Section:
    return Section(
        "Tier 2, part 4: the system and its model",
        (
            yours(
                "System architecture", "Which parts does the system have, and where do they run?"
            ),
            yours("Phase", "Is it planned, tested, in use or retired?"),
            yours("Maintenance", "Who maintains it, and how often is it checked?"),
            stated(facts, "ev.model_id", "Model"),
            stated(facts, "ev.threshold", "Threshold"),
            stated(facts, "ev.fpir_max_ub", "Performance: worst group's false alerts, at most"),
            stated(facts, "ev.fnir_max", "Performance: worst group's misses"),
            stated(facts, "ev.ratio_lb", "Performance: worst over best group, at least"),
            stated(facts, "ev.operational", "Tested on these cameras and people"),
            stated(facts, "ev.independent", "Tested by somebody independent"),
            yours("Data the model was trained on", "Which data sets was the model trained on?"),
        ),
    )


def _data(facts: Sources) -> Section:
    return Section(
        "Tier 2, part 4: data",
        (
            stated(facts, "pop.kind", "Whose faces are compared"),
            stated(facts, "pop.minors", "Children among them"),
            stated(facts, "infer", "Traits inferred from faces"),
            stated(facts, "wl.source", "Where the list's photographs come from"),
            stated(facts, "wl.criteria", "How people get onto the list"),
            stated(facts, "tmpl.shared_with", "Who else receives templates"),
            stated(facts, "tmpl.custody", "Who holds the templates"),
            stated(facts, "ret.nonmatch_s", "A face that matches nobody is wiped after"),
            stated(facts, "ret.match_h", "A match is kept for"),
            yours("Access and storage", "Who can reach the data, and how are they stored?"),
        ),
    )


def _risks(facts: Sources) -> Section:
    return Section(
        "Tier 2, part 5: risks, mitigations, impact assessments",
        (
            stated(facts, "gov.dpia", "Data-protection impact assessment done"),
            stated(facts, "gov.harm_assessment", "Harm to groups assessed"),
            items.outcome(facts),
            items.conditions(facts, "Mitigations: conditions that are kept"),
            yours("Risks", "Which risks were found, and what is left of each?"),
        ),
    )
