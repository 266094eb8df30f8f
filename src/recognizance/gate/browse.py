"""Looking at the rules: which hold where, for whom and when; and one card with its cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from recognizance.errors import InputError
from recognizance.gate.answers import atoms_of
from recognizance.gate.cases import case_tables, load_case, run_case
from recognizance.gate.facts import PUBLIC_PLACES
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, NONE, UNKNOWN, YES
from recognizance.gate.kleene import evaluate
from recognizance.gate.language import Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cards import Card, Clause, Effect, Mark
    from recognizance.gate.kinds import Value

EVERYWHERE: Final = "everywhere"
UNION: Final = "EU"
_ONE_DIGIT: Final = re.compile(r"-(\d)(?!\d)")
_LISTED_CITIES: Final = "listed cities"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rules to show; what is None or empty leaves nothing out.

    Attributes:
        jurisdiction: A country (`GB`), a state (`US-WA`) or `EU`.
        setting: A kind of place or of operator (`prison`, `police`).
        at: The day on which the rules are in force.
        effect: An effect that one of the clauses has.
        mark: How sure we are of the source.
    """

    jurisdiction: str = ""
    setting: str = ""
    at: date | None = None
    effect: Effect | None = None
    mark: Mark | None = None


def settings() -> tuple[str, ...]:
    """The kinds of place and of operator that can be asked for."""
    return tuple(sorted({*FIELDS["place.kind"].values, *FIELDS["op.kind"].values}))


def browse(bundle: RuleBundle, wanted: Filter) -> tuple[Card, ...]:
    """The cards that may apply; those that name the place or the setting come first.

    A card is left out where it is certain that it cannot apply, whatever else is stated.

    Raises:
        InputError: There is no such jurisdiction or setting.
    """
    worlds = tuple(_worlds(bundle, wanted))
    found = [
        card
        for card in bundle.cards.values()
        if (wanted.at is None or card.in_force(wanted.at))
        and (wanted.mark is None or card.mark is wanted.mark)
        and any(_applies(card, wanted, world) for world in worlds)
    ]
    return tuple(sorted(found, key=lambda card: not _names(card, wanted)))


def where(card: Card) -> str:
    """The places that a card names, and `everywhere` where one of its clauses names none."""
    found: dict[str, None] = {}
    for clause in card.clauses:
        named = _places_named(clause)
        found |= dict.fromkeys(named or (EVERYWHERE,))
    return ", ".join(sorted(found, key=lambda name: name != EVERYWHERE))


def _places_named(clause: Clause) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for atom in _members(clause):
        if atom.field == "op.in_eu":
            found[UNION] = None
        elif atom.field == "op.city_ban":
            return (_LISTED_CITIES,)
        elif atom.field in {"op.country", "op.subdiv"}:
            found |= dict.fromkeys(atom.values)
    states = {name.partition("-")[0] for name in found if "-" in name}
    return tuple(name for name in found if name not in states)


def rule(bundle: RuleBundle, rule_id: str) -> Card:
    """One card; `hr-7` is HR-07.

    Raises:
        InputError: There is no such rule; the hint names the nearest.
    """
    by_name = {name.casefold(): card for name, card in bundle.cards.items()}
    card = by_name.get(_ONE_DIGIT.sub(r"-0\1", rule_id.strip().casefold()))
    if card is None:
        nearest = get_close_matches(rule_id.upper(), bundle.cards, n=1, cutoff=0.3)
        raise InputError(
            f"There is no rule {rule_id!r}.",
            hint=f"Did you mean {nearest[0]}?" if nearest else "See `recognizance gate rules`.",
        )
    return card


@dataclass(frozen=True, slots=True)
class Near:
    """A case that a rule decides, or one next to it that it does not.

    Attributes:
        case_id: The case.
        title: What it is called.
        outcome: How it comes out.
    """

    case_id: str
    title: str
    outcome: str

    def as_dict(self) -> dict[str, object]:
        """The case as JSON."""
        return {"case": self.case_id, "title": self.title, "outcome": self.outcome}


def cases_of(
    bundle: RuleBundle, card: Card, folder: Path
) -> tuple[tuple[Near, ...], tuple[Near, ...]]:
    """The cases that a rule decides, and the near misses: their neighbours that it does not.

    Args:
        bundle: The rules.
        card: The rule.
        folder: The folder of the cases.
    """
    results = {}
    bases = {}
    for path in sorted(folder.glob("*.toml")):
        results[path.stem] = run_case(load_case(path), bundle)
        meta = case_tables(path).get("meta", {})
        bases[path.stem] = str(meta.get("neighbour_of", "")) if isinstance(meta, dict) else ""
    decided = {name for name, result in results.items() if card.rule_id in result.rules}
    beside = {
        name
        for name, base in bases.items()
        if name not in decided
        and (base in decided or any(bases[other] == name for other in decided))
    }
    told = {name: Near(name, one.title, one.outcome) for name, one in results.items()}
    return (
        tuple(near for name, near in told.items() if name in decided),
        tuple(near for name, near in told.items() if name in beside),
    )


def _members(clause: Clause) -> Iterator[Member]:
    return (atom for atom in atoms_of(clause.when) if isinstance(atom, Member))


def _names(card: Card, wanted: Filter) -> bool:
    """Whether a card says the jurisdiction or the setting by name."""
    places = {name.strip() for name in where(card).split(",")}
    if wanted.jurisdiction and wanted.jurisdiction in places:
        return True
    return bool(wanted.setting) and any(
        wanted.setting in atom.values
        for clause in card.clauses
        for atom in _members(clause)
        if atom.field in {"place.kind", "op.kind"}
    )


def _applies(card: Card, wanted: Filter, world: Mapping[str, Value]) -> bool:
    return any(
        evaluate(clause.when, world) is not False
        for clause in card.clauses
        if wanted.effect is None or clause.effect is wanted.effect
    )


def _worlds(bundle: RuleBundle, wanted: Filter) -> Iterator[dict[str, Value]]:
    """What would be known if nothing was stated but the jurisdiction and the setting."""
    unknown: dict[str, Value] = dict.fromkeys(FIELDS, UNKNOWN)
    for place in _places(bundle, wanted.jurisdiction):
        for setting in _settings(wanted.setting):
            yield {**unknown, **place, **setting}


def _places(bundle: RuleBundle, jurisdiction: str) -> Iterable[dict[str, Value]]:
    if not jurisdiction:
        return ({},)
    if jurisdiction == UNION:
        return tuple(_country(bundle, country) for country in sorted(bundle.tables.eu))
    country, _, state = jurisdiction.partition("-")
    if not (country.isalpha() and country.isupper() and len(country) == len("GB")):
        raise InputError(
            f"There is no jurisdiction {jurisdiction!r}.",
            hint="Write EU, a country like GB, or a state like US-WA.",
        )
    place = _country(bundle, country)
    return ({**place, "op.subdiv": jurisdiction} if state else place,)


def _country(bundle: RuleBundle, country: str) -> dict[str, Value]:
    place: dict[str, Value] = {
        "op.country": country,
        "op.in_eu": YES if country in bundle.tables.eu else NO,
    }
    if country not in bundle.tables.federal:
        place["op.subdiv"] = NONE
    return place


def _settings(setting: str) -> Iterable[dict[str, Value]]:
    """A setting as a kind of operator, as a kind of place, or as both where both are meant."""
    if not setting:
        return ({},)
    operator = setting in FIELDS["op.kind"].values
    place = setting in FIELDS["place.kind"].values
    if not operator and not place:
        nearest = get_close_matches(setting, settings(), n=1)
        near = f"Did you mean {nearest[0]!r}? " if nearest else ""
        raise InputError(
            f"There is no setting {setting!r}.",
            hint=f"{near}It is one of: {', '.join(settings())}.",
        )
    found: list[dict[str, Value]] = [{"op.kind": setting}] if operator else []
    if place:
        public = {"place.public": YES} if setting in PUBLIC_PLACES else {}
        found.append({"place.kind": setting, **public})
    return found
