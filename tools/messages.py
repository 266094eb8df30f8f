"""`make messages`: what the console says, for those who translate it.

Writes `recognizance.pot`, the template of all catalogues, into the console's `locale/`. Catalogues
that are there (`locale/LANG/LC_MESSAGES/recognizance.po`) are brought up to it and compiled;
`make messages LANGUAGE=de` begins one. What a page shows stands in its template through `_()`,
also what its module says; titles of places, columns and roads are taken from the Python modules.

    .venv/bin/python tools/messages.py [LANGUAGE]
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSOLE: Final = (
    Path(__file__).resolve().parents[1] / "src" / "recognizance" / "service" / "console"
)
DOMAIN: Final = "recognizance"

_TITLED: Final = {"Place": slice(1, 3), "Column": slice(1, 2), "Road": slice(1, 3), "of": slice(1)}
"""Calls whose arguments a template shows through `_()`; `of` is that of `Listing`."""

_OPTIONS: Final = {
    "**.html": {
        "extensions": "jinja2.ext.do",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "silent": "false",
    }
}


def template() -> Catalog:
    """Everything that the pages say, untranslated."""
    made = Catalog(project="recognizance", domain=DOMAIN)
    found = extract_from_dir(
        CONSOLE / "templates",
        method_map=[("**.html", "jinja2.ext:babel_extract")],
        options_map=_OPTIONS,
    )
    for name, line, words, comments, _context in found:
        made.add(words, locations=[(f"templates/{name}", line)], auto_comments=comments)
    for path in sorted(CONSOLE.glob("*.py")):
        for line, words in _titles(path):
            made.add(words, locations=[(path.name, line)])
    return made


def _titles(path: Path) -> Iterator[tuple[int, str]]:
    """The titles that a module gives to places, columns, tables and roads."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        given = node.args[_TITLED[name]] if name in _TITLED else []
        steps = node.args[5:] if name == "Road" else []
        for each in (*given, *(step for steps_ in steps for step in ast.walk(steps_))):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.lineno, each.value


def main() -> None:
    """Write the template, bring catalogues up to it, and compile them."""
    made, locale = template(), CONSOLE / "locale"
    locale.mkdir(exist_ok=True)
    with (locale / f"{DOMAIN}.pot").open("wb") as file:
        write_po(file, made, width=100)
    for language in sys.argv[1:2]:
        begun = locale / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        if not begun.exists():
            begun.parent.mkdir(parents=True)
            with begun.open("wb") as file:
                write_po(file, Catalog(locale=language, domain=DOMAIN))
    print(f"{len(made)} messages")
    for path in sorted(locale.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, domain=DOMAIN)
        catalogue.update(made)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        done = sum(1 for each in catalogue if each.id and any(each.string))
        print(f"{path.parent.parent.name}: {done} translated")


if __name__ == "__main__":
    main()
