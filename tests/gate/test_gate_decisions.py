"""Laws of the decision: the unknown never permits, a rule more never loosens."""

import json
from dataclasses import replace

import pytest
from gate_strategies import AT, STATABLE, card_of, conditions, contents, written
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.canonical import canonical_bytes
from recognizance.gate.bundle import rules_root
from recognizance.gate.cards import Effect
from recognizance.gate.cases import load_case
from recognizance.gate.cedar import CedarRules
from recognizance.gate.decide import decide
from recognizance.gate.facts import derive, open_permit
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.language import parse
from recognizance.gate.submission import submission_from
from recognizance.types import Outcome

STRICTEST_FIRST = [
    Outcome.REFUSE,
    Outcome.INCOMPLETE,
    Outcome.PERMIT_WITH_CONDITIONS,
    Outcome.PERMIT,
]
PERMITS = {Outcome.PERMIT, Outcome.PERMIT_WITH_CONDITIONS}

EVERYONE_STOPPED = {
    "operator": "An agency",
    "op": {"kind": "police", "country": "US", "subdiv": "CA", "city": "none"},
    "fn": "identify_1toN",
    "purpose": "suspect_search",
    "routine": True,
    "mode": "live",
    "place.kind": "street",
    "cam.kind": ["vehicle", "body"],
    "cam.count": 400,
    "pop.kind": "persons_stopped",
}


def rank(decision):
    return STRICTEST_FIRST.index(decision.outcome)


def decided(bundle, content, **more):
    return decide(bundle, submission_from(content), at=AT, **more)


# ---- laws on the shipped rules


CASES = [load_case(path) for path in sorted((rules_root() / "cases").glob("*.toml"))]
FIELD_NAMES = [spec.name for spec in STATABLE if spec.name != "op.freedom"]
"""Without `op.freedom`: the table of D6 decides it, and an applicant's doubt is no other table."""


def flat(case):
    return submission_from(case.content).as_dict()


def without(content, name):
    """A field made unknown; a country takes the state that would name it again with it."""
    gone = {"op.subdiv"} if name == "op.country" else set()
    return {key: value for key, value in content.items() if key not in gone} | {name: "unknown"}


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(CASES), st.lists(st.sampled_from(FIELD_NAMES), min_size=1, max_size=3))
def test_forgetting_a_fact_never_permits_what_was_not_permitted(bundle, case, names):
    content = flat(case)
    before = decide(bundle, submission_from(content), at=case.at)
    for name in names:
        content = without(content, name)
    after = decide(bundle, submission_from(content), at=case.at)
    if before.outcome not in PERMITS:
        assert after.outcome not in PERMITS


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from([case for case in CASES if case.outcomes & PERMITS]),
    st.sampled_from([spec for spec in STATABLE if spec.name in FIELD_NAMES]),
    st.data(),
)
def test_what_is_permitted_unknown_is_permitted_whatever_it_turns_out_to_be(
    bundle, case, spec, data
):
    unknown = without(flat(case), spec.name)
    before = decide(bundle, submission_from(unknown), at=case.at)
    learnt = unknown | {spec.name: data.draw(written(spec))}
    if before.outcome in PERMITS:
        assert decide(bundle, submission_from(learnt), at=case.at).outcome in PERMITS


@settings(max_examples=40, deadline=None)
@given(contents(), st.integers(1, 12))
def test_open_permits_never_loosen(bundle, content, count):
    street = submission_from({"place.kind": "street", "place.span": "site", "mode": "live"})
    permit = open_permit(street, derive(street, bundle.tables, at=AT))
    alone = decided(bundle, content)
    together = decided(bundle, content, open_permits=[permit] * count)
    assert rank(together) <= rank(alone)


@settings(max_examples=40, deadline=None)
@given(contents())
def test_every_outcome_says_why(bundle, content):
    decision = decided(bundle, content)
    if decision.outcome is not Outcome.PERMIT:
        assert decision.deciding
    assert all(fired.reason and fired.source and fired.mark for fired in decision.fired)
    assert bool(decision.missing) is (decision.outcome is Outcome.INCOMPLETE)
    assert all(gap.rules and FIELDS[gap.field].statable for gap in decision.missing)
    assert (decision.conditions != ()) <= (decision.outcome in PERMITS)
    assert all(fired.hook for fired in decision.conditions)
    canonical_bytes(decision.as_dict())


# ---- laws on any rules


def with_rules(bundle, *rules):
    """The bundle with other rules: pairs of an effect and a condition."""
    cards = [card_of(f"HR-{n:02}", effect, when) for n, (effect, when) in enumerate(rules)]
    return replace(
        bundle,
        cards={card.rule_id: card for card in cards},
        clauses={card.clauses[0].clause_id: (card, card.clauses[0]) for card in cards},
        rules=CedarRules(cards),
    )


EFFECTS = st.sampled_from(list(Effect))
RULES = st.lists(st.tuples(EFFECTS, conditions()), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(RULES, conditions(), contents())
def test_a_forbid_more_never_loosens(bundle, rules, when, content):
    fewer = decided(with_rules(bundle, *rules), content)
    more = decided(with_rules(bundle, *rules, (Effect.FORBID, when)), content)
    assert rank(more) <= rank(fewer)


@settings(max_examples=40, deadline=None)
@given(RULES, conditions(), contents())
def test_a_requirement_more_never_loosens(bundle, rules, when, content):
    fewer = decided(with_rules(bundle, *rules), content)
    more = decided(with_rules(bundle, *rules, (Effect.REQUIRE, when)), content)
    assert rank(more) <= rank(fewer)


@settings(max_examples=40, deadline=None)
@given(RULES, contents())
def test_conditions_never_refuse(bundle, rules, content):
    conditions_only = [(Effect.CONDITION, when) for _, when in rules]
    assert decided(with_rules(bundle, *conditions_only), content).outcome in PERMITS


# ---- single decisions


def test_the_story_refuses_by_house_rules(bundle):
    decision = decided(bundle, EVERYONE_STOPPED)
    assert decision.outcome is Outcome.REFUSE
    assert {"HR-05", "HR-07"} <= {fired.rule_id for fired in decision.deciding}
    assert all(fired.effect is Effect.FORBID for fired in decision.deciding)
    assert decision.conditions == ()
    assert decision.missing == ()


def test_nothing_stated_is_incomplete_and_asks(bundle):
    decision = decided(bundle, {})
    assert decision.outcome is Outcome.INCOMPLETE
    assert {"fn", "purpose", "op.kind", "place.kind", "mode"} <= {m.field for m in decision.missing}
    order = [list(FIELDS).index(gap.field) for gap in decision.missing]
    assert order == sorted(order)


@pytest.fixture
def three(bundle):
    return with_rules(
        bundle,
        (Effect.FORBID, parse("place.public and assembly", {})),
        (Effect.REQUIRE, parse("gov.dpia != yes or op.kind == court", {})),
        (Effect.CONDITION, parse("mode == live", {})),
    )


def test_an_unknown_fact_leaves_a_forbid_open_and_is_asked_for(three):
    content = {"gov.dpia": True, "op.kind": "police", "assembly": True, "mode": "recorded"}
    decision = decided(three, content)
    assert decision.outcome is Outcome.INCOMPLETE
    (fired,) = decision.deciding
    assert (fired.rule_id, fired.undecided) == ("HR-00", True)
    assert [gap.field for gap in decision.missing] == ["place.kind"]
    assert decision.missing[0].question == FIELDS["place.kind"].question


def test_a_requirement_that_is_known_to_be_unmet_is_named_too(three):
    content = {"gov.dpia": False, "op.kind": "police", "place.kind": "home", "mode": "recorded"}
    decision = decided(three, content)
    assert [(gap.field, gap.rules) for gap in decision.missing] == [
        ("op.kind", ("HR-01",)),
        ("gov.dpia", ("HR-01",)),
    ]


def test_what_a_requirement_needs_is_asked_for_where_the_card_says_it(bundle):
    base = with_rules(bundle, (Effect.REQUIRE, parse("mode == live and gov.dpia != yes", {})))
    card = base.cards["HR-00"]
    for needs, asked in [
        (("gov.dpia", "notice"), ["gov.dpia"]),
        (("notice",), ["notice"]),
        (("ev.age_d",), ["ev.age_d"]),
    ]:
        clause = replace(card.clauses[0], needs=needs)
        changed = replace(base, clauses={clause.clause_id: (card, clause)})
        decision = decided(changed, {"mode": "live", "gov.dpia": False, "notice": True})
        assert [gap.field for gap in decision.missing] == asked


def test_an_unknown_condition_is_attached(three):
    content = {"gov.dpia": True, "op.kind": "police", "place.kind": "home"}
    decision = decided(three, content)
    assert decision.outcome is Outcome.PERMIT_WITH_CONDITIONS
    (fired,) = decision.conditions
    assert fired.hook == "reviewers"
    assert fired.facts == (("mode", UNKNOWN),)


def test_without_any_condition_it_is_a_plain_permit(three):
    content = {
        "gov.dpia": True,
        "op.kind": "police",
        "place.kind": "home",
        "mode": "recorded",
    }
    decision = decided(three, content)
    assert (decision.outcome, decision.fired, decision.deciding) == (Outcome.PERMIT, (), ())


def test_the_decision_is_json_with_the_digests_of_both_sides(bundle):
    submission = submission_from(EVERYONE_STOPPED)
    decision = decide(bundle, submission, at=AT)
    content = json.loads(canonical_bytes(decision.as_dict()))
    assert content["outcome"] == "refuse"
    assert content["submission"] == submission.digest
    assert content["bundle"] == bundle.digest
    assert content["facts"]["cam.kind"] == ["body", "vehicle"]
    assert content["facts"]["assembly"] == "unknown"
    assert content["fired"][0]["facts"]


def test_the_same_question_gets_the_same_answer(bundle):
    one, other = decided(bundle, EVERYONE_STOPPED), decided(bundle, EVERYONE_STOPPED)
    assert canonical_bytes(one.as_dict()) == canonical_bytes(other.as_dict())
