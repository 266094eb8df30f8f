"""`recognizance demo`: the main job, end to end, on real photographs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, grid, line, out
from recognizance.cli.demo.page import page
from recognizance.cli.demo.photographs import credited_portraits, own_photographs

if TYPE_CHECKING:
    from recognizance.cli.demo.story import Step

MARKS = {"good": "green", "held": "yellow", "stop": "red", "plain": "bold"}


def demo(
    photos: Annotated[
        Path | None, typer.Option(help="Your own photographs, one folder a person.")
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for what it makes.")
    ] = Path("demo-out"),
    as_json: Json = False,
) -> None:
    """Decide, permit, enroll, verify, search, refuse, erase and prove, on real photographs."""
    from recognizance.cli.demo.play import play
    from recognizance.settings import load_settings
    from recognizance.types import utc_text
    from recognizance.workspace import utc_now

    settings = load_settings()
    cast = own_photographs(photos) if photos else credited_portraits(settings.cache)
    output = output.absolute()
    for part in ("workspace", "keys"):
        shutil.rmtree(output / part, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    own = settings.model_copy(
        update={"home": output / "workspace", "key_folder": output / "keys", "key_file": None}
    )
    played = play(own, cast, tell=(lambda _step: None) if as_json else _tell)
    path, summary = output / "demo.html", output / "summary.txt"
    path.write_text(page(played.steps, played.summary, utc_text(utc_now())), encoding="utf-8")
    lines = [f"{figure:>9}  {words}" for figure, words in played.summary]
    summary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    emit(
        {
            "ok": True,
            "summary": [{"figure": figure, "of": words} for figure, words in played.summary],
            "page": str(path),
            "summary_file": str(summary),
            "workspace": str(own.home),
        },
        as_json,
        line(""),
        line(("Summary", "bold")),
        *map(line, lines),
        line(""),
        line(("  summary    ", "dim"), str(summary)),
        line(("  page       ", "dim"), str(path)),
        line(("  workspace  ", "dim"), str(own.home)),
    )


def _tell(step: Step) -> None:
    out.print()
    out.print(line((step.title, "bold")))
    rows = []
    for row in step.rows:
        about = line(row.about, *((f"\n{detail}", "dim") for detail in row.details))
        rows.append((line((f"{row.outcome:<22}", MARKS[row.mark])), about))
    out.print(grid(rows))
