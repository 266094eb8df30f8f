"""The decision: refuse, incomplete, permit with conditions, permit; always with its rules.

    1 DERIVE    the facts, from what was stated, the tables and the operator's open permits
    2 ASK       the compiled rules, three sets
    3 FAULT     an engine that gives no answer refuses (D5)
    4 REFUSE    a forbid that is certain
    5 INCOMPLETE  a requirement that is not proven, or a forbid that an unknown fact decides
    6 PERMIT    with every condition that is possible, or plainly

Every rule that fired is named whatever the outcome, with its reason, its source and the facts it
saw. An unknown never permits: it can only leave a forbid or a requirement open.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate.cards import Card, Clause, Effect, Mark
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN, YES, Kind, plain
from recognizance.gate.kleene import open_fields
from recognizance.gate.settled import ALWAYS
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cedar import Answer
    from recognizance.gate.facts import Facts, OpenPermit
    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission

UNKNOWN_NEVER_PERMITS: Final = "D5"


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that took part in a decision: its card, and what it saw.

    Attributes:
        card: The rule; of a derivation that fired, what stands in for its card.
        clause: Which of its clauses.
        values: Every fact of the decision.
        undecided: A forbid that an unknown fact leaves open.
    """

    card: Card
    clause: Clause
    values: Mapping[str, Value] = field(repr=False)
    undecided: bool = False

    @property
    def rule_id(self) -> str:
        """The card, `HR-05`, or the derivation, `D5`."""
        return self.card.rule_id

    @property
    def clause_id(self) -> str:
        """Which clause of the card, `HR-05#0`; empty for a derivation."""
        return self.clause.clause_id

    @property
    def effect(self) -> Effect:
        """What it did."""
        return self.clause.effect

    @property
    def title(self) -> str:
        """The card's title."""
        return self.card.title

    @property
    def reason(self) -> str:
        """One plain sentence."""
        return self.clause.reason

    @property
    def source(self) -> str:
        """Where the rule comes from."""
        return self.card.source

    @property
    def mark(self) -> str:
        """How sure we are of the source: V, S or M."""
        return self.card.mark.value

    @property
    def hook(self) -> str:
        """What enforces it at run time; empty unless it is a condition."""
        return self.clause.hook

    @property
    def parameters(self) -> Mapping[str, object]:
        """Numbers and texts for the hook."""
        return self.clause.parameters

    @property
    def facts(self) -> tuple[tuple[str, Value], ...]:
        """What the rule saw."""
        return tuple((name, self.values[name]) for name in self.clause.reads)

    def as_dict(self) -> dict[str, object]:
        """The rule as JSON."""
        return {
            "rule": self.rule_id,
            "effect": self.effect.value,
            "title": self.title,
            "reason": self.reason,
            "source": self.source,
            "mark": self.mark,
            "hook": self.hook,
            "parameters": dict(self.parameters),
            "undecided": self.undecided,
            "facts": {name: plain(value) for name, value in self.facts},
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing to state or to do before the gate can decide.

    Attributes:
        field: The field of the submission.
        question: What to ask.
        rules: The rules that wait for it.
    """

    field: str
    question: str
    rules: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The gap as JSON."""
        return {"field": self.field, "question": self.question, "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What the gate answers.

    Attributes:
        outcome: One of four; only the last two let anything run.
        fired: Every rule that took part: forbids, then requirements, then conditions.
        missing: What is missing, where the outcome is `incomplete`; empty otherwise.
        facts: Every fact the decision rests on.
        submission_digest: Digest of what was asked.
        bundle_digest: Digest of the rules.
        at: The day of the decision.
    """

    outcome: Outcome
    fired: tuple[Fired, ...]
    missing: tuple[Missing, ...]
    facts: Facts
    submission_digest: str
    bundle_digest: str
    at: date

    @property
    def deciding(self) -> tuple[Fired, ...]:
        """The rules that make the outcome what it is."""
        if self.outcome is Outcome.REFUSE:
            return tuple(f for f in self.fired if f.effect is Effect.FORBID and not f.undecided)
        if self.outcome is Outcome.INCOMPLETE:
            return tuple(f for f in self.fired if f.effect is Effect.REQUIRE or f.undecided)
        return self.conditions

    @property
    def conditions(self) -> tuple[Fired, ...]:
        """The conditions that a permit on this decision carries; none where it gives none."""
        if self.outcome in {Outcome.REFUSE, Outcome.INCOMPLETE}:
            return ()
        return tuple(f for f in self.fired if f.effect is Effect.CONDITION)

    def as_dict(self) -> dict[str, object]:
        """The decision as JSON."""
        return {
            "outcome": self.outcome.value,
            "at": self.at.isoformat(),
            "submission": self.submission_digest,
            "bundle": self.bundle_digest,
            "fired": [fired.as_dict() for fired in self.fired],
            "missing": [missing.as_dict() for missing in self.missing],
            "derivations": list(self.facts.derivations),
            "facts": {name: plain(value) for name, value in self.facts.values.items()},
        }


def decide(
    bundle: RuleBundle,
    submission: Submission,
    *,
    at: date,
    open_permits: Sequence[OpenPermit] = (),
) -> GateDecision:
    """Decide on a submission.

    Args:
        bundle: The rules.
        submission: What is asked.
        at: The day on which rules, orders and tables have to be in force.
        open_permits: Permits in force, made by `facts.open_permit`; those of other operators
            are left out (D7).

    Returns:
        The outcome with every rule that took part, its reason and its source. It never raises on
        what a submission says: whatever cannot be decided is refused.
    """
    facts = derive(submission, bundle.tables, at=at, open_permits=open_permits)  # 1
    answer = bundle.rules.answer(facts.values, at)  # 2
    fired = (*_engine_fault(answer, facts), *_fired(bundle, answer, facts))
    outcome = _outcome(answer, fired)
    return GateDecision(
        outcome=outcome,
        fired=fired,
        missing=_missing(bundle, answer, facts) if outcome is Outcome.INCOMPLETE else (),
        facts=facts,
        submission_digest=submission.digest,
        bundle_digest=bundle.digest,
        at=at,
    )


def _outcome(answer: Answer, fired: Sequence[Fired]) -> Outcome:
    if answer.fault or answer.forbidden:  # 3, 4
        return Outcome.REFUSE
    if answer.required or answer.undecided:  # 5
        return Outcome.INCOMPLETE
    return Outcome.PERMIT_WITH_CONDITIONS if fired else Outcome.PERMIT  # 6


def _fired(bundle: RuleBundle, answer: Answer, facts: Facts) -> Iterable[Fired]:
    undecided = frozenset(answer.undecided)
    named = (*answer.forbidden, *answer.undecided, *answer.required, *answer.conditions)
    return [Fired(*bundle.clauses[name], facts.values, name in undecided) for name in named]


def _engine_fault(answer: Answer, facts: Facts) -> Iterable[Fired]:
    if answer.fault:
        reason = f"The rules could not be put to the question: {answer.fault}."
        yield Fired(_NO_ANSWER, replace(_NO_ANSWER.clauses[0], reason=reason), facts.values)


_NO_ANSWER: Final = Card(
    rule_id=UNKNOWN_NEVER_PERMITS,
    title="No answer is no permission",
    mark=Mark.READ,
    source="cedar-policy/cedar#2428: an engine that errs must not permit",
    legal_from=None,
    legal_until=None,
    house_numbers=False,
    clauses=(
        Clause(
            clause_id="",
            effect=Effect.FORBID,
            when=ALWAYS,
            text="",
            reads=(),
            reason="",
            hook="",
            parameters=MappingProxyType({}),
            needs=(),
        ),
    ),
)


# ---- what is missing ------------------------------------------------------------------------


def _missing(bundle: RuleBundle, answer: Answer, facts: Facts) -> tuple[Missing, ...]:
    waiting: dict[str, dict[str, None]] = {}
    for clause_id in (*answer.undecided, *answer.required):
        card, clause = bundle.clauses[clause_id]
        for name in _wanted(clause, facts):
            waiting.setdefault(name, {})[card.rule_id] = None
    return tuple(
        Missing(field=name, question=FIELDS[name].question, rules=tuple(rules))
        for name, rules in sorted(waiting.items(), key=lambda item: _PLACE[item[0]])
    )


_PLACE: Final = {name: place for place, name in enumerate(FIELDS)}


def _wanted(clause: Clause, facts: Facts) -> Iterable[str]:
    """The fields to ask for: what leaves the clause open and what it needs, else what it read."""
    names = open_fields(clause.when, facts.values)
    if clause.effect is Effect.REQUIRE:
        unmet = (name for name in clause.needs if not _met(name, facts[name]))
        names = (*names, *unmet) or clause.needs or clause.reads
    return (source for name in names for source in facts.missing(name))


def _met(name: str, value: Value) -> bool:
    return value == YES if FIELDS[name].kind is Kind.TRI else value is not UNKNOWN
