"""Redact one file, photograph or film: make it, look at it, record it, give it its name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance import __version__
from recognizance.errors import ImageError, InputError, SourceError
from recognizance.ledger import LogName
from recognizance.redacting.choices import tracks_digest
from recognizance.redacting.placing import place_of
from recognizance.video import redact_still
from recognizance.video.redaction import CONTAINERS, Told, found_in, redact_film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.redacting.asked import Asked, RedactPort
    from recognizance.redacting.choices import Choices
    from recognizance.types import Box
    from recognizance.video import Redaction
    from recognizance.video.redaction import FaceTrack, Redacted
    from recognizance.workspace import Workspace

STILLS = {
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".webp": b"RIFF",
}
"""How photographs of the formats that are written begin, by the ending of their names."""

READ_STILLS = frozenset({*STILLS, ".bmp"})

READ_FILMS = frozenset({*CONTAINERS, ".3gp", ".asf", ".flv", ".ogv", ".vob", ".wmv"})

_MOST_SIGHTS = 50
_MAX_PHOTOGRAPH_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Done:
    """A redacted file.

    Attributes:
        record: What stands beside it.
        hidden: How many faces were hidden.
        visible: How many can still be seen, in words; empty where it is clean.
    """

    record: dict[str, object]
    hidden: int
    visible: str


def is_photograph(path: Path) -> bool:
    """Whether a file is a photograph by its first bytes; everything else is taken for a film.

    Raises:
        InputError: It cannot be read.
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
    riff = start.startswith(b"RIFF")
    return start.startswith((STILLS[".jpg"], STILLS[".png"], b"BM")) or (
        riff and start[8:] == b"WEBP"
    )


def output_name(name: str) -> str:
    """The name of an output beside others: the input's, with another ending where it needs one."""
    suffix = ("." + name.rpartition(".")[2]).lower()
    if suffix in STILLS or suffix in CONTAINERS:
        return name
    return f"{name}.png" if suffix in READ_STILLS else f"{name}.mkv"


def redact_file(
    source: Path,
    output: Path,
    asked: Asked,
    *,
    engine: RedactPort,
    workspace: Workspace | None,
    choices: Choices | None = None,
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
        tell: Called with how far it is, from 0 to 1.

    Raises:
        InputError: One of its kinds: the input cannot be read, the output cannot be written there.
        StoreFullError: There is no room.
    """
    still = is_photograph(source)
    with place_of(output) as place:
        before = source.stat()
        digest = file_digest(source)
        if choices is not None:
            choices.check_input(digest)
        if still:
            record, hidden, visible = _photograph(source, place.draft, output, asked, engine)
        else:
            record, hidden, visible = _film(
                source, place.draft, output, asked, engine, choices, tell
            )
        after = source.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceError(
                f"{source.name!r} changed while it was redacted.",
                hint="Wait until it is complete, then redact it.",
            )
        facts: dict[str, object] = {
            "program": f"recognizance {__version__}",
            "kind": "photograph" if still else "film",
            "input_sha256": digest,
            "output_sha256": file_digest(place.draft),
            **asked.settings(),
            "model": engine.model_id,
            **record,
            "kept_because": asked.reason if asked.keep else None,
            "clean": not visible,
        }
        entry, receipt = _recorded(workspace, facts, hidden) if workspace else (None, None)
        facts |= {"entry": entry, "receipt": receipt}
        place.release(json.dumps(facts, indent=2).encode() + b"\n")
    return Done(facts, hidden, visible)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _photograph(
    source: Path, draft: Path, output: Path, asked: Asked, engine: RedactPort
) -> tuple[dict[str, object], int, str]:
    like = STILLS.get(output.suffix.lower())
    if like is None:
        raise InputError(
            f"{output.name!r} ends in no format that a photograph is written in.",
            hint="Let the name end in .jpg, .png or .webp.",
        )
    made = redact_still(engine, read_bytes(source), style=asked.style, keep=asked.keep, like=like)
    draft.write_bytes(made.data)
    return (
        _facts_of_photograph(made),
        len(made.faces) + made.late - len(made.kept),
        faces_in_words(len(made.visible)) if made.visible else "",
    )


def read_bytes(source: Path) -> bytes:
    """The bytes of a photograph, one more than are read at most."""
    with source.open("rb") as file:
        return file.read(_MAX_PHOTOGRAPH_BYTES + 1)


def _facts_of_photograph(made: Redaction) -> dict[str, object]:
    return {
        "faces": [
            {"number": number, "box": sides(box), "kept": number in made.kept}
            for number, box in enumerate(made.faces, start=1)
        ],
        "found_by_later_looks": made.late,
        "still_visible": len(made.visible),
    }


def _film(
    source: Path,
    draft: Path,
    output: Path,
    asked: Asked,
    engine: RedactPort,
    choices: Choices | None,
    tell: Callable[[float], None],
) -> tuple[dict[str, object], int, str]:
    tracks = None
    if choices is not None:
        tracks = found_in(engine, source, Told(tell))
        choices.check_tracks(tracks)
    made = redact_film(
        engine,
        source,
        draft,
        named=output,
        style=asked.style,
        keep=asked.keep,
        audio=asked.audio,
        tracks=tracks,
        tell=tell,
    )
    return (
        _facts_of_film(made),
        len(made.tracks) + len(made.late) - len(made.kept),
        _sights_in_words(made),
    )


def _facts_of_film(made: Redacted) -> dict[str, object]:
    return {
        "pictures": made.written.pictures,
        "container": made.written.container,
        "encoder": made.written.encoder,
        "left_out": list(made.written.left_out),
        "gaps": {
            "damaged_packets": made.gaps.damaged,
            "mended_timestamps": made.gaps.mistimed,
            "cut_off": made.gaps.cut_off,
        },
        "tracks_sha256": tracks_digest(made.tracks),
        "tracks": [fact_of(track) | {"kept": track.number in made.kept} for track in made.tracks],
        "found_by_later_looks": len(made.late),
        "written_again": made.rounds,
        "still_visible": len(made.visible),
        "still_visible_in": [
            {"picture": sight.index, "time_s": round(sight.time_s, 3), "box": sides(sight.box)}
            for sight in made.visible[:_MOST_SIGHTS]
        ],
    }


def fact_of(track: FaceTrack) -> dict[str, object]:
    """A track as a record lists it."""
    return {
        "number": track.number,
        "from_s": round(track.first.time_s, 3),
        "to_s": round(track.last.time_s, 3),
        "hidden_from_s": round(track.spots[0].time_s, 3),
        "hidden_to_s": round(track.spots[-1].time_s, 3),
        "sightings": track.sightings,
        "box": sides(track.first.box),
    }


def _sights_in_words(made: Redacted) -> str:
    if not made.visible:
        return ""
    pictures = sorted({sight.index for sight in made.visible})
    shown = ", ".join(map(str, pictures[:10])) + (", ..." if len(pictures) > 10 else "")  # noqa: PLR2004  # a line's worth
    return f"Faces in {len(pictures)} pictures ({shown})"


def faces_in_words(count: int) -> str:
    """`1 face`, `2 faces`."""
    return f"{count} face{'' if count == 1 else 's'}"


def sides(box: Box) -> list[float]:
    """Left, top, width and height."""
    return [round(side, 1) for side in (box.left, box.top, box.width, box.height)]


def _recorded(workspace: Workspace, facts: dict[str, object], hidden: int) -> tuple[str, str]:
    listed = facts.get("faces", facts.get("tracks"))
    kept = [each["number"] for each in listed if each["kept"]] if isinstance(listed, list) else []
    entry = workspace.ledger.append(
        LogName.USES,
        "redact",
        {
            "operation": "redact",
            "outcome": "clean" if facts["clean"] else "not_clean",
            "faces": hidden + len(kept),
            "kept": len(kept),
        },
        private={
            "input": facts["input_sha256"],
            "output": facts["output_sha256"],
            "reason": facts["kept_because"],
        },
        now=workspace.clock(),
    )
    return f"{entry.log.value}/{entry.index}", workspace.ledger.receipt(entry.log, entry.index)
