"""A decision in plain words, for people; `GateDecision.as_dict` is the same for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.gate.kinds import plain
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.gate.cards import Card
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.kinds import Value

_HEADINGS: Final = {
    Outcome.REFUSE: "Refused. Nobody can waive these rules:",
    Outcome.INCOMPLETE: "Incomplete. Nothing runs until this is there:",
    Outcome.PERMIT_WITH_CONDITIONS: "A permit can be given, on these conditions:",
    Outcome.PERMIT: "A permit can be given.",
}
_MARKS: Final = {"V": "read", "S": "second-hand", "M": "from memory"}


def explain(decision: GateDecision) -> tuple[str, ...]:
    """The decision as lines of text: outcome, deciding rules with sources, and what is missing."""
    return (
        _HEADINGS[decision.outcome],
        *(line for fired in decision.deciding for line in _rule(fired)),
        *_gaps(decision),
        f"Decided for {decision.at.isoformat()} by rules {decision.bundle_digest[:16]}.",
    )


def describe(card: Card) -> tuple[str, ...]:
    """A rule card as lines of text: what it does and when, why, and where it comes from."""
    return (
        f"{card.rule_id}  {card.title}",
        *(
            line
            for clause in card.clauses
            for line in (f"  {clause.effect}: {clause.reason}", f"    when {clause.text}")
        ),
        *([f"  in force from {card.legal_from}"] if card.legal_from else []),
        *([f"  in force until {card.legal_until}"] if card.legal_until else []),
        *(["  holds a house number of ours"] if card.house_numbers else []),
        f"  source ({_MARKS[card.mark]}): {card.source}",
    )


def _rule(fired: Fired) -> Iterator[str]:
    open_question = " (an unknown fact decides)" if fired.undecided else ""
    yield f"- {fired.rule_id}: {fired.reason}{open_question}"
    if fired.hook:
        details = ", ".join(f"{name} {value}" for name, value in fired.parameters.items())
        yield f"  enforced by {fired.hook}" + (f" ({details})" if details else "")
    if fired.facts and not fired.hook:
        yield "  " + ", ".join(f"{name} = {_written(value)}" for name, value in fired.facts)
    yield f"  source ({_MARKS[fired.mark]}): {fired.source}"


def _gaps(decision: GateDecision) -> Iterator[str]:
    if decision.missing:
        yield "To be answered:"
    for gap in decision.missing:
        yield f"- {gap.field}: {gap.question} ({', '.join(gap.rules)})"


def _written(value: Value) -> str:
    content = plain(value)
    return " + ".join(content) or "none" if isinstance(content, list) else str(content)
