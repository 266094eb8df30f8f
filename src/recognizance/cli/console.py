"""How the command line speaks: one shape for people, one for programs, one for errors."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from recognizance.errors import RecognizanceError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

# What is piped is read by programs and pagers: it is not folded at some terminal's width.
PIPED_WIDTH = 200
_WIDER_THAN_ANY = 100_000
_piped = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH

out = Console(highlight=False, soft_wrap=False, width=_piped)
err = Console(stderr=True, highlight=False, width=_piped)

OUTCOME_STYLE = {
    "refuse": "bold red",
    "incomplete": "bold yellow",
    "permit_with_conditions": "bold green",
    "permit": "bold green",
    "match": "bold green",
    "non_match": "bold",
    "no_candidate": "bold",
    "held_for_review": "bold yellow",
    "confirmed": "bold green",
    "enrolled": "bold green",
    "erased": "bold green",
}


def emit(
    data: Mapping[str, object] | Sequence[object], as_json: bool, *text: RenderableType
) -> None:
    """Print `data` as JSON, or `text` for people."""
    if as_json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        return
    for part in text:
        show(out, part)


def show(console: Console, part: RenderableType) -> None:
    """Print without breaking an id, a key or a command over lines, so that it can be copied.

    A line of text runs on where the screen is narrow; a table is at least as wide as its words.
    """
    if isinstance(part, Table):
        room = console.options.update(width=_WIDER_THAN_ANY)
        least = Measurement.get(console, room, part).minimum
        if least > console.width:
            part.width = least
            for column in part.columns:
                cells = (Measurement.get(console, room, cell).minimum for cell in column.cells)
                column.min_width = max(cells, default=0)
    console.print(part, soft_wrap=isinstance(part, Text), crop=False)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Table:
    """A plain table; cells are text, never markup, so that a name cannot colour the screen."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(
            *(cell if isinstance(cell, Text) else Text(harmless(str(cell))) for cell in row)
        )
    return made


def grid(rows: Iterable[Iterable[Text]]) -> Table:
    """Columns without heads, indented; long texts wrap inside their column."""
    made = Table.grid(padding=(0, 2))
    made.add_column()
    for row in rows:
        made.add_row(Text(""), *row)
    return made


def outcome(word: str) -> Text:
    """An outcome in its colour, in words that people use."""
    return Text(word.replace("_", " "), style=OUTCOME_STYLE.get(word, "bold"))


def line(*parts: str | Text | tuple[str, str]) -> Text:
    """One line of text without markup, and without characters that would steer a terminal."""
    shown = (
        part
        if isinstance(part, Text)
        else (harmless(part[0]), part[1])
        if isinstance(part, tuple)
        else harmless(part)
        for part in parts
    )
    return Text.assemble(*shown)


def harmless(text: str) -> str:
    """A text whose control and direction characters are shown as `?`; line breaks stay."""
    return "".join(
        character if character == "\n" or unicodedata.category(character)[0] != "C" else "?"
        for character in text
    )


def show_error(error: RecognizanceError, *, as_json: bool) -> None:
    """What happened, the rules, where it is recorded, and what to do next."""
    if as_json:
        sys.stdout.write(
            json.dumps({"error": error.as_dict()}, ensure_ascii=False, indent=2) + "\n"
        )
        return
    show(err, line((f"{error.code}: ", "bold red"), error.message))
    if error.rules:
        show(err, line("  rules     ", ", ".join(error.rules)))
    if error.entry:
        show(err, line("  recorded  ", error.entry))
    if error.hint:
        show(err, line("  next      ", error.hint))


@contextmanager
def progress(
    title: str, total: int, *, quiet: bool = False, counted: bool = True
) -> Iterator[Callable[[int], None]]:
    """A bar with the time left, on standard error; yields a function to tell how many are done.

    Where what is done is no count that says anything to people, it is shown in parts of a hundred.
    """
    if quiet or not err.is_terminal:
        yield lambda _done: None
        return
    done = MofNCompleteColumn() if counted else TaskProgressColumn()
    columns = (TextColumn(harmless(title), markup=False), BarColumn(), done, TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
