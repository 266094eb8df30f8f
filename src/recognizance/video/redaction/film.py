"""Read a film file from its first packet to its last, whatever is wrong with it.

Damaged packets are counted and passed over, so that what was lost can be written down. Every
reading of the same file gives the same pictures under the same numbers, which is what a plan that
was made in one reading and is carried out in another rests on.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import av.error

from recognizance.errors import SourceError
from recognizance.video.frames import VideoFrame
from recognizance.video.sources.address import NO_PROTOCOL
from recognizance.video.sources.formats import IN_FILES
from recognizance.video.sources.framing import Turning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_ASSUMED_RATE = 25
"""Pictures a second of a file that names no rate; times come from its timestamps anyway."""

_MOST_RATE = 1000

_ENDS_EARLY_S = 0.5
"""A film whose pictures end so long before the end that it names has lost the rest."""


@dataclass(slots=True)
class Gaps:
    """What one reading could not read.

    Attributes:
        damaged: Packets that could not be decoded.
        mistimed: Pictures whose timestamp was missing or not after the one before.
        cut_off: Whether the file ends before it should.
    """

    damaged: int = 0
    mistimed: int = 0
    cut_off: bool = False


@dataclass(slots=True)
class Film:
    """An open film.

    Attributes:
        path: The file.
        container: As it was opened.
        stream: The moving picture in it.
        rate: Pictures a second, nominally.
        gaps: What could not be read so far.
    """

    path: Path
    container: InputContainer
    stream: VideoStream
    rate: Fraction
    gaps: Gaps = field(default_factory=Gaps)

    @property
    def length_s(self) -> float | None:
        """How long it says it is, in seconds."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            return float(self.stream.duration * self.stream.time_base)
        return None if self.container.duration is None else self.container.duration / av.time_base

    @property
    def end_s(self) -> float | None:
        """When its picture ends, in seconds of its own clock, if it says so.

        Matroska says it in a tag; its duration is that of whatever is longest, often the sound.
        """
        stream = self.stream
        if (tag := stream.metadata.get("DURATION")) and (parts := tag.split(":"))[2:]:
            with suppress(ValueError):
                return float(parts[0]) * 3600 + float(parts[1]) * 60 + float(parts[2])
        if stream.duration is not None and stream.time_base is not None:
            return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
        return self.length_s if len(self.container.streams) == 1 else None

    def pictures(self) -> Iterator[VideoFrame]:
        """Every picture, in order."""
        for _, frame in self.packets(()):
            if frame is not None:
                yield frame

    def packets(
        self, others: tuple[Stream, ...]
    ) -> Iterator[tuple[Packet[Any], None] | tuple[None, VideoFrame]]:
        """Pictures, and packets of the other streams, as they come.

        Raises:
            SourceError: The picture changes its size, or there is none at all.
        """
        timing = _Timing(self)
        size: tuple[int, int] | None = None
        for packet in self._demuxed((self.stream, *others)):
            if packet.stream.index != self.stream.index:
                if packet.dts is not None:
                    yield packet, None
                continue
            for picture in self._decoded(packet):
                size = size or (picture.width, picture.height)
                if (picture.width, picture.height) != size:
                    raise SourceError(
                        f"{self.path.name!r} changes the size of its picture from "
                        f"{size[0]} x {size[1]} to {picture.width} x {picture.height}.",
                        hint="Split it there, and redact the parts one by one.",
                    )
                yield None, timing.placed(picture)
        if size is None:
            raise SourceError(
                f"No picture of {self.path.name!r} can be decoded.",
                hint="Copy the file again from where it came; it may be damaged or encrypted.",
            )
        # Matroska that was cut off reads like one that ends there.
        end_s = self.end_s
        if end_s is not None and timing.end_s < end_s - _ENDS_EARLY_S:
            self.gaps.cut_off = True

    def _demuxed(self, streams: tuple[Stream, ...]) -> Iterator[Packet[Any]]:
        packets = self.container.demux(*streams)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError):
                # Behind a place that cannot be read there may be nothing, or a truncated packet.
                self.gaps.cut_off = True
                # What the decoder still holds belongs to the film.
                yield _flush(self.stream)
                return
            yield packet

    def _decoded(self, packet: Packet[Any]) -> list[av.VideoFrame]:
        if packet.is_corrupt:
            self.gaps.damaged += 1
        try:
            return list(self.stream.decode(packet))
        except av.error.FFmpegError:
            self.gaps.damaged += 1
            return []


def _flush(stream: VideoStream) -> Packet[Any]:
    """What tells a decoder to give what it holds."""
    packet: Packet[Any] = av.Packet()
    packet.stream = stream
    return packet


class _Timing:
    """Numbers the pictures, and mends timestamps that are missing or run back.

    Attributes:
        end_s: When the last one ends, in seconds of the film's own clock.
    """

    __slots__ = ("_film", "_first", "_index", "_last", "_turning", "end_s")

    def __init__(self, film: Film) -> None:
        self.end_s = 0.0
        self._film = film
        self._turning = Turning()
        self._index = 0
        self._first: int | None = None
        self._last: int | None = None

    def placed(self, picture: av.VideoFrame) -> VideoFrame:
        base = self._film.stream.time_base or Fraction(1, 1000)
        pts = picture.pts if picture.pts is not None else picture.dts
        if pts is None or (self._last is not None and pts <= self._last):
            self._film.gaps.mistimed += 1
            step = max(1, round(1 / (self._film.rate * base)))
            pts = 0 if self._last is None else self._last + (step if pts is None else 1)
        self._first = pts if self._first is None else self._first
        self._last = pts
        picture.pts, picture.time_base = pts, base
        self.end_s = float((pts + (picture.duration or 0)) * base)
        frame = VideoFrame(
            index=self._index,
            time_s=float((pts - self._first) * base),
            picture=picture,
            rotation_deg=self._turning.of(picture),
        )
        self._index += 1
        return frame


@contextmanager
def open_film(path: Path) -> Iterator[Film]:
    """Open a film file.

    Args:
        path: A local file, never an address.

    Raises:
        SourceError: There is no such file, it cannot be read, or there is no moving picture in it.
    """
    if not path.is_file():
        raise SourceError(f"{path.name!r} is no regular file.", hint="Name a film or photograph.")
    with ExitStack() as stack:
        container = stack.enter_context(_opened(path, stack))
        streams = [each for each in container.streams.video if not is_cover(each)]
        if not streams:
            raise SourceError(
                f"There is no moving picture in {path.name!r}.",
                hint="Redaction hides faces; a sound recording has none.",
            )
        stream = container.streams.best("video") if len(streams) > 1 else streams[0]
        if stream not in streams:
            stream = streams[0]
        if stream.codec_context is None:
            raise SourceError(
                f"What the picture of {path.name!r} is coded with is not known here.",
                hint="Convert it to H.264 first.",
            )
        stream.thread_type = "AUTO"
        yield Film(path, container, stream, _rate_of(stream))


def _opened(path: Path, stack: ExitStack) -> InputContainer:
    """The container; a file that names another one, such as a playlist, leads nowhere.

    What is redacted is the file whose digest the record holds, and no other.
    """
    options = {"protocol_whitelist": NO_PROTOCOL, "format_whitelist": IN_FILES}
    try:
        return av.open(
            stack.enter_context(path.open("rb")), "r", options=options, metadata_errors="replace"
        )
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(
            f"{path.name!r} cannot be read as a film: {error.strerror or error}.",
            hint="It may be cut off or no film at all; copy it again from where it came.",
        ) from error


def is_cover(stream: VideoStream) -> bool:
    """Whether a stream is a picture that was attached to the film, such as a cover."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _rate_of(stream: VideoStream) -> Fraction:
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 0 < rate <= _MOST_RATE:
            return Fraction(rate)
    return Fraction(_ASSUMED_RATE)
