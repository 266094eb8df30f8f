"""Pictures of a source in their order: numbered, timed, upright, and in views."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from av.sidedata.sidedata import Type

from recognizance.video.frames import VideoFrame
from recognizance.video.sources.clock import Clock

if TYPE_CHECKING:
    from av import VideoFrame as Picture
    from av.sidedata.sidedata import SideDataContainer

_SLOWEST, _FASTEST, _USUAL = 0.01, 1000.0, 25.0


class Framing:
    """Turns one decoded picture after the other into frames.

    Args:
        rate: Pictures a second as the source says, for those without a timestamp.
    """

    def __init__(self, rate: float | None) -> None:
        said = _USUAL if rate is None or not _SLOWEST <= rate <= _FASTEST else rate
        self._clock = Clock(1 / said)
        self._turning = Turning()
        self._index = 0
        self._view = 0
        self._shape: tuple[int, int, int] | None = None

    def frame(self, picture: Picture, stamp_s: float | None, waited_s: float | None) -> VideoFrame:
        """The next frame; see `Clock.time_s` for the times."""
        turn = self._turning.of(picture)
        shape = (picture.width, picture.height, turn)
        if self._shape not in {None, shape}:
            self._view += 1
        self._shape = shape
        time_s = self._clock.time_s(stamp_s, waited_s)
        frame = VideoFrame(self._index, time_s, picture, turn, self._view)
        self._index += 1
        return frame

    def restart(self) -> None:
        """The source was lost and found again."""
        self._clock.restart()
        self._view += 1
        self._shape = None


class Turning:
    """How the pictures of one stream are to be turned, asked once for each angle that comes.

    Asked of every picture, PyAV would keep each alive until the next collection of garbage: a
    picture and its side data hold one another.
    """

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def of(self, picture: Picture) -> int:
        """How far clockwise a picture has to be turned to stand upright, in degrees."""
        angle = picture.rotation
        if angle not in self._known:
            self._known[angle], _ = turn_of(picture)
        return self._known[angle]


def turn_deg(rotation: int) -> int:
    """From a display matrix, which turns counter-clockwise, to the nearest turn clockwise."""
    return round(-rotation / 90) % 4 * 90


def turn_of(picture: Picture) -> tuple[int, bool]:
    """How far clockwise a picture has to be turned to stand upright, and whether it is mirrored.

    The angle of a matrix that mirrors says nothing: who is shown upright by one would be looked for
    upside down. So the mirror is taken out first; for a face, left and right are the same.
    """
    try:
        # The stubs know of one key only.
        matrix = cast("SideDataContainer", picture.side_data)[Type.DISPLAYMATRIX]
    except KeyError:
        return turn_deg(picture.rotation), False
    a, b, _, c, d = np.frombuffer(memoryview(matrix), np.int32)[:5].astype(np.float64)
    if a * d - b * c >= 0:
        return turn_deg(picture.rotation), False
    return round(math.degrees(math.atan2(b, -a)) / 90) % 4 * 90, True
