"""What the verbs share that propose, renew, sign and answer: options, files, short words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.errors import InputError
from recognizance.gate.envelope import LETTER_LIMIT_BYTES

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
