"""`recognizance audit`: error rates by group, of this or any other system."""

from __future__ import annotations

import typer

from recognizance.cli.audit.compare import compare
from recognizance.cli.audit.endpoint import endpoint
from recognizance.cli.audit.images import images
from recognizance.cli.audit.tables import scores, templates

app = typer.Typer(
    help="Error rates by group, of any system: photographs, templates, scores, an endpoint.",
    no_args_is_help=True,
)
app.command("images")(images)
app.command("templates")(templates)
app.command("scores")(scores)
app.command("endpoint")(endpoint)
app.command("compare")(compare)
