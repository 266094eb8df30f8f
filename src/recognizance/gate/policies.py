"""The text of the policies: a condition as a Cedar expression, a fact as an attribute.

Cedar knows no unknown, so a condition is compiled as `certain` (definitely true) or as `possible`
(not definitely false). An unknown fact is a value of its own: every attribute is always there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import cedarpy

from recognizance.errors import RuleBundleError
from recognizance.gate.cards import Effect
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NUMBERS, SETS, UNKNOWN
from recognizance.gate.language import And, Bound, Expr, Known, Member, Not, Or, Order, Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from recognizance.gate.cards import Card, Clause
    from recognizance.gate.kinds import Value

BASE: Final = "base"
"""Names the policy that always holds: an answer that does not name it is no answer."""

DAY: Final = "at"
"""The attribute that holds the day of the decision, as a number."""

_POSSIBLE: Final = "?"
"""Ends the name of the possible reading of a forbid."""

_NO_NUMBER: Final = -(2**53)
"""Stands for an unknown number; below every number that a submission can hold."""


def readings(clause: Clause) -> Mapping[str, bool]:
    """How a clause is asked: each name with whether it is the possible reading.

    A forbid is asked twice, as certain and as possible; in between, an unknown fact decides. The
    others are asked as possible: the unknown counts as missing, or attaches one condition too many.
    """
    if clause.effect is Effect.FORBID:
        return {clause.clause_id: False, f"{clause.clause_id}{_POSSIBLE}": True}
    return {clause.clause_id: True}


def validate(policies: str, schema: str) -> None:
    """Let Cedar check policies against their schema.

    Raises:
        RuleBundleError: They do not parse, or compare what can never be.
    """
    result = cedarpy.validate_policies(policies, schema)
    if not result.validation_passed:
        raise RuleBundleError(
            f"The compiled rules do not validate: {'; '.join(map(str, result.errors))[:500]}.",
            hint="A card compares a field with something that it can never be.",
        )


# ---- the question ---------------------------------------------------------------------------

_Json: TypeAlias = "str | int | list[str]"
_Stand = TypeVar("_Stand")


def context_of(fields: Iterable[str], facts: Mapping[str, Value]) -> dict[str, _Json]:
    """The facts as a Cedar record: every attribute is there, the unknown is a value.

    Raises:
        KeyError: A fact is missing.
        TypeError: A fact is of another type than its field.
    """
    return {name: _ENCODED[name](facts[name]) for name in fields}


def _text(value: Value) -> str:
    return value if isinstance(value, str) else _unknown(value, UNKNOWN.value)


def _number(value: Value) -> int:
    return value if type(value) is int else _unknown(value, _NO_NUMBER)


def _set(value: Value) -> list[str]:
    if isinstance(value, frozenset) and all(isinstance(one, str) for one in value):
        return list(value)
    return _unknown(value, [UNKNOWN.value])


def _unknown(value: Value, stand_in: _Stand) -> _Stand:
    if value is UNKNOWN:
        return stand_in
    raise TypeError("a fact is of another type than its field")


_ENCODED: Final[Mapping[str, Callable[[Value], _Json]]] = {
    name: _number if spec.kind in NUMBERS else _set if spec.kind in SETS else _text
    for name, spec in FIELDS.items()
}


def day_number(day: date) -> int:
    """A day as a whole number that sorts like it."""
    return day.year * 10_000 + day.month * 100 + day.day


# ---- the policies ---------------------------------------------------------------------------


def schema_text(reads: Mapping[str, Iterable[str]]) -> str:
    """The Cedar schema: one action for each policy set, with the facts that it reads, all required.

    Args:
        reads: Names of fields by action.
    """
    return "entity Applicant;\nentity Use;\n" + "".join(
        f"action {action} appliesTo {{\n"
        "  principal: [Applicant],\n"
        "  resource: [Use],\n"
        f"  context: {{\n{_attributes(names)}  }},\n"
        "};\n"
        for action, names in reads.items()
    )


def _attributes(names: Iterable[str]) -> str:
    return "".join(f"    {_quoted(name)}: {_type_of(name)},\n" for name in names)


def _type_of(name: str) -> str:
    if name == DAY:
        return "Long"
    kind = FIELDS[name].kind
    return "Long" if kind in NUMBERS else "Set<String>" if kind in SETS else "String"


def policy_text(action: str, clauses: Iterable[tuple[Card, Clause]]) -> str:
    """One policy set: clauses that forbid from a base that permits, or that permit from nothing.

    Args:
        action: `prohibit`, `require` or `condition`.
        clauses: Its clauses, each with its card.
    """
    scope = f'(principal, action == Action::"{action}", resource)'
    verb = "permit" if action == "condition" else "forbid"
    policies = [] if action == "condition" else [f'@id("{BASE}")\npermit{scope};']
    policies += [
        f'@id("{name}")\n{verb}{scope}\n'
        f"when {{ {_in_force(card, compiled(clause.when, possible=possible))} }};"
        for card, clause in clauses
        for name, possible in readings(clause).items()
    ]
    return "\n".join(policies) + "\n"


def slice_text(conditions: Mapping[str, Iterable[str]]) -> str:
    """A policy set for one kind of case: a permit for each condition, with all that it decides.

    Args:
        conditions: Names of readings by compiled condition.
    """
    return "".join(
        f'@id("{" ".join(names)}")\npermit(principal, action, resource)\nwhen {{ {test} }};\n'
        for test, names in conditions.items()
    )


def _in_force(card: Card, condition: str) -> str:
    begins = [f"context.at >= {day_number(card.legal_from)}"] if card.legal_from else []
    ends = [f"context.at < {day_number(card.legal_until)}"] if card.legal_until else []
    return " && ".join([*begins, *ends, f"({condition})"])


def compiled(expr: Expr, *, possible: bool) -> str:
    """A condition as a Cedar expression: true where it is possible, or where it is certain."""
    match expr:
        case Known(field):
            return _known(field)
        case Not(part):
            return f"!({compiled(part, possible=not possible)})"
        case And(parts):
            return _joined(" && ", parts, possible=possible) or "true"
        case Or(parts):
            return _joined(" || ", parts, possible=possible) or "false"
        case Member():
            return _member(expr, possible=possible)
        case Bound():
            return _bound(expr, possible=possible)


def _joined(sign: str, parts: Iterable[Expr], *, possible: bool) -> str:
    return sign.join(f"({compiled(part, possible=possible)})" for part in parts)


def _known(field: str) -> str:
    attribute, kind = _attribute_of(field), FIELDS[field].kind
    if kind in NUMBERS:
        return f"{attribute} != {_NO_NUMBER}"
    if kind in SETS:
        return f"!{attribute}.contains({_quoted(UNKNOWN.value)})"
    return f"{attribute} != {_quoted(UNKNOWN.value)}"


def _member(atom: Member, *, possible: bool) -> str:
    """Put the unknown on the list, or leave it out, so that it falls on the side that is asked for.

    No card can list the text `unknown`, so the list decides alone and no second test is needed.
    """
    with_unknown = possible is not (atom.relation is Relation.NOT_IN)
    values = (*atom.values, UNKNOWN.value) if with_unknown else atom.values
    attribute = _attribute_of(atom.field)
    if FIELDS[atom.field].kind not in SETS:
        # Comparing one by one is faster than building a set for each question.
        test = " || ".join(f"{attribute} == {_quoted(value)}" for value in values)
    elif atom.relation is Relation.IN:
        test = " || ".join(f"{attribute}.contains({_quoted(value)})" for value in values)
    else:
        test = f"[{', '.join(map(_quoted, values))}].containsAll({attribute})"
    return f"!({test})" if atom.relation is Relation.NOT_IN else test


def _bound(atom: Bound, *, possible: bool) -> str:
    """Guard the stand-in for an unknown number where it would fall on the wrong side by itself."""
    test = f"{_attribute_of(atom.field)} {atom.order} {atom.number}"
    low_passes = atom.order in {Order.LT, Order.LE, Order.NE}
    if low_passes is possible:
        return test
    return f"!({_known(atom.field)}) || {test}" if possible else f"{_known(atom.field)} && {test}"


def _attribute_of(field: str) -> str:
    return f"context[{_quoted(field)}]"


def _quoted(text: str) -> str:
    """A Cedar string; the condition language lets no quotation mark or backslash through."""
    return f'"{text}"'
