"""One picture of a moving source, and what a source promises to whoever reads it.

Times come from the source's own timestamps, never from counting pictures: a variable frame rate
stays one. Arrays are (row, column), upright.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from av import VideoFrame as Picture
from av.video.reformatter import VideoReformatter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.plane import VideoPlane
    from numpy.typing import NDArray

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}

_PLANAR = frozenset({"gray", "gray8"}) | {
    f"yuv{range_}{chroma}p" for range_ in ("", "j") for chroma in ("420", "422", "440", "444")
}
"""Formats of one byte a sample and a plane each, brightness first."""


class _Here(threading.local):
    """What converts, for each thread its own: to set one up takes longer than to use it."""

    def __init__(self) -> None:
        self.reformatter = VideoReformatter()


_HERE = _Here()


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One picture of a source.

    Attributes:
        index: Which picture of the source it is, from 0; a jump means that some were lost.
        time_s: Seconds since the first picture, by the source's timestamps; never falls.
        picture: As it was decoded, not turned. The decoder may still need it: never written to.
        rotation_deg: How far clockwise it has to be turned to stand upright: 0, 90, 180 or 270.
        view: Counts up whenever what is seen has no continuity with the picture before: the source
            was lost and found again, or its size changed. No track lives across it.
    """

    index: int
    time_s: float
    picture: Picture
    rotation_deg: int = 0
    view: int = 0

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the upright picture in pixels."""
        wide, high = self.picture.width, self.picture.height
        return (high, wide) if self.rotation_deg in {90, 270} else (wide, high)

    def rgb(self, scale: float = 1.0) -> NDArray[np.uint8]:
        """The upright picture, or a smaller one of it.

        Args:
            scale: Pixels of the result per pixel of the picture, at most 1.

        Returns:
            ndarray of shape (height, width, 3), dtype=np.uint8, C-contiguous, the caller's own.
        """
        size_wh = self._scaled(scale)
        picture = self.picture
        if scale < 1 and picture.format.name in _PLANAR:
            picture = _shrunk(picture, size_wh)
        return upright(self._in_format("rgb24", picture, size_wh), self.rotation_deg)

    def luma(self, scale: float = 1.0) -> NDArray[np.uint8]:
        """How bright the upright picture is, or a smaller one of it; quicker than colours.

        Args:
            scale: Pixels of the result per pixel of the picture, at most 1.

        Returns:
            ndarray of shape (height, width), dtype=np.uint8, C-contiguous, the caller's own. Black
            and white are what the source takes for them: often 16 and 235.
        """
        size_wh = self._scaled(scale)
        if self.picture.format.name in _PLANAR:
            luma = samples(self.picture.planes[0])
            small = luma.copy() if scale == 1 else resized(luma, size_wh)
            return upright(small, self.rotation_deg)
        return upright(self._in_format("gray", self.picture, size_wh), self.rotation_deg)

    def _scaled(self, scale: float) -> tuple[int, int]:
        wide, high = self.picture.width, self.picture.height
        return (max(2, round(wide * scale)), max(2, round(high * scale)))

    def _in_format(
        self, name: str, picture: Picture, size_wh: tuple[int, int]
    ) -> NDArray[np.uint8]:
        wide, high = size_wh
        made = _HERE.reformatter.reformat(
            picture, width=wide, height=high, format=name, interpolation="AREA", threads=1
        )
        pixels = np.asarray(made.to_ndarray(), dtype=np.uint8)
        # Where nothing had to be converted it is the decoder's own memory.
        return pixels.copy() if made is self.picture else pixels


def upright(pixels: NDArray[np.uint8], rotation_deg: int) -> NDArray[np.uint8]:
    """Pixels turned clockwise; the same memory where they need no turn."""
    turn = _TURNS.get(rotation_deg)
    turned = pixels if turn is None else cv2.rotate(pixels, turn)
    return np.ascontiguousarray(turned, dtype=np.uint8)


def _shrunk(picture: Picture, size_wh: tuple[int, int]) -> Picture:
    """A smaller picture of the same format: planes shrink more quickly than colours."""
    small = Picture(*size_wh, picture.format.name)
    small.colorspace, small.color_range = picture.colorspace, picture.color_range
    for whole, part in zip(picture.planes, small.planes, strict=True):
        samples(part)[...] = resized(samples(whole), (part.width, part.height))
    return small


def resized(plane: NDArray[np.uint8], size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Halve as often as it goes, which is quick and loses no sample, then interpolate."""
    high, wide = plane.shape
    while wide >= 2 * size_wh[0] and high >= 2 * size_wh[1]:
        wide, high = wide // 2, high // 2
        plane = cv2.resize(plane, (wide, high), interpolation=cv2.INTER_AREA)
    if (wide, high) != size_wh:
        plane = cv2.resize(plane, size_wh, interpolation=cv2.INTER_LINEAR)
    return plane


def samples(plane: VideoPlane) -> NDArray[np.uint8]:
    """A plane of one byte a sample, where it lies, without what pads its lines."""
    whole = np.frombuffer(memoryview(plane), dtype=np.uint8)
    return whole.reshape(-1, plane.line_size)[: plane.height, : plane.width]


@dataclass(slots=True)
class SourceCounters:
    """What a source did so far; it only counts up.

    Attributes:
        read: Pictures decoded.
        dropped: Pictures decoded and thrown away, the oldest first, because nobody took them.
        damaged: Packets that could not be decoded, or only in part.
        reconnects: How often a lost source was found again.
        stalls: How often nothing came for longer than the patience that was set.
        fallbacks: How often the processor had to decode what hardware was asked for.
    """

    read: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    stalls: int = 0
    fallbacks: int = 0


class Source(Protocol):
    """Somewhere that pictures come from; see `recognizance.video.sources`."""

    @property
    def name(self) -> str:
        """What it is called in logs and events: as it was given, without any password."""

    @property
    def live(self) -> bool:
        """Whether pictures that nobody takes in time are lost."""

    @property
    def counters(self) -> SourceCounters:
        """What it did so far."""

    def __iter__(self) -> Iterator[VideoFrame]:
        """The pictures, in order of time.

        Raises:
            SourceError: It cannot be read, or not any more.
        """

    def close(self) -> None:
        """Let go of it; safe to call twice and from another thread, and ends the iteration."""
