"""Claims under a permit to search, leads that change underfoot, and requests that cannot be."""

from dataclasses import replace

import pytest

from fakes import photograph
from hooked import ANA, ANA_AGAIN, BEN, Hooked, condition
from recognizance import disclosure
from recognizance.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    RecognizanceError,
    RoleError,
)
from recognizance.ledger import LogName
from recognizance.permits import oversight
from recognizance.types import Operation, Role


@pytest.mark.parametrize("asked", [(condition("lead_only"),), (condition("reviewers", n=2),)])
def test_claiming_everybody_in_turn_is_no_search_without_review(office, asked):
    hooked = Hooked(office, asked)
    hooked.enroll()
    answer = hooked.verify()
    assert answer.outcome == "held_for_review"
    assert answer.subjects == ()
    assert answer.band is None
    assert office.last_use().public["outcome"] == "held_for_review"
    reviewers = ["reviewer-1"] if asked[0].hook == "lead_only" else ["reviewer-1", "reviewer-2"]
    ended = [hooked.decide(answer.lead_id, by=name) for name in reviewers][-1]
    assert ended.outcome == "confirmed"
    assert ended.subjects == ("s-1",)


def test_a_claim_that_does_not_hold_needs_nobody(office):
    hooked = Hooked(office, (condition("lead_only"),))
    hooked.enroll()
    assert hooked.verify(data=BEN).outcome == "non_match"
    assert office.workspace.gallery.leads("open") == ()


def test_a_lead_that_changed_while_its_bundle_was_made_does_not_leave(office, monkeypatch):
    hooked = Hooked(office, (condition("contest_route"), condition("lead_only")))
    attest(hooked)
    hooked.enroll()
    lead = hooked.confirmed()
    made = disclosure.bundle_of

    def contested_meanwhile(*given, **named):
        bundle = made(*given, **named)
        hooked.desk.contest(hooked.person("operator"), lead, reason="That is not me.")
        return bundle

    monkeypatch.setattr(disclosure, "bundle_of", contested_meanwhile)
    with pytest.raises(ConflictError):
        hooked.desk.export(hooked.person("operator"), lead)
    outcomes = [entry.public["outcome"] for entry in uses(office)]
    assert "exported" not in outcomes
    assert "contested" in outcomes


def test_asking_about_a_lead_that_does_not_exist_is_written_down(office):
    hooked = Hooked(office, (condition("lead_only"),))
    reviewer = hooked.person("reviewer-1")
    for ask in (
        lambda: hooked.desk.decide(reviewer, "nobody", "cannot_say", reason="?"),
        lambda: hooked.desk.contest(reviewer, "nobody", reason="?"),
        lambda: hooked.desk.export(hooked.person("operator"), "nobody"),
    ):
        before = len(uses(office))
        with pytest.raises(NotFoundError) as caught:
            ask()
        assert len(uses(office)) == before + 1
        assert caught.value.entry == f"uses/{before}"


@pytest.mark.parametrize("photographs", [(), (ANA, ANA_AGAIN)])
def test_a_request_with_other_photographs_than_it_takes_is_bad_input(office, photographs):
    hooked = Hooked(office, ())
    hooked.enroll()
    desk = hooked.desk
    request = replace(hooked.request(Operation.SEARCH, ANA_AGAIN), photographs=photographs)
    with pytest.raises(InputError, match="one photograph is needed"):
        desk.search(request)
    with pytest.raises(InputError, match="one photograph is needed"):
        desk.verify(replace(request, operation=Operation.VERIFY), "s-1")


def test_two_photographs_are_compared_and_not_three(office):
    permit = office.permit()
    three = tuple(photograph("ana", note=note) for note in "123")
    request = office.request(Operation.COMPARE, *three, permit=permit, gallery_id=None)
    with pytest.raises(RecognizanceError) as caught:
        office.workspace.desk.compare(request)
    assert caught.value.code == "input.invalid"


def attest(hooked: Hooked) -> None:
    workspace = hooked.office.workspace
    oversight.attest(
        workspace,
        hooked.id,
        "contest_route",
        statement="Whoever is affected asks at the desk.",
        by=workspace.acting("officer"),
    )


def uses(office) -> list:
    ledger = office.workspace.ledger
    return list(ledger.entries(LogName.USES, start=0, stop=ledger.size(LogName.USES)))


def test_a_key_that_was_taken_back_acts_no_more_and_neither_does_one_that_nobody_knows(office):
    hooked = Hooked(office, ())
    hooked.enroll()
    registry, clock = office.workspace.registry, office.workspace.clock
    office.add("temp", Role.OPERATOR)
    temp = hooked.person("temp")
    request = replace(hooked.request(Operation.SEARCH, ANA_AGAIN), principal=temp)
    assert hooked.desk.search(request).outcome == "candidate"
    custodian = hooked.person("operator")
    registry.remove_principal("temp", reason="left", by=custodian, now=clock())
    stranger = replace(temp, principal_id="0" * 16, roles=frozenset(Role))
    for who in (temp, stranger):
        with pytest.raises(RoleError):
            hooked.desk.search(replace(request, principal=who))
        with pytest.raises(RoleError):
            hooked.desk.erase(who, "s-1", reason="because")
        assert office.last_use().public["outcome"] == "refused"


def test_roles_are_those_that_are_registered_and_not_those_that_are_brought(office):
    hooked = Hooked(office, ())
    hooked.enroll()
    reviewer = replace(hooked.person("reviewer-1"), roles=frozenset(Role))
    request = replace(hooked.request(Operation.SEARCH, ANA_AGAIN), principal=reviewer)
    with pytest.raises(RoleError):
        hooked.desk.search(request)
