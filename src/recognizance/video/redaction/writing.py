"""Write a film anew with faces hidden, and everything else of it as it was.

Kept are the number of pictures, their timestamps, size, shape of pixels, colours and rotation, and
sound and subtitles packet by packet. Left out is what may show or name somebody: attached covers,
data tracks, further moving pictures, titles and comments. What was left out is said.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

import av
import av.error

from recognizance.errors import InputError, SourceError, StoreFullError
from recognizance.video.redaction.audio import Silence
from recognizance.video.redaction.coding import coding_for
from recognizance.video.redaction.palette import Palette
from recognizance.video.redaction.planes import masked
from recognizance.video.sources.framing import turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from recognizance.types import Box
    from recognizance.video.frames import VideoFrame
    from recognizance.video.masks import Style
    from recognizance.video.redaction.coding import Coding
    from recognizance.video.redaction.film import Film

_KEPT_METADATA = frozenset({"language", "creation_time", "timecode"})

_MUXERS_OWN = frozenset(
    {
        *("encoder", "duration", "major_brand", "minor_version", "compatible_brands"),
        *("handler_name", "vendor_id"),
    }
)
"""What a muxer writes by itself, again and anew: to leave it out loses nothing."""


class Audio(StrEnum):
    """What becomes of the sound."""

    KEEP = "keep"
    """Copied packet by packet."""
    MUTE = "mute"
    """Silent, with the timing that it had."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        pictures: How many.
        encoder: What coded them.
        container: What holds them.
        left_out: What of the input is not in it, in words.
    """

    pictures: int
    encoder: str
    container: str
    left_out: tuple[str, ...]


def write_film(
    film: Film,
    path: Path,
    *,
    named: Path,
    hidden: Callable[[int], list[Box]],
    style: Style,
    audio: Audio,
    told: Callable[[VideoFrame], None],
) -> Written:
    """Write a film with faces hidden.

    Args:
        film: The input, just opened.
        path: Where to write; overwritten, and on the disk when this returns.
        named: The name that it will have, which decides the container.
        hidden: Boxes to hide in the picture of a number.
        style: How.
        audio: What becomes of the sound.
        told: Called with each picture once it is on its way.

    Raises:
        InputError: The container cannot hold what the film holds.
        SourceError: The film cannot be read as it was before.
        StoreFullError: There is no room for it.
    """
    codec = film.stream.codec_context
    coding = coding_for(named, codec.codec.canonical_name, codec.pix_fmt or "yuv420p")
    try:
        with av.open(
            f"file:{path}", "w", format=coding.container, options=_muxer(film, coding)
        ) as out:
            pictures, left_out = _Writing(film, out, coding, audio).run(hidden, style, told)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    except av.error.FFmpegError as error:
        raise _said_of(error, named) from error
    return Written(pictures, coding.encoder, coding.container, left_out)


class _Writing:
    """One output file while it is being written."""

    def __init__(self, film: Film, out: OutputContainer, coding: Coding, audio: Audio) -> None:
        self._film = film
        self._out = out
        self._coding = coding
        self._left_out: list[str] = []
        self._start = 0
        self._picture = self._picture_stream()
        self._copied: dict[int, Stream] = {}
        self._silenced: dict[int, Silence] = {}
        for stream in film.container.streams:
            if stream.index != film.stream.index:
                self._take(stream, audio)
        out.metadata.update(self._kept(film.container, "file"))
        if film.container.chapters():
            self._left_out.append("chapters")
        self._palette = Palette() if coding.encoder == "gif" else None

    def run(
        self, hidden: Callable[[int], list[Box]], style: Style, told: Callable[[VideoFrame], None]
    ) -> tuple[int, tuple[str, ...]]:
        others = tuple(
            stream
            for stream in self._film.container.streams
            if stream.index in self._copied or stream.index in self._silenced
        )
        pictures = 0
        for packet, frame in self._film.packets(others):
            if packet is not None:
                self._pass_on(packet)
            if frame is None:
                continue
            if not pictures:
                self._begin(frame)
            for coded in self._coded(frame, hidden(frame.index), style):
                self._out.mux(coded)
            pictures += 1
            told(frame)
        self._out.mux(list(self._rest()))
        return pictures, tuple(self._left_out)

    def _picture_stream(self) -> VideoStream:
        source, coding = self._film.stream, self._coding
        there = source.codec_context
        try:
            stream = self._out.add_stream(
                coding.encoder,
                rate=self._film.rate,
                options=coding.options,
                width=there.width,
                height=there.height,
                pix_fmt=coding.coded_format,
                time_base=source.time_base,
            )
        except ValueError as error:
            raise _unfit(self._coding.container, coding.encoder) from error
        made = cast("VideoStream", stream)
        context = made.codec_context
        # Pictures at once, not slices of one: every core codes while the next one is read.
        context.thread_type = "AUTO"
        if source.sample_aspect_ratio:
            context.sample_aspect_ratio = source.sample_aspect_ratio
        if self._coding.encoder != "gif":
            context.color_range = there.color_range
            context.colorspace = there.colorspace
            context.color_primaries = there.color_primaries
            context.color_trc = there.color_trc
        made.time_base = source.time_base
        made.metadata.update(self._kept(source, f"{source.type} track {source.index}"))
        return made

    def _take(self, stream: Stream, audio: Audio) -> None:
        """Copy another stream, silence it, or leave it out."""
        what = f"{stream.type} track {stream.index}"
        if stream.type not in {"audio", "subtitle"} or stream.codec_context is None:
            self._left_out.append(what)
            return
        try:
            if stream.type == "audio" and audio is Audio.MUTE:
                silence = Silence(cast("AudioStream", stream), self._out)
                self._silenced[stream.index] = silence
                made: Stream = silence.stream
            else:
                made = self._copied[stream.index] = self._out.add_stream_from_template(
                    stream, opaque=True
                )
        except ValueError as error:
            raise _unfit(self._coding.container, stream.codec_context.codec.name) from error
        made.metadata.update(self._kept(stream, what))
        made.disposition = stream.disposition

    def _kept(self, source: InputContainer | Stream, what: str) -> dict[str, str]:
        """What is kept of the words about a file or a track; of the rest the names are noted."""
        others = sorted({key.lower() for key in source.metadata} - _KEPT_METADATA - _MUXERS_OWN)
        self._left_out += [f"{key} of the {what}" for key in others]
        return {key: value for key, value in source.metadata.items() if key in _KEPT_METADATA}

    def _pass_on(self, packet: Packet[Any]) -> None:
        index = packet.stream.index
        if index in self._silenced:
            self._out.mux(self._silenced[index].silent(packet))
            return
        packet.stream = self._copied[index]
        self._out.mux(packet)

    def _begin(self, first: VideoFrame) -> None:
        if self._coding.container == "avi":
            # It starts at nothing; whoever reads H.264 from it adds a picture's time by themselves.
            self._start = first.picture.pts or 0
        turn, mirrored = turn_of(first.picture)
        if turn or mirrored:
            self._picture.set_display_rotation(-turn, hflip=mirrored)

    def _coded(self, frame: VideoFrame, boxes: list[Box], style: Style) -> list[Packet[Any]]:
        picture = frame.picture
        if picture.format.name != self._coding.drawn_format:
            placed = picture.pts, picture.time_base
            picture = picture.reformat(format=self._coding.drawn_format)
            picture.pts, picture.time_base = placed
        # A copy even where nobody is hidden: a decoder hangs captions and more on what it gives.
        picture = masked(picture, boxes, style, rotation_deg=frame.rotation_deg)
        picture.pict_type = 0
        picture.pts = (picture.pts or 0) - self._start
        if self._palette is not None:
            return [
                packet
                for each in self._palette.reduced(picture)
                for packet in self._picture.encode(each)
            ]
        return self._picture.encode(picture)

    def _rest(self) -> Iterator[Packet[Any]]:
        """What encoders still hold."""
        if self._palette is not None:
            for each in self._palette.rest():
                yield from self._picture.encode(each)
        yield from self._picture.encode(None)
        for silence in self._silenced.values():
            yield from silence.rest()


def _muxer(film: Film, coding: Coding) -> dict[str, str]:
    """Options that keep the timestamps of the input."""
    base = film.stream.time_base
    match coding.container:
        case "mp4" | "mov" if base is not None and base.numerator == 1:
            return {"video_track_timescale": str(base.denominator)}
        case "mpegts":
            return {"mpegts_copyts": "1"}
    return {}


def _unfit(container: str, codec: str) -> InputError:
    return InputError(
        f"A file of the format {container} cannot hold {codec}.",
        hint="Let the output's name end as the input's does, or in .mkv, which holds most.",
    )


def _said_of(error: av.error.FFmpegError, named: Path) -> Exception:
    if isinstance(error, OSError):
        return StoreFullError(
            f"{named.name!r} could not be written: {error.strerror}.",
            hint="Make room or check the folder's permissions; no part of the film was left.",
        )
    return SourceError(
        f"{named.name!r} could not be written: {error.strerror}.",
        hint="Convert the input to H.264 in .mkv first, and tell us what it was.",
    )
