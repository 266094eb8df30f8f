"""Write the tables of docs/gate.md from the fields, the hooks and the cards; `--check` compares.

Each table stands between two comments, `<!-- fields -->` and `<!-- /fields -->`; the text around
them is written by hand and left alone.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.gate.bundle import load_bundle
from recognizance.gate.fields import FIELDS
from recognizance.gate.hooks import HOOKS
from recognizance.gate.kinds import Kind, plain

if TYPE_CHECKING:
    from recognizance.gate.cards import Card
    from recognizance.gate.kinds import Field

PAGE = Path(__file__).resolve().parent.parent / "docs" / "gate.md"
WRITTEN = {
    Kind.CHOICE: "one of",
    Kind.CHOICES: "one or several of",
    Kind.TRI: "yes or no",
    Kind.INTEGER: "whole number",
    Kind.RATE: "fraction 0.0 to 1.0, or whole parts per billion",
    Kind.RATIO: "worst over best, like 1.4",
    Kind.SCORE: "comparison score, like 0.31",
    Kind.TEXT: "text",
    Kind.TEXTS: "list of texts",
    Kind.DATE: "day, like 2026-12-31",
}


def render(page: str) -> str:
    """The page with its tables made anew."""
    cards = load_bundle().cards.values()
    stated = [spec for spec in FIELDS.values() if not spec.derived_from]
    derived = [spec for spec in FIELDS.values() if spec.derived_from]
    tables = {
        "fields": _table(("field", "question", "value", "silence"), map(_stated_row, stated)),
        "derived": _table(("fact", "says", "value", "from"), map(_derived_row, derived)),
        "hooks": _table(("hook", "what it does"), ((f"`{n}`", what) for n, what in HOOKS.items())),
        "rules": _table(("rule", "what it is about", "effects", "mark"), map(_rule_row, cards)),
    }
    for name, table in tables.items():
        block = f"<!-- {name} -->\n{table}<!-- /{name} -->"
        pattern = f"<!-- {name} -->\n.*?<!-- /{name} -->"
        page = re.sub(pattern, lambda _, block=block: block, page, flags=re.DOTALL)
    return page


def _table(heads: tuple[str, ...], rows: object) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _value(spec: Field) -> str:
    values = ", ".join(f"`{value}`" for value in spec.values)
    return f"{WRITTEN[spec.kind]}: {values}" if values else WRITTEN[spec.kind]


def _stated_row(spec: Field) -> tuple[str, ...]:
    silence = plain(spec.silence)
    if spec.name.startswith("wl."):
        return f"`{spec.name}`", spec.question, _value(spec), "unknown; without `[wl]` no list"
    said = "nothing" if silence == [] else str(silence)
    return f"`{spec.name}`", spec.question, _value(spec), said


def _derived_row(spec: Field) -> tuple[str, ...]:
    return f"`{spec.name}`", spec.question, _value(spec), ", ".join(spec.derived_from)


def _rule_row(card: Card) -> tuple[str, ...]:
    effects = ", ".join(dict.fromkeys(clause.effect.value for clause in card.clauses))
    house = " ≈" if card.house_numbers else ""
    return card.rule_id, card.title + house, effects, card.mark.value


def main() -> int:
    """Write or compare."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        return 0 if page == render(page) else 1
    PAGE.write_text(render(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
