"""Which answers a field could get that matter to the rules, a few for each field.

Rules compare a field with listed values and with bounds. Two answers that no comparison tells
apart lead to the same decision, so one of them stands for both, and a search over answers is
finite and yet leaves nothing out.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from recognizance.gate.agebands import CHILDHOOD, ages
from recognizance.gate.facts import NEAR_LIVE_S
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, NONE, NUMBERS, SETS, UNKNOWN, YES, Kind
from recognizance.gate.kleene import evaluate
from recognizance.gate.language import And, Bound, Known, Member, Not, Or
from recognizance.gate.reading import STATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.draft import Facts
    from recognizance.gate.kinds import Value
    from recognizance.gate.language import Expr

CHILDREN: Final = f"{min(CHILDHOOD)}-{max(CHILDHOOD)}"
"""The age band of children, as a submission writes it."""

ADULTS: Final = "18-64"

_ALL_VALUES: Final = frozenset({"op.kind", "purpose", "place.kind", "cam.kind"})
"""Choices from which facts are derived that rules read: each value counts by itself."""

_GALLERIES: Final = {"wl.size": "ev.gallery", "ev.gallery": "wl.size"}
"""What is held against each other: the planned list and the tested one (EV-01)."""

_INFLUENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "op.kind": ("op.on_behalf_of_police", "class", "purpose"),
    "mode": ("delay_s",),
    "cam.officer_data": ("cam.kind", "op.kind", "op.on_behalf_of_police"),
}
"""What moves a stated field besides itself: D1, D2 and the officers' cameras (`facts`)."""


def atoms_of(expr: Expr) -> Iterator[Member | Bound | Known]:
    """Every comparison in a condition."""
    match expr:
        case Member() | Bound() | Known():
            yield expr
        case Not(part):
            yield from atoms_of(part)
        case And(parts) | Or(parts):
            yield from chain.from_iterable(map(atoms_of, parts))


def sources_of(names: Iterable[str]) -> tuple[str, ...]:
    """The fields of a submission that facts hang on: themselves, and what they derive from."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        spec = FIELDS[name]
        if not spec.derived_from:
            found[name] = None
        further = (*spec.derived_from, *_INFLUENCES.get(name, ()))
        waiting += [source for source in further if source not in found]
    return tuple(found)


class Answers:
    """The answers that the rules of one bundle tell apart.

    Args:
        bundle: The rules.
        at: The day of the decision; an order that ends on it is still in force.
    """

    def __init__(self, bundle: RuleBundle, at: date) -> None:
        self._tables = bundle.tables
        self._at = at
        self._atoms: dict[str, dict[Member | Bound | Known, None]] = {}
        for _, clause in bundle.clauses.values():
            for atom in atoms_of(clause.when):
                self._atoms.setdefault(atom.field, {})[atom] = None

    def to(self, name: str, facts: Facts) -> tuple[Value, ...]:
        """The answers to one field that differ for the rules, none of them unknown.

        Args:
            name: A field that a submission may state.
            facts: The facts so far; some answers hang on others (the gallery on the list).
        """
        special = self._special(name, facts)
        if special is not None:
            return tuple(dict.fromkeys(special))
        told_apart: dict[tuple[bool | None, ...], Value] = {}
        for value in self._plain(name):
            seen = tuple(evaluate(atom, {name: value}) for atom in self._atoms.get(name, ()))
            told_apart.setdefault(seen, value)
        return tuple(told_apart.values())

    def _special(self, name: str, facts: Facts) -> Iterable[Value] | None:
        """Answers to the fields from which other facts are derived, or None for the others."""
        if name in _ALL_VALUES:
            return self._plain(name)
        if name in {"op.subdiv", "op.city"}:
            return (NONE, *self._listed(name))
        if name in _GALLERIES:
            other = facts[_GALLERIES[name]]
            # What stands on the other side first, else a test that is large enough for any list.
            numbers = list(self._numbers(name))
            numbers = sorted(numbers, reverse=True) if name == "ev.gallery" else numbers
            return (*([other] if isinstance(other, int) else []), *numbers)
        special: Mapping[str, Callable[[], Iterable[Value]]] = {
            # A class that relaxes something is never advised.
            "class": lambda: ("standard",),
            "op.country": self._countries,
            "auth.objective": lambda: (one.phrases[0] for one in self._tables.objectives),
            "auth.expires": lambda: (self._at.isoformat(),),
            "delay_s": lambda: (NEAR_LIVE_S, NEAR_LIVE_S + 1),
            "ev.age_bands": lambda: _bands(facts["pop.groups"]),
        }
        return special[name]() if name in special else None

    def _plain(self, name: str) -> Iterator[Value]:
        spec = FIELDS[name]
        if spec.kind is Kind.TRI:
            yield from (YES, NO)
        elif spec.kind in NUMBERS:
            yield from self._numbers(name)
        elif spec.kind in SETS:
            yield from (frozenset({value}) for value in spec.values or (STATED,))
        elif spec.values:
            yield from spec.values
        else:
            yield from (STATED, *self._listed(name))

    def _numbers(self, name: str) -> Iterator[int]:
        """The bounds themselves first: they are the answers that a person recognises."""
        bounds = [atom.number for atom in self._atoms.get(name, ()) if isinstance(atom, Bound)]
        yield from bounds
        yield from (n for bound in bounds for n in (bound - 1, bound + 1) if n >= 0)
        yield from (0, max(bounds, default=0) + 1)

    def _listed(self, name: str) -> Iterator[str]:
        atoms = (atom for atom in self._atoms.get(name, ()) if isinstance(atom, Member))
        yield from (value for atom in atoms for value in atom.values)

    def _countries(self) -> Iterator[str]:
        """Those that rules name, one of the Union, one that opened it, and one free elsewhere."""
        named = tuple(self._listed("op.country"))
        yield from (state.key for state in self._tables.opt_in if state.in_force(self._at))
        yield from sorted(self._tables.eu)[:1]
        elsewhere = (
            country
            for country, level in sorted(self._tables.freedom.items())
            if level == "free" and country not in self._tables.eu and country not in named
        )
        yield from (*list(elsewhere)[:1], *named)


def _bands(groups: Value) -> Iterable[Value]:
    """The ages that are expected, as a test would have to name them; then with children."""
    expected = groups if isinstance(groups, frozenset) else frozenset()
    bands = frozenset(group for group in expected if ages([group]))
    return (bands or frozenset({ADULTS}), bands | {CHILDREN})


def is_open(value: Value) -> bool:
    """Whether a fact is not known."""
    return value is UNKNOWN
