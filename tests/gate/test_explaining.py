"""Explanations: grounds with their origins, and evidence that is enough and not too much."""

import json
from functools import cache
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizance.errors import SubmissionError
from recognizance.gate.answers import Answers
from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cases import load_case, open_permits_of
from recognizance.gate.cedar import Answer
from recognizance.gate.decide import decide
from recognizance.gate.explain import PERMITS, explain
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN, plain
from recognizance.gate.lifting import Lifting, is_asked_for
from recognizance.gate.origins import Origin
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import kinds, template
from recognizance.gate.wording import wanted
from recognizance.types import Outcome

RULES = load_bundle()
CASES = sorted((rules_root() / "cases").glob("*.toml"))


@cache
def readable():
    """Every shipped case whose submission can be read, with its permits."""
    found = []
    for path in CASES:
        case = load_case(path)
        try:
            submission = submission_from(case.content)
        except SubmissionError:
            continue
        found.append((case, submission, open_permits_of(case, RULES)))
    return found


@cache
def permitted():
    return [
        (case, submission)
        for case, submission, permits in readable()
        if not permits
        and decide(RULES, submission, at=case.at).outcome in PERMITS
        and "--" not in case.case_id
    ]


@cache
def explanations():
    """Every readable case with its explanation; made once, looked at by several tests."""
    return [
        (case, submission, permits, explain(RULES, submission, at=case.at, open_permits=permits))
        for case, submission, permits in readable()
    ]


def changed(submission, changes):
    """The submission as a person would write it down again, with some fields answered."""
    content = submission.as_dict()
    content.pop("wl", None)
    if submission.has_list:
        content["wl"] = {}
    return submission_from(content | {name: plain(value) for name, value in changes.items()})


def permits(submission, changes, at, open_permits=()):
    decision = decide(RULES, changed(submission, changes), at=at, open_permits=open_permits)
    return decision.outcome in PERMITS


def assert_enough_and_no_more(submission, found, at, open_permits=()):
    """The law: with the whole list the gate permits, without any one part of it it does not."""
    answers = {item.field: item.value for item in found.evidence}
    assert permits(submission, answers, at, open_permits)
    for name in answers:
        rest = {other: value for other, value in answers.items() if other != name}
        assert not permits(submission, rest, at, open_permits), name


# ---- the law --------------------------------------------------------------------------------


def test_the_evidence_for_every_shipped_case_is_enough_and_no_more():
    lists = 0
    for case, submission, open_permits, found in explanations():
        if found.decision.outcome in PERMITS:
            assert found.evidence == ()
        elif found.evidence is not None:
            lists += 1
            assert found.evidence
            assert_enough_and_no_more(submission, found, case.at, open_permits)
        else:
            assert found.in_the_way
            assert found.proven
    assert lists > 50


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_taken_from_a_permitted_use_is_asked_back(data):
    case, submission = data.draw(st.sampled_from(permitted()))
    names = sorted(name for name in submission.stated if not is_asked_for(name) and name != "class")
    taken = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=8, unique=True))
    open_now = changed(submission, dict.fromkeys(taken, UNKNOWN))
    found = explain(RULES, open_now, at=case.at)
    assert found.evidence is not None
    assert len(found.evidence) <= len(taken)
    assert_enough_and_no_more(open_now, found, case.at)
    assert not [item for item in found.evidence if item.asked_for]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_smaller_set_of_answers_is_found_by_trying_them_all(data):
    case, submission = data.draw(st.sampled_from(permitted()))
    names = sorted(name for name in submission.stated if not is_asked_for(name) and name != "class")
    taken = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    open_now = changed(submission, dict.fromkeys(taken, UNKNOWN))
    found = explain(RULES, open_now, at=case.at)
    assert found.proven
    answers, facts = Answers(RULES, case.at), found.decision.facts
    lifting = Lifting(RULES, open_now, at=case.at)
    fields = sorted(name for name in lifting.provable if not is_asked_for(name))
    for size in range(min(len(found.evidence), 2)):
        for chosen in combinations(fields, size):
            for values in product(*(answers.to(name, facts) for name in chosen)):
                assert lifting.in_the_way(dict(zip(chosen, values, strict=True)))


@pytest.mark.parametrize("kind", kinds())
def test_every_template_is_told_what_it_lacks(kind):
    submission = parse_submission(template(kind).encode())
    at = load_case(CASES[0]).at
    found = explain(RULES, submission, at=at)
    assert found.evidence is not None
    if found.evidence:
        assert_enough_and_no_more(submission, found, at)


def test_what_is_asked_for_and_known_is_never_changed():
    for case, _, _, found in explanations():
        for item in found.evidence or ():
            known = found.decision.facts[item.field] is not UNKNOWN
            assert not (known and is_asked_for(item.field)), (case.case_id, item.field)


def test_every_answer_that_is_said_to_do_does():
    for case, submission, open_permits, found in explanations():
        answers = {item.field: item.value for item in found.evidence or ()}
        for item in found.evidence or ():
            if "wl.size" in answers:
                continue  # the list and the tested gallery move together
            for value in item.accepted:
                assert permits(submission, answers | {item.field: value}, case.at, open_permits)


# ---- refusals -------------------------------------------------------------------------------


def explained(case_id):
    case = load_case(rules_root() / "cases" / f"{case_id}.toml")
    return explain(
        RULES,
        submission_from(case.content),
        at=case.at,
        open_permits=open_permits_of(case, RULES),
    )


def test_a_rule_on_what_is_asked_for_is_lifted_by_no_evidence():
    found = explained("police-car-body-everyone-stopped")
    assert {one.rule.rule_id: one.liftable for one in found.deciding} == {
        "HR-05": False,
        "HR-07": False,
    }
    assert (found.evidence, found.in_the_way) == (None, ("HR-05", "HR-07"))


def test_a_missing_order_is_evidence_that_lifts_a_refusal():
    found = explained("eu-police-missing-adult--no-order")
    assert [(one.rule.rule_id, one.lifted_by) for one in found.deciding] == [
        ("LE-03", ("auth.kind",))
    ]
    (item,) = found.evidence
    assert set(item.accepted) == {"warrant", "independent", "emergency"}


def test_an_order_that_has_ended_can_be_followed_by_a_new_one():
    found = explained("eu-police-missing-adult--order-expired")
    assert [item.field for item in found.evidence] == ["auth.expires"]


def test_a_measured_rate_that_no_requirement_asks_for_is_not_argued_away():
    found = explained("custody-one-arrestee-no-name--97-of-100-found")
    assert found.evidence is None
    assert found.in_the_way == ("EV-04",)


def test_a_class_that_relaxes_something_is_never_advised():
    for _, _, _, found in explanations():
        assert {item.value for item in found.evidence or () if item.field == "class"} <= {
            "standard"
        }


def test_an_engine_that_gives_no_answer_cannot_be_argued_with(monkeypatch):
    case, submission = permitted()[0]
    monkeypatch.setattr(type(RULES.rules), "answer", lambda *_: Answer(fault="it is broken"))
    found = explain(RULES, submission, at=case.at)
    assert found.decision.outcome is Outcome.REFUSE
    assert (found.evidence, found.in_the_way) == (None, ("D5",))


# ---- origins --------------------------------------------------------------------------------


def origins(case_id):
    return {
        seen.name: (seen.origin, seen.detail)
        for one in explained(case_id).deciding
        for seen in one.seen
    }


def test_each_fact_says_where_it_came_from():
    seen = origins("eu-police-missing-adult--no-order")
    assert seen["auth.kind"] == (Origin.STATED, "")
    assert seen["op.in_eu"] == (Origin.TABLE, "eu_members")
    assert seen["place.public"] == (Origin.DERIVED, "D3")
    assert origins("capital-recorded-601-seconds--600-seconds")["mode"] == (Origin.DERIVED, "D2")
    assert origins("san-francisco-police-recordings")["op.city_ban"] == (Origin.TABLE, "city_bans")
    assert origins("one-square-country-not-free")["op.freedom"] == (Origin.TABLE, "freedom (D6)")


def test_no_fact_of_any_decision_is_without_an_origin():
    for _, submission, _, found in explanations():
        for one in found.deciding:
            for seen in one.seen:
                assert (seen.origin is Origin.OPEN) == (seen.value is UNKNOWN)
                if seen.origin is Origin.STATED:
                    assert submission.stated[seen.name] == seen.value


# ---- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad", "words"),
    [
        ("ev.age_d", (365, 0), (366,), "at most 365"),
        ("ev.n_group", (30, 31), (29, 0), "at least 30"),
        ("ev.fpir_max_ub", (1_000_000, 0), (1_000_001,), "at most 0.001"),
        ("ev.ratio_lb", (5_000_000_000,), (5_000_000_001,), "at most 5"),
        ("gov.dpia", ("yes",), ("no",), "yes"),
        ("auth.kind", ("warrant", "emergency"), ("none",), "warrant or emergency"),
        ("op.city", ("none",), ("portland",), "one that no rule names"),
        ("auth.expires", ("2026-11-22",), (), "2026-11-22 or later"),
        ("ev.model_id", ("stated",), ("none",), "stated"),
        ("ev.model_id", ("stated",), (), "anything that is so"),
        ("ev.threshold", (0, 1), (), "stated"),
        ("cam.count", (3, 7), (5,), "3 or 7"),
        ("op.city", ("none", "oakland"), (), "one that no rule names, or oakland"),
        ("op.country", ("SE", "GB"), ("US",), "such as SE, GB"),
        ("purpose", tuple("abcdef"), (), "any of its values"),
        ("purpose", tuple("abcdef"), ("x",), "anything but x"),
        ("purpose", tuple("abcdefgh"), tuple("uvwxyz"), "anything but u, v, w, x, y and others"),
        ("purpose", tuple("abcdef"), tuple("tuvwxyz"), "a, b, c, d, e and others"),
        ("fn", (), ("predict",), "stated"),
    ],
)
def test_answers_are_told_in_plain_words(name, good, bad, words):
    assert wanted(name, good, bad) == words


def test_every_field_has_answers_that_the_reader_takes():
    case, submission = permitted()[0]
    answers = Answers(RULES, case.at)
    facts = decide(RULES, submission, at=case.at).facts
    for name, spec in FIELDS.items():
        if spec.derived_from or name == "op.subdiv":
            continue
        for value in answers.to(name, facts):
            assert submission_from({name: plain(value)}).stated.get(name) == value


# ---- where no evidence helps ----------------------------------------------------------------

AT_ODDS = """
[[card]]
id = "HR-90"
title = "Assessed"
mark = "V"
source = "A policy"

[[card.clause]]
effect = "require"
when = "gov.dpia != yes"
reason = "It must be assessed."
needs = ["gov.dpia"]

[[card]]
id = "HR-91"
title = "Not assessed"
mark = "V"
source = "Another policy"

[[card.clause]]
effect = "forbid"
when = "gov.dpia"
reason = "It must not be assessed."
"""


def test_rules_at_odds_with_each_other_are_named_as_in_the_way(rules_copy):
    (rules_copy / "house.toml").write_text(AT_ODDS)
    bundle = load_bundle(rules_copy)
    found = explain(bundle, submission_from({"fn": "track"}), at=permitted()[0][0].at)
    assert found.decision.outcome is Outcome.INCOMPLETE
    assert (found.evidence, found.proven) == (None, True)
    assert set(found.in_the_way) <= {"HR-90", "HR-91"}
    assert found.in_the_way
    assert found.as_dict()["evidence"] is None


def test_a_search_that_gives_up_says_so():
    submission = parse_submission(template("shop").encode())
    at = permitted()[0][0].at
    found = Lifting(RULES, submission, at=at, tries=2).smallest()
    assert (found.changes, found.proven) == (None, False)


def test_a_search_that_runs_out_of_time_still_asks_for_nothing_that_can_be_left_out():
    submission = parse_submission(template("missing_person").encode())
    at = permitted()[0][0].at
    lifting = Lifting(RULES, submission, at=at, tries=150)
    found = lifting.smallest()
    assert found.changes
    assert not found.proven
    assert not lifting.in_the_way(found.changes)
    for name in found.changes:
        rest = {other: value for other, value in found.changes.items() if other != name}
        assert lifting.in_the_way(rest)


def test_nothing_is_advised_that_the_gate_itself_would_not_permit(monkeypatch):
    case = load_case(rules_root() / "cases" / "eu-police-missing-adult--no-notice.toml")
    submission = submission_from(case.content)
    monkeypatch.setattr(type(RULES.rules), "answer", lambda *_: Answer(required=("GV-02#1",)))
    found = explain(RULES, submission, at=case.at)
    assert (found.evidence, found.proven) == (None, False)


def test_an_explanation_is_one_json_document():
    told = explained("eu-police-missing-adult--no-order").as_dict()
    assert json.loads(json.dumps(told)) == told
