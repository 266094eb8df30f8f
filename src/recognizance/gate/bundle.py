"""The rule bundle: every card and table that decides, compiled, under one digest."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import recognizance
from recognizance import canonical
from recognizance.errors import RuleBundleError
from recognizance.gate.cards import cards_from, macros_from
from recognizance.gate.cedar import CedarRules
from recognizance.gate.language import And, Expr, Member, Not, Or
from recognizance.gate.tables import tables_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from recognizance.gate.cards import Card, Clause
    from recognizance.gate.tables import Tables

MACROS: Final = "macros.toml"


@dataclass(frozen=True, slots=True)
class RuleBundle:
    """The rules, ready to decide.

    Attributes:
        cards: Every card by its id, in the order of the files.
        clauses: Every clause by its id, with its card.
        tables: The dated tables that facts are derived from.
        rules: The cards as compiled policies.
        digest: SHA-256 over the names and contents of the files that decide. A permit is bound
            to it, so a changed rule voids the permits given under the old one (D4).
    """

    cards: Mapping[str, Card]
    clauses: Mapping[str, tuple[Card, Clause]]
    tables: Tables
    rules: CedarRules
    digest: str


def rules_root() -> Path:
    """Where the rules lie: in the wheel beside the package, in a checkout beside `src`.

    Raises:
        RuleBundleError: Neither is there.
    """
    package = Path(recognizance.__file__).parent
    for root in (package / "_rules", package.parents[1] / "rules"):
        if (root / MACROS).is_file():
            return root
    raise RuleBundleError(
        "The rules are not installed.", hint="Install the package again, or name their folder."
    )


def load_bundle(root: Path | None = None) -> RuleBundle:
    """Load, validate and compile the rules.

    Args:
        root: Folder with `macros.toml`, the card files and `tables/`; the installed one if None.

    Raises:
        RuleBundleError: A file is missing, is no TOML, or says what no rule can say.
    """
    root = root or rules_root()
    contents = dict(_files(root))
    parsed = {name: _toml(name, data) for name, data in contents.items()}
    macros = macros_from(_macro_table(parsed.pop(MACROS, {})))
    tables = tables_from(
        {
            name.removeprefix("tables/").removesuffix(".toml"): content
            for name, content in parsed.items()
            if name.startswith("tables/")
        }
    )
    cards = cards_from(
        [(name, content) for name, content in parsed.items() if "/" not in name], macros
    )
    return RuleBundle(
        cards=MappingProxyType({card.rule_id: card for card in cards}),
        clauses=MappingProxyType(
            {clause.clause_id: (card, clause) for card in cards for clause in card.clauses}
        ),
        tables=replace(tables, federal=_federal(cards)),
        rules=CedarRules(cards),
        digest=canonical.digest(
            {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
        ),
    )


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    try:
        for path in sorted([*root.glob("*.toml"), *root.glob("tables/*.toml")]):
            yield path.relative_to(root).as_posix(), path.read_bytes()
    except OSError as error:
        raise RuleBundleError(
            "A file of the rules cannot be read.", hint="Check the permissions of the rules folder."
        ) from error


def _toml(name: str, data: bytes) -> Mapping[str, object]:
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise RuleBundleError(
            f"The file {name} of the rules is no TOML: {error}.", hint="Correct it and try again."
        ) from error


def _macro_table(content: Mapping[str, object]) -> Mapping[str, object]:
    table = content.get("macro", {})
    if not isinstance(table, dict) or set(content) - {"macro"}:
        raise RuleBundleError(
            f"The file {MACROS} holds something else than one table [macro].",
            hint="How a macro is written stands in docs/gate.md.",
        )
    return table


def _federal(cards: tuple[Card, ...]) -> frozenset[str]:
    """Countries of which some rule names a state or province: there its silence matters."""
    return frozenset(
        value.partition("-")[0]
        for card in cards
        for clause in card.clauses
        for atom in _members(clause.when)
        if atom.field == "op.subdiv"
        for value in atom.values
        if "-" in value
    )


def _members(expr: Expr) -> Iterator[Member]:
    match expr:
        case Member():
            yield expr
        case Not(part):
            yield from _members(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _members(part)
