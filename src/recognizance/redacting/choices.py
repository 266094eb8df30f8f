"""What a person ticked on a review page, as a small file."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.canonical import digest
from recognizance.errors import ConflictError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recognizance.video.redaction import FaceTrack

_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Choices:
    """Who stays visible.

    Attributes:
        input_sha256: Of the film that the page was made of.
        tracks_sha256: Of the tracks that it listed, so that a number still means who it meant.
        keep: Numbers of the tracks that stay visible.
        because: Why they may.
    """

    input_sha256: str
    tracks_sha256: str
    keep: tuple[int, ...]
    because: str

    def check_input(self, found: str) -> None:
        """Is this the film that was reviewed?

        Raises:
            ConflictError: It is another one.
        """
        if self.input_sha256 != found:
            raise ConflictError(
                "The choices were made about another film.",
                hint="Name the film that the review page was made of.",
            )

    def check_tracks(self, tracks: Sequence[FaceTrack]) -> None:
        """Are the numbers still those of the page?

        Raises:
            ConflictError: Other tracks are found now, by another version say.
        """
        if self.tracks_sha256 != tracks_digest(tracks):
            raise ConflictError(
                "Other tracks are found in this film now than when the review page was made.",
                hint="Make the page again with --review, and choose again.",
            )


def read_choices(path: Path) -> Choices:
    """Read a choice file.

    Raises:
        InputError: It is none.
    """
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_MOST_BYTES))
        return Choices(
            str(said["input_sha256"]),
            str(said["tracks_sha256"]),
            tuple(map(operator.index, said["keep"])),
            said["because"].strip(),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path.name!r} is no file of choices.",
            hint="Save it with the button on the review page.",
        ) from error


def tracks_digest(tracks: Sequence[FaceTrack]) -> str:
    """Digest of tracks, by which a number is known to mean the same face."""
    return digest(
        [
            [
                track.number,
                track.first.index,
                track.last.index,
                track.sightings,
                round(track.first.box.left),
                round(track.first.box.top),
            ]
            for track in tracks
        ]
    )
