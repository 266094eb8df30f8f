import hypothesis.strategies as st
import pytest
from hypothesis import given

from fakes import photograph
from hooked import Hooked, condition
from recognizance.errors import (
    InputError,
    NotFoundError,
    PermitRevokedError,
    ReviewPendingError,
    TargetUnsupportedError,
)
from recognizance.evidence import LADDER_PPB
from recognizance.ledger import LogName
from recognizance.permits.issuing import revoke_permit
from recognizance.service.held import Held
from recognizance.service.pages import Pages
from recognizance.service.similarity import rate_asked, similarity_of
from recognizance.service.store import Store
from recognizance.types import Operation

PROBE = photograph("ana", note="2")


@pytest.fixture
def permit(office):
    hooked = Hooked(office, (condition("reviewers", n=2),))
    hooked.enroll("ana", photograph("ana", note="1"))
    hooked.enroll("ben", photograph("ben", note="1"))
    return hooked.id


@pytest.fixture
def held(tmp_path):
    with Store(tmp_path / "held.db", wait_s=1.0) as store:
        yield Held(store, bytes(32))


@pytest.fixture
def ask(office, permit, held):
    """Searches as a client does that knows no leads; `claimed` checks a claim instead."""

    def asked(data=PROBE, *, claimed=None, **more):
        workspace = office.workspace
        if claimed is not None:
            request = office.request(Operation.VERIFY, data, permit=permit, **more)
            return held.verify(workspace, request, claimed)
        request = office.request(Operation.SEARCH, data, permit=permit, **more)
        return held.search(workspace, request)

    return asked


def waits(ask, *args, **more) -> str:
    with pytest.raises(ReviewPendingError) as caught:
        ask(*args, **more)
    assert caught.value.lead_id in caught.value.message
    assert f"/review/{caught.value.lead_id}" in caught.value.hint
    return caught.value.lead_id


def decide(office, lead_id, *choices):
    for number, choice in enumerate(choices, start=1):
        person = office.workspace.acting(f"reviewer-{number}").principal
        named = 1 if choice == "same_person" else None
        office.look(person, lead_id)
        office.workspace.desk.decide(person, lead_id, choice, reason="looked", candidate=named)


def test_the_same_request_waits_until_people_have_decided_and_is_then_answered(office, ask):
    lead = waits(ask)
    assert waits(ask) == lead
    decide(office, lead, "same_person")
    assert waits(ask) == lead, "one reviewer of two has spoken"
    person = office.workspace.acting("reviewer-2").principal
    office.look(person, lead)
    office.workspace.desk.decide(person, lead, "same_person", reason="looked", candidate=1)
    answer = ask()
    assert (answer.outcome, answer.subjects) == ("candidate", ("ana",))
    last = office.last_use()
    assert (last.public["operation"], last.public["outcome"]) == ("recall", "confirmed")
    assert answer.entry == f"uses/{last.index}", "recorded before it was released"
    assert ask().subjects == ("ana",), "as often as it asks"


@pytest.mark.parametrize("choice", ["different_person", "cannot_say"])
def test_what_people_did_not_confirm_is_answered_without_a_match(office, ask, choice):
    decide(office, waits(ask), "same_person", choice)
    answer = ask()
    assert (answer.outcome, answer.subjects, answer.rates_ppb) == ("no_candidate", (), ())


def test_a_claim_waits_as_a_search_does_and_neither_finds_the_others_lead(office, ask):
    searched, claimed = waits(ask), waits(ask, claimed="ana")
    assert searched != claimed
    decide(office, claimed, "same_person", "same_person")
    assert ask(claimed="ana").outcome == "match"
    assert waits(ask) == searched
    assert ask(claimed="ben").outcome == "non_match"


def test_another_photograph_gallery_or_case_is_another_request(ask):
    assert waits(ask) != waits(ask, photograph("ana", note="3"))
    assert waits(ask) != waits(ask, case_id="case-1")


def test_nobody_finds_the_lead_of_another_request(office, ask, permit):
    lead = waits(ask)
    other = office.request(Operation.SEARCH, photograph("ana", note="3"), permit=permit)
    with pytest.raises(NotFoundError):
        office.workspace.desk.recall(other, lead)


def test_a_contested_lead_names_nobody_until_it_is_answered(office, ask):
    lead = waits(ask)
    decide(office, lead, "same_person", "same_person")
    released = ask().entry
    workspace = office.workspace
    workspace.desk.contest(workspace.acting("operator").principal, lead, reason="not me")
    assert released in office.last_use().public["releases"], "what was handed out is marked"
    assert waits(ask) == lead
    reviewer = workspace.acting("reviewer-3").principal
    office.look(reviewer, lead)
    workspace.desk.decide(reviewer, lead, "different_person", reason="another ear")
    assert ask().outcome == "no_candidate"


def test_who_was_erased_or_taken_out_is_not_named(office, ask, permit):
    decide(office, waits(ask), "same_person", "same_person")
    workspace = office.workspace
    operator = workspace.acting("operator").principal
    (reference,) = ask().references
    workspace.desk.take_out(operator, "g", [reference], reason="a wrong photograph")
    assert ask().outcome == "no_candidate"
    workspace.desk.erase(operator, "ana", reason="asked for it")
    assert ask().outcome == "no_candidate"


def test_a_lead_whose_time_is_over_makes_it_a_new_search(office, ask, held):
    first = waits(ask)
    office.workspace.gallery.destroy_lead(first)
    held.tidy(office.workspace.gallery)
    assert waits(ask) != first


def test_nothing_is_answered_under_a_permit_that_was_revoked(office, ask, permit):
    decide(office, waits(ask), "same_person", "same_person")
    workspace = office.workspace
    revoke_permit(workspace, permit, reason="over", by=workspace.acting("officer"))
    with pytest.raises(PermitRevokedError):
        ask()
    assert office.last_use().public["outcome"] == "refused"


def test_a_stricter_rate_is_kept_by_the_lead_and_one_that_was_not_measured_is_refused(office, ask):
    lead = waits(ask, at_most_ppb=100_000)
    decide(office, lead, "same_person", "same_person")
    assert ask(at_most_ppb=100_000).rates_ppb == (100_000,)
    with pytest.raises(TargetUnsupportedError):
        ask(at_most_ppb=1)


def test_a_reference_is_searched_for_without_finding_itself(office, permit):
    (ana,) = office.workspace.gallery.references_of("g", "ana")
    desk = office.workspace.desk
    request = office.request(Operation.SEARCH, permit=permit, reference_id=ana.reference_id)
    assert desk.search(request).outcome == "no_candidate"
    office.enroll("twin", photograph("ana", note="3"), permit=permit)
    lead = desk.search(request).lead_id
    assert office.workspace.gallery.lead(lead).subject_ids == {"twin"}


def test_references_are_taken_out_one_by_one_or_all_and_each_is_recorded(office, permit):
    workspace, operator = office.workspace, office.workspace.acting("operator").principal
    office.enroll("ana", photograph("ana", note="3"), permit=permit)
    one = workspace.gallery.references_of("g", "ana")[0].reference_id
    with pytest.raises(NotFoundError):
        workspace.desk.take_out(operator, "g", [one, "0" * 32], reason="both or none")
    assert workspace.desk.take_out(operator, "g", [one], reason="blurred").count == 1
    assert len(workspace.gallery.references_of("g", "ana")) == 1
    last = office.last_use().public
    assert (last["operation"], last["outcome"], last["references"]) == ("take_out", "erased", 1)
    assert workspace.desk.empty(operator, "g", reason="the end").count == 2
    assert workspace.gallery.counts("g").references == 0
    assert not workspace.ledger.open_intents(LogName.USES)


@pytest.mark.parametrize("operation", ["take_out", "empty"])
def test_an_erasure_that_was_cut_off_is_finished_by_the_next_opening(
    office, permit, operation, monkeypatch
):
    workspace, operator = office.workspace, office.workspace.acting("operator").principal
    (ana,) = workspace.gallery.references_of("g", "ana")

    def dies(_ids):
        raise KeyboardInterrupt

    gallery = type(workspace.gallery)
    what = ([ana.reference_id],) if operation == "take_out" else ()
    with monkeypatch.context() as patched:
        patched.setattr(gallery, "destroy", dies)
        patched.setattr("recognizance.steps.settle", lambda *_a, **_m: 0)
        with pytest.raises(BaseException):  # noqa: B017, PT011  # as it dies
            getattr(workspace.desk, operation)(operator, "g", *what, reason="cut off")
    again = type(workspace).open(workspace.settings, clock=workspace.clock)
    with again:
        assert again.gallery.references_of("g", "ana") == ()
        assert not again.ledger.open_intents(LogName.USES)


def test_similarity_is_the_square_root_of_the_error_rate_rounded_down():
    assert [similarity_of(rate) for rate in (10_000_000, 100_000, 1_000)] == [90.0, 99.0, 99.9]
    assert [similarity_of(rung) for rung in LADDER_PPB] == [90.0, 94.5, 96.8, 98.2, 99.0, 99.4]


@given(st.floats(0, 100), st.integers(1, 10**9))
def test_whatever_keeps_the_rate_that_is_asked_for_is_shown_at_least_so_similar(asked, rate):
    if rate <= rate_asked(asked):
        assert similarity_of(rate) >= asked
    assert 0 <= rate_asked(asked) <= 10**9


def test_a_page_is_gone_on_with_only_by_whom_it_was_made_for():
    pages = Pages(bytes(32))
    word = pages.word(17, "faces", "g", "key-1")
    assert pages.after(word, "faces", "g", "key-1") == 17
    assert pages.after(None, "faces") == 0
    for wrong, of in [
        (word, ("faces", "g", "key-2")),
        (word[:-4] + "AAA=", ("faces", "g", "key-1")),
        ("17", ("faces",)),
        ("é", ("faces",)),
    ]:
        with pytest.raises(InputError):
            pages.after(wrong, *of)
