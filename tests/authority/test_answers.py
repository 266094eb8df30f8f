"""Request and answer between two machines: what comes into force, and what does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from authority_site import LOUNGE, make_authority, reopen_authority

from recognizance.authority.judging import Changes
from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import (
    AuthorityError,
    ConflictError,
    IncompleteError,
    InputError,
    LedgerDamagedError,
    PermitForgedError,
    PermitMissingError,
    RefusedError,
    RoleError,
)
from recognizance.gate.letters import Answer, AnswerKind, PermitRequest
from recognizance.gate.permit import Condition, countersign
from recognizance.gate.permit_signatures import make_signature
from recognizance.gate.scope import Scope
from recognizance.gate.submission import submission_from
from recognizance.keys import SigningKey
from recognizance.ledger import LogName
from recognizance.permits.exchange import accept_answer, request_permit, sign_conditional
from recognizance.permits.issuing import propose, revoke_permit
from recognizance.permits.kept import kept_submission
from recognizance.types import ErrorRate, Role


def test_a_countersigned_permit_comes_into_force_once(operator, authority):
    permit, request = operator.request()
    with pytest.raises(PermitMissingError):
        operator.use(permit.permit_id)
    given = authority.countersign(request)
    assert given.answer.kind is AnswerKind.COUNTERSIGNED
    operator.accept(given.letter)
    assert operator.use(permit.permit_id).countersignature is not None
    with pytest.raises(ConflictError, match="answered already"):
        operator.accept(given.letter)


def test_looking_at_a_request_writes_nothing(operator, authority):
    _, request = operator.request()
    before = authority.ledger.size(LogName.DECISIONS)
    verdict = authority.examine(request)
    assert (verdict.kind, verdict.problem) == (AnswerKind.COUNTERSIGNED, None)
    assert authority.ledger.size(LogName.DECISIONS) == before


def test_an_answer_stands_in_the_book_and_is_given_again_but_not_changed(
    operator, authority, tmp_path, clock
):
    _, request = operator.request()
    first = authority.countersign(request)
    with reopen_authority(tmp_path, clock) as again:
        assert again.countersign(request).letter == first.letter
        with pytest.raises(ConflictError):
            again.refuse(request, "changed our mind")


def test_another_answer_to_the_same_request_is_a_conflict(operator, authority):
    _, request = operator.request()
    given = authority.refuse(request, "No.")
    assert authority.refuse(request, " No. ").letter == given.letter
    with pytest.raises(ConflictError):
        authority.refuse(request, "For another reason.")
    _, request = operator.request()
    three = Changes(conditions=(Condition("", "reviewers", {"n": 3}),))
    given = authority.countersign(request, three)
    assert authority.countersign(request, three).letter == given.letter
    with pytest.raises(ConflictError):
        authority.countersign(request, Changes(conditions=(Condition("", "stop_button", {}),)))


def test_refused_and_returned_are_recorded_and_nothing_comes_into_force(operator, authority):
    permit, request = operator.request()
    refused = authority.refuse(request, "The place is next to a mosque.")
    answer = operator.accept(refused.letter)
    assert (answer.kind, answer.reason) == (
        AnswerKind.REFUSED,
        "The place is next to a mosque.",
    )
    other, request = operator.request()
    returned = authority.send_back(request, ["Who trains the reviewers?"])
    assert operator.accept(returned.letter).questions == ("Who trains the reviewers?",)
    entries = [
        entry.public["answer"]
        for entry in operator.workspace.ledger.entries(LogName.DECISIONS)
        if entry.kind == "request_answered"
    ]
    assert entries == ["refused", "returned"]
    for each in (permit, other):
        with pytest.raises(PermitMissingError):
            operator.use(each.permit_id)


@pytest.mark.parametrize("reason", ["", "  ", "a\x1b[2Jb", "x" * 5000])
def test_a_reason_is_plain_and_bounded(operator, authority, reason):
    _, request = operator.request()
    with pytest.raises(InputError):
        authority.refuse(request, reason)


def test_what_the_rules_refuse_the_authority_cannot_countersign(operator, authority):
    text = LOUNGE.replace('country = "NL"', 'country = "US"\nsubdiv = "US-OR"').replace(
        'subdiv = "none"\ncity = "none"', 'city = "Portland"'
    )
    issued = operator.propose(text)
    assert (
        issued.permit is None
    )  # the operator's own gate refuses; so a stolen key tries without it
    permit, _ = operator.request()
    submission = operator.proposal(text).submission
    forged = replace(permit, submission_digest=submission.digest, signatures=(), permit_id="e" * 16)
    officer, proposer = operator.acting("officer"), operator.acting("operator")
    signed = replace(forged, signatures=(make_signature(forged, officer.key, "signing_officer"),))
    request = PermitRequest(signed, submission, operator.clock()).seal([proposer.key, officer.key])
    assert authority.examine(request).kind in {AnswerKind.REFUSED, AnswerKind.RETURNED}
    with pytest.raises((RefusedError, IncompleteError)):
        authority.countersign(request)


# ---- forgeries --------------------------------------------------------------------------------


def test_another_authority_counts_for_nothing(operator, authority, tmp_path, clock):
    permit, request = operator.request()
    with make_authority(tmp_path, clock, "Forgers Ltd") as forger:
        with pytest.raises(AuthorityError, match="another authority"):
            forger.countersign(request)
        opened = PermitRequest.open(request)
        named = replace(permit, authority=forger.public_key.hex())
        officer = operator.acting("officer")
        resigned = replace(
            named, signatures=(make_signature(named, officer.key, "signing_officer"),)
        )
        forged = Answer(
            kind=AnswerKind.COUNTERSIGNED,
            number=1,
            answered_at=clock(),
            request=opened.digest,
            permit_id=permit.permit_id,
            permit=countersign(resigned, forger._key),
        ).seal(forger._key)
    with pytest.raises(AuthorityError, match="authority that this workspace pinned"):
        operator.accept(forged)


def test_a_workspace_without_an_authority_takes_no_answer(operator, authority, workspace):
    _, request = operator.request()
    letter = authority.countersign(request).letter
    with pytest.raises(AuthorityError, match="pinned no authority"):
        accept_answer(workspace, letter, by=workspace.acting("operator"))


def test_one_stolen_key_cannot_propose_and_sign(operator):
    thief = operator.add("both", Role.PROPOSER, Role.SIGNING_OFFICER)
    with pytest.raises(RoleError):
        propose(operator.workspace, operator.proposal(), proposer=thief, officers=[thief])


def test_stolen_keys_cannot_change_a_permit_after_the_countersignature(operator, authority):
    permit, request = operator.request()
    given = authority.countersign(request)
    assert given.answer.permit is not None
    wide = replace(given.answer.permit, purpose="suspect_search")
    officer = operator.acting("officer")
    resigned = replace(wide, signatures=(make_signature(wide, officer.key, "signing_officer"),))
    document = parse_json(given.letter)
    assert isinstance(document, dict)
    document["letter"]["permit"] = parse_json(resigned.to_json())
    with pytest.raises(AuthorityError, match="signature does not hold"):
        operator.accept(canonical_bytes(document))
    operator.accept(given.letter)
    path = operator.workspace.layout.permits / f"{permit.permit_id}.json"
    path.write_bytes(resigned.to_json())
    with pytest.raises(PermitForgedError):
        operator.use(permit.permit_id)


def test_stolen_keys_cannot_drop_a_condition_or_a_fence(operator, authority):
    permit, _ = operator.request()
    officer, proposer = operator.acting("officer"), operator.acting("operator")
    for change, said in (
        ({"conditions": permit.conditions[1:]}, "condition"),
        ({"scope": Scope()}, "places"),
        ({"scope": Scope(sites=frozenset({"a", "b"}))}, "sites"),
        ({"bundle_digest": "0" * 64}, "rules"),
        ({"purpose": "suspect_search"}, "asked for"),
        (
            {
                "issued_at": permit.issued_at + timedelta(days=1),
                "not_before": permit.not_before + timedelta(days=1),
            },
            "time",
        ),
        (
            {"conditions": (*permit.conditions, Condition("AUTHORITY", "reviewers", {"n": 9}))},
            "set none",
        ),
    ):
        changed = replace(permit, permit_id="d" * 16, signatures=(), **change)
        signed = replace(
            changed, signatures=(make_signature(changed, officer.key, "signing_officer"),)
        )
        request = request_permit(operator.workspace, signed, proposer=proposer, officers=[officer])
        verdict = authority.examine(request)
        assert said in (verdict.problem or ""), change
        with pytest.raises(AuthorityError):
            authority.countersign(request)


def test_nobody_types_a_better_error_rate_than_was_measured(operator, authority):
    permit, _ = operator.request()
    officer, proposer = operator.acting("officer"), operator.acting("operator")
    content = kept_submission(operator.workspace, permit).as_dict()
    for change, said in (
        ({"ev.fpir_max_ub": 1}, "measured"),
        ({"ev.tpr_min": 999_999_999}, "measured"),
    ):
        better = submission_from({**content, **change})
        changed = replace(permit, submission_digest=better.digest, signatures=())
        signed = replace(
            changed, signatures=(make_signature(changed, officer.key, "signing_officer"),)
        )
        request = PermitRequest(signed, better, operator.clock()).seal([proposer.key, officer.key])
        assert said in (authority.examine(request).problem or "")
    other = replace(permit, evidence_digest="0" * 64, signatures=())
    signed = replace(other, signatures=(make_signature(other, officer.key, "signing_officer"),))
    request = operator.ask(signed)
    assert "not the one here" in (authority.examine(request).problem or "")


def test_a_request_is_signed_by_exactly_those_who_ask(operator, authority):
    permit, request = operator.request()
    officer, proposer = operator.acting("officer"), operator.acting("operator")
    stranger = SigningKey.generate()
    opened = PermitRequest.open(request)
    for senders in ([officer.key], [proposer.key], [proposer.key, officer.key, stranger]):
        with pytest.raises(AuthorityError):
            authority.examine(opened.seal(senders))
    other = operator.proposal(LOUNGE.replace("size = 10", "size = 9")).submission
    swapped = replace(opened, submission=other).seal([proposer.key, officer.key])
    with pytest.raises(AuthorityError, match="another submission"):
        authority.examine(swapped)
    assert permit.permit_id


def test_an_answer_to_another_request_is_not_accepted(operator, second, authority):
    _, request = operator.request()
    letter = authority.countersign(request).letter
    with pytest.raises(AuthorityError, match="not made in this workspace"):
        second.accept(letter)


def test_an_old_answer_does_not_bring_a_revoked_permit_back(operator, authority):
    permit, request = operator.request()
    letter = authority.countersign(request).letter
    operator.accept(letter)
    revoke_permit(
        operator.workspace, permit.permit_id, reason="over", by=operator.acting("officer")
    )
    with pytest.raises(ConflictError):
        operator.accept(letter)
    with pytest.raises(RefusedError):
        operator.use(permit.permit_id)


def test_a_permit_that_this_gate_did_not_decide_is_not_put_into_force(operator, authority):
    """The request is known, and the authority signs; but it signs another permit."""
    permit, request = operator.request()
    officer = operator.acting("officer")
    other = replace(permit, purpose="suspect_search", signatures=())
    signed = replace(other, signatures=(make_signature(other, officer.key, "signing_officer"),))
    letter = Answer(
        kind=AnswerKind.COUNTERSIGNED,
        number=1,
        answered_at=operator.clock(),
        request=PermitRequest.open(request).digest,
        permit_id=permit.permit_id,
        permit=countersign(signed, authority._key),
    ).seal(authority._key)
    with pytest.raises(PermitForgedError):
        operator.accept(letter)
    assert permit.permit_id not in operator.workspace.registry.issued


# ---- conditions -------------------------------------------------------------------------------


def test_conditions_are_signed_anew_by_the_officers_and_only_then_countersigned(
    operator, authority, clock
):
    permit, request = operator.request()
    end = clock() + timedelta(days=90)
    changes = Changes(
        conditions=(Condition("", "reviewers", {"n": 3}),),
        until=end,
        target=(ErrorRate.FPIR, 5_000_000),
    )
    given = authority.countersign(request, changes)
    assert given.answer.kind is AnswerKind.CONDITIONAL
    assert given.permit.signatures == ()
    operator.accept(given.letter)
    with pytest.raises(PermitMissingError):
        operator.use(permit.permit_id)
    # Asking again for what was asked before does not get around the conditions.
    clock.advance(minutes=1)
    verdict = authority.examine(operator.ask(permit))
    assert "conditions that were set" in (verdict.problem or "")
    signed = sign_conditional(
        operator.workspace,
        given.letter,
        proposer=operator.acting("operator"),
        officers=[operator.acting("officer")],
    )
    operator.accept(authority.countersign(signed).letter)
    held = operator.use(permit.permit_id)
    assert held.expires_at == end
    assert held.target.target_ppb == 5_000_000
    assert ("AUTHORITY", "reviewers") in {(c.rule_id, c.hook) for c in held.conditions}


@pytest.mark.parametrize(
    "changes",
    [
        Changes(conditions=(Condition("", "no_such_hook", {}),)),
        Changes(target=(ErrorRate.FPIR, 20_000_000)),
        Changes(target=(ErrorRate.FMR, 1000)),
    ],
)
def test_an_authority_cannot_set_what_is_no_condition_or_would_loosen(operator, authority, changes):
    _, request = operator.request()
    with pytest.raises(InputError):
        authority.countersign(request, changes)


def test_a_later_end_and_an_open_fence_cannot_be_set(operator, authority, clock):
    _, request = operator.request()
    with pytest.raises(InputError):
        authority.countersign(request, Changes(until=clock() + timedelta(days=800)))
    with pytest.raises(IncompleteError) as caught:
        authority.countersign(request, Changes(conditions=(Condition("", "hours", {}),)))
    assert "--window" in caught.value.hint


def test_a_conditional_answer_that_loosens_is_not_signed(operator, authority, clock):
    permit, request = operator.request()
    loose = replace(
        permit, signatures=(), expires_at=permit.expires_at + timedelta(hours=-1), purpose="x"
    )
    letter = Answer(
        kind=AnswerKind.CONDITIONAL,
        number=1,
        answered_at=clock(),
        request=PermitRequest.open(request).digest,
        permit_id=permit.permit_id,
        permit=loose,
    ).seal(authority._key)
    with pytest.raises(PermitForgedError):
        sign_conditional(
            operator.workspace,
            letter,
            proposer=operator.acting("operator"),
            officers=[operator.acting("officer")],
        )


# ---- officers, and the book -------------------------------------------------------------------


def test_an_urgent_permit_needs_two_officers_on_both_sides(operator, authority):
    text = LOUNGE.replace('class = "standard"', 'class = "urgent"')
    with pytest.raises(RoleError, match="2 officers"):
        operator.propose(text)
    proposer, first = operator.acting("operator"), operator.acting("officer")
    second = operator.add("officer-2", Role.SIGNING_OFFICER)
    issued = propose(
        operator.workspace,
        operator.proposal(text),
        proposer=proposer,
        officers=[first, second],
    )
    permit = issued.permit
    assert permit is not None
    alone = replace(permit, signatures=permit.signatures[:1])
    request = request_permit(operator.workspace, alone, proposer=proposer, officers=[first])
    assert "2 officers" in (authority.examine(request).problem or "")
    both = request_permit(operator.workspace, permit, proposer=proposer, officers=[first, second])
    operator.accept(authority.countersign(both).letter)
    assert len(operator.use(permit.permit_id).signatures) == 2


def test_the_book_cannot_be_put_back_to_an_older_one(operator, authority, tmp_path, clock):
    authority.ledger.close()
    book = tmp_path / "The board" / "book.db"
    older = book.read_bytes()
    with reopen_authority(tmp_path, clock) as again:
        _, request = operator.request()
        again.countersign(request)
    for stale in book.parent.glob("book.db-*"):
        stale.unlink()
    book.write_bytes(older)
    with pytest.raises(LedgerDamagedError):
        reopen_authority(tmp_path, clock)
