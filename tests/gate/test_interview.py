"""The interview: few questions, no guessing, and what was not asked stays unknown."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizance.errors import InputError, SubmissionError
from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cases import load_case
from recognizance.gate.decide import decide
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.interview import MOST, Interview
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.topics import FURTHER, OPENING, Form
from recognizance.types import Outcome

RULES = load_bundle()
TODAY = date(2026, 11, 22)
STORIES = [load_case(path) for path in sorted((rules_root() / "cases").glob("*.toml"))]
TOPICS = {topic.name: topic for topic in (*OPENING, *FURTHER)}


def truthful(topic, facts):
    """What a person who knows the facts of a case would type."""
    if topic.form is Form.OPEN:
        known = ("?" if facts[name] is UNKNOWN else str(facts[name]) for name in topic.fields)
        return ", ".join(known)
    chosen = [
        str(number)
        for number, choice in enumerate(topic.choices, 1)
        if any(_fits(facts[name], value) for name, value in choice.fills.items())
    ]
    if topic.form is Form.TICKED:
        return ", ".join(chosen) or "0"
    return ", ".join(chosen[:1] if topic.form is Form.ONE else chosen) or "?"


def _fits(fact, value):
    if isinstance(fact, frozenset) and isinstance(value, frozenset):
        return bool(fact & value)
    return fact == value


def interviewed(case):
    facts = derive(submission_from(case.content), RULES.tables, at=case.at)
    interview = Interview(RULES, case.at)
    while topic := interview.next():
        interview = interview.answered(topic, truthful(topic, facts))
    return interview


@pytest.mark.parametrize("case", [c for c in STORIES if c.story], ids=lambda case: case.case_id)
def test_fifteen_questions_are_enough_for_a_first_outcome(case):
    interview = interviewed(case)
    assert len(interview.asked) == len(set(interview.asked)) <= MOST
    left = {gap.field for gap in interview.decision.missing}
    if interview.decision.outcome is Outcome.INCOMPLETE:
        few = {name for name in left if not name.startswith("ev.")}
        assert len(few) <= 7
    elif interview.decision.outcome is not Outcome.REFUSE:
        assert case.outcomes <= {Outcome.PERMIT, Outcome.PERMIT_WITH_CONDITIONS}


@pytest.mark.parametrize("case", [c for c in STORIES if c.story], ids=lambda case: case.case_id)
def test_what_is_written_is_read_back_and_decided_the_same(case):
    interview = interviewed(case)
    read = parse_submission(interview.toml().encode())
    assert decide(RULES, read, at=case.at).outcome is interview.decision.outcome
    stated = {n: v for n, v in interview.submission.stated.items() if v is not UNKNOWN}
    assert {n: v for n, v in read.stated.items() if v is not UNKNOWN} == stated
    for gap in interview.decision.missing:
        if gap.field not in stated:
            assert f"MISSING: {gap.question}" in interview.toml()


def test_a_refusal_that_nothing_can_change_ends_the_interview():
    interview = Interview(RULES, TODAY)
    for answer in ("police", "predict"):
        interview = interview.answered(interview.next(), answer)
    assert interview.next() is None
    assert interview.decision.outcome is Outcome.REFUSE


def test_a_refusal_that_hangs_on_what_nobody_said_yet_does_not_end_it():
    case = next(c for c in STORIES if c.case_id == "custody-one-arrestee-no-name")
    interview = interviewed(case)
    assert interview.decision.outcome is not Outcome.REFUSE


def test_a_search_has_a_list_of_which_nothing_is_known_until_it_is_said():
    interview = Interview(RULES, TODAY)
    for answer in ("private", "identify_1toN"):
        interview = interview.answered(interview.next(), answer)
    assert interview.submission.has_list
    assert interview.decision.facts["wl.source"] is UNKNOWN


def test_no_to_what_may_be_on_a_list_makes_no_list():
    interview = Interview(RULES, TODAY).answered(TOPICS["fn"], "verify_1to1")
    interview = interview.answered(TOPICS["circumstances"], "0")
    assert not interview.submission.has_list


def test_country_state_and_city_are_one_question():
    interview = Interview(RULES, TODAY).answered(TOPICS["op.country"], "us, ca, City of Oakland")
    assert interview.stated["op.country"] == "US"
    assert interview.stated["op.subdiv"] == "US-CA"
    assert interview.stated["op.city"] == "oakland"
    with pytest.raises(SubmissionError):
        interview.answered(TOPICS["op.country"], "SE, US-CA")


@pytest.mark.parametrize(
    ("topic", "answer"),
    [("fn", ""), ("fn", "0"), ("fn", "99"), ("fn", "1,2"), ("pop.kind", "x"), ("people", "9")],
)
def test_a_bad_answer_names_what_can_be_typed(topic, answer):
    with pytest.raises(InputError) as caught:
        TOPICS[topic].read(answer)
    assert str(len(TOPICS[topic].choices)) in caught.value.hint


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_a_question_mark_leaves_a_question_open(topic):
    assert topic.read("?") == {}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(list(TOPICS.values())), st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_with_a_hint(topic, answer):
    try:
        read, hint = topic.read(answer), "read"
    except InputError as error:
        read, hint = {}, error.hint
    assert hint
    assert set(read) <= set(topic.fields)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_answers_end_within_fifteen_questions_in_a_file_that_reads_the_same(data):
    interview = Interview(RULES, TODAY)
    while topic := interview.next():
        if topic.form is Form.OPEN:
            answer = data.draw(st.sampled_from(["?", "2", "US, CA, Oakland", 'a "quoted" \\ text']))
        else:
            numbers = st.integers(1, len(topic.choices)).map(str)
            several = st.lists(numbers, min_size=1, max_size=3).map(",".join)
            answer = data.draw(numbers if topic.form is Form.ONE else several)
        try:
            interview = interview.answered(topic, answer)
        except InputError:
            interview = interview.answered(topic, "?")
    assert len(interview.asked) <= MOST
    read = parse_submission(interview.toml().encode())
    assert decide(RULES, read, at=TODAY).outcome is interview.decision.outcome


def test_every_question_fills_only_fields_that_a_submission_may_state():
    for topic in TOPICS.values():
        assert all(FIELDS[name].statable for name in topic.fields)
        for choice in topic.choices:
            assert set(choice.fills) | set(choice.otherwise) <= set(topic.fields)
