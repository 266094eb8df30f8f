"""What a stream itself tells about its camera: whether it stands still, moves, or is cut together.

A pure accumulator of measured motions. It takes no side: whoever declared how the camera is
mounted is compared with what is measured here by somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.video.motion import Motion


class Mount(StrEnum):
    """How the picture as a whole behaves."""

    UNKNOWN = "unknown"
    """Not seen for long enough, or too little in it to measure by."""
    FIXED = "fixed"
    """It stands still."""
    MOVING = "moving"
    """It moves as a whole: carried, worn, driven, flown, or turned."""
    CUT = "cut"
    """It is put together from several cameras or times."""


@dataclass(frozen=True, slots=True)
class MountReading:
    """What was measured so far, with the numbers behind it.

    Attributes:
        mount: What they say.
        looks: Motions that could be measured.
        blind: Looks in which too little was to be seen to measure.
        seconds: Time that the measured motions span.
        moving_part: Which part of that time the picture moved as a whole, 0 to 1.
        cuts: How often the picture had nothing to do with the one before, in one view.
    """

    mount: Mount
    looks: int
    blind: int
    seconds: float
    moving_part: float
    cuts: int


class MountMeter:
    """Adds up motions of one stream."""

    def __init__(self) -> None:
        self._looks = 0
        self._blind = 0
        self._cuts = 0
        self._seconds = 0.0
        self._moving_s = 0.0

    def add(self, motion: Motion, seconds: float, width_px: float) -> None:
        """Take in how the picture moved.

        Args:
            motion: In pixels of the full picture.
            seconds: In which time.
            width_px: Width of the full picture.
        """
        raise NotImplementedError

    @property
    def reading(self) -> MountReading:
        """What was measured so far."""
        raise NotImplementedError
