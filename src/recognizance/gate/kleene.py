"""Three-valued evaluation of a condition (strong Kleene logic), written without Cedar.

It says which unknown facts keep a condition open, and it is the second, independent reading
that the tests hold against the compiled policies.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from recognizance.gate.kinds import Unknown
from recognizance.gate.language import And, Bound, Expr, Known, Member, Not, Or, Order, Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recognizance.gate.kinds import Value


def evaluate(expr: Expr, facts: Mapping[str, Value]) -> bool | None:
    """Whether a condition holds: True, False, or None where the facts leave it open."""
    match expr:
        case Known(field):
            return not isinstance(facts[field], Unknown)
        case Member(field):
            return _member(expr, facts[field])
        case Bound(field):
            return _bound(expr, facts[field])
        case Not(part):
            truth = evaluate(part, facts)
            return None if truth is None else not truth
        case And(parts):
            truths = [evaluate(part, facts) for part in parts]
            return False if False in truths else None if None in truths else True
        case Or(parts):
            truths = [evaluate(part, facts) for part in parts]
            return True if True in truths else None if None in truths else False


def open_fields(expr: Expr, facts: Mapping[str, Value]) -> tuple[str, ...]:
    """The unknown facts that leave a condition open; empty where it is decided.

    A part that is decided contributes nothing: nobody is asked for what could not change it.
    """
    if evaluate(expr, facts) is not None:
        return ()
    match expr:
        case Member(field) | Bound(field) | Known(field):
            return (field,)
        case Not(part):
            return open_fields(part, facts)
        case And(parts) | Or(parts):
            names = (name for part in parts for name in open_fields(part, facts))
            return tuple(dict.fromkeys(names))


def _member(atom: Member, value: Value) -> bool | None:
    if isinstance(value, Unknown):
        return None
    held = value if isinstance(value, frozenset) else frozenset({str(value)})
    listed = frozenset(atom.values)
    match atom.relation:
        case Relation.IN:
            return not held.isdisjoint(listed)
        case Relation.NOT_IN:
            return not held <= listed
        case Relation.WITHIN:
            return held <= listed


_HOLDS: Final[Mapping[Order, Callable[[int, int], bool]]] = {
    Order.LT: operator.lt,
    Order.LE: operator.le,
    Order.GT: operator.gt,
    Order.GE: operator.ge,
    Order.EQ: operator.eq,
    Order.NE: operator.ne,
}


def _bound(atom: Bound, value: Value) -> bool | None:
    return _HOLDS[atom.order](value, atom.number) if isinstance(value, int) else None
