"""Mutants of the rule cards: each differs from the shipped rules in one small thing.

A mutant is what a slip of the pen would make of a card: a card, a clause or an atom that is gone,
an atom turned round, "all of them" for "one of them", an `and` for an `or`, a number off by one, a
value missing in a list, a law that begins a day late, a hook with another number. A macro counts as
one atom on the cards that use it; what stands in the macro is changed once, for all of them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate.bundle import MACROS, rules_root
from recognizance.gate.cards import macros_from
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import SETS
from recognizance.gate.language import (
    And,
    Bound,
    Expr,
    Known,
    Member,
    Not,
    Or,
    Relation,
    parse,
    rewards_ignorance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cards import Card, Clause
    from recognizance.gate.tables import Tables


class Kind(StrEnum):
    """What was done to the rules."""

    CARD = "card dropped"
    CLAUSE = "clause dropped"
    ATOM = "atom negated"
    DROPPED = "atom dropped"
    RELATION = "all of them for one of them"
    CONNECTIVE = "and/or swapped"
    NUMBER = "number moved by one"
    VALUE = "listed value dropped"
    DAY = "day moved by one"
    PARAMETER = "number of a hook moved by one"


@dataclass(frozen=True, slots=True)
class Form:
    """A clause as it takes part in a decision, with the dates of its card.

    Attributes:
        card: Its card; a mutant with other dates has another card.
        clause: The clause.
        when: Its condition, in which each macro is the very object that it is in `Rules.macros`.
    """

    card: Card
    clause: Clause
    when: Expr


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in the form in which they are changed.

    Attributes:
        forms: Every clause by its id.
        macros: The named conditions.
        tables: The dated tables that facts are derived from.
    """

    forms: Mapping[str, Form]
    macros: Mapping[str, Expr]
    tables: Tables


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """The rules with one change.

    Attributes:
        kind: What was done.
        where: The card, clause or macro.
        what: The change in a few words.
        changes: The clauses that differ by their id; None where one is gone.
    """

    kind: Kind
    where: str
    what: str
    changes: Mapping[str, Form | None]

    @property
    def loads(self) -> bool:
        """Whether the cards would load; one that rewards ignorance does not."""
        return not any(form and rewards_ignorance(form.when) for form in self.changes.values())

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.what}"


def rules_of_bundle(bundle: RuleBundle, root: Path | None = None) -> Rules:
    """Read the conditions of a bundle once more, so that each macro can be told from its text.

    Args:
        bundle: The rules.
        root: The folder they were loaded from; the installed one if None.
    """
    text = ((root or rules_root()) / MACROS).read_text()
    macros = macros_from(tomllib.loads(text)["macro"])
    forms = {
        clause_id: Form(card, clause, parse(clause.text, macros))
        for clause_id, (card, clause) in bundle.clauses.items()
    }
    return Rules(MappingProxyType(forms), macros, bundle.tables)


def mutants(rules: Rules) -> Iterator[Mutant]:
    """Every mutant of the rules."""
    cards = dict.fromkeys(form.card.rule_id for form in rules.forms.values())
    for rule_id in cards:
        own = {i: f for i, f in rules.forms.items() if f.card.rule_id == rule_id}
        yield Mutant(Kind.CARD, rule_id, "gone", dict.fromkeys(own))
        yield from _days(rule_id, own)
    for clause_id, form in rules.forms.items():
        yield Mutant(Kind.CLAUSE, clause_id, "gone", {clause_id: None})
        for kind, what, when in _variants(form.when, rules.macros):
            yield Mutant(kind, clause_id, what, {clause_id: replace(form, when=when)})
        yield from _parameters(clause_id, form)
    for name, old in rules.macros.items():
        above = {other: expr for other, expr in rules.macros.items() if expr is not old}
        for kind, what, new in _variants(old, above):
            changed = _with_macro(rules.forms, old, new)
            yield Mutant(kind, f"macro {name}", what, changed)


def _with_macro(forms: Mapping[str, Form], old: Expr, new: Expr) -> dict[str, Form | None]:
    changed: dict[str, Form | None] = {}
    for clause_id, form in forms.items():
        when = _substituted(form.when, old, new)
        if when is not form.when:
            changed[clause_id] = replace(form, when=when)
    return changed


def _substituted(expr: Expr, old: Expr, new: Expr) -> Expr:
    """The condition with a macro exchanged; the very same object where it is not in it."""
    if expr is old:
        return new
    match expr:
        case Not(part):
            changed = _substituted(part, old, new)
            return expr if changed is part else Not(changed)
        case And(parts) | Or(parts):
            others = tuple(_substituted(part, old, new) for part in parts)
            same = all(a is b for a, b in zip(parts, others, strict=True))
            return expr if same else type(expr)(others)
        case _:
            return expr


# ---- conditions -----------------------------------------------------------------------------

_Variant = tuple[Kind, str, Expr]
_ONE: Final = (1, -1)


def _variants(expr: Expr, macros: Mapping[str, Expr]) -> Iterator[_Variant]:
    name = next((name for name, macro in macros.items() if macro is expr), None)
    if name is not None:
        yield Kind.ATOM, name, Not(expr)
        return
    match expr:
        case Member() | Bound() | Known():
            yield Kind.ATOM, text_of(expr), Not(expr)
            yield from _neighbours(expr)
        case Not(part):
            yield from ((kind, what, Not(new)) for kind, what, new in _variants(part, macros))
        case And(parts) | Or(parts):
            for place, part in enumerate(parts):
                before, after = parts[:place], parts[place + 1 :]
                for kind, what, new in _variants(part, macros):
                    yield kind, what, type(expr)((*before, new, *after))
                if len(parts) > 1:
                    yield Kind.DROPPED, text_of(part, macros), type(expr)((*before, *after))
            yield from _swaps(expr, macros)


def _neighbours(atom: Member | Bound | Known) -> Iterator[_Variant]:
    if isinstance(atom, Bound):
        for step in _ONE:
            # For whole numbers this is the same as a strict bound for one that is not.
            moved = replace(atom, number=atom.number + step)
            yield Kind.NUMBER, f"{text_of(atom)} to {moved.number}", moved
    elif isinstance(atom, Member) and FIELDS[atom.field].kind in SETS:
        yield Kind.RELATION, text_of(atom), _other_quantifier(atom)
    if isinstance(atom, Member) and len(atom.values) > 1:
        for value in atom.values:
            rest = tuple(other for other in atom.values if other != value)
            yield Kind.VALUE, f"{value} of {text_of(atom)}", replace(atom, values=rest)


def _other_quantifier(atom: Member) -> Expr:
    """Of a field that holds several values: one of them for all of them, and the other way."""
    if atom.relation is Relation.NOT_IN:
        return Not(replace(atom, relation=Relation.IN))
    all_of_them = atom.relation is Relation.WITHIN
    return replace(atom, relation=Relation.IN if all_of_them else Relation.WITHIN)


def _swaps(expr: And | Or, macros: Mapping[str, Expr]) -> Iterator[_Variant]:
    """One connective at a time; `and` binds closer, as it does on the card."""
    for place in range(1, len(expr.parts)):
        before, after = expr.parts[:place], expr.parts[place:]
        what = f"between {text_of(before[-1], macros)} and {text_of(after[0], macros)}"
        new: Expr
        if isinstance(expr, And):
            new = Or((_joined(before), _joined(after)))
        else:
            inner = And((before[-1], after[0]))
            rest = (*before[:-1], inner, *after[1:])
            new = rest[0] if len(rest) == 1 else Or(rest)
        yield Kind.CONNECTIVE, what, new


def _joined(parts: tuple[Expr, ...]) -> Expr:
    return parts[0] if len(parts) == 1 else And(parts)


def text_of(expr: Expr, macros: Mapping[str, Expr] | None = None) -> str:
    """A condition as a card would write it, with macros by their names where they are given."""
    for name, macro in (macros or {}).items():
        if macro is expr:
            return name
    match expr:
        case Known(field):
            text = f"known({field})"
        case Member(field, relation, values):
            text = f"{field} {relation} [{', '.join(values)}]"
        case Bound(field, order, number):
            text = f"{field} {order} {number}"
        case Not(part):
            text = f"not ({text_of(part, macros)})"
        case And(parts):
            text = (
                f"({' and '.join(text_of(part, macros) for part in parts)})" if parts else "always"
            )
        case Or(parts):
            text = f"({' or '.join(text_of(part, macros) for part in parts)})"
    return text


# ---- what stands beside a condition ---------------------------------------------------------


def _days(rule_id: str, own: Mapping[str, Form]) -> Iterator[Mutant]:
    card = next(iter(own.values())).card
    for step in _ONE:
        later = timedelta(days=step)
        if card.legal_from:
            moved = replace(card, legal_from=card.legal_from + later)
            yield _dated(rule_id, own, moved, f"from {card.legal_from} to {moved.legal_from}")
        if card.legal_until:
            moved = replace(card, legal_until=card.legal_until + later)
            yield _dated(rule_id, own, moved, f"until {card.legal_until} to {moved.legal_until}")


def _dated(rule_id: str, own: Mapping[str, Form], moved: Card, what: str) -> Mutant:
    changes = {clause_id: replace(form, card=moved) for clause_id, form in own.items()}
    return Mutant(Kind.DAY, rule_id, f"legal_{what}", changes)


def _parameters(clause_id: str, form: Form) -> Iterator[Mutant]:
    for name, value in form.clause.parameters.items():
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        for step in _ONE:
            moved = MappingProxyType({**form.clause.parameters, name: value + step})
            other = replace(form, clause=replace(form.clause, parameters=moved))
            what = f"{form.clause.hook} {name}={value} to {value + step}"
            yield Mutant(Kind.PARAMETER, clause_id, what, {clause_id: other})
