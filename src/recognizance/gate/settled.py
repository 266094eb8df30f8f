"""What the kind of a case settles: a condition with the facts filled in that are known before.

    settled("police and live and not notice", op.kind = police, mode = recorded)  ->  never

A condition is filled in for one reading, as possible or as certain, so every fact of the kind
becomes plainly true or false, the unknown ones included. What is left holds for exactly the same
facts as the whole condition; the tests hold this as a law. It is written without the evaluator in
`kleene`, which they use to check it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.gate.kinds import Unknown
from recognizance.gate.language import And, Bound, Expr, Known, Member, Not, Or, Relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognizance.gate.kinds import Value

ALWAYS: Final = And(())
NEVER: Final = Or(())


def settled(expr: Expr, kind: Mapping[str, Value], *, possible: bool) -> Expr:
    """What is left of a condition once the facts of a kind of case are filled in.

    Args:
        expr: The condition.
        kind: The facts that are filled in: texts, sets of texts, or unknown; no numbers.
        possible: The reading: where it is not definitely false, or where it is definitely true.

    Returns:
        The condition on the facts that are left; `ALWAYS` or `NEVER` where none is needed.
    """
    match expr:
        case Member() if expr.field in kind:
            return _plain(_member(expr, kind[expr.field], possible=possible))
        case Known(field) if field in kind:
            return _plain(not isinstance(kind[field], Unknown))
        case Member() | Known() | Bound():
            return expr
        case Not(part):
            rest = settled(part, kind, possible=not possible)
            return NEVER if rest == ALWAYS else ALWAYS if rest == NEVER else Not(rest)
        case And(parts):
            rests = _distinct(settled(part, kind, possible=possible) for part in parts)
            rests.pop(ALWAYS, None)
            return NEVER if NEVER in rests else _one_or(And, rests)
        case Or(parts):
            rests = _distinct(settled(part, kind, possible=possible) for part in parts)
            rests.pop(NEVER, None)
            return ALWAYS if ALWAYS in rests else _one_or(Or, rests)


def _plain(truth: bool) -> Expr:
    return ALWAYS if truth else NEVER


def _distinct(rests: Iterable[Expr]) -> dict[Expr, None]:
    return dict.fromkeys(rests)


def _one_or(joined: type[And | Or], rests: Mapping[Expr, None]) -> Expr:
    return next(iter(rests)) if len(rests) == 1 else joined(tuple(rests))


def _member(atom: Member, value: Value, *, possible: bool) -> bool:
    if isinstance(value, Unknown):
        return possible
    held = value if isinstance(value, frozenset) else {value}
    match atom.relation:
        case Relation.IN:
            return any(one in atom.values for one in held)
        case Relation.NOT_IN:
            return any(one not in atom.values for one in held)
        case Relation.WITHIN:
            return all(one in atom.values for one in held)
