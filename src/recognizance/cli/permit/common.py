"""What the verbs of `recognizance permit` share."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Permits that were issued here, and what people do about them.", no_args_is_help=True
)
