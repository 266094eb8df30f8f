"""D7 and HR-19 across workspaces: a network is a city by another name, whoever files it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from authority_site import LOUNGE, Operator, reopen_authority
from hypothesis import given
from hypothesis import strategies as st

from recognizance.authority.book import connected, name_mark
from recognizance.errors import AuthorityError, RefusedError
from recognizance.gate.letters import AnswerKind
from recognizance.gate.scope import Scope
from recognizance.gate.submission import parse_submission
from recognizance.permits.exchange import request_permit
from recognizance.permits.issuing import propose

ELSEWHERE = {"scope": Scope(sites=frozenset({"harbour"}))}


@pytest.fixture
def branch(tmp_path, authority, clock):
    """A second workspace of the same operator, under a name that only looks different."""
    made = Operator(tmp_path / "branch", "an  AIRLINE.", authority, clock)
    yield made
    made.workspace.close()


def test_a_second_site_in_another_workspace_of_the_operator_is_refused(operator, branch, authority):
    first = operator.in_force(authority)
    permit, request = branch.request(**ELSEWHERE)  # its own gate cannot see the other workspace
    verdict = authority.examine(request)
    assert [each.answer.permit_id for each in verdict.counted] == [first]
    assert verdict.kind is AnswerKind.REFUSED
    assert "HR-19" in verdict.rules
    with pytest.raises(RefusedError) as caught:
        authority.countersign(request)
    assert "HR-19" in caught.value.rules
    assert permit.permit_id not in branch.workspace.registry.issued


def test_another_operator_is_not_counted(operator, second, authority):
    operator.in_force(authority)
    _, request = second.request()
    assert authority.examine(request).kind is AnswerKind.COUNTERSIGNED


def test_a_renamed_operator_is_the_same_one_in_its_own_workspace(operator, authority):
    operator.in_force(authority)
    issued = operator.propose(LOUNGE.replace("An airline", "Holiday GmbH") + "\n", **ELSEWHERE)
    assert issued.permit is None
    assert "HR-19" in {fired.rule_id for fired in issued.decision.deciding}


def test_a_renamed_operator_with_the_keys_of_the_first_is_still_counted(
    operator, second, authority
):
    first = operator.in_force(authority)
    officer = operator.acting("officer").principal
    key_file = second.workspace.layout.principal_key("officer-2")
    key_file.touch(mode=0o600)
    key_file.write_bytes(operator.workspace.layout.principal_key("officer").read_bytes())
    second.workspace.registry.add_principal(
        replace(officer, name="officer-2"), by=None, now=second.clock()
    )
    proposer, shared = second.acting("operator"), second.acting("officer-2")
    issued = propose(
        second.workspace, second.proposal(**ELSEWHERE), proposer=proposer, officers=[shared]
    )
    assert issued.permit is not None
    request = request_permit(second.workspace, issued.permit, proposer=proposer, officers=[shared])
    verdict = authority.examine(request)
    assert [each.answer.permit_id for each in verdict.counted] == [first]
    assert "HR-19" in verdict.rules


def test_who_is_the_same_hangs_together_from_permit_to_permit():
    chain = [frozenset({"name a", "key 1"}), frozenset({"key 1", "name b"}), frozenset({"name c"})]
    assert connected(frozenset({"name b"}), chain) == {"name a", "key 1", "name b"}
    assert connected(frozenset({"name c"}), chain) == {"name c"}


@given(st.sampled_from(["An airline", "an AIRLINE", "An  Airline.", "\uff21n airline"]))
def test_a_name_is_folded(name):
    submission = parse_submission(LOUNGE.replace("An airline", name).encode())
    assert name_mark(submission) == "name anairline"


def test_a_request_without_an_operator_is_returned_with_that_question(operator, authority):
    nameless = LOUNGE.replace('operator = "An airline"', "")
    _, request = operator.request(nameless)
    verdict = authority.examine(request)
    assert verdict.kind is AnswerKind.RETURNED
    assert "operates" in verdict.questions[0]
    with pytest.raises(AuthorityError, match="who the operator is"):
        authority.countersign(request)


def test_what_was_withdrawn_or_has_ended_is_not_counted(operator, branch, authority, clock):
    first = operator.in_force(authority, lasts=timedelta(days=2))
    _, request = branch.request(**ELSEWHERE)
    assert authority.examine(request).counted
    authority.withdraw(first, "asked for by the operator")
    assert not authority.examine(request).counted
    assert authority.countersign(request).answer.kind is AnswerKind.COUNTERSIGNED


def test_a_permit_at_its_end_is_not_counted(operator, branch, authority, clock):
    operator.in_force(authority, lasts=timedelta(days=2))
    clock.advance(days=2)
    _, request = branch.request(**ELSEWHERE)
    assert not authority.examine(request).counted


def test_two_at_the_same_desk_do_not_count_each_other_short(
    operator, branch, authority, tmp_path, clock
):
    _, first = operator.request()
    _, second = branch.request(**ELSEWHERE)
    with reopen_authority(tmp_path, clock) as colleague:
        assert colleague.examine(second).kind is AnswerKind.COUNTERSIGNED
        authority.countersign(first)
        with pytest.raises(RefusedError) as caught:
            colleague.countersign(second)
    assert "HR-19" in caught.value.rules
