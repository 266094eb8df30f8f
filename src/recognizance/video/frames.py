"""One picture of a moving source, and what a source promises to whoever reads it.

Times come from the source's own timestamps, never from counting pictures: a variable frame rate
stays one. Arrays are (row, column), upright.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import VideoFrame as Picture
    from numpy.typing import NDArray

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


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
        wide, high = self.picture.width, self.picture.height
        small = (max(2, round(wide * scale)), max(2, round(high * scale)))
        pixels = self.picture.to_ndarray(
            format="rgb24", width=small[0], height=small[1], interpolation="AREA"
        )
        turn = _TURNS.get(self.rotation_deg)
        return np.ascontiguousarray(pixels if turn is None else cv2.rotate(pixels, turn))


@dataclass(slots=True)
class SourceCounters:
    """What a source did so far; it only counts up.

    Attributes:
        read: Pictures decoded.
        dropped: Pictures decoded and thrown away, the oldest first, because nobody took them.
        damaged: Packets that could not be decoded.
        reconnects: How often a lost source was found again.
        stalls: How often nothing came for longer than the patience that was set.
    """

    read: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    stalls: int = 0


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
