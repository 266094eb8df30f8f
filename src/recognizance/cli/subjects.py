"""`recognizance subjects`: whose references are held, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, table
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text

app = typer.Typer(help="Data subjects: who is enrolled, on what ground.", no_args_is_help=True)


@app.command("list")
def list_subjects(
    gallery: Annotated[str | None, typer.Option("--gallery", help="Only this gallery.")] = None,
    as_json: Json = False,
) -> None:
    """List who is enrolled, with ground, provenance and the day of destruction."""
    with open_workspace() as workspace:
        galleries = [gallery] if gallery else [g.gallery_id for g in workspace.gallery.galleries()]
        rows = [
            {
                "subject_id": each.subject_id,
                "gallery_id": each.gallery_id,
                "reference_id": each.reference_id,
                "provenance": each.provenance,
                "ground": each.ground,
                "enrolled_at": utc_text(each.enrolled_at),
                "expires_at": utc_text(each.expires_at),
            }
            for gallery_id in galleries
            for each in workspace.gallery.references(gallery_id)
        ]
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
