"""Proposals that wait: two people in two sessions, decided twice."""

from dataclasses import replace

import pytest

from fakes import photograph
from recognizance.errors import ConflictError, NotFoundError, RefusedError, RoleError
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal
from recognizance.permits.waiting import (
    LASTS,
    decline,
    filed_by,
    put_forward,
    send_back,
    sign,
    waiting,
)
from recognizance.types import Role

TRIAL = Proposal(
    submission=parse_submission(template("trial").encode()),
    gallery_ids=frozenset({"g"}),
    photographs=(photograph("ana"),),
)


@pytest.fixture
def proposed(office):
    proposer = office.workspace.acting("operator").principal
    return put_forward(office.workspace, TRIAL, proposer=proposer).permit


def test_a_proposal_comes_into_force_with_the_officers_signature(office, proposed):
    workspace = office.workspace
    assert list(waiting(workspace)) == [proposed.permit_id]
    with pytest.raises(RefusedError):
        workspace.shelf.in_force(proposed.permit_id, now=workspace.clock())
    assert sign(workspace, proposed.permit_id, officer=workspace.acting("officer")).needed == 0
    permit = workspace.shelf.in_force(proposed.permit_id, now=workspace.clock())
    assert [each.principal_id for each in permit.signatures] == [
        workspace.acting("officer").principal.principal_id
    ]
    assert not waiting(workspace)
    with pytest.raises(ConflictError):
        sign(workspace, proposed.permit_id, officer=workspace.acting("officer"))


def test_who_proposes_does_not_sign(office, proposed):
    with pytest.raises(RoleError):
        sign(office.workspace, proposed.permit_id, officer=office.workspace.acting("operator"))
    assert waiting(office.workspace)


def test_what_is_declined_or_old_is_not_signed(office, proposed, clock):
    workspace, officer = office.workspace, office.workspace.acting("officer")
    clock.advance(days=LASTS.days)
    with pytest.raises(NotFoundError):
        sign(workspace, proposed.permit_id, officer=officer)
    clock.advance(days=-LASTS.days)
    decline(workspace, proposed.permit_id, reason="not now", by=officer.principal)
    with pytest.raises(NotFoundError):
        sign(workspace, proposed.permit_id, officer=officer)


def test_more_officers_may_be_asked_to_sign_than_the_class_needs(office):
    office.add("officer-2", Role.SIGNING_OFFICER)
    workspace = office.workspace
    proposal = replace(TRIAL, signatures=2)
    proposer = workspace.acting("operator").principal
    permit = put_forward(workspace, proposal, proposer=proposer).permit
    assert sign(workspace, permit.permit_id, officer=workspace.acting("officer")).needed == 1
    assert permit.permit_id not in workspace.registry.issued
    assert sign(workspace, permit.permit_id, officer=workspace.acting("officer-2")).needed == 0
    assert permit.permit_id in workspace.registry.issued


def test_what_is_returned_is_closed_and_says_why(office, proposed):
    workspace, officer = office.workspace, office.workspace.acting("officer")
    send_back(workspace, proposed.permit_id, reason="Name the place.", by=officer.principal)
    assert not waiting(workspace)
    (mine,) = filed_by(workspace, proposed.proposer_id)
    assert (mine.state, mine.reason) == ("returned", "Name the place.")
    with pytest.raises(NotFoundError):
        sign(workspace, proposed.permit_id, officer=officer)
    assert filed_by(workspace, officer.principal.principal_id) == []
