"""The rule cards as Cedar policies: compiled once, validated by a schema, never trusted blindly.

Cedar knows no unknown, so a condition is compiled as `certain` (definitely true) or as `possible`
(not definitely false). Three policy sets are put the question, each with the facts it reads:

- prohibit: every forbid twice, certain and possible; in between an unknown fact decides;
- require: the requirements that are possible, so that the unknown counts as missing;
- condition: the conditions that are possible, so that the unknown attaches one too many.

Known hazard: without a schema Cedar skips a forbid whose condition errs, and answers Allow
(cedar-policy/cedar#2428). So every attribute is required, policies are validated when they load,
and an answer with errors, without a decision, or that does not fit its own reasons is a fault,
which refuses (D5).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cedarpy

from recognizance.errors import RuleBundleError
from recognizance.gate.cards import Effect
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NUMBERS, SETS, UNKNOWN, Unknown, plain
from recognizance.gate.language import And, Bound, Expr, Known, Member, Not, Or, Order, Relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from recognizance.gate.cards import Card, Clause
    from recognizance.gate.kinds import Value

_BASE: Final = "base"
_POSSIBLE: Final = "?"
"""Ends the id of a forbid's second policy, the one that is only possible."""

_NO_NUMBER: Final = -(2**53)
"""Stands for an unknown number; below every number that a submission can hold."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policies said, by clause id.

    Attributes:
        forbidden: Forbids that are certain.
        undecided: Forbids that are possible, not certain: an unknown fact decides them.
        required: Requirements that are not proven to be met.
        conditions: Conditions that the permit has to carry.
        fault: Why there is no answer; empty where there is one. A fault refuses (D5).
    """

    forbidden: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    fault: str = ""


class CedarRules:
    """The compiled policies of a rule bundle; immutable once made.

    Args:
        cards: The rule cards.

    Raises:
        RuleBundleError: The policies do not parse, or do not validate against their schema.
    """

    def __init__(self, cards: Sequence[Card]) -> None:
        clauses = [(card, clause) for card in cards for clause in card.clauses]
        self._place = {clause.clause_id: place for place, (_, clause) in enumerate(clauses)}
        parts = {
            action: [(card, clause) for card, clause in clauses if clause.effect is effect]
            for action, effect in _ACTIONS.items()
        }
        self._reads = {
            action: tuple(dict.fromkeys(name for _, clause in part for name in clause.reads))
            for action, part in parts.items()
        }
        self.schema_text = schema_text(self._reads)
        self.policy_texts = {action: policy_text(action, part) for action, part in parts.items()}
        for text in self.policy_texts.values():
            _validate(text, self.schema_text)
        self._schema = cedarpy.Schema.from_str(self.schema_text)
        self._policies = {
            action: cedarpy.PolicySet.from_str(text) for action, text in self.policy_texts.items()
        }
        self._entities = cedarpy.Entities.from_json_str("[]")

    def answer(self, facts: Mapping[str, Value], at: date) -> Answer:
        """Put one question to the three policy sets.

        Args:
            facts: A value for every field.
            at: The day on which the rules have to be in force.

        Returns:
            Clause ids by effect, in the order of the cards, or the fault that keeps them away.
        """
        try:
            forbids = self._ask("prohibit", facts, at)
            required = self._ask("require", facts, at)
            conditions = self._ask("condition", facts, at)
        except _FaultError as fault:
            return Answer(fault=str(fault))
        except (ValueError, KeyError, TypeError) as error:
            # cedarpy reports a question it cannot read with these; no answer is no permission.
            return Answer(fault=f"the policy engine failed ({type(error).__name__})")
        possible = {name.removesuffix(_POSSIBLE) for name in forbids if name.endswith(_POSSIBLE)}
        certain = {name for name in forbids if not name.endswith(_POSSIBLE)}
        if not certain <= possible:
            return Answer(fault="a forbid is certain and yet not possible")
        return Answer(
            forbidden=self._sorted(certain),
            undecided=self._sorted(possible - certain),
            required=self._sorted(required),
            conditions=self._sorted(conditions),
        )

    def _sorted(self, clause_ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(clause_ids, key=self._place.__getitem__))

    def _ask(self, action: str, facts: Mapping[str, Value], at: date) -> frozenset[str]:
        request = {
            "principal": _APPLICANT,
            "action": {"type": "Action", "id": action},
            "resource": _USE,
            "context": json.dumps(context_of(self._reads[action], facts, at)),
        }
        result = cedarpy.is_authorized(
            request, self._policies[action], self._entities, self._schema
        )
        diagnostics = result.diagnostics
        if diagnostics.errors:
            raise _FaultError("the policy engine reported errors")
        reasons = frozenset(diagnostics.id_annotations_by_reason.values())
        found = reasons - {_BASE}
        if len(reasons) != len(diagnostics.reasons) or not self._all_known(found):
            raise _FaultError("the policy engine named a rule that does not exist")
        allowed = bool(found) if action == "condition" else not found
        if result.decision is not (cedarpy.Decision.Allow if allowed else cedarpy.Decision.Deny):
            raise _FaultError("the policy engine's decision does not fit its reasons")
        return found

    def _all_known(self, found: Iterable[str]) -> bool:
        return all(name.removesuffix(_POSSIBLE) in self._place for name in found)


_ACTIONS: Final = {
    "prohibit": Effect.FORBID,
    "require": Effect.REQUIRE,
    "condition": Effect.CONDITION,
}
_APPLICANT: Final = {"type": "Applicant", "id": "applicant"}
_USE: Final = {"type": "Use", "id": "use"}


class _FaultError(Exception):
    """The engine's answer cannot be relied on; never leaves this module."""


def _validate(policies: str, schema: str) -> None:
    result = cedarpy.validate_policies(policies, schema)
    if not result.validation_passed:
        raise RuleBundleError(
            f"The compiled rules do not validate: {'; '.join(map(str, result.errors))[:500]}.",
            hint="A card compares a field with something that it can never be.",
        )


# ---- the question ---------------------------------------------------------------------------

_Json: TypeAlias = "str | int | list[str]"


def context_of(fields: Iterable[str], facts: Mapping[str, Value], at: date) -> dict[str, _Json]:
    """The facts as a Cedar record: every attribute is there, the unknown is a value."""
    context: dict[str, _Json] = {name: _attribute(name, facts[name]) for name in fields}
    context["at"] = _day_number(at)
    return context


def _attribute(name: str, value: Value) -> _Json:
    if not isinstance(value, Unknown):
        return plain(value)
    kind = FIELDS[name].kind
    return _NO_NUMBER if kind in NUMBERS else [UNKNOWN.value] if kind in SETS else UNKNOWN.value


def _day_number(day: date) -> int:
    """A day as a whole number that sorts like it."""
    return day.year * 10_000 + day.month * 100 + day.day


# ---- the policies ---------------------------------------------------------------------------


def schema_text(reads: Mapping[str, Iterable[str]]) -> str:
    """The Cedar schema: one action for each policy set, with the facts that it reads, all required.

    Args:
        reads: Field names by action.
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
    types = {name: _type_of(name) for name in names} | {"at": "Long"}
    return "".join(f"    {_quoted(name)}: {type_name},\n" for name, type_name in types.items())


def _type_of(name: str) -> str:
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
    policies = [] if action == "condition" else [f'@id("{_BASE}")\npermit{scope};']
    for card, clause in clauses:
        name = clause.clause_id
        readings = {name: True}
        if action == "prohibit":
            readings = {name: False, f"{name}{_POSSIBLE}": True}
        policies += [
            f'@id("{policy_id}")\n{verb}{scope}\n'
            f"when {{ {_in_force(card, compiled(clause.when, possible=possible))} }};"
            for policy_id, possible in readings.items()
        ]
    return "\n".join(policies) + "\n"


def _in_force(card: Card, condition: str) -> str:
    begins = [f"context.at >= {_day_number(card.legal_from)}"] if card.legal_from else []
    ends = [f"context.at < {_day_number(card.legal_until)}"] if card.legal_until else []
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
            return _joined(" || ", parts, possible=possible)
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
