"""The rule cards as Cedar policies: validated by a schema, asked, never trusted blindly.

The cards are compiled twice:

- whole, when they load, as three policy sets, each with the facts it reads. Prohibit holds every
  forbid, certain and possible; in between an unknown fact decides. Require and condition hold what
  is possible, so that the unknown counts as missing and attaches one condition too many.
- for one kind of case, as a slice, when a kind comes the second time. The slice answers that
  question beside the three sets, and only if they agree does it answer the next ones. One agreement
  proves little, so every 256th answer of a slice is held to the whole again; where they differ,
  that answer is a fault, and no slice is believed from then on.

Known hazard: Cedar skips a policy whose condition errs, so that a forbid may be lost and the answer
be Allow (cedar-policy/cedar#2428). So policies are validated against a schema in which every
attribute is required, a question holds every attribute or is not put, and an answer with errors,
without a decision, or that does not fit its own reasons is a fault, which refuses (D5).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cedarpy

from recognizance.errors import RuleBundleError
from recognizance.gate.cards import Effect
from recognizance.gate.policies import (
    BASE,
    DAY,
    context_of,
    day_number,
    policy_text,
    readings,
    schema_text,
    validate,
)
from recognizance.gate.slices import KIND_FIELDS, SLICE_ACTION, Slice, slice_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from recognizance.gate.cards import Card
    from recognizance.gate.kinds import Value

MOST_KINDS: Final = 512
"""Kinds of case that are remembered, about 75 kB each; one more, and all are learnt anew."""

HELD_TO_THE_WHOLE: Final = 256
"""Of so many answers of a slice, one is asked of the three whole sets too."""

_Kind: TypeAlias = "tuple[int, tuple[Value, ...]]"


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
    """The compiled policies of a rule bundle. What it answers never changes once it is made.

    Args:
        cards: The rule cards.

    Raises:
        RuleBundleError: The policies do not parse, or do not validate against their schema.
    """

    def __init__(self, cards: Sequence[Card]) -> None:
        clauses = [(card, clause) for card in cards for clause in card.clauses]
        parts = {
            action: [(card, clause) for card, clause in clauses if clause.effect is effect]
            for action, effect in _ACTIONS.items()
        }
        self._cards = tuple(cards)
        self._readings = {
            name: (clause.clause_id, clause.effect, possible)
            for _, clause in clauses
            for name, possible in readings(clause).items()
        }
        self._places = {name: place for place, name in enumerate(self._readings)}
        self._reads = {
            action: tuple(dict.fromkeys(name for _, clause in part for name in clause.reads))
            for action, part in parts.items()
        }
        self.schema_text = schema_text({a: (*names, DAY) for a, names in self._reads.items()})
        self.policy_texts = {action: policy_text(action, part) for action, part in parts.items()}
        for text in self.policy_texts.values():
            validate(text, self.schema_text)
        self._schema = cedarpy.Schema.from_str(self.schema_text)
        self._policies = {
            action: cedarpy.PolicySet.from_str(text) for action, text in self.policy_texts.items()
        }
        read = {name for names in self._reads.values() for name in names}
        self._kind_fields = tuple(sorted(read & KIND_FIELDS))
        self._days = sorted({day for card in cards for day in _ends(card)})
        self._slices: dict[_Kind, Slice | None] = {}
        self._answers: dict[_Kind, int] = {}
        self._slices_hold = True

    def answer(self, facts: Mapping[str, Value], at: date) -> Answer:
        """Put one question to the rules.

        Args:
            facts: A value for every field.
            at: The day on which the rules have to be in force.

        Returns:
            Clause ids by effect, in the order of the cards, or the fault that keeps them away.
        """
        try:
            return self._sorted(self._found(facts, at))
        except _FaultError as fault:
            return Answer(fault=str(fault))
        except (ValueError, KeyError, TypeError, RuleBundleError) as error:
            # cedarpy reports a question it cannot read with these; no answer is no permission.
            return Answer(fault=f"the policy engine failed ({type(error).__name__})")

    def answer_in_full(self, facts: Mapping[str, Value], at: date) -> Answer:
        """The same, from the three whole policy sets alone. Slower; it is what slices are held to.

        Raises:
            ValueError, KeyError, TypeError: The facts are no facts; `answer` makes them a fault.
        """
        try:
            return self._sorted(self._found_in_full(facts, at))
        except _FaultError as fault:
            return Answer(fault=str(fault))

    # ---- which policies

    def _found(self, facts: Mapping[str, Value], at: date) -> frozenset[str]:
        """The readings that hold: from the slice where there is one, else from the whole."""
        if not self._slices_hold:
            return self._found_in_full(facts, at)
        kind = (bisect_right(self._days, at), tuple([facts[name] for name in self._kind_fields]))
        known = self._slices.get(kind)
        if known is not None:
            return self._held(kind, facts, at, self._found_in_slice(known, facts))
        found = self._found_in_full(facts, at)
        if kind in self._slices:
            self._slices[kind] = self._learnt(kind, facts, at, found)
        else:
            if len(self._slices) >= MOST_KINDS:
                self._slices.clear()
                self._answers.clear()
            self._slices[kind] = None
        return found

    def _held(
        self, kind: _Kind, facts: Mapping[str, Value], at: date, found: frozenset[str]
    ) -> frozenset[str]:
        """What a slice found, now and then held to the whole policy sets."""
        self._answers[kind] = given = self._answers.get(kind, 0) + 1
        if given % HELD_TO_THE_WHOLE == 0 and self._found_in_full(facts, at) != found:
            self._slices_hold = False
            raise _FaultError("the rules for this kind of case no longer agree with the whole")
        return found

    def _learnt(
        self, kind: _Kind, facts: Mapping[str, Value], at: date, found: frozenset[str]
    ) -> Slice:
        cards = (card for card in self._cards if card.in_force(at))
        learnt = slice_of(cards, dict(zip(self._kind_fields, kind[1], strict=True)))
        if self._found_in_slice(learnt, facts) != found:
            raise _FaultError("the rules for this kind of case differ from the whole")
        return learnt

    def _found_in_slice(self, part: Slice, facts: Mapping[str, Value]) -> frozenset[str]:
        # The question is not checked against the schema again: `context_of` gives every attribute
        # of the schema with its type or raises, and an attribute that were missing is an error.
        names = _asked(SLICE_ACTION, context_of(part.reads, facts), part.policies, None)
        found = [name for joined in names for name in joined.split(" ")]
        distinct = frozenset(found)
        if BASE not in distinct or len(distinct) != len(found):
            raise _FaultError("the policy engine left out what always holds, or said a rule twice")
        return self._known(distinct - {BASE})

    def _found_in_full(self, facts: Mapping[str, Value], at: date) -> frozenset[str]:
        return frozenset().union(*(self._found_by(action, facts, at) for action in _ACTIONS))

    def _found_by(self, action: str, facts: Mapping[str, Value], at: date) -> frozenset[str]:
        context = {**context_of(self._reads[action], facts), DAY: day_number(at)}
        return self._known(_asked(action, context, self._policies[action], self._schema) - {BASE})

    # ---- what they say

    def _known(self, found: frozenset[str]) -> frozenset[str]:
        if not found <= self._readings.keys():
            raise _FaultError("the policy engine named a rule that does not exist")
        return found

    def _sorted(self, found: frozenset[str]) -> Answer:
        """The clauses that hold, by effect and in the order of the cards."""
        certain: list[str] = []
        listed: dict[Effect, list[str]] = {effect: [] for effect in Effect}
        for name in sorted(found, key=self._places.__getitem__):
            clause_id, effect, possible = self._readings[name]
            (listed[effect] if possible else certain).append(clause_id)
        possible_forbids = listed[Effect.FORBID]
        if not set(certain) <= set(possible_forbids):
            raise _FaultError("a forbid is certain and yet not possible")
        return Answer(
            forbidden=tuple(certain),
            undecided=tuple(name for name in possible_forbids if name not in certain),
            required=tuple(listed[Effect.REQUIRE]),
            conditions=tuple(listed[Effect.CONDITION]),
        )


_ACTIONS: Final = {
    "prohibit": Effect.FORBID,
    "require": Effect.REQUIRE,
    "condition": Effect.CONDITION,
}
_PERMITS: Final = frozenset({"condition", SLICE_ACTION})
"""Actions whose policies permit; those of the others forbid, from a base that permits."""

_APPLICANT: Final = {"type": "Applicant", "id": "applicant"}
_USE: Final = {"type": "Use", "id": "use"}
_NO_ENTITIES: Final = cedarpy.Entities.from_json_str("[]")


class _FaultError(Exception):
    """The engine's answer cannot be relied on; never leaves this module."""


def _ends(card: Card) -> Iterable[date]:
    return [day for day in (card.legal_from, card.legal_until) if day is not None]


def _asked(
    action: str,
    context: Mapping[str, object],
    policies: cedarpy.PolicySet,
    schema: cedarpy.Schema | None,
) -> frozenset[str]:
    """Put a question to Cedar.

    Returns:
        Names of the policies that hold, the base among them.

    Raises:
        _FaultError: The answer has errors, names a rule that has no name, or contradicts itself.
        ValueError, KeyError, TypeError: cedarpy cannot read the question or the answer.
    """
    request = {
        "principal": _APPLICANT,
        "action": {"type": "Action", "id": action},
        "resource": _USE,
        "context": json.dumps(context),
    }
    result = cedarpy.is_authorized(request, policies, _NO_ENTITIES, schema)
    diagnostics = result.diagnostics
    if diagnostics.errors:
        raise _FaultError("the policy engine reported errors")
    names = frozenset(diagnostics.id_annotations_by_reason.values())
    if len(names) != len(diagnostics.reasons):
        raise _FaultError("the policy engine named a rule that does not exist")
    allowed = bool(names) if action in _PERMITS else names <= {BASE}
    if result.decision is not (cedarpy.Decision.Allow if allowed else cedarpy.Decision.Deny):
        raise _FaultError("the policy engine's decision does not fit its reasons")
    return names
