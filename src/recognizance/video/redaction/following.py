"""Follow faces between looks by the flow of points in them, and tell which sighting is whose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from recognizance.types import Box
from recognizance.video.redaction.tracks import centre_of, sides_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from numpy.typing import NDArray

    from recognizance.types import Detection
    from recognizance.video.redaction.tracks import Growing

_GRID = 7
_LEAST_POINTS = 8
_LEAST_RETURN_PX = 1.0
_SCALE_STEP = 0.1
_FLOW: Final[dict[str, Any]] = {
    "winSize": (15, 15),
    "maxLevel": 3,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.03),
}

_SAME_FACE = 0.9
"""Largest distance at which a sighting continues a track: see `_distances`."""


def follow(
    before: NDArray[np.uint8], after: NDArray[np.uint8], boxes: Sequence[Box], scale: float
) -> list[Box | None]:
    """Where faces of one picture are in another, by the flow of points in them.

    Args:
        before: ndarray of shape (height, width), dtype=np.uint8: the one picture.
        after: The other, of the same shape.
        boxes: The faces, in pixels of the upright original.
        scale: Pixels here per pixel of the original.

    Returns:
        A box each; None where too few points could be followed.
    """
    if not boxes:
        return []
    points = np.concatenate([_grid(sides_of(box) * scale) for box in boxes]).astype(np.float32)
    unknown = np.empty_like(points)
    there, ok_there, _ = cv2.calcOpticalFlowPyrLK(before, after, points, unknown, **_FLOW)
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, unknown, **_FLOW)
    returned = np.abs(back - points).max(axis=1) < _LEAST_RETURN_PX
    good = returned & (ok_there[:, 0] == 1) & (ok_back[:, 0] == 1)
    found: list[Box | None] = []
    for place, box in enumerate(boxes):
        rows = slice(place * _GRID**2, (place + 1) * _GRID**2)
        kept = good[rows]
        if kept.sum() < _LEAST_POINTS:
            found.append(None)
            continue
        found.append(_moved(box, points[rows][kept] / scale, there[rows][kept] / scale))
    return found


def _moved(box: Box, points: NDArray[np.float32], there: NDArray[np.float32]) -> Box:
    shift = np.median(there - points, axis=0)
    spread = np.median(np.abs(points - np.median(points, axis=0)))
    spread_there = np.median(np.abs(there - np.median(there, axis=0)))
    ratio = float(spread_there / spread) if spread > 0 else 1.0
    ratio = min(max(ratio, 1 - _SCALE_STEP), 1 + _SCALE_STEP)
    centre = centre_of(box) + shift
    width, height = box.width * ratio, box.height * ratio
    return Box(float(centre[0] - width / 2), float(centre[1] - height / 2), width, height)


def assigned(
    expected: Sequence[Box], detections: Sequence[Detection]
) -> tuple[dict[int, int], list[int]]:
    """Which sighting continues which track.

    Returns:
        From place in `expected` to place in `detections`, and the places of the other detections.
    """
    free = list(range(len(detections)))
    if not expected or not detections:
        return {}, free
    costs = _distances(expected, [each.box for each in detections])
    rows, columns = linear_sum_assignment(costs)
    pairs = {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if costs[row, column] < _SAME_FACE
    }
    taken = set(pairs.values())
    return pairs, [place for place in free if place not in taken]


def _distances(some: Sequence[Box], others: Sequence[Box]) -> NDArray[np.float64]:
    """Distance of centres in sides of the larger box, plus the difference in size (log 2)."""
    one: NDArray[np.float64] = np.array([sides_of(box) for box in some])[:, np.newaxis]
    two: NDArray[np.float64] = np.array([sides_of(box) for box in others])[np.newaxis]
    centres = (one[..., :2] + one[..., 2:] / 2) - (two[..., :2] + two[..., 2:] / 2)
    sides = np.sqrt(one[..., 2] * one[..., 3]), np.sqrt(two[..., 2] * two[..., 3])
    apart = np.hypot(centres[..., 0], centres[..., 1]) / np.maximum(*sides)
    sizes = np.abs(np.log2(sides[0] / sides[1]))
    return np.asarray(np.minimum(apart + 0.5 * sizes, 1e3), dtype=np.float64)


def _grid(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.linspace(0.15, 0.85, _GRID)
    x, y = np.meshgrid(sides[0] + places * sides[2], sides[1] + places * sides[3])
    return np.stack([x.ravel(), y.ravel()], axis=1)


def drifted(track: Growing, time_s: float) -> Box:
    """Where a track is if it goes on as it went, slower the longer nobody saw it."""
    box = track.newest.box
    shift = track.velocity * (time_s - track.newest.time_s) * 0.5**track.unseen
    return replace(box, left=box.left + float(shift[0]), top=box.top + float(shift[1]))
