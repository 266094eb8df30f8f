"""Whether a changed clause says the same as the card for every value that its facts can have.

Going through all of them is the only proof that counts: fields with closed lists have few values,
numbers matter only around the bounds that are named, a set only by the listed values it holds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import chain, combinations, product
from math import prod
from typing import TYPE_CHECKING, Final

from case_judge import POSSIBLE, state
from recognizance.errors import SubmissionError
from recognizance.gate.cards import Effect
from recognizance.gate.cases import RULES_READ_ON
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS, known_values
from recognizance.gate.kinds import NO, NUMBERS, SETS, UNKNOWN, YES
from recognizance.gate.language import And, Bound, Expr, Known, Member, Not, Or, Relation
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from recognizance.gate.kinds import Value
    from recognizance.gate.tables import Tables
    from rule_mutants import Form, Mutant, Rules

MOST: Final = 2_000_000
"""Assignments that are gone through; a clause that would need more is not proven."""

PLACE: Final = frozenset(
    f"op.{part}" for part in ("country", "subdiv", "city", "city_ban", "in_eu")
)
"""Facts about where an operator is; they follow from each other."""

_ANOTHER: Final = "something else"
_MACRO: Final = "macro "


def proof(mutant: Mutant, rules: Rules) -> str:
    """How a mutant is proven to say the same as the cards; empty where it is not.

    Args:
        mutant: A mutant that no case noticed.
        rules: The rules that it was made of.
    """
    total = 0
    for name, form in mutant.changes.items():
        card = rules.forms[name]
        if form is None or _beside_condition(card) != _beside_condition(form):
            return ""
        count = _same(_abstract(card, rules), _abstract(form, rules), rules.tables)
        count = count or _same(card, form, rules.tables)
        if not count:
            return ""
        total += count
    return f"proven by going through {total} assignments"


def _abstract(form: Form, rules: Rules) -> Form:
    """The clause with each macro as one fact that may be anything.

    Who says the same whatever the macros are says the same for what they really are.
    """
    return replace(form, when=_with_macros_as_facts(form.when, rules.macros))


def _with_macros_as_facts(expr: Expr, macros: Mapping[str, Expr]) -> Expr:
    for name, macro in macros.items():
        if macro is expr:
            return Member(f"{_MACRO}{name}", Relation.IN, (YES,))
    match expr:
        case Not(part):
            return Not(_with_macros_as_facts(part, macros))
        case And(parts):
            return And(tuple(_with_macros_as_facts(part, macros) for part in parts))
        case Or(parts):
            return Or(tuple(_with_macros_as_facts(part, macros) for part in parts))
        case _:
            return expr


def _same(card: Form, other: Form, tables: Tables) -> int:
    """How many assignments were gone through; 0 where one differs, or there are too many."""
    domains = domains_of([card.when, other.when])
    place = tuple(name for name in domains if name in PLACE)
    others = {name: values for name, values in domains.items() if name not in PLACE}
    count = prod(len(values) for values in others.values())
    if count > MOST:
        return 0
    places = places_of(place, domains, tables)
    day = card.card.legal_from or RULES_READ_ON
    for there in places:
        facts = dict(zip(place, there, strict=True))
        for chosen in product(*others.values()):
            facts.update(zip(others, chosen, strict=True))
            if _effect(card, facts, day) != _effect(other, facts, day):
                return 0
    return count * len(places)


def _effect(form: Form, facts: Mapping[str, Value], day: date) -> str:
    """What a clause does: to a requirement or a condition, possible is as good as certain."""
    how = state(form, facts, day)
    return how if form.clause.effect is Effect.FORBID else how and POSSIBLE


def _beside_condition(form: Form) -> tuple[object, ...]:
    card, clause = form.card, form.clause
    return card.legal_from, card.legal_until, clause.effect, clause.hook, dict(clause.parameters)


def places_of(
    fields: Sequence[str], domains: Mapping[str, Sequence[Value]], tables: Tables
) -> list[tuple[Value, ...]]:
    """Every combination that the facts about an operator's place can have, on any day.

    They follow from each other (a state lies in its country, a ban in its city), so they are not
    put together freely but derived from everything that can be stated of a place.
    """
    if not fields:
        return [()]
    bans = tables.bans if "op.city_ban" in fields else ()
    named = [ban.key.partition("/") for ban in bans]
    countries = {"US", "GB", "SE", *_texts(domains, "op.country")}
    states = {"none", "US-OH", *(state for state, _, _ in named), *_texts(domains, "op.subdiv")}
    cities = {"none", "springfield", *(city for _, _, city in named), *_texts(domains, "op.city")}
    turns = {day for ban in bans for day in (ban.since, ban.until) if day}
    found: dict[tuple[Value, ...], None] = {}
    for stated in product(*(_stated(values) for values in (countries, states, cities))):
        texts = dict(zip(("op.country", "op.subdiv", "op.city"), stated, strict=True))
        try:
            submission = submission_from({name: text for name, text in texts.items() if text})
        except SubmissionError:
            continue  # a state of another country: nobody can file it
        for day in {date.min, RULES_READ_ON, *turns}:
            facts = derive(submission, tables, at=day)
            found[tuple(facts[name] for name in fields)] = None
    return list(found)


def _stated(values: Iterable[str]) -> list[str]:
    """What somebody may write, that nobody knows, or nothing at all."""
    return [*sorted(set(values) - {_ANOTHER}), UNKNOWN.value, ""]


def _texts(domains: Mapping[str, Sequence[Value]], name: str) -> Iterator[str]:
    return (value for value in domains.get(name, ()) if isinstance(value, str))


def domains_of(conditions: Iterable[Expr]) -> dict[str, list[Value]]:
    """For each field every value that a condition can tell from another, and the unknown."""
    atoms: dict[str, list[Member | Bound | Known]] = defaultdict(list)
    for condition in conditions:
        for atom in atoms_of(condition):
            atoms[atom.field].append(atom)
    return {name: [*_values(name, found), UNKNOWN] for name, found in atoms.items()}


def atoms_of(expr: Expr) -> Iterator[Member | Bound | Known]:
    """The atoms of a condition, from left to right."""
    match expr:
        case Member() | Bound() | Known():
            yield expr
        case Not(part):
            yield from atoms_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms_of(part)


def _values(name: str, atoms: Iterable[Member | Bound | Known]) -> list[Value]:
    numbers: set[int] = {0}
    listed: set[str] = set()
    for atom in atoms:
        if isinstance(atom, Bound):
            numbers |= {atom.number - 1, atom.number, atom.number + 1}
        elif isinstance(atom, Member):
            listed |= set(atom.values)
    if name.startswith(_MACRO):
        return [YES, NO]
    kind = FIELDS[name].kind
    if kind in NUMBERS:
        return [*sorted(numbers)]
    if kind in SETS:
        return [frozenset(some) for some in _subsets([*sorted(listed), _ANOTHER])]
    return [*sorted(known_values(name) or {*listed, _ANOTHER})]


def _subsets(values: list[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(values, size) for size in range(len(values) + 1))
