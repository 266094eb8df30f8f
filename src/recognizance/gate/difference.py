"""What differs between two submissions, or between two folders of rules, and what follows."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.gate.bundle import MACROS, load_bundle
from recognizance.gate.cases import load_case, run_case
from recognizance.gate.decide import decide
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cards import Card, Clause
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.filed import Filed
    from recognizance.gate.kinds import Value


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field or derived fact that differs.

    Attributes:
        name: Which.
        before: Its value in the first; None where the first does not state it.
        after: Its value in the second.
    """

    name: str
    before: Value | None
    after: Value | None

    def as_dict(self) -> dict[str, object]:
        """The change as JSON."""
        return {
            "field": self.name,
            "before": None if self.before is None else plain(self.before),
            "after": None if self.after is None else plain(self.after),
        }


@dataclass(frozen=True, slots=True)
class SubmissionDifference:
    """Two submissions side by side.

    Attributes:
        before: What the gate answers to the first.
        after: What it answers to the second.
        stated: The fields that are stated otherwise.
        derived: The derived facts that come out otherwise.
        gained: Rules that take part only in the second, each with its effect.
        lost: Rules that take part only in the first.
    """

    before: GateDecision
    after: GateDecision
    stated: tuple[FieldChange, ...]
    derived: tuple[FieldChange, ...]
    gained: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, object]:
        """The difference as JSON."""
        return {
            "kind": "submissions",
            "before": self.before.outcome.value,
            "after": self.after.outcome.value,
            "stated": [change.as_dict() for change in self.stated],
            "derived": [change.as_dict() for change in self.derived],
            "gained": [{"rule": rule, "effect": effect} for rule, effect in self.gained],
            "lost": [{"rule": rule, "effect": effect} for rule, effect in self.lost],
        }


def between_submissions(
    bundle: RuleBundle, first: Filed, second: Filed, *, at: date
) -> SubmissionDifference:
    """Decide two submissions on one day and compare.

    Args:
        bundle: The rules.
        first: What was asked.
        second: What is asked instead.
        at: The day of both decisions.
    """
    before, after = (
        decide(bundle, one.submission, at=at, open_permits=one.open_permits)
        for one in (first, second)
    )
    stated = tuple(_changes(first.submission.stated, second.submission.stated))
    changed = {change.name for change in stated}
    follows = _changes(before.facts.values, after.facts.values)
    gained, lost = _taking_part(after), _taking_part(before)
    return SubmissionDifference(
        before=before,
        after=after,
        stated=stated,
        derived=tuple(change for change in follows if change.name not in changed),
        gained=tuple(rule for rule in gained if rule not in lost),
        lost=tuple(rule for rule in lost if rule not in gained),
    )


def _changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterator[FieldChange]:
    for name in FIELDS:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield FieldChange(name, old, new)


def _taking_part(decision: GateDecision) -> tuple[tuple[str, str], ...]:
    """Every rule that fired, with its effect; a forbid that is only possible is one of its own."""
    found = (
        (fired.rule_id, "undecided" if fired.undecided else fired.effect.value)
        for fired in decision.fired
    )
    return tuple(dict.fromkeys(found))


# ---- two folders of rules -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardChange:
    """A card, macro or table that differs.

    Attributes:
        name: Rule id, or file or macro name.
        what: `added`, `removed` or `changed`.
        title: The card's title; empty for anything else.
        lines: What differs: where, the old text and the new one; empty where there is none.
    """

    name: str
    what: str
    title: str
    lines: tuple[tuple[str, str, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The change as JSON."""
        return {
            "name": self.name,
            "what": self.what,
            "title": self.title,
            "lines": [
                {"where": where, "before": before, "after": after}
                for where, before, after in self.lines
            ],
        }


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case that comes out otherwise.

    Attributes:
        case_id: The case.
        title: What it is called.
        before: The first outcome.
        after: The second outcome.
    """

    case_id: str
    title: str
    before: str
    after: str

    def as_dict(self) -> dict[str, object]:
        """The change as JSON."""
        return {
            "case": self.case_id,
            "title": self.title,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class RulesDifference:
    """Two folders of rules side by side.

    Attributes:
        digests: Digest of the first and of the second.
        cards: Cards that differ.
        others: Macros and tables that differ.
        cases: Story cases of the first folder whose outcome differs.
        decided: How many cases were decided by both.
    """

    digests: tuple[str, str]
    cards: tuple[CardChange, ...]
    others: tuple[CardChange, ...]
    cases: tuple[CaseChange, ...]
    decided: int

    def as_dict(self) -> dict[str, object]:
        """The difference as JSON."""
        return {
            "kind": "rules",
            "digests": list(self.digests),
            "cards": [change.as_dict() for change in self.cards],
            "others": [change.as_dict() for change in self.others],
            "cases": [change.as_dict() for change in self.cases],
            "decided": self.decided,
        }


def between_rules(first: Path, second: Path) -> RulesDifference:
    """Compare two folders of rules, card by card, and over the story cases of the first.

    Raises:
        RuleBundleError: One of them does not load.
        CaseFileError: A case of the first is none.
    """
    before, after = load_bundle(first), load_bundle(second)
    cases = [load_case(path) for path in sorted((first / "cases").glob("*.toml"))]
    results = [(case, run_case(case, before), run_case(case, after)) for case in cases]
    return RulesDifference(
        digests=(before.digest, after.digest),
        cards=tuple(_card_changes(before.cards, after.cards)),
        others=tuple(_other_changes(first, second)),
        cases=tuple(
            CaseChange(case.case_id, case.title, old.outcome, new.outcome)
            for case, old, new in results
            if old.outcome != new.outcome
        ),
        decided=len(cases),
    )


def _card_changes(before: Mapping[str, Card], after: Mapping[str, Card]) -> Iterator[CardChange]:
    for rule_id in dict.fromkeys((*before, *after)):
        old, new = before.get(rule_id), after.get(rule_id)
        if old is None and new is not None:
            yield CardChange(rule_id, "added", new.title, tuple(_clauses((), new.clauses)))
        elif new is None and old is not None:
            yield CardChange(rule_id, "removed", old.title, tuple(_clauses(old.clauses, ())))
        elif old is not None and new is not None:
            lines = (*_heads(old, new), *_clauses(old.clauses, new.clauses))
            if lines:
                yield CardChange(rule_id, "changed", new.title, lines)


_HEADS: Final = ("title", "mark", "source", "legal_from", "legal_until", "house_numbers")
_PARTS: Final = ("effect", "when", "reason", "hook", "parameters", "needs")


def _heads(old: Card, new: Card) -> Iterator[tuple[str, str, str]]:
    for name in _HEADS:
        before, after = (str(getattr(card, name) or "") for card in (old, new))
        if before != after:
            yield name, before, after


def _clauses(old: tuple[Clause, ...], new: tuple[Clause, ...]) -> Iterator[tuple[str, str, str]]:
    """Clauses that are the same in both drop out; the others are paired in order by effect."""
    gone = [clause for clause in old if _content(clause) not in map(_content, new)]
    come = [clause for clause in new if _content(clause) not in map(_content, old)]
    for clause in gone:
        other = next((one for one in come if one.effect is clause.effect), None)
        if other is None:
            yield clause.effect.value, _told(clause), ""
            continue
        come.remove(other)
        was, now = _content(clause), _content(other)
        for part in _PARTS:
            if was[part] != now[part]:
                yield f"{clause.effect.value}: {part}", was[part], now[part]
    for clause in come:
        yield clause.effect.value, "", _told(clause)


def _content(clause: Clause) -> dict[str, str]:
    return {
        "effect": clause.effect.value,
        "when": " ".join(clause.text.split()),
        "reason": clause.reason,
        "hook": clause.hook,
        "parameters": ", ".join(f"{name} = {n}" for name, n in clause.parameters.items()),
        "needs": ", ".join(clause.needs),
    }


def _told(clause: Clause) -> str:
    return f"{clause.reason} When {' '.join(clause.text.split())}"


def _other_changes(first: Path, second: Path) -> Iterator[CardChange]:
    """Macros and tables, entry by entry: a card's words may stay and mean something else."""
    names = sorted(
        {MACROS}
        | {f"tables/{path.name}" for root in (first, second) for path in root.glob("tables/*.toml")}
    )
    for name in names:
        old, new = (_entries(_toml(root / name)) for root in (first, second))
        lines = tuple(
            (key, old.get(key, ""), new.get(key, ""))
            for key in dict.fromkeys((*old, *new))
            if old.get(key) != new.get(key)
        )
        if lines:
            yield CardChange(name, "changed", "", lines)


def _entries(content: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """A table as flat entries; of a list each item is an entry, so that one more is one line."""
    found: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            found |= _entries(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            found |= {f"{prefix}{key} {_item(item)}": _item(item) for item in value}
        else:
            found[f"{prefix}{key}"] = str(value)
    return found


def _item(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in sorted(value.items()))
    return str(value)


def _toml(path: Path) -> Mapping[str, object]:
    """The tables of a file that `load_bundle` has read before; nothing where it is not there."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
