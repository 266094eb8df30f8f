"""`recognizance redact`: hide the faces in a photograph; identifies nobody, needs no permit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.output import output_file
from recognizance.cli.session import read_photograph, workspace_if_any
from recognizance.errors import InputError, NotCleanError

# How files of the formats that are written begin, by the ending of their names.
_BEGINNINGS = {
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".webp": b"RIFF",
}


def redact(
    photograph: Annotated[Path, typer.Argument(help="A photograph (JPEG, PNG, WebP, BMP).")],
    output: Annotated[
        Path | None, typer.Argument(help="Where to write the redacted photograph.")
    ] = None,
    style: Annotated[str, typer.Option(help="solid (the safest), pixelate or blur.")] = "solid",
    keep: Annotated[
        list[int] | None,
        typer.Option("--keep", help="Number of a face that stays visible; repeat for several."),
    ] = None,
    because: Annotated[
        str | None, typer.Option(help="Why they may stay visible: a release, say.")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Only list the faces and their numbers.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Hide every face in a photograph but those that you keep.

    A second look at other sizes then searches the written file. If it still finds a face, the
    photograph is not called clean: exit status 1. All metadata are left out.
    """
    from recognizance.redacting import redact_for
    from recognizance.settings import load_settings
    from recognizance.video import Style, redact_still
    from recognizance.workspace import load_engine

    data = read_photograph(photograph)
    if list_only:
        faces = redact_still(load_engine(load_settings()), data).faces
        rows = [
            {
                "number": number,
                "left": round(box.left),
                "top": round(box.top),
                "width": round(box.width),
                "height": round(box.height),
            }
            for number, box in enumerate(faces, start=1)
        ]
        emit(
            rows,
            as_json,
            table(None, ("face", "left", "top", "width", "height"), (r.values() for r in rows)),
        )
        return
    if output is None:
        raise InputError("Where to write was not said.", hint="Name a file after the photograph.")
    like = _beginning(output)
    if style not in set(Style):
        raise InputError(f"There is no style {style!r}.", hint="Say solid, pixelate or blur.")
    if keep and not (because or "").strip():
        raise InputError(
            "Why these faces may stay visible was not said.",
            hint="Say it with --because, such as the id of a release.",
        )
    beside = output.with_name(output.name + ".json")
    with (
        output_file(output) as picture,
        output_file(beside) as notes,
        workspace_if_any() as workspace,
    ):
        made, record = redact_for(
            data,
            engine=load_engine(load_settings()),
            workspace=workspace,
            style=Style(style),
            keep=keep or (),
            reason=because,
            like=like,
        )
        picture.write(made.data)
        notes.write(json.dumps(record, indent=2).encode() + b"\n")
    emit(
        record,
        as_json,
        line(("redact: ", "bold"), ("clean", "bold green") if made.clean else ("NOT CLEAN", "red")),
        line("  hidden      ", faces_in_words(len(made.faces) + made.late - len(made.kept))),
        line("  kept        ", f"{len(made.kept)}" + (f", because {because}" if keep else "")),
        line("  photograph  ", str(output)),
        line("  record      ", str(beside)),
        line("  recorded    ", str(record["entry"] or "nowhere: there is no workspace here")),
    )
    if not made.clean:
        raise NotCleanError(
            f"{faces_in_words(len(made.visible))} can still be seen in {output}.",
            hint="Do not release it; hide them by hand, or use --style solid.",
        )


def faces_in_words(count: int) -> str:
    """`1 face`, `2 faces`."""
    return f"{count} face{'' if count == 1 else 's'}"


def _beginning(output: Path) -> bytes:
    """How the file begins that is to be written under this name.

    Raises:
        InputError: The name ends in no format that is written.
    """
    try:
        return _BEGINNINGS[output.suffix.lower()]
    except KeyError as error:
        raise InputError(
            f"{output.name!r} ends in no format that is written.",
            hint="Let the name end in .jpg, .png or .webp.",
        ) from error
