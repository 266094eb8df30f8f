"""The compiled policies agree with a second reading, and an engine that errs refuses."""

from dataclasses import replace
from datetime import date

import cedarpy
import pytest
from gate_strategies import AT, card_of, conditions, fact_values
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.errors import RuleBundleError
from recognizance.gate import cedar, policies, slices
from recognizance.gate.bundle import rules_root
from recognizance.gate.cards import Effect
from recognizance.gate.cases import load_case
from recognizance.gate.cedar import Answer, CedarRules
from recognizance.gate.decide import decide
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NUMBERS
from recognizance.gate.kleene import evaluate
from recognizance.gate.language import fields_of, parse
from recognizance.gate.settled import settled
from recognizance.gate.slices import KIND_FIELDS, Slice
from recognizance.gate.submission import submission_from
from recognizance.types import Outcome

DAYS = st.dates(date(2018, 1, 1), date(2029, 1, 1))


def expected_answer(cards, facts, at):
    """What the three-valued evaluator says the policies should say."""
    found = {"forbidden": [], "undecided": [], "required": [], "conditions": []}
    for card in cards:
        if not card.in_force(at):
            continue
        for clause in card.clauses:
            truth = evaluate(clause.when, facts)
            if truth is False:
                continue
            if clause.effect is Effect.FORBID:
                found["forbidden" if truth else "undecided"].append(clause.clause_id)
            else:
                name = "required" if clause.effect is Effect.REQUIRE else "conditions"
                found[name].append(clause.clause_id)
    return Answer(**{name: tuple(ids) for name, ids in found.items()})


@settings(max_examples=200, deadline=None)
@given(facts=fact_values(), at=DAYS)
def test_the_shipped_rules_say_the_same_in_cedar_and_in_three_valued_logic(bundle, facts, at):
    assert bundle.rules.answer(facts, at) == expected_answer(bundle.cards.values(), facts, at)


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions(), min_size=3, max_size=3), fact_values())
def test_any_condition_says_the_same_in_both(exprs, facts):
    cards = [
        card_of(f"HR-0{place}", effect, expr)
        for place, (effect, expr) in enumerate(zip(Effect, exprs, strict=True))
    ]
    assert CedarRules(cards).answer(facts, AT) == expected_answer(cards, facts, AT)


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_end(bundle):
    card = card_of(
        "LE-99",
        Effect.FORBID,
        parse("notice", {}),
        legal_from=date(2026, 1, 1),
        legal_until=date(2027, 1, 1),
    )
    rules = CedarRules([card])
    facts = {"notice": "yes"}
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [bool(rules.answer(facts, day).forbidden) for day in days] == [False, True, True, False]
    assert [card.in_force(day) for day in days] == [False, True, True, False]


# ---- slices: the rules for one kind of case -----------------------------------------------------


def holds(expr, facts, *, possible):
    truth = evaluate(expr, facts)
    return truth is not False if possible else truth is True


def learnt(rules, facts, at=AT):
    """Ask twice, after which the kind of this case has a slice of its own."""
    answers = [rules.answer(facts, at) for _ in range(2)]
    assert answers[0] == answers[1]
    assert any(isinstance(known, Slice) for known in rules._slices.values())
    return answers[0]


@settings(max_examples=300, deadline=None)
@given(
    expr=conditions(),
    facts=fact_values(),
    fields=st.frozensets(st.sampled_from(sorted(KIND_FIELDS))),
    possible=st.booleans(),
)
def test_what_the_kind_leaves_of_a_condition_holds_for_the_same_facts(
    expr, facts, fields, possible
):
    rest = settled(expr, {name: facts[name] for name in fields}, possible=possible)
    assert holds(rest, facts, possible=possible) == holds(expr, facts, possible=possible)
    assert not fields & set(fields_of(rest))


def test_no_number_makes_the_kind_of_a_case():
    assert not {name for name in KIND_FIELDS if FIELDS[name].kind in NUMBERS}


@settings(max_examples=100, deadline=None)
@given(facts=fact_values(), others=st.lists(fact_values(), min_size=5, max_size=5), at=DAYS)
def test_a_slice_says_the_same_as_three_valued_logic_of_every_case_of_its_kind(
    bundle, facts, others, at
):
    learnt(bundle.rules, facts, at)
    known = len(bundle.rules._slices)
    for other in others:
        same_kind = other | {name: facts[name] for name in KIND_FIELDS}
        expected = expected_answer(bundle.cards.values(), same_kind, at)
        assert bundle.rules.answer(same_kind, at) == expected
    assert len(bundle.rules._slices) == known


def test_every_story_case_comes_out_the_same_however_often_it_is_asked(bundle):
    rules = CedarRules(list(bundle.cards.values()))
    for path in (rules_root() / "cases").glob("*.toml"):
        facts = derive(submission_from(load_case(path).content), bundle.tables, at=AT).values
        in_full = rules.answer_in_full(facts, AT)
        assert [rules.answer(facts, AT) for _ in range(3)] == [in_full] * 3, path.name


def test_a_slice_learnt_before_a_law_begins_is_not_asked_after_it_did():
    card = card_of("LE-99", Effect.FORBID, parse("notice", {}), legal_from=date(2026, 1, 1))
    rules, facts = CedarRules([card]), {"notice": "yes"}
    assert not learnt(rules, facts, date(2025, 12, 31)).forbidden
    assert rules.answer(facts, date(2026, 1, 1)).forbidden == ("LE-99#0",)


def test_a_case_of_another_kind_is_not_asked_of_the_slice():
    rules = CedarRules([card_of("HR-01", Effect.FORBID, parse("alert.group", {}))])
    assert not learnt(rules, {"alert.group": "no"}).forbidden
    assert rules.answer({"alert.group": "yes"}, AT).forbidden == ("HR-01#0",)


def test_more_kinds_than_are_remembered_are_answered_all_the_same(bundle, monkeypatch):
    monkeypatch.setattr(cedar, "MOST_KINDS", 2)
    rules = CedarRules([card_of("HR-05", Effect.FORBID, parse("op.kind == police", {}))])
    for kind in FIELDS["op.kind"].values * 2:
        expected = ("HR-05#0",) if kind == "police" else ()
        assert [rules.answer({"op.kind": kind}, AT).forbidden for _ in range(3)] == [expected] * 3
        assert len(rules._slices) <= 2


# ---- hazards: whatever goes wrong in the engine, the answer is no --------------------------------


HARMLESS = submission_from({"class": "trial"})


@pytest.fixture
def permissive(bundle):
    """A bundle with one rule that does not apply: everything is permitted."""
    card = card_of("HR-01", Effect.FORBID, parse("alert.group", {}))
    return replace(
        bundle,
        cards={"HR-01": card},
        clauses={"HR-01#0": (card, card.clauses[0])},
        rules=CedarRules([card]),
    )


def outcome_of(bundle):
    decision = decide(bundle, HARMLESS, at=AT)
    return decision.outcome, [fired.rule_id for fired in decision.deciding]


def test_without_a_fault_it_permits(permissive):
    assert outcome_of(permissive) == (Outcome.PERMIT, [])


def test_a_missing_fact_refuses(permissive):
    assert permissive.rules.answer({}, AT).fault


@pytest.mark.parametrize("value", [1, True, None, frozenset({"no"}), ["no"]])
def test_a_fact_of_another_type_than_its_field_refuses(permissive, value):
    assert permissive.rules.answer({"alert.group": value}, AT).fault


@pytest.mark.parametrize("value", ["3", 3.0, True, None, frozenset()])
def test_a_number_that_is_none_refuses_in_the_slice_as_well(value):
    # Cedar finds a text unequal to a number without an error: the type has to be seen before.
    rules = CedarRules([card_of("HR-01", Effect.FORBID, parse("wl.size == 9", {}))])
    assert rules.answer({"wl.size": value}, AT).fault
    assert not learnt(rules, {"wl.size": 3}).fault
    assert rules.answer({"wl.size": value}, AT).fault
    assert rules.answer({}, AT).fault


@pytest.mark.parametrize("value", ["web", ["web"], frozenset({1}), 1, None])
def test_a_set_that_is_none_refuses(value):
    rules = CedarRules([card_of("HR-09", Effect.FORBID, parse("tmpl.shared_with == web", {}))])
    assert not learnt(rules, {"tmpl.shared_with": frozenset()}).fault
    assert rules.answer({"tmpl.shared_with": value}, AT).fault


def test_a_missing_attribute_refuses(permissive, monkeypatch):
    monkeypatch.setattr(cedar, "context_of", lambda *_: {})
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_an_attribute_of_the_wrong_type_refuses(permissive, monkeypatch):
    monkeypatch.setattr(cedar, "context_of", lambda *_: {"alert.group": 1})
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_a_policy_that_errs_refuses_although_cedar_skips_it(permissive):
    overflow = (
        "permit(principal, action, resource);\n"
        '@id("HR-01#0") forbid(principal, action, resource)'
        " when { context.at * 9223372036854775807 > 0 };"
    )
    permissive.rules._policies["prohibit"] = cedarpy.PolicySet.from_str(overflow)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_a_rule_that_nobody_knows_refuses(permissive):
    strange = '@id("XX-99#0") forbid(principal, action, resource);'
    permissive.rules._policies["require"] = cedarpy.PolicySet.from_str(strange)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_a_rule_without_a_name_refuses(permissive):
    nameless = "permit(principal, action, resource);"
    permissive.rules._policies["prohibit"] = cedarpy.PolicySet.from_str(nameless)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_a_decision_that_does_not_fit_its_reasons_refuses(permissive):
    empty = '@id("base") forbid(principal, action, resource);'
    permissive.rules._policies["prohibit"] = cedarpy.PolicySet.from_str(empty)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_a_forbid_that_is_certain_but_not_possible_refuses(permissive):
    twisted = (
        '@id("base") permit(principal, action, resource);\n'
        '@id("HR-01#0") forbid(principal, action, resource);'
    )
    permissive.rules._policies["prohibit"] = cedarpy.PolicySet.from_str(twisted)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


@pytest.mark.parametrize("error", [ValueError("bad"), KeyError("decision"), TypeError("none")])
def test_an_engine_that_raises_refuses(permissive, monkeypatch, error):
    def broken(*_):
        raise error

    monkeypatch.setattr(cedarpy, "is_authorized", broken)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_no_decision_refuses(permissive, monkeypatch):
    nothing = cedarpy.AuthzResult({"decision": "NoDecision", "diagnostics": {}})
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_: nothing)
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_a_policy_with_a_syntax_error_does_not_load(monkeypatch):
    monkeypatch.setattr(policies, "compiled", lambda *_, **__: "context[")
    with pytest.raises(RuleBundleError):
        CedarRules([card_of("HR-01", Effect.FORBID, parse("notice", {}))])


def test_a_policy_that_compares_what_cannot_be_does_not_load(monkeypatch):
    monkeypatch.setattr(policies, "compiled", lambda *_, **__: 'context["notice"] < 3')
    with pytest.raises(RuleBundleError, match="do not validate"):
        CedarRules([card_of("HR-01", Effect.FORBID, parse("notice", {}))])


# ---- the same hazards where the kind of case has a slice of its own -----------------------------


@pytest.fixture
def sliced(permissive):
    """The permissive bundle with a rule on a number, after it has learnt the harmless case."""
    card = card_of("HR-01", Effect.FORBID, parse("wl.size > 9", {}))
    bundle = replace(
        permissive,
        cards={"HR-01": card},
        clauses={"HR-01#0": (card, card.clauses[0])},
        rules=CedarRules([card]),
    )
    for _ in range(2):
        assert outcome_of(bundle) == (Outcome.PERMIT, [])
    return bundle


def put_into(bundle, text):
    """Exchange the policies of the slice."""
    ((kind, known),) = bundle.rules._slices.items()
    bundle.rules._slices[kind] = replace(known, policies=cedarpy.PolicySet.from_str(text))


ALWAYS = '@id("base") permit(principal, action, resource);\n'


def test_the_slice_is_what_answers(sliced):
    put_into(sliced, ALWAYS + '@id("HR-01#0?") permit(principal, action, resource);')
    assert outcome_of(sliced) == (Outcome.INCOMPLETE, ["HR-01"])


def test_an_attribute_that_is_missing_in_a_slice_refuses(sliced, monkeypatch):
    monkeypatch.setattr(cedar, "context_of", lambda *_: {})
    assert outcome_of(sliced) == (Outcome.REFUSE, ["D5"])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("permit(principal, action, resource);", id="no name"),
        pytest.param(ALWAYS * 2, id="the base twice"),
        pytest.param('@id("base base") permit(principal, action, resource);', id="twice in one"),
        pytest.param('@id("base XX-99#0") permit(principal, action, resource);', id="unknown"),
        pytest.param('@id("HR-01#0?") permit(principal, action, resource);', id="no base"),
        pytest.param('@id("base HR-01#0") permit(principal, action, resource);', id="impossible"),
        pytest.param('@id("base") forbid(principal, action, resource);', id="a forbid"),
        pytest.param(
            ALWAYS + '@id("HR-01#0?") permit(principal, action, resource)'
            ' when { context["wl.size"] * 9223372036854775807 * 9 > context["no such fact"] };',
            id="an error",
        ),
    ],
)
def test_a_slice_that_says_what_cannot_be_refuses(sliced, text):
    put_into(sliced, text)
    assert outcome_of(sliced) == (Outcome.REFUSE, ["D5"])


def test_a_slice_that_differs_from_the_whole_refuses_and_is_not_kept(permissive, monkeypatch):
    text = '@id("base HR-01#0?") permit(principal, action, resource);'
    wrong = Slice(policies=cedarpy.PolicySet.from_str(text), reads=())
    assert outcome_of(permissive) == (Outcome.PERMIT, [])
    monkeypatch.setattr(cedar, "slice_of", lambda *_: wrong)
    for _ in range(3):
        assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])
    assert wrong not in permissive.rules._slices.values()


def test_a_slice_that_agreed_once_and_is_wrong_later_is_found_out_and_believed_no_more(
    sliced, monkeypatch
):
    monkeypatch.setattr(cedar, "HELD_TO_THE_WHOLE", 3)
    put_into(sliced, ALWAYS + '@id("HR-01#0?") permit(principal, action, resource);')
    wrong, right = (Outcome.INCOMPLETE, ["HR-01"]), (Outcome.PERMIT, [])
    answers = [outcome_of(sliced) for _ in range(6)]
    assert answers == [wrong, wrong, (Outcome.REFUSE, ["D5"]), right, right, right]


def test_one_of_so_many_answers_of_a_slice_is_asked_of_the_whole(sliced, monkeypatch):
    asked = []
    in_full = CedarRules._found_in_full
    monkeypatch.setattr(
        CedarRules, "_found_in_full", lambda self, *case: asked.append(1) or in_full(self, *case)
    )
    for number in range(1, 2 * cedar.HELD_TO_THE_WHOLE + 1):
        assert outcome_of(sliced) == (Outcome.PERMIT, [])
        assert len(asked) == number // cedar.HELD_TO_THE_WHOLE


def test_a_slice_that_does_not_validate_refuses(monkeypatch):
    rules = CedarRules([card_of("HR-01", Effect.FORBID, parse("notice", {}))])
    facts = {"notice": "no"}
    assert not rules.answer(facts, AT).fault
    monkeypatch.setattr(slices, "compiled", lambda *_, **__: 'context["notice"] < 3')
    assert rules.answer(facts, AT).fault
