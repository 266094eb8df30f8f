"""One opened container: its best video track, decoded, with what is damaged counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import BlockingIOError as NothingYetError
from av.error import ExitError, FFmpegError
from av.stream import Disposition

from recognizance.errors import SourceError
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import VideoFrame as Picture
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from recognizance.video.frames import SourceCounters

MOST_PIXELS: Final = 8192 * 4352
"""8K, in the widest of its forms. A larger picture is refused before memory is set aside for it."""

MOST_DAMAGED: Final = 10
"""So many packets after the last picture may be damaged: an end that was cut off. With more, the
rest of a file cannot be decoded, and nobody shall think to have seen it."""

_LOOK_AGAIN_S: Final = 0.005


class Decoding:
    """Pictures of one container, as long as it is open. For one thread at a time.

    Args:
        container: Just opened.
        name: What the source is called in errors.
        counters: What it counts.
        every: False leaves out pictures that no other one needs, which saves decoding them.
        quick: Decode each picture as it comes, instead of several at once.

    Raises:
        SourceError: It has no video track that can be decoded, or too large a one; it is closed.
    """

    def __init__(
        self,
        container: InputContainer,
        name: str,
        counters: SourceCounters,
        *,
        every: bool = True,
        quick: bool = False,
    ) -> None:
        self._container = container
        self._name = name
        self._counters = counters
        self._damaged_at_end = 0
        self._any = False
        self.stalled = False
        """Whether it ended because nothing came for as long as it was opened to wait."""
        try:
            self._track = _video_track(container, name)
        except SourceError:
            container.close()
            raise
        decoder = self._track.codec_context
        decoder.options = {"max_pixels": str(MOST_PIXELS)}
        # Several pictures at once are faster, but come as many pictures late.
        decoder.thread_type = "SLICE" if quick else "AUTO"
        if not every:
            decoder.skip_frame = "NONREF"

    @property
    def rate(self) -> float | None:
        """Pictures a second, as the container says; it may be wrong, or nothing."""
        said = self._track.average_rate or self._track.guessed_rate
        return float(said) if said else None

    @property
    def endless(self) -> bool:
        """Whether it has no known end: a live stream."""
        sized = self._container.format.name != "hls" and self._container.size > 0
        return not sized and not self._container.duration

    @property
    def stamped(self) -> bool:
        """Whether its timestamps were made by the source, and not by whoever reads it."""
        return "mpjpeg" not in self._container.format.name

    @property
    def in_hardware(self) -> bool:
        """Whether something else than the processor decodes."""
        return self._track.codec_context.is_hwaccel

    def pictures(self) -> Iterator[Picture | None]:
        """Each picture as it is decoded; `None` whenever something was read that gave none.

        Raises:
            SourceError: It cannot be read any further, or no picture of it could be decoded.
        """
        reason = None
        try:
            for packet in self._packets():
                if packet is not None and packet.stream.index == self._track.index:
                    yield from self._decoded(packet)
                yield None
        except (FFmpegError, OSError) as error:
            reason, self.stalled = reason_of(error), isinstance(error, ExitError)
        if reason is not None:
            yield from self._decoded(None)
            raise SourceError(
                f"{self._name} cannot be read any further: {reason}.",
                hint="What came before is usable. Get the file again, or look at the connection.",
            )
        self._check_end()

    def close(self) -> None:
        """Let go of the container."""
        self._container.close()

    def _packets(self) -> Iterator[Packet[Stream] | None]:
        """Of every track: one that only sounds would else keep whoever waits from noticing."""
        while True:
            try:
                yield from self._container.demux()
            except NothingYetError:  # a local camera between two pictures
                time.sleep(_LOOK_AGAIN_S)
                yield None
            else:
                return

    def _decoded(self, packet: Packet[Stream] | None) -> Iterator[Picture]:
        try:
            pictures = self._track.codec_context.decode(packet)
        except FFmpegError:
            self._count_damaged()
            return
        for picture in pictures:
            self._any = True
            self._counters.read += 1
            if picture.is_corrupt:
                self._count_damaged()
            else:
                self._damaged_at_end = 0
            yield picture

    def _count_damaged(self) -> None:
        self._counters.damaged += 1
        self._damaged_at_end += 1

    def _check_end(self) -> None:
        if not self._any:
            raise SourceError(
                f"No picture of {self._name} could be decoded.",
                hint="Play it with another program; if that works, convert it to H.264 in MP4.",
            )
        if self._damaged_at_end > MOST_DAMAGED:
            raise SourceError(
                f"{self._name} can be decoded up to a point, but not to its end.",
                hint="It is damaged, or its codec or size changed: cut it there, or get it again.",
            )


def hardware_device(kind: str | None, counters: SourceCounters) -> HWAccel | None:
    """What decodes in hardware; `None` where nothing was asked for, or it is not there.

    Raises:
        SourceError: There is no such kind of device.
    """
    if kind is None:
        return None
    if kind not in hwdevices_available():
        raise SourceError(
            f"Nothing decodes in hardware of the kind {kind!r}.",
            hint=f"The kinds that are built in: {', '.join(hwdevices_available())}.",
        )
    device = HWAccel(device_type=kind, allow_software_fallback=True)
    try:
        av.CodecContext.create("h264", "r", hwaccel=device)
    except FFmpegError:
        not_in_hardware(counters)
        return None
    return device


def not_in_hardware(counters: SourceCounters) -> None:
    """The processor decodes, although something else was asked for."""
    counters.fallbacks += 1
    logger().warning("source.decoded_in_software", count=counters.fallbacks)


def reason_of(error: FFmpegError | OSError) -> str:
    """What went wrong, without the address: it may hold a password."""
    if isinstance(error, ExitError):
        return "nothing came for too long"
    return (error.strerror or "unknown error").rstrip(".")


def _video_track(container: InputContainer, name: str) -> VideoStream:
    moving = [
        track
        for track in container.streams.video
        if not track.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
    ]
    if not moving:
        raise SourceError(f"{name} has no video track.", hint="Name a file or stream that has one.")
    # The stubs do not say that there may be none.
    known = [each for each in moving if each.codec_context is not None]  # type: ignore[redundant-expr]
    if not known:
        raise SourceError(
            f"The codec of {name} is not known here.", hint="Convert it to H.264 in MP4."
        )
    # Of several, the largest: a camera's second stream is a small copy of its first.
    best = max(known, key=lambda track: track.width * track.height)
    if best.width * best.height > MOST_PIXELS:
        raise SourceError(
            f"The pictures of {name} have {best.width} x {best.height} pixels, more than the bound "
            f"of {MOST_PIXELS}.",
            hint="Scale it down to 8K (7680 x 4320) or less.",
        )
    return best
