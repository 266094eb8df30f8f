"""Redact one file, photograph or film: make it, look at it, record it, give it its name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import ImageError, InputError
from recognizance.redacting.films import redact_film_for
from recognizance.redacting.photographs import redact_photograph
from recognizance.redacting.placing import place_of
from recognizance.redacting.record import faces_in_words
from recognizance.video.redaction import CONTAINERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.redacting.asked import Asked, RedactPort
    from recognizance.redacting.choices import Choices
    from recognizance.redacting.likeness import Like
    from recognizance.redacting.placing import Place
    from recognizance.video.redaction import Redacted
    from recognizance.workspace import Workspace

_STILLS = {
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".webp": b"RIFF",
}
"""How photographs of the formats that are written begin, by the ending of their names."""

READ_STILLS = frozenset({*_STILLS, ".bmp"})

READ_FILMS = frozenset({*CONTAINERS, ".3gp", ".asf", ".flv", ".ogv", ".vob", ".wmv"})

_MOST_BYTES = 30_000_000
_MOST_PICTURES_NAMED = 10


@dataclass(frozen=True, slots=True)
class Done:
    """A redacted file.

    Attributes:
        record: What stands beside it.
        hidden: How many faces were hidden.
        kept: How many were left visible.
        visible: What can still be seen, in words; empty where it is clean.
    """

    record: dict[str, object]
    hidden: int
    kept: int
    visible: str


def redact_file(
    source: Path,
    output: Path,
    asked: Asked,
    *,
    engine: RedactPort,
    workspace: Workspace | None,
    choices: Choices | None = None,
    like: Like | None = None,
    tell: Callable[[float], None] = lambda _part: None,
) -> Done:
    """Redact, look again, record, and hand over.

    Args:
        source: A photograph or film.
        output: Where to write; nothing may be there.
        asked: What is asked for.
        engine: What finds faces.
        workspace: Where to record it; None where there is none.
        choices: What a person ticked on a review page, held against what is found now.
        like: Who is to stay visible in a film, by a photograph.
        tell: Called with how far it is, from 0 to 1.

    Raises:
        InputError: One of its kinds: the input cannot be read, the output cannot be written there.
        RefusedError: Somebody is to stay visible by a photograph, and the permit does not allow it.
        StoreFullError: There is no room.
    """
    still = is_photograph(source)
    if still and like is not None:
        raise InputError(
            "Whom to keep by a photograph can be said for a film.",
            hint="Name a film; in a photograph, pick the face with --list and --keep.",
        )
    with place_of(output) as place:
        if still:
            done = _photograph(source, place, asked, engine, workspace)
        else:
            made, record = redact_film_for(
                source,
                place,
                asked,
                engine=engine,
                workspace=workspace,
                choices=choices,
                like=like,
                tell=tell,
            )
            hidden = len(made.tracks) + len(made.late) - len(made.kept)
            done = Done(record, hidden, len(made.kept), _sights_in_words(made))
        place.release(json.dumps(done.record, indent=2).encode() + b"\n")
    return done


def is_photograph(path: Path) -> bool:
    """Whether a file is a photograph by its first bytes; everything else is taken for a film.

    Raises:
        ImageError: It cannot be read.
    """
    if not path.is_file():
        raise ImageError(
            f"{path.name!r} is no regular file.",
            hint="Name a photograph, a film or a folder of them.",
        )
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        raise ImageError(
            f"{path.name!r} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    simple = start.startswith((_STILLS[".jpg"], _STILLS[".png"], b"BM"))
    return simple or (start.startswith(b"RIFF") and start[8:] == b"WEBP")


def output_name(name: str) -> str:
    """The name of an output in another folder: the input's, with an ending more if it needs one."""
    suffix = ("." + name.rpartition(".")[2]).lower()
    if suffix in _STILLS or suffix in CONTAINERS:
        return name
    return f"{name}.png" if suffix in READ_STILLS else f"{name}.mkv"


def name_like(source: Path, stem: str) -> str:
    """A name for an output by what the input is, whatever it is called.

    Raises:
        ImageError: The input cannot be read.
    """
    if not is_photograph(source):
        suffix = source.suffix.lower()
        return stem + (suffix if suffix in CONTAINERS else ".mkv")
    with source.open("rb") as file:
        start = file.read(12)
    found = (suffix for suffix, begins in _STILLS.items() if start.startswith(begins))
    return stem + next(found, ".png")


def read_bytes(source: Path) -> bytes:
    """The bytes of a photograph, one more than are read at most."""
    with source.open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _photograph(
    source: Path, place: Place, asked: Asked, engine: RedactPort, workspace: Workspace | None
) -> Done:
    like = _STILLS.get(place.output.suffix.lower())
    if like is None:
        raise InputError(
            f"{place.output.name!r} ends in no format that a photograph is written in.",
            hint="Let the name end in .jpg, .png or .webp.",
        )
    made, record = redact_photograph(
        read_bytes(source),
        engine=engine,
        workspace=workspace,
        style=asked.style,
        keep=asked.keep,
        reason=asked.reason,
        like=like,
    )
    place.draft.write_bytes(made.data)
    hidden = len(made.faces) + made.late - len(made.kept)
    visible = faces_in_words(len(made.visible)) if made.visible else ""
    return Done(record, hidden, len(made.kept), visible)


def _sights_in_words(made: Redacted) -> str:
    pictures = sorted({sight.index for sight in made.visible})
    if not pictures:
        return ""
    named = ", ".join(map(str, pictures[:_MOST_PICTURES_NAMED]))
    more = ", ..." if len(pictures) > _MOST_PICTURES_NAMED else ""
    return f"Faces in {len(pictures)} pictures (number {named}{more})"
