"""The one path: what comes out of the desk, and what stands in the ledger by then."""

import numpy as np
import pytest

from fakes import photograph
from recognizance.errors import (
    ClockError,
    ConflictError,
    ImageError,
    InputError,
    InterruptedUseError,
    ManyFacesError,
    NotFoundError,
    NoUsableFaceError,
    PermitExpiredError,
    PermitForgedError,
    PermitMissingError,
    PermitRevokedError,
    PermitScopeError,
    RoleError,
    StoreFullError,
)
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger, verify_receipt
from recognizance.permits.issuing import revoke_permit
from recognizance.types import Operation, Role

ANA, ANA_AGAIN = photograph("ana", note="1"), photograph("ana", note="2")
BEN = photograph("ben", note="1")
CARLA = photograph("carla", note="1")


def whole(workspace) -> bool:
    vkeys = [workspace.ledger.vkey(log) for log in LogName]
    return verify_ledger(workspace.layout.ledger, vkeys, workspace.layout.pin).ok


def test_a_mated_pair_matches_and_a_non_mated_one_does_not(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    assert office.verify("s-1", ANA_AGAIN, permit=permit).outcome == "match"
    assert office.verify("s-1", BEN, permit=permit).outcome == "non_match"


def test_a_search_with_a_stranger_finds_nobody_and_leaves_no_trace_of_them(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    answer = office.search(CARLA, permit=permit)
    assert (answer.outcome, answer.lead_id, answer.subjects) == ("no_candidate", None, ())
    payload = office.workspace.ledger.private(LogName.USES, office.last_use().index)
    assert set(payload) == {"principal"}


def test_a_candidate_is_held_until_a_person_has_looked(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    answer = office.search(ANA_AGAIN, permit=permit)
    assert answer.outcome == "held_for_review"
    assert answer.subjects == ()
    reviewer = office.workspace.acting("reviewer-1").principal
    office.look(reviewer, answer.lead_id)
    decided = office.workspace.desk.decide(
        reviewer, answer.lead_id, "same_person", reason="same ears and scar", candidate=1
    )
    assert (decided.outcome, decided.subjects) == ("confirmed", ("s-1",))


def test_who_searched_does_not_review(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    office.add("both", Role.OPERATOR, Role.REVIEWER)
    lead = office.search(ANA_AGAIN, permit=permit, by="both").lead_id
    both = office.workspace.acting("both").principal
    with pytest.raises(RoleError):
        office.workspace.desk.decide(both, lead, "same_person", reason="mine", candidate=1)
    assert office.last_use().public["outcome"] == "refused"


def test_comparing_two_photographs_keeps_nothing(office):
    permit = office.permit()
    request = office.request(Operation.COMPARE, ANA, ANA_AGAIN, permit=permit, gallery_id=None)
    answer = office.workspace.desk.compare(request)
    assert answer.outcome == "match"
    assert answer.self_attested
    assert office.workspace.gallery.subjects("g") == ()


@pytest.mark.parametrize(
    "use",
    [
        lambda office: office.verify("s-1", ANA, permit=None),
        lambda office: office.search(ANA, permit=None),
        lambda office: office.enroll("s-1", ANA, permit=None),
    ],
)
def test_without_a_permit_nothing_runs_and_the_refusal_is_recorded(office, use):
    office.permit()
    engine = office.workspace.engine
    with pytest.raises(PermitMissingError) as caught:
        use(office)
    assert caught.value.rules == ("D4",)
    assert engine.given == []
    entry = office.last_use()
    assert caught.value.entry == f"uses/{entry.index}"
    assert entry.public["outcome"] == "refused"
    assert entry.public["rules"] == ["D4"]


def test_an_expired_permit_refuses(office, clock):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    clock.advance(hours=24)
    with pytest.raises(PermitExpiredError):
        office.search(ANA_AGAIN, permit=permit)


def test_a_revoked_permit_refuses_at_once(office):
    permit = office.permit()
    revoke_permit(
        office.workspace, permit, reason="withdrawn", by=office.workspace.acting("officer")
    )
    with pytest.raises(PermitRevokedError):
        office.search(ANA, permit=permit)


def test_another_purpose_photograph_or_gallery_is_out_of_scope(office):
    permit = office.permit()
    with pytest.raises(PermitScopeError):
        office.search(ANA, permit=permit, purpose="suspect_search")
    with pytest.raises(PermitScopeError):
        office.search(photograph("ana", note="never signed for"), permit=permit)
    with pytest.raises(PermitScopeError):
        office.search(ANA, permit=permit, gallery_id="another")


def test_an_edited_permit_file_is_found_out(office):
    permit = office.permit()
    path = office.workspace.layout.permits / f"{permit}.json"
    path.write_bytes(
        path.read_bytes().replace(b"trial", b"trial", 1).replace(b"1000000", b"9000000")
    )
    with pytest.raises(PermitForgedError):
        office.search(ANA, permit=permit)


def test_a_clock_set_back_refuses_and_the_refusal_is_recorded(office, clock):
    permit = office.permit()
    clock.advance(hours=2)
    office.enroll("s-1", ANA, permit=permit)
    clock.advance(hours=-1)
    with pytest.raises(ClockError):
        office.search(ANA_AGAIN, permit=permit)
    assert office.last_use().public["code"] == "clock.set_back"


def test_only_an_operator_uses_and_only_the_desk_erases(office):
    permit = office.permit()
    with pytest.raises(RoleError):
        office.search(ANA, permit=permit, by="reviewer-1")
    office.enroll("s-1", ANA, permit=permit)
    with pytest.raises(RoleError):
        office.workspace.desk.erase(
            office.workspace.acting("reviewer-1").principal, "s-1", reason="no right to"
        )
    assert office.workspace.gallery.subjects("g") == ("s-1",)


def test_many_faces_are_listed_and_one_can_be_picked(office):
    permit = office.permit()
    both = photograph("ana", "ben")
    with pytest.raises(ManyFacesError, match=r"1: 100x100 .* 2: 99x99"):
        office.enroll("s-1", both, permit=permit)
    assert office.enroll("s-1", both, permit=permit, face=2).outcome == "enrolled"
    assert office.verify("s-1", BEN, permit=permit).outcome == "match"
    with pytest.raises(InputError):
        office.search(both, permit=permit, face=3)


@pytest.mark.parametrize(
    ("data", "error", "outcome"),
    [
        (photograph(), NoUsableFaceError, "failure_to_acquire"),
        (b"no photograph", (ImageError, PermitScopeError), None),
    ],
)
def test_what_cannot_be_used_is_recorded_too(office, data, error, outcome):
    permit = office.permit(photographs=(*office.photographs, b"no photograph"))
    with pytest.raises(error):
        office.search(data, permit=permit)
    assert office.last_use().public["outcome"] == (outcome or "bad_input")


def test_a_sample_below_the_quality_floor_is_rejected(office):
    permit = office.permit()
    with pytest.raises(NoUsableFaceError) as caught:
        office.search(photograph("ana", note="blurred", sharpness=0.0), permit=permit)
    assert caught.value.code == "face.quality"
    assert caught.value.rules == ("EV-08",)


def test_the_erased_are_not_found_and_nothing_names_them(office):
    permit = office.permit()
    office.enroll("subject-to-erase", ANA, permit=permit)
    lead = office.search(ANA_AGAIN, permit=permit).lead_id
    answer = office.workspace.desk.erase(
        office.workspace.acting("operator").principal, "subject-to-erase", reason="asked"
    )
    assert (answer.outcome, answer.count) == ("erased", 1)
    assert office.search(ANA_AGAIN, permit=permit).outcome == "no_candidate"
    with pytest.raises(NotFoundError):
        office.workspace.gallery.lead(lead)
    with pytest.raises(NotFoundError):
        office.verify("subject-to-erase", ANA, permit=permit)
    assert whole(office.workspace)
    for path in office.workspace.layout.home.rglob("*"):
        if path.is_file():
            assert b"subject-to-erase" not in path.read_bytes(), path


def test_pictures_and_vectors_are_zero_when_the_use_is_over(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    office.search(CARLA, permit=permit)
    given = office.workspace.engine.given
    assert given
    assert all(not np.any(vector) for vector in given)


def test_the_receipt_proves_the_entry(office):
    permit = office.permit()
    answer = office.enroll("s-1", ANA, permit=permit)
    ledger = office.workspace.ledger
    index = int(answer.entry.partition("/")[2])
    leaf = ledger.leaf(LogName.USES, index)
    head = verify_receipt(answer.receipt, ledger.vkey(LogName.USES), leaf)
    assert head.size == index + 1


def test_leaves_hold_no_names_subjects_or_digests_of_photographs(office):
    permit = office.permit()
    office.enroll("s-ana", ANA, permit=permit)
    office.search(ANA_AGAIN, permit=permit)
    with pytest.raises(PermitMissingError):
        office.search(ANA, permit="Ana Maria, the plumber")
    ledger = office.workspace.ledger
    leaves = b"".join(
        ledger.leaf(LogName.USES, index) for index in range(ledger.size(LogName.USES))
    )
    assert b"ana" not in leaves.lower()
    assert b"release-1" not in leaves


def test_the_same_photograph_twice_is_a_conflict(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    with pytest.raises(ConflictError):
        office.enroll("s-1", ANA, permit=permit)
    assert len(office.workspace.gallery.references("g")) == 1
    assert office.workspace.ledger.open_intents(LogName.USES) == ()


def test_nothing_is_released_when_it_cannot_be_recorded(office, monkeypatch):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)

    def full(*_args, **_more):
        raise StoreFullError("The disk is full.")

    monkeypatch.setattr(type(office.workspace.ledger), "append", full)
    with pytest.raises(StoreFullError):
        office.search(ANA_AGAIN, permit=permit)


def test_ctrl_c_in_the_middle_of_an_enrollment_leaves_nothing_half_done(office, monkeypatch):
    permit = office.permit()
    add = type(office.workspace.gallery).add

    def interrupted(self, *args, **more):
        add(self, *args, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(type(office.workspace.gallery), "add", interrupted)
    with pytest.raises(InterruptedUseError):
        office.enroll("s-1", ANA, permit=permit)
    monkeypatch.undo()
    assert office.workspace.gallery.references("g") == ()
    assert office.workspace.ledger.open_intents(LogName.USES) == ()
    assert office.enroll("s-1", ANA, permit=permit).outcome == "enrolled"
    assert whole(office.workspace)
