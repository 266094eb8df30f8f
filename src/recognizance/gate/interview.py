"""An interview of a few plain questions that ends in a submission and a first outcome.

The next question is the one that the rules need most: each clause that is still open asks for its
open fields, a forbid three times as loudly as a requirement, and a clause that hangs on many fields
less for each of them. It ends when a rule refuses whatever else is said, when nothing is open that
a question could settle, or after `MOST` questions. What was not asked stays unknown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate.cards import Effect
from recognizance.gate.decide import decide
from recognizance.gate.kinds import UNKNOWN, YES, plain
from recognizance.gate.kleene import evaluate, open_fields
from recognizance.gate.language import And, Known, Member, Not, Or, Relation
from recognizance.gate.submission import submission_from
from recognizance.gate.topics import FURTHER, OPENING
from recognizance.gate.writing import toml_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.draft import Facts
    from recognizance.gate.kinds import Value
    from recognizance.gate.language import Expr
    from recognizance.gate.submission import Submission
    from recognizance.gate.topics import Topic

MOST: Final = 15
"""Questions at most: what a person answers in one sitting."""

FORBID_WEIGHT: Final = 3.0
"""A forbid ends the matter, a requirement asks for one thing more."""

_SEARCHES: Final = frozenset({"identify_1toN", "watchlist"})
_LIST: Final = ("wl.size", "wl.source", "wl.criteria")
_HEAD: Final = "# Written by an interview. Answer what is marked MISSING, and check the rest."


@dataclass(frozen=True, slots=True)
class Interview:
    """Where an interview stands; each answer makes the next one.

    Attributes:
        bundle: The rules.
        at: The day of the decision.
        stated: The fields so far.
        asked: Names of the questions that were asked.
    """

    bundle: RuleBundle
    at: date
    stated: Mapping[str, Value] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    @property
    def submission(self) -> Submission:
        """What is stated so far. A search has a list, of which nothing may be known yet."""
        stated: dict[str, object] = {name: plain(value) for name, value in self.stated.items()}
        if self.stated.get("fn") in _SEARCHES:
            for name in _LIST:
                stated.setdefault(name, UNKNOWN.value)
        elif not any(name in stated for name in _LIST) and stated.get("wl.minors") != YES:
            # "No" to what may be on a list makes no list.
            stated = {name: raw for name, raw in stated.items() if not name.startswith("wl.")}
        return submission_from(stated)

    @property
    def decision(self) -> GateDecision:
        """What the gate answers to what is stated so far."""
        return decide(self.bundle, self.submission, at=self.at)

    def next(self) -> Topic | None:
        """The question to ask now, or None where the interview is over."""
        if len(self.asked) >= MOST:
            return None
        if self.asked and self._is_refused():
            return None
        for topic in OPENING:
            if topic.name not in self.asked:
                return topic
        worth = self._worth()
        left = [topic for topic in FURTHER if topic.name not in self.asked and worth[topic.name]]
        return max(left, key=lambda topic: worth[topic.name], default=None)

    def answered(self, topic: Topic, answer: str) -> Interview:
        """The interview after an answer.

        Args:
            topic: The question, as `next` gave it.
            answer: What was typed.

        Raises:
            InputError: The answer cannot be read; the hint says what can be typed.
            SubmissionError: It contradicts an earlier one, as a state in another country does.
        """
        stated = {**self.stated, **topic.read(answer)}
        made = replace(self, stated=MappingProxyType(stated), asked=(*self.asked, topic.name))
        read = made.submission.stated
        return replace(made, stated=MappingProxyType({**stated, **_places(read)}))

    def _is_refused(self) -> bool:
        """Whether a rule refuses whatever else is said; some refuse only while a fact is open."""
        facts = self.decision.facts
        return any(
            evaluate(_unasked(clause.when, facts), facts.values)
            for card, clause in self.bundle.clauses.values()
            if clause.effect is Effect.FORBID and card.in_force(self.at)
        )

    def _worth(self) -> Counter[str]:
        """How much the open clauses want each question answered."""
        wanted: Counter[str] = Counter()
        facts = self.decision.facts
        for card, clause in self.bundle.clauses.values():
            if clause.effect is Effect.CONDITION or not card.in_force(self.at):
                continue
            when = _unasked(clause.when, facts)
            truth = evaluate(when, facts.values)
            if truth is False:
                continue
            names = open_fields(when, facts.values)
            if truth and clause.effect is Effect.REQUIRE:
                names = tuple(name for name in clause.needs if facts[name] is UNKNOWN)
            sources = dict.fromkeys(source for name in names for source in facts.missing(name))
            weight = FORBID_WEIGHT if clause.effect is Effect.FORBID else 1.0
            for source in sources:
                wanted[source] += weight / len(sources)  # type: ignore[assignment]  # a share
        return Counter(
            {topic.name: sum(wanted[name] for name in topic.fields) for topic in FURTHER}
        )

    def toml(self) -> str:
        """The submission as a file; what the rules still wait for stands in it as MISSING."""
        stated = {
            name: value for name, value in self.submission.stated.items() if value is not UNKNOWN
        }
        missing = {gap.field for gap in self.decision.missing}
        missing |= {"title", "operator"} - stated.keys()
        missing |= self.submission.stated.keys() - stated.keys()
        lines = toml_lines(stated, missing - stated.keys())
        return "\n".join((_HEAD, *lines)) + "\n"


def _unasked(expr: Expr, facts: Facts) -> Expr:
    """A condition in which "nobody knows" is open too: a question may still settle it."""
    match expr:
        case Known(field) if facts[field] is UNKNOWN:
            return Member(field, Relation.IN, ())
        case Not(part):
            return Not(_unasked(part, facts))
        case And(parts):
            return And(tuple(_unasked(part, facts) for part in parts))
        case Or(parts):
            return Or(tuple(_unasked(part, facts) for part in parts))
        case _:
            return expr


def _places(stated: Mapping[str, Value]) -> dict[str, Value]:
    """Country and state as the reader completed them: `CA` in `US` is `US-CA`."""
    return {name: stated[name] for name in ("op.country", "op.subdiv") if name in stated}
