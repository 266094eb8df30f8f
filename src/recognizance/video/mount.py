"""What a stream itself tells about its camera: whether it stands still, moves, or is cut together.

A pure accumulator of measured motions. It takes no side: whoever declared how the camera is
mounted is compared with what is measured here by somebody else.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from recognizance.video.motion import LEAST_POINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.video.motion import Motion

HORIZON_S = 120.0
"""What is older counts no more: a camera that is taken off its wall is soon seen to move."""

STRETCH_S = 2.0
"""Motions are added up over so long, so that a slow pan is told from the noise of single looks."""

MOVED_PART = 0.012
"""A stretch in which the picture moved by more than this part of its width, moved; a pole in the
wind stays below."""

LEAST_S = 10.0
FIXED_PART = 0.05
MOVING_PART = 0.25
SEVERAL_CUTS = 3
"""A light that is switched on may look like a cut, and a damaged picture like two."""


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


@dataclass(slots=True)
class _Stretch:
    """Motions of about `STRETCH_S`."""

    time_s: float = 0.0
    seconds: float = 0.0
    looks: int = 0
    blind: int = 0
    cuts: int = 0
    farthest: float = 0.0
    path: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))


class MountMeter:
    """Adds up motions of one stream, as far back as `HORIZON_S`."""

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque()
        self._cuts: deque[float] = deque()
        self._now = _Stretch()

    def add(self, motion: Motion, seconds: float, size_wh: tuple[int, int]) -> None:
        """Take in how the picture moved from one look to the next, in one view.

        Args:
            motion: In pixels of the full picture.
            seconds: In which time.
            size_wh: Width and height of the full picture in pixels.
        """
        self._now.time_s += seconds
        if motion.cut:
            self._now.cuts += 1
            self._now.path = np.eye(3)
        elif motion.points < LEAST_POINTS:
            self._now.blind += 1
        elif motion.measured:
            self._now.looks += 1
            self._now.seconds += seconds
            self._now.path = np.vstack([motion.matrix, [0.0, 0.0, 1.0]]) @ self._now.path
            self._now.farthest = max(self._now.farthest, _moved_part(self._now.path, size_wh))
        else:
            # Points enough, and no agreement: what is in view moves, or the camera does, wildly.
            self._now.blind += 1
        if self._now.time_s >= STRETCH_S:
            self._stretches.append(self._now)
            self._now = _Stretch()
        while sum(each.time_s for each in self._stretches) > HORIZON_S:
            self._stretches.popleft()

    @property
    def reading(self) -> MountReading:
        """What was measured so far."""
        known = [each for each in self._stretches if each.seconds >= each.time_s / 2]
        seconds = sum(each.seconds for each in known)
        moving_s = sum(each.seconds for each in known if each.farthest > MOVED_PART)
        moving_part = moving_s / seconds if seconds else 0.0
        cuts = sum(each.cuts for each in self._stretches) + self._now.cuts
        every = [*self._stretches, self._now]
        return MountReading(
            mount=_mount(seconds, moving_part, cuts),
            looks=sum(each.looks for each in every),
            blind=sum(each.blind for each in every),
            seconds=seconds,
            moving_part=moving_part,
            cuts=cuts,
        )


def _mount(seconds: float, moving_part: float, cuts: int) -> Mount:
    if cuts >= SEVERAL_CUTS:
        return Mount.CUT
    if seconds < LEAST_S or FIXED_PART < moving_part < MOVING_PART:
        return Mount.UNKNOWN
    return Mount.MOVING if moving_part >= MOVING_PART else Mount.FIXED


def _moved_part(path: NDArray[np.float64], size_wh: tuple[int, int]) -> float:
    """How far the picture's corners moved on the average, as a part of its width."""
    width, height = size_wh
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], dtype=float)
    shifts = (path @ corners - corners)[:2]
    return float(np.hypot(*shifts).mean()) / width
