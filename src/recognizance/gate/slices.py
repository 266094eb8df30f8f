"""A slice: the rules compiled for one kind of case.

The kind of a case is who, where, what for and how: every fact with a closed list of values, the
country and the state, and which rules are in force that day. Most rules are about other kinds, and
fall away; conditions that come to the same are one policy. What is left asks for numbers and free
texts: some ten policies, which Cedar checks against a schema of their own.

Nothing is left out by judgement: a rule falls away only where its condition is false for every
value that the other facts can have (`settled`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cedarpy

from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import Kind
from recognizance.gate.language import fields_of
from recognizance.gate.policies import BASE, compiled, readings, schema_text, slice_text, validate
from recognizance.gate.settled import ALWAYS, NEVER, settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognizance.gate.cards import Card
    from recognizance.gate.kinds import Value

_CLOSED: Final = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRI})

KIND_FIELDS: Final = frozenset(
    name
    for name, spec in FIELDS.items()
    if spec.kind in _CLOSED or name in {"op.country", "op.subdiv"}
)
"""The facts that make the kind of a case; most rules turn on them. No number is among them."""

SLICE_ACTION: Final = "decide"


@dataclass(frozen=True, slots=True)
class Slice:
    """The policies for one kind of case.

    Attributes:
        policies: The parsed policy set.
        reads: The facts that are left to read.
    """

    policies: cedarpy.PolicySet
    reads: tuple[str, ...]


def slice_of(cards: Iterable[Card], kind: Mapping[str, Value]) -> Slice:
    """Compile the rules for one kind of case.

    Args:
        cards: The cards that are in force.
        kind: The facts that make the kind.

    Raises:
        RuleBundleError: What is left does not validate.
    """
    conditions = {compiled(ALWAYS, possible=True): [BASE]}
    reads: dict[str, None] = {}
    for clause in (clause for card in cards for clause in card.clauses):
        for name, possible in readings(clause).items():
            rest = settled(clause.when, kind, possible=possible)
            if rest != NEVER:
                conditions.setdefault(compiled(rest, possible=possible), []).append(name)
                reads.update(dict.fromkeys(fields_of(rest)))
    text = slice_text(conditions)
    validate(text, schema_text({SLICE_ACTION: reads}))
    return Slice(policies=cedarpy.PolicySet.from_str(text), reads=tuple(reads))
