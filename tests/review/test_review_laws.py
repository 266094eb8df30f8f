"""Laws of review: nothing short of all needed people saying the same confirms a lead."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from recognizance.errors import (
    ConflictError,
    InputError,
    RecognizanceError,
    RoleError,
    WorkspaceDamagedError,
)
from recognizance.review import (
    Choice,
    Lead,
    LeadCandidate,
    LeadState,
    contest,
    decide,
    lead_from_bytes,
    lead_to_bytes,
    set_aside,
    view_for,
)
from recognizance.types import Principal, Quality, Role

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OPERATOR = "operator-id"


def person(name: str, *roles: Role) -> Principal:
    return Principal(name, f"name of {name}", frozenset(roles or {Role.REVIEWER}), b"k" * 32)


def new_lead(*, candidates: int = 3, needed: int = 2, lead_id: str = "lead-1") -> Lead:
    return Lead(
        lead_id=lead_id,
        permit_id="permit-1",
        gallery_id="g",
        operator_id=OPERATOR,
        case_id="case-7",
        probe_digest="d" * 64,
        candidates=tuple(
            LeadCandidate(f"r-{rank}", f"s-{rank}", rank) for rank in range(1, candidates + 1)
        ),
        reviews_needed=needed,
        opened_at=NOW,
    )


def number_of(lead: Lead, reference_id: str) -> int:
    shown = view_for(lead, person("anybody")).candidates
    return next(each.rank for each in shown if each.reference_id == reference_id)


def say(lead: Lead, who: str, choice: str, reference_id: str | None = None) -> Lead:
    rank = number_of(lead, reference_id) if reference_id else None
    return decide(lead, person(who), choice, rank=rank, reason="the ears", now=NOW)


def test_two_reviewers_who_agree_confirm():
    first = say(new_lead(), "ada", "same_person", "r-2")
    assert (first.state, first.confirmed) == (LeadState.OPEN, None)
    second = say(first, "bea", "same_person", "r-2")
    assert second.state is LeadState.CONFIRMED
    assert second.confirmed == LeadCandidate("r-2", "s-2", 2)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([("different_person", None), ("different_person", None)], LeadState.REJECTED),
        ([("same_person", "r-1"), ("same_person", "r-2")], LeadState.UNDETERMINED),
        ([("same_person", "r-1"), ("different_person", None)], LeadState.UNDETERMINED),
        ([("different_person", None), ("same_person", "r-1")], LeadState.UNDETERMINED),
        ([("same_person", "r-1"), ("cannot_say", None)], LeadState.UNDETERMINED),
        ([("different_person", None), ("cannot_say", None)], LeadState.UNDETERMINED),
        ([("cannot_say", None), ("cannot_say", None)], LeadState.UNDETERMINED),
    ],
)
def test_anything_but_agreement_is_no_match(said, state):
    lead = new_lead()
    for who, (choice, reference_id) in zip(("ada", "bea"), said, strict=True):
        assert lead.state is LeadState.OPEN
        lead = say(lead, who, choice, reference_id)
    assert lead.state is state
    assert lead.confirmed is None


def test_one_reviewer_is_enough_where_one_is_asked_for():
    lead = say(new_lead(needed=1), "ada", "same_person", "r-1")
    assert lead.state is LeadState.CONFIRMED


def test_a_lead_without_reviewers_is_none():
    with pytest.raises(InputError):
        new_lead(needed=0)


@pytest.mark.parametrize(
    "who",
    [person(OPERATOR, Role.REVIEWER, Role.OPERATOR), person("ada", *set(Role) - {Role.REVIEWER})],
)
def test_who_searched_and_who_is_no_reviewer_neither_sees_nor_decides(who):
    lead = new_lead()
    with pytest.raises(RoleError) as caught:
        decide(lead, who, "different_person", rank=None, reason="the ears", now=NOW)
    assert caught.value.rules == ("LE-09",)
    with pytest.raises(RoleError):
        view_for(lead, who)


def test_nobody_decides_twice():
    lead = say(new_lead(needed=3), "ada", "same_person", "r-1")
    with pytest.raises(RoleError):
        say(lead, "ada", "same_person", "r-1")


@pytest.mark.parametrize("reason", ["", " \n\t", "x" * 2001])
def test_a_verdict_needs_a_reason(reason):
    with pytest.raises(InputError):
        decide(new_lead(), person("ada"), "cannot_say", rank=None, reason=reason, now=NOW)


@pytest.mark.parametrize(
    ("choice", "rank"),
    [
        ("maybe", None),
        ("same_person", None),
        ("same_person", 0),
        ("same_person", 4),
        ("different_person", 1),
        ("cannot_say", 1),
    ],
)
def test_a_verdict_names_a_candidate_that_is_shown_or_nobody(choice, rank):
    with pytest.raises(InputError) as caught:
        decide(new_lead(), person("ada"), choice, rank=rank, reason="the ears", now=NOW)
    assert caught.value.hint


def test_while_it_is_open_a_view_shows_neither_order_nor_subjects_nor_verdicts():
    lead = say(new_lead(candidates=8, needed=3), "ada", "same_person", "r-1")
    view = view_for(lead, person("bea"))
    assert {each.reference_id for each in view.candidates} == {f"r-{i}" for i in range(1, 9)}
    assert [each.rank for each in view.candidates] == list(range(1, 9))
    assert {each.subject_id for each in view.candidates} == {""}
    assert (view.verdicts, view.reviews_given, view.own_verdict) == ((), None, None)
    assert view_for(lead, person("ada")).own_verdict is Choice.SAME_PERSON
    assert view == view_for(new_lead(candidates=8, needed=3), person("bea"))
    assert "r-1" not in json.dumps(view.as_dict())


def test_the_number_shown_says_nothing_about_the_rank():
    first_ranks = {
        view_for(new_lead(candidates=5, lead_id=f"lead-{i}"), person("ada"))
        .candidates[0]
        .reference_id
        for i in range(60)
    }
    assert first_ranks == {f"r-{rank}" for rank in range(1, 6)}


def test_once_it_is_closed_a_view_shows_everything_to_everybody():
    lead = say(say(new_lead(), "ada", "same_person", "r-1"), "bea", "cannot_say")
    view = view_for(lead, person(OPERATOR, Role.OPERATOR))
    assert view.candidates == lead.candidates
    assert view.verdicts == lead.verdicts
    assert view.reviews_given == 2
    assert [each["choice"] for each in view.as_dict()["verdicts"]] == ["same_person", "cannot_say"]


@pytest.mark.parametrize("end", [Lead.expire, Lead.withdraw])
def test_what_has_ended_stays_so(end):
    ended = end(new_lead())
    assert ended.state in {LeadState.EXPIRED, LeadState.WITHDRAWN}
    assert ended.expire() == ended.withdraw() == ended
    with pytest.raises(ConflictError):
        say(ended, "ada", "cannot_say")
    confirmed = say(new_lead(needed=1), "ada", "same_person", "r-1")
    assert end(confirmed) == confirmed


def test_erasing_the_confirmed_person_leaves_a_decision_about_nobody():
    lead = say(new_lead(needed=1), "ada", "same_person", "r-2")
    erased = lead.without_subject("s-2")
    assert (erased.state, erased.confirmed) == (LeadState.CONFIRMED, None)
    data = lead_to_bytes(erased)
    assert b"s-2" not in data
    assert b"r-2" not in data
    assert b"the ears" not in data
    assert lead_from_bytes(data) == erased


def test_erasing_one_of_two_leaves_the_others_number_and_the_verdict_spent():
    lead = say(new_lead(candidates=4), "ada", "same_person", "r-2")
    before = {number: number_of(lead, number) for number in ("r-1", "r-3", "r-4")}
    erased = lead.without_subject("s-2")
    assert {number: number_of(erased, number) for number in before} == before
    with pytest.raises(RoleError):
        say(erased, "ada", "same_person", "r-1")
    assert say(erased, "bea", "same_person", "r-1").state is LeadState.UNDETERMINED


def test_erasing_everybody_withdraws_an_open_lead():
    lead = new_lead(candidates=2).without_subject("s-1")
    assert lead.state is LeadState.OPEN
    assert lead.without_subject("s-2").state is LeadState.WITHDRAWN
    assert lead.without_subject("unknown") == lead


def test_people_who_are_erased_one_after_the_other_confirm_nobody():
    lead = say(new_lead(needed=3), "ada", "same_person", "r-1")
    lead = say(lead.without_subject("s-1"), "bea", "same_person", "r-2").without_subject("s-2")
    assert say(lead, "cleo", "same_person", "r-3").state is LeadState.UNDETERMINED


def contested_lead(by: str = "somebody") -> Lead:
    lead = say(say(new_lead(), "ada", "same_person", "r-2"), "bea", "same_person", "r-2")
    return contest(lead, person(by, Role.SUBJECT_DESK), reason="not me", now=NOW)


def test_a_contested_lead_names_nobody_until_it_is_upheld():
    lead = contested_lead()
    assert (lead.state, lead.confirmed) == (LeadState.CONTESTED, None)
    upheld = say(lead, "cleo", "same_person", "r-2")
    assert (upheld.state, upheld.confirmed) == (LeadState.UPHELD, LeadCandidate("r-2", "s-2", 2))


@pytest.mark.parametrize(
    ("choice", "reference_id"),
    [("different_person", None), ("cannot_say", None), ("same_person", "r-1")],
)
def test_doubt_and_another_candidate_overturn(choice, reference_id):
    lead = say(contested_lead(), "cleo", choice, reference_id)
    assert (lead.state, lead.confirmed) == (LeadState.OVERTURNED, None)
    with pytest.raises(ConflictError):
        say(lead, "dora", "same_person", "r-2")


@pytest.mark.parametrize("who", ["ada", "bea", "cleo", OPERATOR])
def test_a_contest_is_answered_by_somebody_who_had_no_part_in_it(who):
    lead = contested_lead(by="cleo")
    with pytest.raises(RoleError):
        decide(lead, person(who), "cannot_say", rank=None, reason="the ears", now=NOW)
    with pytest.raises(RoleError):
        view_for(lead, person(who))


def test_whoever_answers_a_contest_does_not_see_whom_the_others_named():
    shown = json.dumps(view_for(contested_lead(), person("cleo")).as_dict())
    assert "r-2" not in shown
    assert "the ears" not in shown
    assert view_for(contested_lead(), person("cleo")).candidates == (
        view_for(new_lead(), person("cleo")).candidates
    )


@pytest.mark.parametrize(
    "lead",
    [
        new_lead(),
        contested_lead(),
        say(contested_lead(), "cleo", "same_person", "r-2"),
        say(contested_lead(), "cleo", "cannot_say"),
        new_lead().expire(),
        say(say(new_lead(), "ada", "different_person"), "bea", "different_person"),
    ],
    ids=lambda lead: lead.state.value,
)
def test_only_a_confirmed_lead_is_contested_and_only_once(lead):
    with pytest.raises(ConflictError):
        contest(lead, person("dora"), reason="not me", now=NOW)


def test_erasing_the_contested_person_takes_the_reason_along():
    lead = contested_lead().without_subject("s-2")
    assert b"not me" not in lead_to_bytes(lead)
    assert say(lead, "cleo", "same_person", "r-1").state is LeadState.OVERTURNED
    assert b"not me" in lead_to_bytes(contested_lead().without_subject("s-1"))


def test_a_lead_of_an_older_version_is_still_read():
    document = json.loads(lead_to_bytes(say(new_lead(), "ada", "cannot_say")))
    for added in ("contest", "quality", "searched"):
        del document[added]
    assert lead_from_bytes(json.dumps(document).encode()).contest is None


def test_what_was_measured_on_the_probe_survives_being_written():
    quality = Quality(100.5, 40, 900, 120, 50, 0.25, 0, 0, "fake/1")
    lead = replace(new_lead(), quality=quality, searched=17)
    assert lead_from_bytes(lead_to_bytes(lead)) == lead


class Review(RuleBasedStateMachine):
    """Reviewers, an operator and erasures in any order; the laws hold after every step."""

    @initialize(candidates=st.integers(1, 4), needed=st.integers(1, 3))
    def open(self, candidates, needed) -> None:
        self.lead = new_lead(candidates=candidates, needed=needed)
        self.history = []
        self.closed_as = None

    @rule(
        who=st.sampled_from(["ada", "bea", "cleo", "dora", OPERATOR]),
        choice=st.sampled_from(list(Choice)),
        rank=st.integers(1, 4),
    )
    def verdict(self, who, choice, rank) -> None:
        number = rank if choice is Choice.SAME_PERSON else None
        try:
            decided = decide(
                self.lead, person(who), choice, rank=number, reason="the ears", now=NOW
            )
        except RecognizanceError as error:
            assert error.hint  # noqa: PT017  # a refusal is fine here, if it is one of ours
            return
        assert who != OPERATOR
        assert self.closed_as in {None, LeadState.CONTESTED}
        self.closed_as = None
        self.history.append((who, choice, decided.verdicts[-1].reference_id))
        self.lead = decided

    @rule(subject=st.integers(1, 4))
    def erase(self, subject) -> None:
        self.lead = self.lead.without_subject(f"s-{subject}")

    @rule(end=st.sampled_from([Lead.expire, Lead.withdraw]), really=st.integers(0, 5))
    def end(self, end, really) -> None:
        if really == 0:
            self.lead = end(self.lead)

    @rule(who=st.sampled_from(["ada", "dora", OPERATOR]))
    def contest(self, who) -> None:
        try:
            self.lead = contest(self.lead, person(who), reason="not me", now=NOW)
        except ConflictError:
            assert self.lead.state is not LeadState.CONFIRMED
        else:
            assert self.closed_as is LeadState.CONFIRMED
            self.closed_as = LeadState.CONTESTED
            self.contested_by = who

    @rule()
    def store_and_read(self) -> None:
        assert lead_from_bytes(lead_to_bytes(self.lead)) == self.lead

    @invariant()
    def confirmed_means_that_all_needed_people_named_the_same_person(self) -> None:
        if self.lead.state is LeadState.CONFIRMED:
            assert len({who for who, _, _ in self.history}) == self.lead.reviews_needed
            assert {choice for _, choice, _ in self.history} == {Choice.SAME_PERSON}
            assert len({reference_id for _, _, reference_id in self.history}) == 1

    @invariant()
    def upheld_means_that_one_more_person_named_the_same_candidate(self) -> None:
        if self.lead.state is LeadState.UPHELD:
            who, choice, reference_id = self.history[-1]
            assert choice is Choice.SAME_PERSON
            assert {each for _, _, each in self.history} == {reference_id}
            assert who not in {OPERATOR, self.contested_by, *(w for w, _, _ in self.history[:-1])}
            assert len(self.history) == self.lead.reviews_needed + 1

    @invariant()
    def a_lead_that_waits_or_was_overturned_names_nobody(self) -> None:
        if self.lead.state in {LeadState.OPEN, LeadState.CONTESTED, LeadState.OVERTURNED}:
            assert self.lead.confirmed is None

    @invariant()
    def a_closed_lead_keeps_its_state(self) -> None:
        if self.closed_as is not None:
            assert self.lead.state is self.closed_as
        elif self.lead.state is not LeadState.OPEN:
            self.closed_as = self.lead.state

    @invariant()
    def everybody_who_decided_is_one_verdict(self) -> None:
        assert [v.reviewer_id for v in self.lead.verdicts] == [who for who, _, _ in self.history]


TestReview = Review.TestCase
TestReview.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)


@given(
    st.lists(st.tuples(st.sampled_from(["ada", "bea"]), st.integers(1, 3)), min_size=0, max_size=8)
)
def test_fewer_people_than_needed_never_confirm(attempts):
    lead = new_lead(needed=3)
    for who, rank in attempts:
        try:
            lead = decide(lead, person(who), "same_person", rank=rank, reason="the ears", now=NOW)
        except RoleError:
            continue
    assert lead.state is LeadState.OPEN
    assert lead.confirmed is None


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 255))
def test_bytes_that_are_no_lead_are_named_so(noise, place, value):
    whole = bytearray(lead_to_bytes(say(new_lead(), "ada", "cannot_say")))
    whole[place % len(whole)] = value
    for data in (noise, bytes(whole), b"{}", b"[]", b'{"candidates": 1}'):
        try:
            lead_from_bytes(data)
        except WorkspaceDamagedError as error:
            assert error.hint  # noqa: PT017  # only that nothing else comes out is the law


def test_times_survive_to_the_millisecond():
    later = NOW + timedelta(milliseconds=7)
    lead = replace(new_lead(), opened_at=later)
    assert lead_from_bytes(lead_to_bytes(lead)).opened_at == later


@given(st.lists(st.sampled_from(["same_person", "different_person", "cannot_say"]), min_size=2))
def test_a_planted_lead_names_nobody_whatever_is_said(choices):
    lead = replace(new_lead(needed=len(choices)), planted="r-of-the-probe")
    for number, choice in enumerate(choices):
        assert lead.state is LeadState.OPEN
        lead = say(lead, f"r{number}", choice, "r-1" if choice == "same_person" else None)
    assert (lead.state, lead.confirmed) == (LeadState.CHECK, None)
    assert lead_from_bytes(lead_to_bytes(lead)) == lead
    assert lead.without_subject("s-1").confirmed is None


@given(st.sets(st.sampled_from(["ada", "bea", "cem"])))
def test_a_verdict_set_aside_is_kept_and_counts_no_more(stopped):
    lead = new_lead(needed=4)
    for who in ("ada", "bea", "cem"):
        lead = say(lead, who, "same_person", "r-2")
    lead = set_aside(lead, lambda who, _at: who in stopped)
    assert len(lead.verdicts) == 3
    assert {each.reviewer_id for each in lead.counted} == {"ada", "bea", "cem"} - stopped
    for number in range(len(stopped)):
        lead = say(lead, f"new-{number}", "same_person", "r-2")
        assert lead.state is LeadState.OPEN
    lead = say(lead, "dea", "same_person", "r-2")
    assert lead.confirmed == LeadCandidate("r-2", "s-2", 2)
    assert set_aside(lead, lambda _who, _at: True) == lead, "a closed lead stays as it is"
