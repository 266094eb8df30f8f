"""Cedar and the three-valued evaluator say the same of every clause, on thousands of questions."""

import ast
import inspect
from dataclasses import replace

import pytest
from gate_strategies import AT, tool
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.gate import kleene
from recognizance.gate.cedar import Answer, CedarRules
from recognizance.gate.fields import FIELDS
from recognizance.gate.language import Not
from recognizance.types import Outcome

differential = tool("differential")
gate_questions = tool("gate_questions")


@pytest.fixture(scope="module")
def generator(bundle):
    return gate_questions.Generator(bundle, seed=0)


@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**48))
def test_both_engines_say_the_same_of_every_clause(bundle, generator, seed):
    generator.begin(seed)
    question = generator.question()
    first, second = differential.answers(bundle, question)
    assert first == second, (question.content, question.at)


def test_every_clause_holds_and_does_not_hold_in_a_short_run_and_none_disagrees(bundle, generator):
    generator.begin(1)
    tally = differential.compare(bundle, (generator.question() for _ in range(2500)))
    assert tally.disagreements == 0
    assert tally.one_sided(bundle) == []
    assert {Outcome.REFUSE, Outcome.INCOMPLETE, Outcome.PERMIT_WITH_CONDITIONS} <= set(
        tally.outcomes
    )


def test_the_same_seed_asks_the_same_questions(bundle, generator):
    def asked(seed):
        generator.begin(seed)
        return [(q.content, q.facts, q.at) for q in (generator.question() for _ in range(40))]

    assert asked(7) == asked(7)
    assert asked(7) != asked(8)


def test_the_second_engine_shares_only_the_parsed_condition_with_the_first():
    imported = {
        node.module
        for node in ast.walk(ast.parse(inspect.getsource(kleene)))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("recognizance")
    }
    assert imported == {"recognizance.gate.kinds", "recognizance.gate.language"}


# ---- a fault in either engine is found ----------------------------------------------------------


@pytest.fixture(scope="module")
def faulty(bundle):
    """A bundle whose compiled policies turn one clause round."""
    card = bundle.cards["HR-05"]
    turned = replace(card.clauses[0], when=Not(card.clauses[0].when))
    cards = {**bundle.cards, "HR-05": replace(card, clauses=(turned,))}
    return replace(bundle, rules=CedarRules(tuple(cards.values())))


def test_a_slip_in_the_compiled_policies_is_found_and_made_small(faulty, generator, capsys):
    generator.begin(1)
    tally = differential.compare(faulty, (generator.question() for _ in range(60)))
    assert tally.disagreements > 30
    small = differential.smallest(faulty, tally.first)
    assert not differential.agree(faulty, small)
    assert len(small.content) < len(tally.first.content) / 2
    differential.print_disagreement(faulty, small)
    assert "HR-05#0" in capsys.readouterr().out


def test_a_slip_on_facts_that_no_submission_has_is_made_small_too(faulty):
    facts = dict.fromkeys(FIELDS, kleene.Unknown.UNKNOWN) | {
        "op.kind": "private",
        "notice": "yes",
    }
    question = gate_questions.Question({}, facts, AT)
    assert not differential.agree(faulty, question)
    small = differential.smallest(faulty, question)
    assert small.facts["notice"] is kleene.Unknown.UNKNOWN
    assert small.facts["op.kind"] == "private"


def test_a_slip_in_the_decision_alone_is_found(bundle, generator, monkeypatch):
    real = differential.decide

    def lenient(*args, **more):
        return replace(real(*args, **more), outcome=Outcome.PERMIT)

    monkeypatch.setattr(differential, "decide", lenient)
    generator.begin(1)
    questions = [generator.question() for _ in range(40)]
    assert differential.compare(bundle, questions).disagreements > 0


def test_a_clause_that_never_holds_in_a_run_is_named(bundle, generator):
    generator.begin(1)
    tally = differential.compare(bundle, [generator.question()])
    assert "PR-02#0" in tally.one_sided(bundle)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(), Outcome.PERMIT),
        (Answer(conditions=("GV-03#0",)), Outcome.PERMIT_WITH_CONDITIONS),
        (Answer(required=("GV-01#0",), conditions=("GV-03#0",)), Outcome.INCOMPLETE),
        (Answer(undecided=("HR-05#0",)), Outcome.INCOMPLETE),
        (Answer(forbidden=("HR-05#0",), required=("GV-01#0",)), Outcome.REFUSE),
        (Answer(fault="no answer"), Outcome.REFUSE),
    ],
)
def test_the_outcome_of_an_answer(answer, outcome):
    assert differential.outcome_of(answer) is outcome


def test_the_tool_prints_every_clause_and_says_so_with_its_exit_code(
    bundle, faulty, monkeypatch, capsys
):
    monkeypatch.setattr(differential, "load_bundle", lambda: bundle)
    assert differential.main(["--n", "30", "--seed", "3"]) == 1  # too few to see every clause
    printed = capsys.readouterr().out
    assert all(clause_id in printed for clause_id in bundle.clauses)
    assert "30 questions from seed 3, 0 disagreements" in printed
    monkeypatch.setattr(differential, "load_bundle", lambda: faulty)
    assert differential.main(["--n", "30"]) == 1
    assert "the engines do not agree on" in capsys.readouterr().out
