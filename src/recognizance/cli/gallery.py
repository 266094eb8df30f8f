"""`recognizance gallery`: sets of references, each under one permit."""

from __future__ import annotations

from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace

app = typer.Typer(help="Galleries: what a search looks through.", no_args_is_help=True)


@app.command("create")
def create(
    gallery_id: str,
    permit: Annotated[str, typer.Option("--permit", help="The permit it belongs to.")],
    as_json: Json = False,
) -> None:
    """Make an empty gallery that a permit names."""
    from recognizance.permits.galleries import make_gallery

    with open_workspace() as workspace:
        make_gallery(workspace, gallery_id, permit_id=permit)
    emit(
        {"gallery_id": gallery_id, "permit_id": permit},
        as_json,
        line(("Gallery ", "bold"), gallery_id, f" under permit {permit}"),
    )


@app.command("list")
def list_galleries(as_json: Json = False) -> None:
    """List the galleries with their permits and sizes."""
    from recognizance import listing

    with open_workspace() as workspace:
        rows = listing.galleries(workspace)
    emit(
        rows,
        as_json,
        table(
            None,
            ("gallery", "permit", "purpose", "created", "subjects"),
            (r.values() for r in rows),
        ),
    )
