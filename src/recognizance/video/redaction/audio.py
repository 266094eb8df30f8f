"""Silence in place of sound: the same codec, the same length, the same times."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import av
import av.error

from recognizance.video.redaction.planes import memory_of

if TYPE_CHECKING:
    from typing import Any

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

_ENCODERS = {"aac": "aac", "mp3": "libmp3lame", "opus": "libopus", "flac": "flac"}
_OTHERWISE = {"webm": "libopus", "avi": "libmp3lame", "mpeg": "mp2"}


class Silence:
    """One sound track, silenced.

    Attributes:
        stream: The stream of the output.
    """

    __slots__ = ("_resampler", "_source", "stream")

    def __init__(self, source: AudioStream, out: OutputContainer) -> None:
        """Add the silent stream to the output.

        Raises:
            ValueError: The output's container cannot hold it.
        """
        codec = source.codec_context
        name = codec.codec.canonical_name
        if name.startswith("pcm_"):
            encoder = name
        else:
            encoder = _ENCODERS.get(name) or _OTHERWISE.get(out.format.name, "aac")
        rate = 48_000 if encoder == "libopus" else codec.sample_rate
        self._source = source
        self.stream = made = cast("AudioStream", out.add_stream(encoder, rate=rate))
        made.layout = codec.layout.name
        made.codec_context.open()
        self._resampler = av.AudioResampler(
            format=made.codec_context.format,
            layout=made.codec_context.layout,
            rate=rate,
            frame_size=made.codec_context.frame_size or None,
        )

    def silent(self, packet: Packet[Any]) -> list[Packet[Any]]:
        """What stands in place of a packet of sound."""
        try:
            frames = self._source.decode(packet)
        except av.error.FFmpegError:
            return []
        made: list[Packet[Any]] = []
        for frame in frames:
            for plane in frame.planes:
                memory_of(plane)[:] = 0
            made += self._encoded(frame)
        return made

    def rest(self) -> list[Packet[Any]]:
        """What the encoder still holds."""
        return [*self._encoded(None), *self.stream.encode(None)]

    def _encoded(self, frame: av.AudioFrame | None) -> list[Packet[Any]]:
        return [
            packet
            for each in self._resampler.resample(frame)
            for packet in self.stream.encode(each)
        ]
