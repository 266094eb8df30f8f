"""The compiled policies agree with a second reading, and an engine that errs refuses."""

from dataclasses import replace
from datetime import date

import cedarpy
import pytest
from gate_strategies import AT, card_of, conditions, fact_values
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.errors import RuleBundleError
from recognizance.gate import cedar
from recognizance.gate.cards import Effect
from recognizance.gate.cedar import Answer, CedarRules
from recognizance.gate.decide import decide
from recognizance.gate.kleene import evaluate
from recognizance.gate.language import parse
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


@settings(max_examples=500, deadline=None)
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


def test_a_missing_attribute_refuses(permissive, monkeypatch):
    monkeypatch.setattr(cedar, "context_of", lambda *_: {"at": 20261122})
    assert outcome_of(permissive) == (Outcome.REFUSE, ["D5"])


def test_an_attribute_of_the_wrong_type_refuses(permissive, monkeypatch):
    monkeypatch.setattr(cedar, "context_of", lambda *_: {"at": 20261122, "alert.group": 1})
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
    monkeypatch.setattr(cedar, "compiled", lambda *_, **__: "context[")
    with pytest.raises(RuleBundleError):
        CedarRules([card_of("HR-01", Effect.FORBID, parse("notice", {}))])


def test_a_policy_that_compares_what_cannot_be_does_not_load(monkeypatch):
    monkeypatch.setattr(cedar, "compiled", lambda *_, **__: 'context["notice"] < 3')
    with pytest.raises(RuleBundleError, match="do not validate"):
        CedarRules([card_of("HR-01", Effect.FORBID, parse("notice", {}))])
