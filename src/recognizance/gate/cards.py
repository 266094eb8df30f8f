"""Rule cards: one rule each, with its clauses, its reason in plain words and its source.

A card is data (`rules/*.toml`). What it may say is checked when it loads: known fields, known
values, a reason, a source with a mark, a hook for every condition, and that ignorance of a fact
never makes it weaker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar, cast

from recognizance.errors import RuleBundleError
from recognizance.gate.fields import FIELDS
from recognizance.gate.hooks import HOOKS, check_parameters
from recognizance.gate.language import Expr, fields_of, parse, rewards_ignorance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Listed = TypeVar("_Listed", bound=StrEnum)

_RULE_ID: Final = re.compile(r"[A-Z]{2}-\d{2}[a-z]?")
_MACRO_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_CARD_KEYS: Final = frozenset(
    {"id", "title", "mark", "source", "legal_from", "legal_until", "house_numbers", "clause"}
)
_CLAUSE_KEYS: Final = frozenset({"effect", "when", "reason", "hook", "parameters", "needs"})


class Effect(StrEnum):
    """What a clause does when its condition holds."""

    FORBID = "forbid"
    """Refuse, without a waiver."""
    REQUIRE = "require"
    """Incomplete until the facts are there."""
    CONDITION = "condition"
    """The permit carries it, and a hook enforces it."""


class Mark(StrEnum):
    """How sure we are of a source."""

    READ = "V"
    SECOND_HAND = "S"
    MEMORY = "M"


@dataclass(frozen=True, slots=True)
class Clause:
    """One effect of a card.

    Attributes:
        clause_id: Card id and position, `HR-05#0`.
        effect: What it does.
        when: The condition, read.
        text: The condition as it stands on the card.
        reads: The fields that the condition reads.
        reason: One plain sentence.
        hook: What enforces it at run time; empty unless it is a condition.
        parameters: Numbers and texts for the hook.
        needs: Fields that would satisfy a requirement, where the condition does not say it.
    """

    clause_id: str
    effect: Effect
    when: Expr
    text: str
    reads: tuple[str, ...]
    reason: str
    hook: str
    parameters: Mapping[str, object]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One rule.

    Attributes:
        rule_id: Stable id, `HR-05`.
        title: A few words.
        mark: How sure we are of the source.
        source: Article, section or report.
        legal_from: First day in force, or None where the rule has no date (house rules).
        legal_until: First day on which it is no longer in force, or None.
        house_numbers: Whether it holds a number of our own.
        clauses: What it does, in order.
    """

    rule_id: str
    title: str
    mark: Mark
    source: str
    legal_from: date | None
    legal_until: date | None
    house_numbers: bool
    clauses: tuple[Clause, ...]

    def in_force(self, at: date) -> bool:
        """Whether the rule holds on a day."""
        begun = self.legal_from is None or self.legal_from <= at
        return begun and (self.legal_until is None or at < self.legal_until)


def macros_from(table: Mapping[str, object]) -> Mapping[str, Expr]:
    """Read named conditions; each may use the ones above it.

    Raises:
        RuleBundleError: A name or a condition cannot be read.
    """
    macros: dict[str, Expr] = {}
    for name, text in table.items():
        if not _MACRO_NAME.fullmatch(name) or name in FIELDS or not isinstance(text, str):
            raise _bad(f"The macro {name!r} has no usable name or is no text.")
        macros[name] = parse(text, macros)
    return MappingProxyType(macros)


def cards_from(
    files: Iterable[tuple[str, Mapping[str, object]]], macros: Mapping[str, Expr]
) -> tuple[Card, ...]:
    """Read the cards of parsed TOML files.

    Args:
        files: File name and content, each with a list `card`.
        macros: The named conditions.

    Raises:
        RuleBundleError: A card is incomplete, its id is taken, or it reads what is not listed.
    """
    cards: dict[str, Card] = {}
    for name, content in files:
        rows = content.get("card")
        if not isinstance(rows, list) or set(content) != {"card"}:
            raise _bad(f"The file {name} holds something else than cards.")
        for row in rows:
            card = _card(name, row, macros)
            if card.rule_id in cards:
                raise _bad(f"The rule {card.rule_id} stands on two cards.")
            cards[card.rule_id] = card
    if not cards:
        raise _bad("There is no rule card at all.")
    return tuple(cards.values())


def _card(file: str, row: object, macros: Mapping[str, Expr]) -> Card:
    table = _table(row, _CARD_KEYS, f"A card in {file}")
    rule_id = _text(table, "id", f"A card in {file}")
    where = f"The card {rule_id}"
    if not _RULE_ID.fullmatch(rule_id):
        raise _bad(f"{where} has an id of another form than HR-05.")
    clauses = table.get("clause")
    if not isinstance(clauses, list) or not clauses:
        raise _bad(f"{where} has no clause.")
    house_numbers = table.get("house_numbers", False)
    if not isinstance(house_numbers, bool):
        raise _bad(f"{where} has no true or false in house_numbers.")
    return Card(
        rule_id=rule_id,
        title=_text(table, "title", where),
        mark=_member(Mark, _text(table, "mark", where), where),
        source=_text(table, "source", where),
        legal_from=_day(table, "legal_from", where),
        legal_until=_day(table, "legal_until", where),
        house_numbers=house_numbers,
        clauses=tuple(
            _clause(f"{rule_id}#{index}", clause, macros) for index, clause in enumerate(clauses)
        ),
    )


def _clause(clause_id: str, row: object, macros: Mapping[str, Expr]) -> Clause:
    where = f"The clause {clause_id}"
    table = _table(row, _CLAUSE_KEYS, where)
    effect = _member(Effect, _text(table, "effect", where), where)
    hook = str(table.get("hook", ""))
    if effect is Effect.CONDITION and hook not in HOOKS:
        raise _bad(f"{where} is a condition without a hook that exists ({hook!r}).")
    if effect is not Effect.CONDITION and hook:
        raise _bad(f"{where} has a hook and is no condition.")
    parameters = table.get("parameters", {})
    if not isinstance(parameters, dict):
        raise _bad(f"{where} has no table in parameters.")
    if effect is not Effect.CONDITION and parameters:
        raise _bad(f"{where} has parameters and is no condition.")
    if hook and (wrong := check_parameters(hook, parameters)) is not None:
        raise _bad(f"{where} could not be kept: {wrong}.")
    needs = table.get("needs", [])
    if not isinstance(needs, list) or not all(name in FIELDS for name in needs):
        raise _bad(f"{where} needs a field that does not exist.")
    text = _text(table, "when", where)
    try:
        when = parse(text, macros)
    except RuleBundleError as error:
        raise RuleBundleError(f"{where}: {error.message}", hint=error.hint) from error
    if loosened := rewards_ignorance(when):
        raise _bad(f"{where} holds less often when {', '.join(loosened)} is not known.")
    return Clause(
        clause_id=clause_id,
        effect=effect,
        when=when,
        text=text,
        reads=fields_of(when),
        reason=_text(table, "reason", where),
        hook=hook,
        parameters=MappingProxyType(parameters),
        needs=tuple(needs),
    )


def _table(row: object, keys: frozenset[str], where: str) -> Mapping[str, object]:
    if not isinstance(row, dict):
        raise _bad(f"{where} is no table.")
    if unlisted := sorted(set(row) - keys):
        raise _bad(f"{where} has keys that nobody reads: {', '.join(unlisted)}.")
    return cast("Mapping[str, object]", row)


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    text = table.get(key)
    if not isinstance(text, str) or not text.strip():
        raise _bad(f"{where} has no text in {key}.")
    return text.strip()


def _day(table: Mapping[str, object], key: str, where: str) -> date | None:
    day = table.get(key)
    if day is None or type(day) is date:
        return day
    raise _bad(f"{where} has no day in {key}.")


def _member(kind: type[_Listed], text: str, where: str) -> _Listed:
    try:
        return kind(text)
    except ValueError as error:
        raise _bad(f"{where} has {text!r}, not one of {', '.join(kind)}.") from error


def _bad(message: str) -> RuleBundleError:
    return RuleBundleError(message, hint="How a card is written stands in docs/gate.md.")
