"""Vendors' public postures as packs of cards, for reading beside the house rules.

A pack (`rules/packs/*.toml`) is written in the same language and read by the same loader as the
rules. It only informs: no decision, digest or permit knows of it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, cast

from recognizance.errors import InputError, RuleBundleError
from recognizance.gate.bundle import MACROS, rules_root
from recognizance.gate.cards import Effect, cards_from, macros_from
from recognizance.gate.cases import open_permits_of, run_case
from recognizance.gate.facts import derive
from recognizance.gate.kleene import evaluate
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cards import Card
    from recognizance.gate.cases import Case
    from recognizance.gate.draft import Facts

ONLY_INFORM: Final = "Packs only inform: the house rules decide, and no permit rests on a pack."
NO_OBJECTION: Final = "no objection"
"""A pack that forbids and asks nothing permits nothing either."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A vendor's posture.

    Attributes:
        name: File name without its ending.
        vendor: Whose it is.
        as_of: The day on which it was read.
        source: Where it was read.
        cards: What it forbids and requires.
    """

    name: str
    vendor: str
    as_of: date
    source: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one pack, or the house, says of a case.

    Attributes:
        outcome: `refuse`, `incomplete`, `no objection`, or the house's own outcome.
        rules: The cards behind it.
    """

    outcome: str
    rules: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The verdict as JSON."""
        return {"outcome": self.outcome, "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class Compared:
    """A case beside every verdict.

    Attributes:
        case_id: The case.
        title: What it is called.
        house: What the house rules decide.
        packs: What each pack says, by its name.
    """

    case_id: str
    title: str
    house: Verdict
    packs: Mapping[str, Verdict]

    def as_dict(self) -> dict[str, object]:
        """The row as JSON."""
        return {
            "case": self.case_id,
            "title": self.title,
            "house": self.house.as_dict(),
            "packs": {name: verdict.as_dict() for name, verdict in self.packs.items()},
        }


def pack_names(root: Path | None = None) -> tuple[str, ...]:
    """The packs there are."""
    folder = (root or rules_root()) / "packs"
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_pack(name: str, root: Path | None = None) -> Pack:
    """Read a pack.

    Args:
        name: File name without its ending.
        root: The folder of the rules; the installed one if None.

    Raises:
        InputError: There is no such pack.
        RuleBundleError: The pack says what no pack can say.
    """
    root = root or rules_root()
    if name not in pack_names(root):
        names = pack_names(root)
        nearest = get_close_matches(name, names, n=1)
        near = f"Did you mean {nearest[0]!r}? " if nearest else ""
        raise InputError(
            f"There is no pack {name!r}.", hint=f"{near}Packs are: {', '.join(names)}."
        )
    macros = macros_from(cast("Mapping[str, object]", _toml(root / MACROS)["macro"]))
    content = _toml(root / "packs" / f"{name}.toml")
    about = content.get("pack")
    if set(content) != {"pack", "card"} or not isinstance(about, dict):
        raise _bad(name, "has not exactly one table [pack] and cards")
    if set(about) != {"vendor", "as_of", "source"} or type(about["as_of"]) is not date:
        raise _bad(name, "does not say vendor, as_of (a day) and source in [pack]")
    cards = cards_from([(f"{name}.toml", {"card": content["card"]})], macros)
    if any(clause.effect is Effect.CONDITION for card in cards for clause in card.clauses):
        raise _bad(name, "has a condition, and nobody would keep it")
    return Pack(name, str(about["vendor"]), about["as_of"], str(about["source"]), cards)


def judge(pack: Pack, facts: Facts, at: date) -> Verdict:
    """What a pack says of a use: refuse, incomplete, or nothing against it."""
    clauses = [
        (card, clause, evaluate(clause.when, facts.values))
        for card in pack.cards
        if card.in_force(at)
        for clause in card.clauses
    ]
    refused = [c.rule_id for c, clause, t in clauses if clause.effect is Effect.FORBID and t]
    if refused:
        return Verdict("refuse", tuple(dict.fromkeys(refused)))
    unmet = [card.rule_id for card, _, truth in clauses if truth is not False]
    if unmet:
        return Verdict("incomplete", tuple(dict.fromkeys(unmet)))
    return Verdict(NO_OBJECTION, ())


def compare(
    bundle: RuleBundle, packs: Iterable[Pack], cases: Iterable[Case]
) -> tuple[Compared, ...]:
    """Put cases to the house rules and to packs.

    Raises:
        SubmissionError: The submission of a case cannot be read.
        CaseFileError: A case's open permits cannot be read.
    """
    return tuple(_compared(bundle, tuple(packs), case) for case in cases)


def _compared(bundle: RuleBundle, packs: tuple[Pack, ...], case: Case) -> Compared:
    house = run_case(case, bundle)
    facts = derive(
        submission_from(case.content),
        bundle.tables,
        at=case.at,
        open_permits=open_permits_of(case, bundle),
    )
    return Compared(
        case_id=case.case_id,
        title=case.title,
        house=Verdict(house.outcome, house.rules),
        packs={pack.name: judge(pack, facts, case.at) for pack in packs},
    )


def _toml(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _bad(path.stem, "cannot be read as TOML") from error


def _bad(name: str, what: str) -> RuleBundleError:
    return RuleBundleError(
        f"The pack {name} {what}.", hint="How a pack is written stands in docs/gate.md."
    )
