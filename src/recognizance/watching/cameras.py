"""What a watch looks at: a source, which camera it is, and for a recording what it is bound to."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.errors import InputError, SourceError
from recognizance.video.frames import SourceCounters
from recognizance.video.sources import open_source
from recognizance.video.sources.address import Kind, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from recognizance.video.frames import Source, VideoFrame

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

    @property
    def count(self) -> int:
        """How many cameras they are; recordings are none."""
        return len(self.cameras) if self.live else 0


def open_cameras(
    places: Sequence[str],
    camera_ids: Sequence[str | None],
    captured_at: datetime | None,
    *,
    hardware: str | None = None,
    every: bool = True,
) -> Cameras:
    """Take hold of every source; nothing is decoded, and no camera is asked, before they are read.

    That is after the door: a watch that is refused has seen nothing.

    Args:
        places: Files, folders, devices, addresses; see `recognizance.video.sources`.
        camera_ids: Which camera each is, as stated.
        captured_at: When recordings began.
        hardware: Kind of a device that decodes, like `cuda`.
        every: False leaves out the pictures that no other one refers to.

    Raises:
        SourceError: One is nothing that can be opened.
        InputError: Some are cameras and some are recordings: old footage would pass for what
            happens now.
    """
    cameras: list[Camera] = []
    footage: list[str] = []
    with ExitStack() as stack:
        for where, camera_id in zip(places, camera_ids, strict=True):
            source = _Later(where, hardware, every=every)
            stack.callback(source.close)
            if not source.live:
                footage.append(source.digest or UNBOUND)
            cameras.append(Camera(source, camera_id, None if source.live else captured_at))
        if len({each.source.live for each in cameras}) > 1:
            raise InputError(
                "Some sources are cameras and some are recordings.",
                hint="Watch the recordings by themselves.",
            )
        stack.pop_all()
    return Cameras(tuple(cameras), tuple(footage))


class _Later:
    """A source that is opened when it is read.

    The very file whose digest was taken is read, whatever lies under its name by then.
    """

    def __init__(self, where: str, hardware: str | None, *, every: bool) -> None:
        found = place(where)
        self._hardware, self._every = hardware, every
        self.name = found.name
        self.digest: str | None = None
        self._where = where
        self.live = found.kind in {Kind.STREAM, Kind.CAMERA}
        self._held: BinaryIO | None = None
        self._stamp: tuple[int, int] | None = None
        self._source: Source | None = None
        self._closed = False
        self._lock = threading.Lock()
        if found.kind is Kind.FILE:
            self._held = Path(where).open("rb")  # noqa: SIM115  # closed by `close`
            self._stamp = _stamp(self._held)
            self.digest = hashlib.file_digest(self._held, "sha256").hexdigest()
            self._where = f"/dev/fd/{self._held.fileno()}"

    @property
    def counters(self) -> SourceCounters:
        """What it did so far."""
        return SourceCounters() if self._source is None else self._source.counters

    def __iter__(self) -> Iterator[VideoFrame]:
        with self._lock:
            if self._closed:
                return
            try:
                self._source = open_source(self._where, hardware=self._hardware, every=self._every)
            except SourceError as error:
                said = error.message.replace(self._where, self.name)
                raise SourceError(said, hint=error.hint) from error
            if self._source.live != self.live:  # the door was asked for a camera
                raise InputError(
                    f"{self.name} is a recording and no camera.",
                    hint="Get it as a file, and watch that; say when it was taken.",
                )
        for frame in self._source:
            if self._closed:
                return
            if self._held is not None and _stamp(self._held) != self._stamp:
                raise SourceError(
                    f"{self.name} was changed while it was watched.",
                    hint="Watch a copy that nobody writes to.",
                )
            yield frame

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            self._closed = True
        if self._source is not None:
            self._source.close()
        if self._held is not None:
            self._held.close()


def _stamp(file: BinaryIO) -> tuple[int, int]:
    """What changes when a file is written to, and cannot be set back."""
    status = os.fstat(file.fileno())
    return status.st_size, status.st_ctime_ns
