"""What a watch looks at: a source, which camera it is, and for a recording what it is bound to."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.errors import InputError, SourceError
from recognizance.video.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from recognizance.video.frames import Source

UNBOUND = ""
"""In place of the digest of a recording that is no file: what is bound to its clips refuses it."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A source of a watch.

    Attributes:
        source: Where its pictures come from; open.
        captured_at: When a recording began; None for a camera, or where nobody said so.
        camera_id: Which camera it is, as stated.
    """

    source: Source
    camera_id: str | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cameras:
    """The sources of a watch, open.

    Attributes:
        cameras: One each, in their order.
        footage: SHA-256 of each recording, hex; `UNBOUND` for one that is no file.
    """

    cameras: tuple[Camera, ...]
    footage: tuple[str, ...]

    @property
    def live(self) -> bool:
        """Whether they come from cameras now, and not from recordings."""
        return any(each.source.live for each in self.cameras)


def open_cameras(
    places: Sequence[str], camera_ids: Sequence[str | None], captured_at: datetime | None
) -> Cameras:
    """Open every source, or none.

    Args:
        places: Files, folders, devices, addresses; see `recognizance.video.sources`.
        camera_ids: Which camera each is, as stated.
        captured_at: When recordings began.

    Raises:
        SourceError: One cannot be opened.
        InputError: Some are cameras and some are recordings: old footage would pass for what
            happens now.
    """
    cameras: list[Camera] = []
    footage: list[str] = []
    with ExitStack() as stack:
        for place, camera_id in zip(places, camera_ids, strict=True):
            source, digest = _opened(place)
            stack.callback(source.close)
            if not source.live:
                footage.append(digest or UNBOUND)
            recorded = None if source.live else captured_at
            cameras.append(Camera(source, camera_id, recorded))
        if len({each.source.live for each in cameras}) > 1:
            raise InputError(
                "Some sources are cameras and some are recordings.",
                hint="Watch the recordings by themselves.",
            )
        stack.pop_all()
    return Cameras(tuple(cameras), tuple(footage))


def _opened(place: str) -> tuple[Source, str | None]:
    """A source, and what is bound where it is a file.

    The very file that was read for its digest is opened, whatever lies under its name by then.
    """
    path = Path(place)
    if "://" in place or not path.is_file():
        return open_source(place), None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        held = f"/dev/fd/{file.fileno()}"
        try:
            return open_source(held), digest
        except SourceError as error:
            said = error.message.replace(held, place)
            raise SourceError(said, hint=error.hint) from error
