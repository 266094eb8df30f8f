"""The subject desk: nobody gets somebody else's data, and nothing is answered late unseen."""

import io
import json
import zipfile
from calendar import monthrange
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooked import ANA_AGAIN, BEN, Hooked, condition
from recognizance import listing
from recognizance.errors import ConflictError, InputError, NotFoundError, RoleError
from recognizance.ledger import LogName
from recognizance.subjects import (
    Kind,
    State,
    answer_in_words,
    correct,
    erase_on_request,
    establish,
    established_by_photograph,
    export_held,
    extend,
    held_about,
    overdue,
    receive,
    refuse,
    request_of,
    requests_of,
)
from recognizance.subjects.requests import months_after
from recognizance.types import Operation, Role


@pytest.fixture
def hooked(office) -> Hooked:
    made = Hooked(office, (condition("lead_only"),))
    made.enroll()
    made.enroll("s-2", BEN)
    return made


@pytest.fixture
def desk(office):
    office.add("desk", Role.SUBJECT_DESK)
    return office.workspace.acting("desk").principal


def asked(hooked, by, kind=Kind.ACCESS, subject="s-1", *, known=True):
    workspace = hooked.office.workspace
    found = receive(workspace, kind, subject, words="what do you hold about me?", by=by)
    if known:
        establish(workspace, found.request_id, how="passport, seen at the desk", by=by)
    return found.request_id


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda each: each.year < 9999), st.integers(1, 3)
)
def test_a_month_ends_on_the_same_day_or_the_last_one(moment, months):
    due = months_after(moment, months)
    assert (due.year * 12 + due.month) - (moment.year * 12 + moment.month) == months
    assert due.day == min(moment.day, monthrange(due.year, due.month)[1])
    assert due.time() == moment.time()


def test_the_last_of_january_is_due_on_the_last_of_february():
    assert months_after(datetime(2027, 1, 31, tzinfo=UTC), 1).day == 28


def test_access_gives_everything_that_is_held_and_says_so_in_the_log(hooked, desk):
    workspace = hooked.office.workspace
    lead = hooked.search().lead_id
    request = asked(hooked, desk)
    found, document = export_held(workspace, request, by=desk)
    assert found.state is State.ANSWERED
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        held = json.loads(archive.read("held.json"))
        (reference,) = held["references"]
        assert archive.read(f"{reference['reference_id']}.jpg") == workspace.gallery.crop(
            reference["reference_id"]
        )
    assert (reference["ground"], reference["provenance"]) == ("release-1", "own_enrollment")
    assert [each["lead_id"] for each in held["leads"]] == [lead]
    assert {"enroll", "search"} <= {each["what"] for each in held["uses"]}
    assert b"s-2" not in json.dumps(held).encode(), "nobody else's"
    assert hooked.office.last_use().public["outcome"] == "answered"


def test_a_request_for_somebody_elses_data_gets_nothing(hooked, desk):
    workspace = hooked.office.workspace
    request = asked(hooked, desk, known=False)
    for hand_out in (export_held, erase_on_request):
        with pytest.raises((RoleError, ConflictError)):
            hand_out(workspace, request, by=desk)
    hooked.office.add("both", Role.OPERATOR, Role.SUBJECT_DESK)
    both = workspace.acting("both").principal
    use = hooked.request(Operation.VERIFY, BEN, by="both")
    with pytest.raises(ConflictError, match="does not show"):
        established_by_photograph(workspace, request, use, by=both)
    with pytest.raises(RoleError):
        export_held(workspace, request, by=desk)
    assert refuse(workspace, request, reason="it is somebody else", by=desk).state is State.REFUSED
    with pytest.raises(ConflictError, match="refused"):
        establish(workspace, request, how="later", by=desk)


def test_a_photograph_that_matches_establishes_who_asks(office, desk):
    claims = Hooked(office, ())
    claims.enroll()
    office.add("both", Role.OPERATOR, Role.SUBJECT_DESK)
    both, workspace = office.workspace.acting("both").principal, office.workspace
    request = asked(claims, desk, known=False)
    use = claims.request(Operation.VERIFY, ANA_AGAIN, by="both")
    found = established_by_photograph(workspace, request, use, by=both)
    assert "uses/" in (found.identity or "")
    search = claims.request(Operation.SEARCH, ANA_AGAIN, by="both")
    with pytest.raises(ConflictError):
        established_by_photograph(workspace, request, search, by=both)


def test_what_was_wrong_is_corrected_without_a_new_enrollment(hooked, desk):
    workspace = hooked.office.workspace
    (reference,) = workspace.gallery.references_of("g", "s-1")
    (others,) = workspace.gallery.references_of("g", "s-2")
    request = asked(hooked, desk, Kind.CORRECTION)
    with pytest.raises(NotFoundError):
        correct(workspace, request, others.reference_id, ground="x", reason="typo", by=desk)
    with pytest.raises(InputError, match="HR-09"):
        correct(
            workspace,
            request,
            reference.reference_id,
            provenance="web",
            reason="typo",
            by=desk,
        )
    done = correct(
        workspace, request, reference.reference_id, ground="release-7", reason="typo", by=desk
    )
    assert "release-1" in (done.answer or "")
    now = workspace.gallery.reference(reference.reference_id)
    assert (now.ground, now.provenance) == ("release-7", "own_enrollment")
    assert hooked.verify().outcome == "held_for_review", "the template is as it was"


def test_after_an_erasure_of_the_request_only_its_days_are_left(hooked, desk):
    workspace = hooked.office.workspace
    request = asked(hooked, desk, Kind.ERASURE)
    found, answer = erase_on_request(workspace, request, by=desk)
    assert answer is not None
    assert (found.state, found.subject_id, found.words) == (State.ANSWERED, None, None)
    assert found.kind is Kind.ERASURE
    held = held_about(workspace, "s-1")
    assert (held["references"], held["leads"], held["uses"]) == ([], [], [])


def test_late_requests_are_shown_and_more_time_is_taken_once(hooked, desk, clock):
    workspace = hooked.office.workspace
    first, second = asked(hooked, desk), asked(hooked, desk, Kind.OBJECTION)
    extended = extend(workspace, second, reason="three galleries", by=desk)
    assert extended.due_at == months_after(extended.received_at, 3)
    with pytest.raises(ConflictError):
        extend(workspace, second, reason="more", by=desk)
    clock.advance(days=32)
    assert [each.request_id for each in overdue(workspace)] == [first]
    assert listing.status(workspace)["requests_overdue"] == [first]
    with pytest.raises(ConflictError):
        extend(workspace, first, reason="too late", by=desk)
    answer_in_words(workspace, first, answer="nothing more than you were told", by=desk)
    assert overdue(workspace) == ()


def test_requests_are_kept_sealed_and_for_the_desk_alone(hooked, desk):
    workspace = hooked.office.workspace
    request = asked(hooked, desk)
    ledger = workspace.ledger
    for entry in ledger.entries(LogName.USES, kinds={"subject_request"}):
        assert "passport" not in str(ledger.private(LogName.USES, entry.index))
        assert "s-1" not in str(entry.public)
    assert request_of(workspace, request).identity == "passport, seen at the desk"
    assert len(requests_of(workspace)) == 1
    for name in ("reviewer-1", "officer"):
        with pytest.raises(RoleError):
            export_held(workspace, request, by=workspace.acting(name).principal)
