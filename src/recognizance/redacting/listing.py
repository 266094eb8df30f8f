"""List the faces of a photograph or film by their numbers, for a person to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.redacting.choices import tracks_digest
from recognizance.redacting.files import is_photograph, read_bytes
from recognizance.redacting.record import file_digest
from recognizance.video import redact_still
from recognizance.video.redaction import Told, found_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.redacting.asked import RedactPort
    from recognizance.types import Box
    from recognizance.video.redaction import FaceTrack


@dataclass(frozen=True, slots=True)
class Listed:
    """Faces by their numbers.

    Attributes:
        input_sha256: Of the file.
        tracks_sha256: Of what was found; empty for a photograph.
        tracks: The faces of a film.
        faces: The faces of a photograph.
    """

    input_sha256: str
    tracks_sha256: str
    tracks: tuple[FaceTrack, ...] = ()
    faces: tuple[Box, ...] = ()


def listed(
    source: Path,
    engine: RedactPort,
    *,
    shots: bool = False,
    tell: Callable[[float], None] = lambda _part: None,
) -> Listed:
    """Find the faces of a file.

    Args:
        source: A photograph or film.
        engine: What finds faces.
        shots: Whether to keep the best picture of each face of a film.
        tell: Called with how far it is, from 0 to 1.

    Raises:
        InputError: It cannot be read.
    """
    still, digest = is_photograph(source), file_digest(source)
    if still:
        return Listed(digest, "", faces=redact_still(engine, read_bytes(source)).faces)
    tracks = found_in(engine, source, Told(tell), shots=shots)
    return Listed(digest, tracks_digest(tracks), tracks=tracks)
