"""The condition language: what it reads, what it refuses, and its three truth values."""

import pytest
from gate_strategies import conditions, fact_values
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.errors import RuleBundleError
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.kleene import evaluate, open_fields
from recognizance.gate.language import (
    MAX_DEPTH,
    And,
    Bound,
    Known,
    Member,
    Not,
    Or,
    Order,
    Relation,
    fields_of,
    parse,
    rewards_ignorance,
)

LIVE = Member("mode", Relation.IN, ("live", "near_live"))


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("mode == live", Member("mode", Relation.IN, ("live",))),
        ("mode != live", Member("mode", Relation.NOT_IN, ("live",))),
        ("mode in [live, near_live]", LIVE),
        ("mode not in [live, near_live]", Member("mode", Relation.NOT_IN, ("live", "near_live"))),
        ("pop.kind within [staff]", Member("pop.kind", Relation.WITHIN, ("staff",))),
        ("infer contains race", Member("infer", Relation.IN, ("race",))),
        ("notice", Member("notice", Relation.IN, ("yes",))),
        ("not notice", Not(Member("notice", Relation.IN, ("yes",)))),
        ("review.n == 0", Bound("review.n", Order.EQ, 0)),
        ("review.n != 0", Bound("review.n", Order.NE, 0)),
        ("ev.ratio_lb > 5_000_000_000", Bound("ev.ratio_lb", Order.GT, 5_000_000_000)),
        ("ev.age_d<=365", Bound("ev.age_d", Order.LE, 365)),
        ("known(routine)", Known("routine")),
        ("always", And(())),
        (
            'op.subdiv == "US-OR" and op.city == portland',
            And(
                (
                    Member("op.subdiv", Relation.IN, ("US-OR",)),
                    Member("op.city", Relation.IN, ("portland",)),
                )
            ),
        ),
        ("op.subdiv == US-OR", Member("op.subdiv", Relation.IN, ("US-OR",))),
        ('op.city == "san francisco"', Member("op.city", Relation.IN, ("san francisco",))),
        ("live", LIVE),
        (
            "notice or live and not (assembly or live)",
            Or(
                (
                    Member("notice", Relation.IN, ("yes",)),
                    And((LIVE, Not(Or((Member("assembly", Relation.IN, ("yes",)), LIVE))))),
                )
            ),
        ),
    ],
)
def test_a_condition_is_read_as_it_says(text, expr):
    assert parse(text, {"live": LIVE}) == expr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mode",
        "mode ==",
        "mode == alive",
        "mode == unknown",
        "op.city == unknown",
        "mode in live",
        "mode in [live",
        "mode in []",
        "mode in [live near_live]",
        "mode not live",
        "mode contains live",
        "mood == live",
        "notice == maybe",
        "notice and",
        "notice notice",
        "notice)",
        "(notice",
        "and notice",
        "known notice",
        "known(mood)",
        "known(in)",
        "review.n",
        "review.n in [0, 1]",
        "review.n == none",
        "review.n > 1.5",
        "review.n > -1",
        "3 > review.n",
        "notice == 'yes'",
        'op.city == "a\\"b"',
        "notice; notice",
        "not " * (MAX_DEPTH + 1) + "notice",
        "(" * (MAX_DEPTH + 1) + "notice" + ")" * (MAX_DEPTH + 1),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(text):
    with pytest.raises(RuleBundleError) as caught:
        parse(text, {})
    assert "cannot be read" in caught.value.message
    assert caught.value.hint


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text):
    try:
        parse(text, {})
    except RuleBundleError:
        return


def test_fields_are_listed_once_in_order():
    expr = parse("not (notice and (review.n > 1 or known(mode))) or notice", {})
    assert fields_of(expr) == ("notice", "review.n", "mode")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("notice and not known(routine)", ()),
        ("not (notice or known(routine))", ()),
        ("known(routine) and routine", ("routine",)),
        ("not (notice and not known(routine))", ("routine",)),
        ("not not (known(mode) or known(fn))", ("mode", "fn")),
        ("always", ()),
    ],
)
def test_where_not_knowing_would_pay_is_found(text, fields):
    assert rewards_ignorance(parse(text, {})) == fields


def facts(**changes):
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return dict.fromkeys(FIELDS, UNKNOWN) | named


T, F, U = "notice == yes", "notice == no", "assembly"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        (T, True), (F, False), (U, None),
        (f"not {T}", False), (f"not ({U})", None),
        (f"{T} and {T}", True), (f"{T} and {F}", False), (f"{T} and {U}", None),
        (f"{F} and {U}", False), (f"{U} and {U}", None),
        (f"{F} or {F}", False), (f"{T} or {U}", True), (f"{F} or {U}", None),
        (f"{U} or {U}", None),
        ("always", True), ("not always", False),
        ("known(notice)", True), ("known(assembly)", False), ("not known(assembly)", True),
    ],
)  # fmt: skip
def test_truth_follows_the_strong_tables_of_kleene(text, truth):
    assert evaluate(parse(text, {}), facts(notice="yes")) is truth


@pytest.mark.parametrize(
    ("text", "held", "truth"),
    [
        ("cam.kind == body", {"body", "fixed"}, True),
        ("cam.kind != body", {"body", "fixed"}, True),
        ("cam.kind != body", {"body"}, False),
        ("cam.kind not in [body, fixed]", {"body", "fixed"}, False),
        ("cam.kind within [body, fixed]", {"body"}, True),
        ("cam.kind within [body]", {"body", "fixed"}, False),
        ("not (cam.kind in [body])", {"body", "fixed"}, False),
        ("infer in [race]", set(), False),
        ("infer within [race]", set(), True),
    ],
)
def test_a_second_value_never_hides_the_first(text, held, truth):
    expr = parse(text, {})
    field = fields_of(expr)[0]
    assert evaluate(expr, facts() | {field: frozenset(held)}) is truth
    assert evaluate(expr, facts()) is None


@pytest.mark.parametrize(
    ("order", "truths"),
    [
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        (">", (False, False, True)),
        (">=", (False, True, True)),
        ("==", (False, True, False)),
        ("!=", (True, False, True)),
    ],
)
def test_numbers_are_compared_at_equality_too(order, truths):
    expr = parse(f"review.n {order} 2", {})
    assert tuple(evaluate(expr, facts(review__n=n)) for n in (1, 2, 3)) == truths
    assert evaluate(expr, facts()) is None


def test_only_what_could_change_it_is_asked_for():
    expr = parse("(notice and assembly) or (routine and not known(mode))", {})
    assert open_fields(expr, facts()) == ("notice", "assembly", "routine")
    assert open_fields(expr, facts(notice="no")) == ("routine",)
    assert open_fields(expr, facts(notice="yes")) == ("assembly", "routine")
    assert open_fields(expr, facts(notice="no", mode="live")) == ()
    assert open_fields(parse("not (notice)", {}), facts()) == ("notice",)
    assert open_fields(parse("known(notice)", {}), facts()) == ()


@settings(max_examples=200, deadline=None)
@given(conditions(known=False), fact_values(), fact_values())
def test_learning_more_never_turns_a_decided_condition_round(expr, partly, other):
    learnt = {name: (other[name] if value is UNKNOWN else value) for name, value in partly.items()}
    before = evaluate(expr, partly)
    if before is not None:
        assert evaluate(expr, learnt) is before


@settings(max_examples=200, deadline=None)
@given(conditions(), fact_values(), fact_values())
def test_a_condition_that_does_not_reward_ignorance_never_weakens_by_it(expr, known, holes):
    if rewards_ignorance(expr):
        return
    blurred = {
        name: (UNKNOWN if holes[name] is UNKNOWN else value) for name, value in known.items()
    }
    if evaluate(expr, known) is not False:
        assert evaluate(expr, blurred) is not False


@settings(max_examples=200, deadline=None)
@given(conditions(known=False), fact_values())
def test_an_open_condition_names_unknown_facts_and_a_decided_one_none(expr, values):
    names = open_fields(expr, values)
    assert bool(names) is (evaluate(expr, values) is None)
    assert all(values[name] is UNKNOWN for name in names)
