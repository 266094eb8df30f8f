"""Renewal: decided again, with what happened since; never wider."""

from datetime import timedelta

import pytest

from recognizance.authority.judging import Changes
from recognizance.errors import (
    IncompleteError,
    PermitRevokedError,
    RefusedError,
)
from recognizance.gate.narrowing import widened
from recognizance.gate.permit import Condition
from recognizance.gate.scope import Scope, Window
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.permits.exchange import sign_conditional
from recognizance.permits.issuing import Proposal, propose, revoke_permit
from recognizance.permits.objecting import answer, lodge
from recognizance.permits.renewing import Renewal, renew
from recognizance.types import ErrorRate

NOTHING = Renewal()


def renewed(operator, permit_id: str, renewal: Renewal = NOTHING):
    return renew(
        operator.workspace,
        permit_id,
        renewal,
        proposer=operator.acting("operator"),
        officers=[operator.acting("officer")],
    )


def near_the_end(operator, authority, clock) -> str:
    permit = operator.in_force(authority)
    clock.advance(days=310)
    return permit


def test_a_renewed_permit_names_the_old_one_and_is_no_wider(operator, authority, clock):
    old_id = near_the_end(operator, authority, clock)
    issued = renewed(operator, old_id)
    permit = issued.permit
    assert permit is not None
    assert permit.renews == old_id
    old = operator.workspace.shelf.find(old_id)
    assert widened(old, permit) is None
    assert permit.scope == old.scope
    operator.accept(authority.countersign(operator.ask(permit)).letter)
    # Countersigned this year, so it needs no older list.
    assert operator.use(permit.permit_id).renews == old_id


def test_a_renewal_does_not_count_the_permit_whose_place_it_takes(operator, authority, clock):
    old_id = near_the_end(operator, authority, clock)
    again = operator.propose()  # the same site filed anew is a second live site
    assert again.permit is None
    assert renewed(operator, old_id).permit is not None


def test_a_renewal_comes_in_the_last_sixty_days_or_after(operator, authority, clock):
    permit = operator.in_force(authority)
    clock.advance(days=304)
    with pytest.raises(RefusedError, match="60 days"):
        renewed(operator, permit)
    clock.advance(days=1)
    assert renewed(operator, permit).permit is not None
    clock.advance(days=100)
    assert renewed(operator, permit).permit is not None


def test_an_open_objection_stands_in_the_way_until_it_is_answered(operator, authority, clock):
    old = near_the_end(operator, authority, clock)
    registry = operator.workspace.registry
    digest = operator.workspace.shelf.find(old).submission_digest
    first = lodge(registry, old, "It films the pavement.", now=clock())
    second = lodge(registry, digest, "Nobody asked us.", name="A neighbour", now=clock())
    officer = operator.acting("officer").principal
    for each in (first, second):
        with pytest.raises(RefusedError) as caught:
            renewed(operator, old)
        assert caught.value.rules == ("GV-05",)
        answer(registry, each.objection_id, "The camera was turned.", by=officer, now=clock())
    assert renewed(operator, old).permit is not None


def test_what_ran_without_published_statistics_is_not_renewed(operator, authority, clock):
    old = near_the_end(operator, authority, clock)
    operator.workspace.ledger.append(
        LogName.USES, "search", {"permit": old, "outcome": "no_candidate"}, now=clock()
    )
    with pytest.raises(IncompleteError, match="statistics"):
        renewed(operator, old)


def test_a_trial_is_not_renewed(office):
    with pytest.raises(RefusedError, match="cannot be renewed"):
        renew(
            office.workspace,
            office.permit(),
            NOTHING,
            proposer=office.workspace.acting("operator"),
            officers=[office.workspace.acting("officer")],
        )


def test_what_was_revoked_is_not_renewed(operator, authority, clock):
    old = near_the_end(operator, authority, clock)
    revoke_permit(operator.workspace, old, reason="over", by=operator.acting("officer"))
    with pytest.raises(PermitRevokedError):
        renewed(operator, old)


def test_a_proposal_cannot_call_itself_a_renewal_and_be_wider(operator, authority, clock):
    old = near_the_end(operator, authority, clock)
    for change in (
        {"scope": Scope(sites=frozenset({"harbour"}))},
        {"gallery_ids": frozenset({"g", "h"})},
        {"gallery_size": 11},
    ):
        with pytest.raises(RefusedError, match="never wider"):
            operator.propose(renews=old, **change)


def test_the_authority_does_not_take_a_renewal_at_its_word(operator, second, authority, clock):
    old = near_the_end(operator, authority, clock)
    permit = renewed(operator, old).permit
    assert permit is not None
    authority.withdraw(old, "over")
    verdict = authority.examine(operator.ask(permit))
    assert "withdrawn" in (verdict.problem or "")


def test_conditions_of_the_authority_stay_in_a_renewal(operator, authority, clock):
    _, request = operator.request()
    given = authority.countersign(
        request, Changes(conditions=(Condition("", "reviewers", {"n": 3}),))
    )
    signed = sign_conditional(
        operator.workspace,
        given.letter,
        proposer=operator.acting("operator"),
        officers=[operator.acting("officer")],
    )
    operator.accept(authority.countersign(signed).letter)
    clock.advance(days=310)
    permit = renewed(operator, given.permit.permit_id).permit
    assert permit is not None
    assert ("AUTHORITY", "reviewers") in {(c.rule_id, c.hook) for c in permit.conditions}
    operator.accept(authority.countersign(operator.ask(permit)).letter)


def test_hours_are_named_anew_and_are_no_longer_than_before(office, clock):
    workspace = office.workspace
    people = {
        "proposer": workspace.acting("operator"),
        "officers": [workspace.acting("officer")],
    }

    def hours(day: int, length: float) -> Window:
        begins = clock() + timedelta(days=day)
        return Window(begins, begins + timedelta(hours=length))

    issued = propose(
        workspace,
        Proposal(
            parse_submission(template("opted_in_access").encode()),
            target=(ErrorRate.FMR, 300_000),
            gallery_ids=frozenset({"g"}),
            gallery_size=10,
            scope=Scope(windows=(hours(1, 4),)),
        ),
        **people,
    )
    assert issued.permit is not None
    permit_id = issued.permit.permit_id
    clock.advance(days=20)
    with pytest.raises(IncompleteError) as caught:
        renew(workspace, permit_id, NOTHING, **people)
    assert "--window" in caught.value.hint
    with pytest.raises(RefusedError, match="never wider"):
        renew(workspace, permit_id, Renewal(windows=(hours(1, 4.5),)), **people)
    again = renew(workspace, permit_id, Renewal(windows=(hours(1, 2), hours(2, 2))), **people)
    assert again.permit is not None
    assert len(again.permit.scope.windows) == 2
