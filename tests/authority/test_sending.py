"""The letter to the authority, signed by each of those who ask at a console of their own."""

import pytest

from recognizance.errors import ConflictError, RoleError
from recognizance.gate.letters import AnswerKind, PermitRequest
from recognizance.permits.sending import letter_of, sign_letter
from recognizance.permits.waiting import filed, put_forward, sign, waiting
from recognizance.types import Role


@pytest.fixture
def proposed(operator):
    proposer = operator.acting("operator").principal
    made = put_forward(operator.workspace, operator.proposal(), proposer=proposer)
    return made.permit.permit_id


def test_a_letter_leaves_when_all_who_ask_have_signed_it(operator, authority, proposed):
    workspace, officer = operator.workspace, operator.acting("officer")
    with pytest.raises(ConflictError):
        letter_of(workspace, proposed)
    sign(workspace, proposed, officer=officer)
    assert filed(workspace, proposed).state == "signed"
    assert proposed not in workspace.registry.issued
    assert sign_letter(workspace, proposed, by=officer).waits_for
    with pytest.raises(ConflictError):
        sign_letter(workspace, proposed, by=officer)
    operator.clock.advance(hours=3)  # the letter says when the permit was signed, not this
    letter = sign_letter(workspace, proposed, by=operator.acting("operator"))
    assert PermitRequest.open(letter.data).permit.permit_id == proposed
    assert filed(workspace, proposed).state == "requested"
    assert not waiting(workspace)
    given = authority.countersign(letter_of(workspace, proposed).data)
    assert given.answer.kind is AnswerKind.COUNTERSIGNED
    operator.accept(given.letter)
    assert filed(workspace, proposed).state == "in force"
    assert operator.use(proposed).countersignature is not None


def test_nobody_else_signs_the_letter(operator, proposed):
    workspace = operator.workspace
    sign(workspace, proposed, officer=operator.acting("officer"))
    other = operator.add("officer-2", Role.SIGNING_OFFICER)
    with pytest.raises(RoleError):
        sign_letter(workspace, proposed, by=other)
    with pytest.raises(ConflictError):
        sign(workspace, proposed, officer=other)
    assert len(letter_of(workspace, proposed).waits_for) == 2
