"""A prison and a shop: people on a list, and what becomes of a lead about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.cli.stories.scenery import GALLERY, at
from recognizance.cli.stories.scenes.common import case_name, confirm, in_earnest, lead_of
from recognizance.errors import ConflictError
from recognizance.gate.scope import Circumstances, SampleKind, Scope
from recognizance.permits.oversight import announce_assembly

if TYPE_CHECKING:
    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask

EVIDENCE_ID = "gate-book-2026-11-22"
SHOP = "shop-1"


def prison_gate(stage: Stage, ask: Ask) -> str:
    """A detainee contests what two confirmed; until a third has looked nothing follows."""
    in_earnest(stage, ask)
    permit = stage.rehearse(case_name(ask))
    stage.open_gallery(permit)
    inside = Circumstances(sample=SampleKind.PHOTOGRAPH)
    stage.refused(
        "the gate is switched on before anybody hung up how to contest a result",
        lambda: stage.search(stage.person("A", 2), permit, circumstances=inside),
        "PS-02",
    )
    stage.attest_all(permit)
    for person in ("A", "B"):
        stage.enroll(person, permit, ground=f"file {person}-12", source="institution_records")
    held = stage.search(stage.person("A", 2), permit, circumstances=inside)
    stage.expect(held, "held_for_review")
    lead = lead_of(stage, held)
    stage.keep_receipt(held, "the search at the gate")
    stage.tell(
        "held", "held for review", f"somebody at the inner gate: lead {lead}", entry=held.entry
    )
    number = confirm(stage, lead)
    stage.must(number > 1, "One person alone confirmed it.")
    contested = stage.workspace.desk.contest(
        stage.officer.principal, lead, reason="the detainee says: I was in the infirmary"
    )
    stage.expect(contested, "contested")
    stage.keep_receipt(contested, "the objection of the detainee")
    stage.tell(
        "held",
        "contested",
        "the detainee says that it was somebody else; whoever has a key writes it down",
        entry=contested.entry,
    )
    _blocked(stage, lead, "the wing asks for the result, to act on it: nothing is handed out")
    stage.refused(
        "one of the two who confirmed answers the objection",
        lambda: stage.review("reviewer-1", lead, "same_person", reason="as before"),
        outcome="not heard",
    )
    answered = stage.review(
        "reviewer-3", lead, "different_person", reason="the ears differ; the log has him elsewhere"
    )
    stage.expect(answered, "overturned")
    stage.must(not answered.subjects, "An overturned lead named somebody.")
    stage.keep_receipt(answered, "the third reviewer's answer")
    stage.tell(
        "good",
        "overturned",
        "reviewer-3, who had no part in it and was told nothing, sees somebody else",
        entry=answered.entry,
    )
    _blocked(stage, lead, "the wing asks once more: the lead stays closed, nobody is disciplined")
    return (
        "As a trial: two reviewers confirmed, the "
        "detainee contested, and nothing followed, for a third reviewer overturned it."
    )


def shop_list(stage: Stage, ask: Ask) -> str:
    """A lead in a shop is looked at by people, and a wrong one ends there."""
    in_earnest(stage, ask)
    permit = stage.rehearse(case_name(ask), Scope(sites=frozenset({SHOP})))
    stage.open_gallery(permit)
    door = Circumstances(site=SHOP, captured_at=stage.clock(), sample=SampleKind.PHOTOGRAPH)
    stage.attest_all(permit)
    stage.enroll("B", permit, ground="incident 7/2026: struck a cashier", source="own_incident")
    customer = stage.search(stage.person("D"), permit, circumstances=door)
    stage.expect(customer, "no_candidate")
    stage.tell(
        "good",
        "no candidate",
        "Person D comes in to buy something",
        "their features are wiped within a second, and nothing says that they were here",
        entry=customer.entry,
    )
    held = stage.search(stage.person("B", 2), permit, circumstances=door)
    stage.expect(held, "held_for_review")
    lead = lead_of(stage, held)
    stage.keep_receipt(held, "the search")
    stage.tell("held", "held for review", f"Person B comes in: lead {lead}", entry=held.entry)
    confirm(stage, lead)
    march = announce_assembly(
        stage.workspace,
        site=SHOP,
        begins=stage.clock(),
        ends=at(12),
        reason="the staff are on strike before the door",
        by=stage.officer,
    )
    stage.refused(
        f"the staff strike before the door until {march.ends:%H:%M}: the camera is no use then",
        lambda: stage.search(stage.person("B", 2), permit, circumstances=door),
        "HR-04",
    )
    erased = stage.workspace.desk.erase(
        stage.operator.principal, "person-b", reason="the house ban was lifted"
    )
    stage.expect(erased, "erased")
    left = stage.workspace.gallery.subjects(GALLERY)
    stage.must(not left, "Somebody is still on the list.")
    stage.tell("good", "erased", "the ban is lifted: Person B leaves the list", entry=erased.entry)
    return (
        "As a trial: a customer left no trace, a "
        "listed person became a lead that a person confirmed, and was erased when the ban ended."
    )


def _blocked(stage: Stage, lead: str, about: str) -> None:
    """The lead is handed to nobody, even with evidence beside it, and that is written down."""
    try:
        stage.workspace.desk.export(stage.operator.principal, lead, EVIDENCE_ID)
    except ConflictError as error:
        stage.must(error.entry is not None, "That nothing was handed out was not recorded.")
        stage.tell("stop", "blocked", about, error.message, entry=error.entry or "")
        return
    stage.must(False, "The lead was handed out.")
