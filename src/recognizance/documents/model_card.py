"""The model card: what the model is for, and its measured errors by group and intersection.

Source: Mitchell et al., "Model Cards for Model Reporting", FAT* 2019: its nine sections. Every
figure is from the evidence document, with its upper bound and the number of pairs and people; a
figure that the document has no interval for says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.figures import (
    false_matches,
    misses,
    not_measured,
    points,
    ratios,
    thresholds,
)
from recognizance.documents.items import stated, yours
from recognizance.documents.model import Document, Item, Section, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.documents.model import Content
    from recognizance.documents.sources import Sources
    from recognizance.evidence import Evidence

TITLE: Final = "Model card"
INTRO: Final = (
    "What the model is, what it is used for here, and how often it errs in each group that was "
    "measured. The sections are those of Mitchell and others, 2019."
)
NO_EVIDENCE: Final = (
    "What was measured about the model? Measure it with `recognizance evidence make`, and hand "
    "the file over with --evidence."
)
DIGEST_DIGITS: Final = 12
"""Digits of a SHA-256 that are enough to tell two data sets apart on paper."""


def make(facts: Sources) -> Document:
    """Make the card.

    Raises:
        TargetUnsupportedError: The permit's target lies below what the evidence supports.
    """
    sections = (
        _details(facts),
        _intended_use(facts),
        _factors(facts),
        _metrics(facts),
        _evaluation_data(facts),
        _training_data(),
        _analyses(facts),
        _ethics(facts),
        _caveats(facts),
    )
    return Document("model_card", TITLE, INTRO, sections)


def _measured(
    facts: Sources, part: str, label: str, read: Callable[[Evidence], Content | None]
) -> Item:
    value = None if facts.evidence is None else read(facts.evidence)
    return Item(label, value, f"evidence: {part}", NO_EVIDENCE)


def _figures(facts: Sources, part: str, label: str, table: Table | None, ask: str) -> Item:
    """A table of the evidence; `ask` is what to do where the evidence does not hold it."""
    target = "" if facts.permit is None else "; permit: target"
    missing = NO_EVIDENCE if facts.evidence is None else ask
    return Item(label, table, f"evidence: {part}{target}", missing)


def _details(facts: Sources) -> Section:
    return Section(
        "Model details",
        (
            _measured(facts, "model_id", "Model (SHA-256)", lambda e: e.model_id),
            _measured(facts, "cohort_id", "Cohort (SHA-256)", lambda e: e.cohort_id),
            _measured(facts, "digest", "Evidence (SHA-256)", lambda e: e.digest),
            _measured(facts, "made_at", "Measured on", lambda e: e.made_at),
            _measured(facts, "tool", "Measured with", lambda e: e.tool),
            stated(facts, "ev.model_id", "Model that the submission names"),
            yours("Developer", "Who developed the model?"),
            yours("Version and licence", "Which version is it, and on what terms is it used?"),
        ),
    )


def _intended_use(facts: Sources) -> Section:
    return Section(
        "Intended use",
        (
            stated(facts, "title", "Name of the use"),
            stated(facts, "fn", "What the system does"),
            stated(facts, "purpose", "Purpose"),
            stated(facts, "pop.kind", "Whose faces are compared"),
            items.conditions(facts, "Bounds of this use"),
            yours("Uses out of scope", "For what must the model not be used?"),
        ),
    )


def _factors(facts: Sources) -> Section:
    return Section(
        "Factors",
        (
            _measured(facts, "non_mated", "Groups that were measured", _groups),
            stated(facts, "pop.groups", "Groups and ages expected here"),
            stated(facts, "cam.kind", "Cameras here"),
            stated(facts, "ev.operational", "Tested on these cameras and people"),
        ),
    )


def _metrics(facts: Sources) -> Section:
    return Section(
        "Metrics",
        (
            items.target(facts, "Error rate that the permit allows"),
            _figures(
                facts,
                "upper_ppb",
                "Thresholds: the lowest at which the upper 95 % bound of the false match rate "
                "keeps the target in every group that has pairs enough",
                thresholds(points(facts)),
                "Measure more pairs of distinct people: no rate is supported.",
            ),
            stated(facts, "ev.threshold", "Threshold that the submission names"),
        ),
        "A pair at or above the threshold is a match. A false match takes two people for one, a "
        "miss (false non-match) takes one person for two. Bounds are one-sided, at 95 %.",
    )


def _evaluation_data(facts: Sources) -> Section:
    return Section(
        "Evaluation data",
        (
            _measured(facts, "data_sets", "Data sets", _data_sets),
            stated(facts, "ev.independent", "Tested by somebody independent"),
            stated(facts, "ev.age_d", "Age of the test"),
        ),
    )


def _training_data() -> Section:
    return Section(
        "Training data",
        (
            yours("Data sets", "On which photographs was the model trained, of how many people?"),
            yours("Consent and licence", "On what terms were those photographs used?"),
            yours("Groups", "How are groups of people represented in them?"),
        ),
    )


def _analyses(facts: Sources) -> Section:
    at = points(facts)
    measure = "Measure labelled photographs of these groups."
    return Section(
        "Quantitative analyses",
        (
            _figures(
                facts, "non_mated", "False matches: everybody", false_matches(at, {0}), measure
            ),
            _figures(facts, "non_mated", "False matches by group", false_matches(at, {1}), measure),
            _figures(
                facts,
                "non_mated",
                "False matches by intersection of groups",
                false_matches(at, {2, 3, 4}),
                measure,
            ),
            _figures(facts, "mated", "Misses by group", misses(at, {0, 1}), measure),
            _figures(
                facts, "mated", "Misses by intersection of groups", misses(at, {2, 3}), measure
            ),
            Item(
                "Misses: intervals",
                None,
                "evidence: mated",
                "Which interval do the misses have? The evidence document holds none; add one to "
                "its measurement.",
            ),
            _figures(facts, "differentials", "Worst over best group", ratios(at), measure),
        ),
        "Rates are per comparison of two photographs, and both people of a pair are of the group. "
        "A cell reads: measured rate, then its upper bound. A dash: too few pairs for that target.",
    )


def _ethics(facts: Sources) -> Section:
    return Section(
        "Ethical considerations",
        (
            stated(facts, "infer", "Traits inferred from faces"),
            stated(facts, "pop.minors", "Children among the people compared"),
            stated(facts, "action.kind", "What follows a candidate"),
            stated(facts, "gov.harm_assessment", "Harm to groups assessed"),
            yours("Risks that were found", "Which harms remain, and to whom?"),
        ),
    )


def _caveats(facts: Sources) -> Section:
    return Section(
        "Caveats and recommendations",
        (
            _figures(
                facts,
                "non_mated",
                "Groups with too few pairs",
                not_measured(points(facts)),
                NO_EVIDENCE,
            ),
            _measured(facts, "data_sets", "Data sets without labelled people", _without_people),
            _measured(facts, "non_mated", "Groups that set no threshold", _reported_only),
            yours("Recommendations", "What should whoever uses this model watch for?"),
        ),
        "In data without labelled people the same person may occur twice and look like a false "
        "match; such pairs are set aside and the bound makes up for them. A ratio of extremes is "
        "pushed up by noise where a group has few false matches.",
    )


def _groups(evidence: Evidence) -> Content | None:
    values: dict[str, dict[str, None]] = {}
    for cell in evidence.non_mated:
        for name, value in cell.labels.items():
            values.setdefault(f"{cell.data_set}, {name}", {})[value] = None
    return tuple(f"{name}: {', '.join(found)}" for name, found in values.items()) or None


def _data_sets(evidence: Evidence) -> Content | None:
    head = ("Data set", "Terms", "People", "Images", "No face found", "People labelled", "Files")
    rows = tuple(
        (
            each.name,
            each.licence,
            f"{each.people:,}",
            f"{each.images:,}",
            f"{each.failures_to_acquire:,}",
            "yes" if each.identities else "no",
            f"sha256 {each.files_sha256[:DIGEST_DIGITS]}",
        )
        for each in evidence.data_sets
    )
    return Table(head, rows) if rows else None


def _without_people(evidence: Evidence) -> Content:
    return tuple(each.name for each in evidence.data_sets if not each.identities) or "none"


def _reported_only(evidence: Evidence) -> Content:
    return tuple(cell.name for cell in evidence.non_mated if not cell.sets_threshold) or "none"
