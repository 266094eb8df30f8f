"""What a stream itself tells about its camera: whether it stands still, moves, or is cut together.

A pure accumulator. It takes no side: whoever declared how the camera is
mounted is compared with what is measured here by somebody else.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from recognizance.video.motion import LEAST_POINTS, between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.video.motion import Ground, Motion

HORIZON_S = 120.0
"""What is older counts no more: a camera that is taken off its wall is soon seen to move."""

STRETCH_S = 2.0
"""Pictures so far apart are compared, so that a slow pan is told from the noise of one look."""

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
    """What was measured in the last `HORIZON_S`, with the numbers behind it.

    Attributes:
        mount: What they say.
        seconds: Time in which it could be measured whether the picture moves.
        blind_s: Time in which it could not: too little to see, or too much that moves on its own.
        moving_part: Which part of `seconds` the picture moved as a whole, 0 to 1.
        cuts: How often the picture had nothing to do with the one before, in one view.
    """

    mount: Mount
    seconds: float
    blind_s: float
    moving_part: float
    cuts: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """About `STRETCH_S` of a stream; `moved` is None where nothing could be measured."""

    start_s: float
    end_s: float
    moved: bool | None


class MountMeter:
    """Adds up what the looks at one stream say."""

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque()
        self._cuts: deque[float] = deque()
        self._anchor: tuple[float, Ground] | None = None
        self._path = np.eye(3)
        self._whole = True
        self._first_s = math.inf
        self._last_s = -math.inf

    def see(self, ground: Ground, time_s: float, motion: Motion | None) -> None:
        """Take in one look.

        Args:
            ground: The small picture.
            time_s: When; not before the look before.
            motion: How it moved since the look before; None for the first look of a view.
        """
        self._first_s, self._last_s = min(self._first_s, time_s), time_s
        if motion is not None and motion.cut:
            self._cuts.append(time_s)
        if motion is None or motion.cut or self._anchor is None:
            self._start(ground, time_s)
            return
        self._path = np.vstack([motion.matrix, [0.0, 0.0, 1.0]]) @ self._path
        self._whole = self._whole and motion.measured
        start_s, before = self._anchor
        if time_s - start_s >= STRETCH_S:
            moved = self._moved(before, ground)
            self._stretches.append(_Stretch(start_s, time_s, moved))
            self._start(ground, time_s)
        while self._stretches and self._stretches[0].end_s < time_s - HORIZON_S:
            self._stretches.popleft()
        while self._cuts and self._cuts[0] < time_s - HORIZON_S:
            self._cuts.popleft()

    @property
    def reading(self) -> MountReading:
        """What was measured so far."""
        spent = {True: 0.0, False: 0.0, None: 0.0}
        for each in self._stretches:
            spent[each.moved] += each.end_s - each.start_s
        seconds = spent[True] + spent[False]
        moving_part = spent[True] / seconds if seconds else 0.0
        return MountReading(
            mount=_mount(self._last_s - self._first_s, seconds, moving_part, len(self._cuts)),
            seconds=seconds,
            blind_s=spent[None],
            moving_part=moving_part,
            cuts=len(self._cuts),
        )

    def _start(self, ground: Ground, time_s: float) -> None:
        self._anchor = (time_s, ground)
        self._path = np.eye(3)
        self._whole = True

    def _moved(self, before: Ground, now: Ground) -> bool | None:
        """Whether the picture moved over a stretch: straight from its two ends if they are alike.

        Else by the looks between, if each of them was measured: whoever walks sees another street
        after two seconds.
        """
        straight = between(before, now)
        if straight.measured:
            return _moved_part(straight.matrix, now) > MOVED_PART
        if self._whole and straight.points >= LEAST_POINTS:
            return _moved_part(self._path[:2], now) > MOVED_PART or None
        return None


def _mount(age_s: float, seconds: float, moving_part: float, cuts: int) -> Mount:
    if age_s < LEAST_S:
        return Mount.UNKNOWN
    if moving_part >= MOVING_PART:
        # Who turns quickly sees something else within one look: that is not taken for cuts.
        return Mount.MOVING if seconds >= LEAST_S else Mount.UNKNOWN
    if cuts >= SEVERAL_CUTS:
        return Mount.CUT
    if seconds < LEAST_S or moving_part > FIXED_PART:
        return Mount.UNKNOWN
    return Mount.FIXED


def _moved_part(matrix: NDArray[np.float64], now: Ground) -> float:
    """How far the picture's corners moved on the average, as a part of its width."""
    height, width = (float(side) / now.scale for side in now.grey.shape)
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], dtype=float)
    shifts = matrix @ corners - corners[:2]
    return float(np.hypot(shifts[0], shifts[1]).mean()) / width
