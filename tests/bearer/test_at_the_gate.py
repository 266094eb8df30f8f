"""The whole way with a token, and everybody who tries to go it with somebody else's."""

import threading
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from bearer_site import (
    ANA,
    ANA_AGAIN,
    BEN,
    GATE,
    JOURNEY,
    RELEASE,
    Airport,
    permit_to_carry,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from fakes import FakeEngine, photograph, vector_of
from recognizance.bearer.gate import DeviceProof
from recognizance.bearer.token import Binding
from recognizance.errors import (
    BearerBindingError,
    BearerChallengeError,
    BearerError,
    BearerExpiredError,
    BearerForgedError,
    BearerJourneyError,
    BearerPermitError,
    BearerUnreadableError,
    InputError,
    NoUsableFaceError,
    PermitExpiredError,
    PermitMissingError,
    PermitRevokedError,
    PermitScopeError,
    RecognizanceError,
    RoleError,
)
from recognizance.gate.permit import Condition
from recognizance.keys import SigningKey
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger, verify_receipt
from recognizance.permits.issuing import revoke_permit
from recognizance.settings import Settings
from recognizance.types import Features, Operation, PermitClass, Role
from recognizance.uses import Enrollment, Request
from recognizance.workspace import Workspace, make_principal


def uses(airport):
    return tuple(airport.workspace.ledger.entries(LogName.USES))


# ---- the way as it is meant -----------------------------------------------------------------


def test_the_bearer_matches_and_nobody_else_does(airport):
    token = airport.token()
    assert airport.show(token).outcome == "match"
    assert airport.show(token, BEN).outcome == "non_match"


def test_a_token_for_a_staffed_gate_needs_somebody_there(airport):
    token = airport.token(binding=Binding.staffed_gate(GATE))
    assert airport.show(token, proof=airport.attended()).outcome == "match"
    assert airport.show(token, BEN, proof=airport.attended()).outcome == "non_match"
    operator = airport.workspace.acting("operator").principal.principal_id
    ledger = airport.workspace.ledger
    assert ledger.private(LogName.USES, uses(airport)[-1].index) == {
        "principal": operator,
        "attended_by": operator,
    }


def test_an_answer_says_how_it_was_decided_and_names_nobody(airport):
    answer = airport.show(airport.token())
    assert (answer.subjects, answer.token, answer.self_attested) == ((), None, True)
    assert "1 in 3,333" in answer.error_rate
    ledger = airport.workspace.ledger
    index = int(answer.entry.partition("/")[2])
    leaf = ledger.leaf(LogName.USES, index)
    assert verify_receipt(answer.receipt, ledger.vkey(LogName.USES), leaf).size == index + 1


def test_a_token_is_in_no_document_of_an_answer(airport):
    answer = airport.hand_out()
    assert answer.token is not None
    assert answer.token not in str(answer.as_dict())
    assert answer.token not in repr(answer)


def test_nothing_about_the_bearer_stays(airport):
    workspace = airport.workspace
    token = airport.token()
    airport.show(token)
    airport.show(token, BEN)
    assert workspace.gallery.galleries() == ()
    for entry in uses(airport):
        private = workspace.ledger.private(LogName.USES, entry.index)
        assert private in (None, {"principal": workspace.acting("operator").principal.principal_id})
        assert set(entry.public) <= {
            "operation", "outcome", "started", "permit", "bearer", "binding", "model", "rate",
            "target_ppb", "threshold_e6", "challenge",
        }  # fmt: skip
    kept = b"".join(p.read_bytes() for p in workspace.layout.home.rglob("*") if p.is_file())
    for trace in (token, JOURNEY, RELEASE, airport.phone.public_key.hex(), ANA_AGAIN.decode()):
        assert trace.encode() not in kept
    assert airport.phone.public_key not in kept


def test_the_ledger_is_whole_and_every_vector_is_zero_afterwards(airport):
    workspace = airport.workspace
    airport.show(airport.token())
    vkeys = [workspace.ledger.vkey(log) for log in LogName]
    assert verify_ledger(workspace.layout.ledger, vkeys, workspace.layout.pin).ok
    assert workspace.engine.given
    assert not any(np.any(vector) for vector in workspace.engine.given)


# ---- a stolen or copied code ----------------------------------------------------------------


def test_a_stolen_code_is_useless_without_the_telephone(airport):
    token = airport.token()
    for proof in (
        None,
        airport.attended(),
        airport.proof(token, phone=SigningKey.generate()),
        DeviceProof(airport.challenge(), b"\0" * 64),
        DeviceProof(airport.challenge(), b""),
    ):
        before = len(airport.workspace.engine.given)
        with pytest.raises(BearerBindingError):
            airport.show(token, proof=proof)
        assert len(airport.workspace.engine.given) == before  # no face was looked at
        assert uses(airport)[-1].public["outcome"] == "refused"
        assert uses(airport)[-1].public["code"] == "bearer.binding"


def test_a_code_for_a_staffed_gate_is_useless_elsewhere(airport):
    token = airport.token(binding=Binding.staffed_gate(GATE))
    for proof in (None, airport.attended("gate B8"), airport.proof(token)):
        with pytest.raises(BearerBindingError):
            airport.show(token, proof=proof)


def test_only_an_operator_attends_a_gate(airport):
    workspace = airport.workspace
    clerk = make_principal(workspace.layout, "clerk", frozenset({Role.REVIEWER}))
    workspace.registry.add_principal(clerk, by=None, now=workspace.clock())
    token = airport.token(binding=Binding.staffed_gate(GATE))
    with pytest.raises(RoleError):
        airport.show(token, proof=airport.attended(by="clerk"))


def test_a_copied_code_opens_no_other_journey(airport):
    token = airport.token()
    with pytest.raises(BearerJourneyError):
        airport.show(token, journey="RZ 102, 22 November")
    with pytest.raises(InputError):
        airport.show(token, journey="")


def test_a_code_opens_nothing_under_another_permit(airport):
    token = airport.token()
    other = permit_to_carry(airport.workspace)
    with pytest.raises(BearerPermitError):
        airport.show(token, permit=other)


def test_an_answer_for_one_code_does_not_serve_another(airport):
    mine, other = airport.token(), airport.token(BEN)
    with pytest.raises(BearerBindingError):
        airport.show(other, BEN, proof=airport.proof(mine))


def test_a_code_of_another_workspace_is_not_ours(airport, tmp_path, clock):
    settings = Settings(home=tmp_path / "d2", key_folder=tmp_path / "k2", cache=tmp_path / "c")
    with Workspace.create(settings, clock=clock) as elsewhere:
        elsewhere.__dict__["engine"] = FakeEngine(elsewhere.evidence.model_id)
        there = Airport(elsewhere, permit_to_carry(elsewhere), airport.phone)
        token = there.token()
    with pytest.raises(BearerError):
        airport.show(token)


# ---- challenges -----------------------------------------------------------------------------


def test_an_answered_challenge_is_not_answered_again(airport):
    token = airport.token()
    proof = airport.proof(token)
    assert airport.show(token, proof=proof).outcome == "match"
    with pytest.raises(BearerChallengeError, match="answered before"):
        airport.show(token, proof=proof)
    assert uses(airport)[-1].public["code"] == "bearer.challenge"


def test_a_replay_is_found_however_much_happened_in_between(airport, clock):
    token = airport.token()
    proof = airport.proof(token)
    airport.show(token, proof=proof)
    for number in range(150):
        if number % 10 == 0:
            clock.advance(seconds=2)
        with pytest.raises(BearerUnreadableError):
            airport.show("no token", proof=None)
    with pytest.raises(BearerChallengeError, match="answered before"):
        airport.show(token, proof=proof)


def test_a_replay_is_found_after_the_program_was_started_anew(airport, clock):
    token = airport.token()
    proof = airport.proof(token)
    airport.show(token, proof=proof)
    settings = airport.workspace.settings
    airport.workspace.close()
    with Workspace.open(settings, clock=clock) as again:
        again.__dict__["engine"] = FakeEngine(again.evidence.model_id)
        gate = Airport(again, airport.permit, airport.phone)
        with pytest.raises(BearerChallengeError, match="answered before"):
            gate.show(token, proof=proof)
        assert gate.show(token).outcome == "match"


def test_of_many_gates_that_are_shown_one_answer_at_once_a_single_one_lets_through(airport, clock):
    token = airport.token()
    proof = airport.proof(token)
    outcomes = []

    def gate():
        with Workspace.open(airport.workspace.settings, clock=clock) as mine:
            mine.__dict__["engine"] = FakeEngine(mine.evidence.model_id)
            one = Airport(mine, airport.permit, airport.phone)
            ready.wait()
            try:
                outcomes.append(one.show(token, proof=proof).outcome)
            except BearerChallengeError as error:
                outcomes.append(error.code)

    ready = threading.Barrier(4)
    gates = [threading.Thread(target=gate) for _ in range(4)]
    for each in gates:
        each.start()
    for each in gates:
        each.join()
    assert sorted(outcomes) == ["bearer.challenge"] * 3 + ["match"]


def test_a_challenge_lasts_a_minute(airport, clock):
    token = airport.token()
    early, late = airport.proof(token), airport.proof(token)
    clock.advance(seconds=59)
    assert airport.show(token, proof=early).outcome == "match"
    clock.advance(seconds=1)
    with pytest.raises(BearerChallengeError, match="minute"):
        airport.show(token, proof=late)


def test_a_challenge_that_somebody_made_up_does_not_count(airport):
    token = airport.token()
    other = permit_to_carry(airport.workspace)
    now = airport.workspace.clock()
    tomorrow = airport.workspace.bearer.challenge(airport.permit, now=now + timedelta(hours=1))
    made_up = bytearray(airport.challenge())
    made_up[7] ^= 1
    for challenge in (
        b"x",
        b"\0" * 40,
        bytes(made_up),
        tomorrow,
        airport.workspace.bearer.challenge(other, now=now),
    ):
        with pytest.raises(BearerChallengeError):
            airport.show(token, proof=airport.proof(token, challenge=challenge))


def test_a_wrong_answer_does_not_spend_the_challenge(airport):
    token = airport.token()
    challenge = airport.challenge()
    wrong = airport.proof(token, challenge=challenge, phone=SigningKey.generate())
    with pytest.raises(BearerBindingError):
        airport.show(token, proof=wrong)
    right = airport.proof(token, challenge=challenge)
    assert airport.show(token, proof=right).outcome == "match"


# ---- time, permit, people -------------------------------------------------------------------


def test_a_token_ends(airport, clock):
    token = airport.token(until=clock() + timedelta(hours=1))
    clock.advance(minutes=59)
    assert airport.show(token).outcome == "match"
    clock.advance(minutes=1)
    with pytest.raises(BearerExpiredError):
        airport.show(token)


@pytest.mark.parametrize("until", [timedelta(0), timedelta(hours=-1), timedelta(days=31)])
def test_a_token_ends_after_now_and_with_its_permit(airport, clock, until):
    with pytest.raises(PermitScopeError):
        airport.token(until=clock() + until)


def test_where_a_rule_bounds_what_is_kept_the_token_is_bound_too(airport, clock):
    """PR-08: what was taken for a journey is gone within 48 hours."""
    permit = airport.workspace.shelf.find(airport.permit)
    rule = Condition("PR-08", "retention", {"hours": 48})
    journey = replace(permit, conditions=(*permit.conditions, rule))
    request = airport.handout(until=clock() + timedelta(hours=48))
    airport.workspace.bearer.check_handout(journey, request, now=clock())
    longer = replace(request, until=clock() + timedelta(hours=48, seconds=1))
    with pytest.raises(PermitScopeError) as caught:
        airport.workspace.bearer.check_handout(journey, longer, now=clock())
    assert caught.value.rules == ("PR-08",)


def test_with_the_permit_its_tokens_end(airport, clock):
    token = airport.token()
    workspace = airport.workspace
    revoke_permit(workspace, airport.permit, reason="withdrawn", by=workspace.acting("officer"))
    with pytest.raises(PermitRevokedError):
        airport.show(token)
    clock.advance(days=31)
    with pytest.raises((PermitRevokedError, PermitExpiredError)):
        airport.show(token)


def test_without_a_permit_there_is_no_token_and_none_is_read(airport):
    token = airport.token()
    with pytest.raises(PermitMissingError):
        airport.hand_out(permit="ffff")
    with pytest.raises(PermitMissingError):
        airport.show(token, permit="ffff")


@pytest.mark.parametrize("custody", ["operator", "cloud"])
def test_where_the_operator_keeps_the_templates_nobody_carries_one(workspace, custody):
    airport = Airport(workspace, permit_to_carry(workspace, custody=custody))
    with pytest.raises(PermitScopeError, match="with the operator"):
        airport.hand_out()
    assert workspace.engine.given == []


def test_where_people_carry_their_templates_no_gallery_is_filled(airport, monkeypatch):
    bearer = airport.workspace.bearer
    permit = airport.workspace.shelf.find(airport.permit)
    bearer.check_kept_here(permit)  # self-signed: what they call a device may be this machine
    with pytest.raises(PermitScopeError, match="with the people"):
        bearer.check_kept_here(replace(permit, permit_class=PermitClass.STANDARD))


def test_a_permit_to_search_makes_and_reads_no_tokens(airport):
    token = airport.token()
    search = permit_to_carry(airport.workspace, fn="identify_1toN")
    with pytest.raises(PermitScopeError):
        airport.hand_out(permit=search)
    with pytest.raises(PermitScopeError):
        airport.show(token, permit=search)


@pytest.mark.parametrize(
    "change", [{"minor": True}, {"minor": None}, {"release": " "}, {"journey": ""}]
)
def test_nobody_gets_a_token_of_whom_too_little_is_stated(airport, change):
    with pytest.raises((PermitScopeError, InputError)):
        airport.hand_out(**change)
    assert airport.workspace.engine.given == []
    assert uses(airport)[-1].public["outcome"] in {"refused", "bad_input"}


def test_a_photograph_that_cannot_be_used_gives_no_token(airport):
    for data in (photograph(), photograph("ana", "ben"), b"no photograph"):
        with pytest.raises((InputError, NoUsableFaceError)):
            airport.hand_out(data)


def test_a_token_is_about_one_photograph(airport):
    request = airport.request(Operation.ENROLL, ANA)
    with pytest.raises(InputError):
        airport.workspace.desk.enroll_bearer(
            replace(request, photographs=(ANA, BEN)), airport.handout()
        )


def test_to_say_bearer_opens_no_gallery(airport):
    """The word alone lets nobody past the gallery's own permit."""
    principal = airport.workspace.acting("operator").principal
    request = Request(principal, Operation.ENROLL, airport.permit, photographs=(ANA,), bearer=True)
    with pytest.raises(InputError):
        airport.workspace.desk.enroll(
            request, Enrollment("s-1", "own_enrollment", "release-1", minor=False)
        )
    with pytest.raises(InputError):
        airport.workspace.desk.verify(replace(request, operation=Operation.VERIFY), "s-1")
    with pytest.raises(PermitScopeError):
        airport.workspace.desk.verify(
            replace(request, operation=Operation.VERIFY, gallery_id="another"), "s-1"
        )


def test_another_operation_in_the_request_changes_nothing(airport):
    """What is recorded and asked of the permit is what is done."""
    request = airport.request(Operation.SEARCH, ANA)
    airport.workspace.desk.enroll_bearer(request, airport.handout())
    assert uses(airport)[-1].public["operation"] == "enroll"
    assert uses(airport)[-1].public["bearer"] is True


# ---- damage ---------------------------------------------------------------------------------


@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_token_never_matches_and_is_always_recorded(airport, data):
    token = airport.token(binding=Binding.staffed_gate(GATE))
    shown = list(token)
    for place in data.draw(st.sets(st.integers(0, len(token) - 1), min_size=1, max_size=8)):
        shown[place] = data.draw(st.sampled_from("0123456789ABCXYZ $%*+-./:é\n"))
    if "".join(shown).strip("\r\n\t") == token:
        return
    with pytest.raises(RecognizanceError) as caught:
        airport.show("".join(shown), ANA_AGAIN, proof=airport.attended())
    assert caught.value.code in {"bearer.forged", "bearer.permit", "bearer.unreadable"}
    assert caught.value.entry == f"uses/{uses(airport)[-1].index}"


def test_a_token_signed_by_somebody_else_is_forged(airport):
    workspace = airport.workspace
    forger = replace(
        workspace.bearer, keys=replace(workspace.bearer.keys, signing=SigningKey.generate())
    )
    permit = workspace.shelf.find(airport.permit)
    features = Features(vector_of("ana"), permit.model_id, workspace.engine.cohort_id, 0.0)
    token = forger.make(permit, features, airport.handout(), now=workspace.clock())
    with pytest.raises(BearerForgedError):
        airport.show(token)
