"""`recognizance erase`: destroy what is held about a person. Needs no permit."""

from __future__ import annotations

from typing import Annotated

import typer

from recognizance.cli.console import Json
from recognizance.cli.door import open_door
from recognizance.cli.session import show_answer
from recognizance.errors import InputError


def erase(
    subject: str,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: Json = False,
) -> None:
    """Destroy the key, the references, the pictures and the leads of SUBJECT, in every gallery."""
    if not reason.strip():
        raise InputError("Why to erase was not said.", hint="Say it with --reason, in a few words.")
    with open_door() as door:
        answer = door.erase(subject, reason)
    show_answer(answer, as_json=as_json)
