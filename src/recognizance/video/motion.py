"""How the picture moved as a whole between two looks, from their small grey pictures.

Points of the first are looked for in the second (sparse optical flow), and what most of them agree
on is taken for the camera's motion: a turn, a zoom and a shift. People move on their own, so there
are no points where a face says that a person is. A picture without texture gives no points and says
nothing: it stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from recognizance.types import Box

WIDTH_PX = 320
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
            picture before to the picture now, in pixels of the full picture; identity where
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


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A small grey picture, and what of it may tell how the camera moves.

    Attributes:
        grey: ndarray of shape (height, width), dtype=np.uint8.
        usable: ndarray of the same shape, dtype=np.uint8: 255 where no person is known to be, for
            people move on their own, and 0 where one is.
        scale: Its pixels per pixel of the full picture.
    """

    grey: NDArray[np.uint8]
    usable: NDArray[np.uint8]
    scale: float


def ground(
    pixels: NDArray[np.uint8],
    faces: Iterable[Box] = (),
    *,
    size_wh: tuple[int, int] | None = None,
) -> Ground:
    """What motion is measured by.

    Args:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB: a picture of any size.
        faces: Faces in it, in pixels of the full picture.
        size_wh: Width and height of the full picture, of which this may be a smaller one; it alone
            decides the size of the grey one.
    """
    width, height = size_wh or (pixels.shape[1], pixels.shape[0])
    scale = min(1.0, WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    colours = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    usable = np.full(size[::-1], 255, np.uint8)
    for face in faces:
        left, top, right, bottom = (round(side * scale) for side in _person(face))
        usable[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 0
    grey = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return Ground(grey=grey, usable=usable, scale=scale)


def _person(face: Box) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of where the rest of a person may be, arms and all."""
    return (
        face.left - 1.5 * face.width,
        face.top - 0.5 * face.height,
        face.left + 2.5 * face.width,
        face.top + 7 * face.height,
    )


def between(before: Ground, now: Ground) -> Motion:
    """Measure how the picture moved, in pixels of the full one.

    Args:
        before: The picture before.
        now: The picture now, of the same size.
    """
    start, end = _flow(before, now)
    matrix, agreeing = _agreement(start, end)
    support = agreeing / len(start) if len(start) else 0.0
    if len(start) < LEAST_POINTS or support < _LEAST_SUPPORT:
        matrix = np.eye(2, 3)
    likeness = _likeness(before.grey, now.grey, matrix)
    return Motion(
        matrix=np.column_stack([matrix[:, :2], matrix[:, 2] / now.scale]),
        points=len(start),
        support=support,
        likeness=likeness,
        cut=likeness < _CUT_LIKENESS and support < _CUT_SUPPORT,
    )


def _flow(before: Ground, now: Ground) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points of the one picture and where they are in the other; lost ones lie far outside."""
    none = np.empty((0, 2), np.float32)
    start = cv2.goodFeaturesToTrack(before.grey, _POINTS, _QUALITY, _SPACING_PX, mask=before.usable)
    if start is None:
        return none, none
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        before.grey, now.grey, start, np.empty_like(start), winSize=_WINDOW, maxLevel=_LEVELS
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
