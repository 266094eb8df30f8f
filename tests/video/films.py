"""Films made for tests: squares of one colour stand for faces, and a finder knows the colour."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from recognizance.types import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SIZE = (320, 240)
SIDE = 48
_FACE = (255, 0, 255)


def walking(index: int) -> list[Box]:
    """One face that walks to the right."""
    return [Box(20 + 4.0 * index, 80 + 1.0 * index, SIDE, SIDE)]


@dataclass
class Finder:
    """Finds squares of the colour, but not in the looks that it is told to miss.

    It stands in for the engine: everything but finding faces is real.
    """

    model_id: str = "a finder of squares"
    misses: Callable[[int], bool] = lambda _look: False
    looks: int = 0
    pause_s: float = 0.0
    seen: list[int] = field(default_factory=list)

    def glance(self, pixels, *, min_score: float = 0.5):
        if pixels.shape[1] < 200:  # the smaller looks
            return ()
        time.sleep(self.pause_s)
        self.looks += 1
        return () if self.misses(self.looks - 1) else squares(pixels)

    def sweep(self, pixels, *, again: bool = False):
        return squares(pixels)

    def original(self, data: bytes):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        return np.ascontiguousarray(picture[..., ::-1])

    def encode(self, pixels, *, like: bytes) -> bytes:
        ending = ".png" if like.startswith(b"\x89PNG") else ".jpg"
        return cv2.imencode(ending, pixels[..., ::-1])[1].tobytes()


def squares(pixels) -> tuple[Detection, ...]:
    red, green, blue = (pixels[..., channel].astype(int) for channel in range(3))
    face = ((red > 150) & (blue > 150) & (green < 100)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(face)
    return tuple(
        Detection(Box(*map(float, stats[row, :4])), np.zeros((5, 2), np.float32), 0.9)
        for row in range(1, count)
        if stats[row, 4] > 100
    )


def picture_of(boxes: Sequence[Box], size=SIZE, shade: int = 0):
    """A textured ground, lighter for another scene, and the faces on it."""
    rng = np.random.default_rng(shade)
    ground = rng.integers(40, 200, (9, 12, 3), dtype=np.uint8)
    ground[..., 1] |= 0x80  # never the colour of a face
    ground = cv2.resize(ground, size)
    for box in boxes:
        left, top = round(box.left), round(box.top)
        corner = (left + round(box.width) - 1, top + round(box.height) - 1)
        cv2.rectangle(ground, (left, top), corner, _FACE, -1)
    return ground


def make_film(
    path: Path,
    *,
    pictures: int = 25,
    fps: int = 25,
    faces=walking,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    size=SIZE,
    times: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    sound: str | None = None,
    subtitles: bool = False,
    rotation: int = 0,
    shade: Callable[[int], int] = lambda _index: 0,
    before=lambda _stream: None,
) -> Path:
    """Write a film; `times` are its timestamps in units of `time_base`."""
    base = time_base or Fraction(1, fps)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=fps, width=size[0], height=size[1])
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = base
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "crf": "12"}
        if rotation:
            stream.set_display_rotation(rotation)
        before(stream)
        if sound:
            heard = out.add_stream(sound, rate=48_000, layout="mono")
        if subtitles:
            with av.open(_subtitle_file(path)) as words:
                said = out.add_stream_from_template(words.streams.subtitles[0])
                for packet in words.demux():
                    if packet.dts is not None:
                        packet.stream = said
                        out.mux(packet)
        for index in range(pictures):
            frame = av.VideoFrame.from_ndarray(
                picture_of(faces(index), size, shade(index)), format="rgb24"
            )
            frame = frame.reformat(format=pixel_format if codec != "gif" else "rgb8")
            frame.pts, frame.time_base = (times[index] if times else index), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if sound:
            for frame in _tone(pictures / fps, heard):
                out.mux(heard.encode(frame))
            out.mux(heard.encode())
    return path


def _tone(seconds: float, stream):
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=48_000)
    for start in range(0, int(seconds * 48_000), size):
        wave = np.sin(2 * np.pi * 440 * (start + np.arange(size)) / 48_000)
        samples = (20_000 * wave).astype(np.int16)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        yield from resampler.resample(frame)


def _subtitle_file(path: Path) -> str:
    words = path.with_suffix(".srt")
    words.write_text(
        "1\n00:00:00,100 --> 00:00:00,400\nHello\n\n2\n00:00:00,500 --> 00:00:00,900\nGoodbye\n"
    )
    return str(words)


def read_film(path: Path):
    """Timestamps in seconds and RGB pictures."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
    return (
        [float(frame.pts * frame.time_base) for frame in frames],
        [frame.to_ndarray(format="rgb24") for frame in frames],
    )


def shown(picture) -> list[Box]:
    """Faces that can be seen in a picture."""
    return [each.box for each in squares(picture)]
