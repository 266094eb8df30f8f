"""How the picture moved as a whole between two looks, from their small grey pictures.

Points of the first are looked for in the second (sparse optical flow), and what most of them agree
on is taken for the camera's motion: a turn, a zoom and a shift. Faces that move on their own are a
minority of the points. A picture without texture gives no points and says nothing: it stands still.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY_WIDTH_PX = 320
"""Width of the grey pictures; motion is measured to about a tenth of their pixels."""

_POINTS = 120
LEAST_POINTS = 8
"""Fewer points say nothing about the picture as a whole."""

_SPACING_PX = 10
_QUALITY = 0.01
_WINDOW = (15, 15)
_LEVELS = 3
_TOLERANCE_PX = 1.5
_LEAST_SUPPORT = 0.35
_STILL_PX = 0.5
_STILL_PART = 0.35

# A cut leaves neither points that are found again nor a likeness of the two pictures.
_CUT_LIKENESS = 0.5
_CUT_SUPPORT = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """How one picture became another.

    Attributes:
        matrix: ndarray of shape (2, 3), dtype=np.float64: the similarity that takes a point of the
            picture before to the picture now, in their pixels; identity where
            nothing could be measured.
        points: How many points were looked for.
        support: Which part of them agrees on the matrix, 0 to 1.
        likeness: Correlation of the two pictures where they overlap once the motion is undone,
            -1 to 1; 1 where both are flat.
        cut: Whether the two have nothing to do with each other.
    """

    matrix: NDArray[np.float64]
    points: int
    support: float
    likeness: float
    cut: bool

    @property
    def measured(self) -> bool:
        """Whether the matrix says anything."""
        return self.points >= LEAST_POINTS and self.support >= _LEAST_SUPPORT

    def at(self, scale: float) -> Motion:
        """The same in a larger picture of which these were `scale` times the size."""
        matrix = np.column_stack([self.matrix[:, :2], self.matrix[:, 2] / scale])
        return replace(self, matrix=matrix)


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The small grey picture that motion is measured by.

    Args:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB.
    """
    height, width = pixels.shape[:2]
    size = (min(width, GREY_WIDTH_PX), max(1, round(height * min(1.0, GREY_WIDTH_PX / width))))
    colours = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def between(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> Motion:
    """Measure how the picture moved.

    Args:
        before: ndarray of shape (height, width), dtype=np.uint8.
        now: The same shape.
    """
    start, end = _flow(before, now)
    matrix, agreeing = _agreement(start, end)
    support = agreeing / len(start) if len(start) else 0.0
    trusted = len(start) >= LEAST_POINTS and support >= _LEAST_SUPPORT
    if not trusted:
        matrix = np.eye(2, 3)
    likeness = _likeness(before, now, matrix)
    return Motion(
        matrix=matrix,
        points=len(start),
        support=support,
        likeness=likeness,
        cut=likeness < _CUT_LIKENESS and support < _CUT_SUPPORT,
    )


def _flow(
    before: NDArray[np.uint8], now: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points of the one picture and where they are in the other; lost ones lie far outside."""
    none = np.empty((0, 2), np.float32)
    start = cv2.goodFeaturesToTrack(before, _POINTS, _QUALITY, _SPACING_PX)
    if start is None:
        return none, none
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        before, now, start, None, winSize=_WINDOW, maxLevel=_LEVELS
    )
    end[found == 0] = np.inf
    return start.reshape(-1, 2), end.reshape(-1, 2)


def _agreement(
    start: NDArray[np.float32], end: NDArray[np.float32]
) -> tuple[NDArray[np.float64], int]:
    """What many points agree on, and how many do: that nothing moved, or else what most say."""
    there = np.asarray(np.isfinite(end).all(axis=1))
    if there.sum() < LEAST_POINTS:
        return np.eye(2, 3), 0
    start, end = start[there], end[there]
    still = int((np.abs(end - start).max(axis=1) < _STILL_PX).sum())
    # Somebody near the camera may have more points than the wall behind; the wall still stands.
    if still >= _STILL_PART * len(there):
        return np.eye(2, 3), still
    matrix, inside = cv2.estimateAffinePartial2D(
        start, end, method=cv2.RANSAC, ransacReprojThreshold=_TOLERANCE_PX
    )
    if matrix is None or not np.isfinite(matrix).all():
        return np.eye(2, 3), 0
    return matrix, int(inside.sum())


def _likeness(
    before: NDArray[np.uint8], now: NDArray[np.uint8], matrix: NDArray[np.float64]
) -> float:
    """Correlation of both pictures where they overlap."""
    height, width = before.shape
    undone = cv2.warpAffine(
        before, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    covered = cv2.warpAffine(
        np.full_like(before, 255), matrix, (width, height), flags=cv2.INTER_NEAREST
    )
    one, other = undone[covered > 0].astype(np.float32), now[covered > 0].astype(np.float32)
    if one.size < height * width / 10:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((one @ one) * (other @ other)))
    if spread < one.size:
        return 1.0
    return float(one @ other) / spread
