"""What the verbs share that propose, renew, sign and answer: options, files, short words."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.evidence import parse_rate
from recognizance.errors import InputError
from recognizance.gate.envelope import LETTER_LIMIT_BYTES
from recognizance.gate.scope import Window
from recognizance.types import ErrorRate, utc_moment

Officers = Annotated[
    list[str], typer.Option("--officer", help="Name of a signing officer; repeat for several.")
]
Galleries = Annotated[
    list[str] | None, typer.Option("--gallery", help="A gallery it covers; repeat for several.")
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", help="A place it is bound to; repeat for several.")
]
Cameras = Annotated[
    list[str] | None, typer.Option("--camera", help="A camera it is bound to; repeat.")
]
Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window", help="Hours, as 2026-11-24T08:00Z/2026-11-24T14:00Z; repeat for several."
    ),
]
Targets = Annotated[
    list[str] | None, typer.Option("--target", help="Subject id of somebody sought; repeat.")
]
Cases = Annotated[
    list[str] | None, typer.Option("--case", help="A case that it may serve; repeat for several.")
]
Fmr = Annotated[str | None, typer.Option(help="Target false match rate, e.g. 1e-3.")]
Fpir = Annotated[
    str | None, typer.Option(help="Target false positive identification rate of a search.")
]
GallerySize = Annotated[
    int | None, typer.Option(help="Most references the gallery will ever hold.")
]
Days = Annotated[
    int | None, typer.Option(min=1, max=3650, help="How many days, if fewer than the class.")
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Where to write it.")]
AuthorityFolder = Annotated[
    Path, typer.Option("--authority", help="The authority's folder (`gate authority DIR`).")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]


def read_letter(path: Path) -> bytes:
    """The bytes of a letter, never more than one may have.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LETTER_LIMIT_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", hint="Check the path."
        ) from error


def chosen_rate(fmr: str | None, fpir: str | None) -> tuple[ErrorRate, int] | None:
    """The error rate and its target in parts per billion; None where neither was given.

    Raises:
        InputError: Both were given, or one is no rate.
    """
    if fmr and fpir:
        raise InputError("Give --fmr or --fpir, not both.", hint="A search is judged by --fpir.")
    if not (fmr or fpir):
        return None
    return ErrorRate.FMR if fmr else ErrorRate.FPIR, parse_rate(fmr or fpir or "")


def moment(text: str) -> datetime:
    """A time with its zone, as `2026-11-24T08:00Z`.

    Raises:
        InputError: It is none.
    """
    try:
        return utc_moment(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no time with a zone.", hint="Write it as 2026-11-24T08:00Z."
        ) from error


def window(text: str) -> Window:
    """Hours, as `2026-11-24T08:00Z/2026-11-24T14:00Z`.

    Raises:
        InputError: They are none, or end before they begin.
    """
    begins, _, ends = text.partition("/")
    found = Window(moment(begins), moment(ends))
    if found.ends <= found.begins:
        raise InputError(f"The hours {text!r} end before they begin.", hint="Swap the two times.")
    return found
