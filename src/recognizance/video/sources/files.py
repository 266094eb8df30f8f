"""Files, standard input and whatever else has an end: each picture is delivered, in its time."""

from __future__ import annotations

import os
import select
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
from av.error import FFmpegError

from recognizance.errors import SourceError
from recognizance.video.sources.address import NO_PROTOCOL, Kind
from recognizance.video.sources.decoding import (
    Decoding,
    hardware_device,
    not_in_hardware,
    reason_of,
)
from recognizance.video.sources.formats import IN_FILES
from recognizance.video.sources.framing import Framing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from av.codec.hwaccel import HWAccel

    from recognizance.video.frames import SourceCounters, VideoFrame
    from recognizance.video.sources.address import Place

_LOOK_UP_S: Final = 0.1


class FileSource:
    """A source with an end.

    It is read in the thread of whoever iterates, one picture at a time, so that none is dropped.

    Args:
        decoding: What is read.
        name: What it is called.
        counters: What it counts.
        file: What to close at the end.
        rate: Pictures a second where the container does not say.
    """

    def __init__(
        self,
        decoding: Decoding,
        name: str,
        counters: SourceCounters,
        file: BinaryIO | StandardInput | None = None,
        rate: float | None = None,
    ) -> None:
        self.name = name
        self.counters = counters
        self.live = False
        self._decoding = decoding
        self._file = file
        self._frames = self._read(Framing(decoding.rate or rate))
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[VideoFrame]:
        """The pictures that are still to come."""
        while (frame := self._next()) is not None:
            yield frame
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._closed.set()
        if isinstance(self._file, StandardInput):
            self._file.stop()
        with self._lock:
            self._decoding.close()
            if self._file is not None:
                self._file.close()

    def _next(self) -> VideoFrame | None:
        try:
            with self._lock:
                return None if self._closed.is_set() else next(self._frames, None)
        except SourceError:
            self.close()
            raise

    def _read(self, framing: Framing) -> Iterator[VideoFrame]:
        for picture in self._decoding.pictures():
            if self._closed.is_set():
                return
            if picture is not None:
                yield framing.frame(picture, picture.time, None)


class StandardInput:
    """Standard input as a file that can be told to stop while it waits."""

    name = "stdin"

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._stopped = threading.Event()

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        while not self._stopped.is_set():
            ready, _, _ = select.select([self._descriptor], [], [], _LOOK_UP_S)
            if ready:
                return os.read(self._descriptor, size)
        return b""

    def stop(self) -> None:
        """Whoever reads gets the end."""
        self._stopped.set()

    def close(self) -> None:
        """Standard input itself is not ours to close."""
        self._stopped.set()


def open_file(
    place: Place, counters: SourceCounters, *, hardware: str | None, rate: float, every: bool
) -> FileSource:
    """Open a file or standard input.

    Raises:
        SourceError: It cannot be read as a video.
    """
    device = hardware_device(hardware, counters)
    file = StandardInput() if place.kind is Kind.STDIN else _opened(place)
    try:
        decoding = _decoding(file, place.name, counters, device, every=every)
    except SourceError:
        file.close()
        raise
    if device is not None and not decoding.in_hardware:
        not_in_hardware(counters)
    return FileSource(decoding, place.name, counters, file, rate)


def _opened(place: Place) -> BinaryIO:
    try:
        return Path(place.address).open("rb")
    except OSError as error:
        raise SourceError(
            f"{place.name} cannot be opened: {reason_of(error)}.",
            hint="Check that you may read it.",
        ) from None


def _decoding(
    file: BinaryIO | StandardInput,
    name: str,
    counters: SourceCounters,
    device: HWAccel | None,
    *,
    every: bool,
) -> Decoding:
    try:
        container = av.open(
            file,
            mode="r",
            options={"protocol_whitelist": NO_PROTOCOL, "format_whitelist": IN_FILES},
            metadata_errors="replace",
            hwaccel=device,
        )
    except (FFmpegError, OSError) as error:
        reason = reason_of(error)
    else:
        return Decoding(container, name, counters, every=every)
    raise SourceError(
        f"{name} cannot be read as a video: {reason}.",
        hint="Check that it is complete; another program may be able to convert it.",
    )
