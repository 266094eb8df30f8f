"""`recognizance subjects`: whose references are held, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from recognizance.cli import requests
from recognizance.cli.console import Json, emit, table
from recognizance.cli.door import open_door

app = typer.Typer(help="Data subjects: who is enrolled, on what ground.", no_args_is_help=True)
app.add_typer(requests.app, name="request")


@app.command("list")
def list_subjects(
    gallery: Annotated[str | None, typer.Option("--gallery", help="Only this gallery.")] = None,
    as_json: Json = False,
) -> None:
    """List who is enrolled, with ground, provenance and the day of destruction."""
    with open_door() as door:
        rows = door.references(gallery)
    emit(
        rows,
        as_json,
        table(
            None,
            ("subject", "gallery", "provenance", "ground", "destroyed on"),
            (
                (r["subject_id"], r["gallery_id"], r["provenance"], r["ground"], r["expires_at"])
                for r in rows
            ),
        ),
    )
