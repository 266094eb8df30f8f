"""Put the rules to two engines and compare: Cedar, and the three-valued evaluator.

    python tools/differential.py --n 100000 --seed 1

The two share the parsed condition and the derived facts, and nothing else: `gate/cedar.py` turns a
condition into Cedar policies in a certain and a possible reading, `gate/kleene.py` evaluates it
directly with three truth values, and the dates of a card are compared here and there by themselves.
So a slip in the compiler, in its stand-ins for the unknown or in the use of the engine shows up as
a clause on which the two do not agree. What a shared parser gets wrong does not show here; that is
what the story cases are for.

Every eighth submission is put to `gate/decide.py` as well, so that the outcome is compared with one
that is worked out here. How the questions are made up stands in `gate_questions`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gate_questions import Generator, Question, asked
from recognizance.errors import SubmissionError
from recognizance.gate.bundle import load_bundle
from recognizance.gate.cards import Effect
from recognizance.gate.cedar import Answer
from recognizance.gate.decide import decide
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.kleene import evaluate
from recognizance.gate.submission import submission_from
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cards import Card
    from recognizance.gate.kinds import Value

DECIDED_TOO: Final = 8
"""Every so many submissions the whole decision is made as well."""


@dataclass(slots=True)
class Tally:
    """What was seen so far.

    Attributes:
        outcomes: How many questions came to each outcome.
        certain: How often each clause certainly held.
        possible: How often each clause was left open by an unknown fact.
        asked: How many questions were asked.
        first: The first question on which the engines did not agree, or None.
        disagreements: How many there were.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    certain: Counter[str] = field(default_factory=Counter)
    possible: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    first: Question | None = None
    disagreements: int = 0

    def one_sided(self, bundle: RuleBundle) -> list[str]:
        """Clauses that never held, or that held every time although a fact decides them."""
        return [
            clause_id
            for clause_id, (_, clause) in bundle.clauses.items()
            if not (fired := self.certain[clause_id] + self.possible[clause_id])
            or (fired == self.asked and clause.reads)
        ]


# ---- the two answers ------------------------------------------------------------------------


def truths(
    cards: Iterable[Card], facts: Mapping[str, Value], at: date
) -> dict[tuple[str, Effect], bool | None]:
    """Every clause that is not plainly false, with True, or None where an unknown fact decides.

    Args:
        cards: The rule cards, in their order.
        facts: A value for every field.
        at: The day on which the rules have to be in force.
    """
    return {
        (clause.clause_id, clause.effect): truth
        for card in cards
        if (card.legal_from is None or at >= card.legal_from)
        and (card.legal_until is None or at < card.legal_until)
        for clause in card.clauses
        if (truth := evaluate(clause.when, facts)) is not False
    }


def second_answer(found: Mapping[tuple[str, Effect], bool | None]) -> Answer:
    """What the policies should say, from the clauses that are not plainly false."""

    def names(effect: Effect, *those: bool | None) -> tuple[str, ...]:
        return tuple(
            name for (name, what), truth in found.items() if what is effect and truth in those
        )

    return Answer(
        forbidden=names(Effect.FORBID, True),
        undecided=names(Effect.FORBID, None),
        required=names(Effect.REQUIRE, True, None),
        conditions=names(Effect.CONDITION, True, None),
    )


def outcome_of(answer: Answer) -> Outcome:
    """The outcome that an answer comes to, said once more than in `gate/decide.py`."""
    if answer.fault or answer.forbidden:
        return Outcome.REFUSE
    if answer.undecided or answer.required:
        return Outcome.INCOMPLETE
    return Outcome.PERMIT_WITH_CONDITIONS if answer.conditions else Outcome.PERMIT


def answers(bundle: RuleBundle, question: Question) -> tuple[Answer, Answer]:
    """What Cedar says and what the three-valued evaluator says."""
    found = truths(bundle.cards.values(), question.facts, question.at)
    return bundle.rules.answer(question.facts, question.at), second_answer(found)


def agree(bundle: RuleBundle, question: Question) -> bool:
    """Whether both engines say the same of every clause."""
    first, second = answers(bundle, question)
    return first == second


def same_outcome(bundle: RuleBundle, question: Question) -> bool:
    """Whether the gate decides a submission as the three-valued evaluator would."""
    decision = decide(bundle, submission_from(question.content), at=question.at)
    return decision.outcome is outcome_of(answers(bundle, question)[1])


# ---- running --------------------------------------------------------------------------------


def compare(bundle: RuleBundle, questions: Iterable[Question]) -> Tally:
    """Put every question to both engines and count."""
    tally, cards = Tally(), tuple(bundle.cards.values())
    for question in questions:
        found = truths(cards, question.facts, question.at)
        second = second_answer(found)
        tally.asked += 1
        tally.outcomes[outcome_of(second)] += 1
        for (clause_id, _), truth in found.items():
            (tally.certain if truth else tally.possible)[clause_id] += 1
        same = bundle.rules.answer(question.facts, question.at) == second
        if question.content and tally.asked % DECIDED_TOO == 0:
            same = same and same_outcome(bundle, question)
        if not same:
            tally.disagreements += 1
            tally.first = tally.first or question
    return tally


def smallest(bundle: RuleBundle, question: Question) -> Question:
    """The same disagreement with as few fields as possible: drop one at a time while it stays."""
    if not question.content:
        return _fewest_facts(bundle, question)
    for name in list(question.content):
        content = {key: value for key, value in question.content.items() if key != name}
        try:
            less = asked(bundle, content, question.at)
        except SubmissionError:
            continue
        if not agree(bundle, less):
            question = less
    return question


def _fewest_facts(bundle: RuleBundle, question: Question) -> Question:
    for name in FIELDS:
        less = Question({}, {**question.facts, name: UNKNOWN}, question.at)
        if not agree(bundle, less):
            question = less
    return question


def print_disagreement(bundle: RuleBundle, question: Question) -> None:
    """What to type to see it, and what each engine says."""
    print(f"the engines do not agree on {question.at}:")
    known = {name: value for name, value in question.facts.items() if value is not UNKNOWN}
    for name, value in (question.content or known).items():
        print(f"  {name} = {value!r}")
    for engine, answer in zip(("cedar", "kleene"), answers(bundle, question), strict=True):
        print(f"  {engine}: {outcome_of(answer)} {answer}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run it and print what came of it.

    Returns:
        0 if both engines always agreed and every clause was seen on both sides, else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--n", type=int, default=100_000, help="how many questions")
    parser.add_argument("--seed", type=int, default=1, help="where chance starts")
    options = parser.parse_args(argv)
    began = time.perf_counter()
    bundle = load_bundle()
    generator = Generator(bundle, seed=options.seed)
    tally = compare(bundle, (generator.question() for _ in range(options.n)))
    print(f"{'clause':10}{'certain':>10}{'possible':>10}{'not':>10}")
    for clause_id in bundle.clauses:
        certain, possible = tally.certain[clause_id], tally.possible[clause_id]
        print(f"{clause_id:10}{certain:10}{possible:10}{tally.asked - certain - possible:10}")
    for outcome in Outcome:
        print(f"{outcome:24}{tally.outcomes[outcome]:10}")
    one_sided = tally.one_sided(bundle)
    if one_sided:
        print(f"seen on one side only: {', '.join(one_sided)}")
    if tally.first:
        print_disagreement(bundle, smallest(bundle, tally.first))
    print(
        f"{tally.asked} questions from seed {options.seed}, "
        f"{tally.disagreements} disagreements, {time.perf_counter() - began:.0f} s"
    )
    return 1 if tally.disagreements or one_sided else 0


if __name__ == "__main__":
    sys.exit(main())
