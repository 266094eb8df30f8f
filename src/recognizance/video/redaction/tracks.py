"""Faces over time: from sightings in some pictures to a box in every picture.

A face is sighted in every few pictures. It is followed by optical flow where it is not sighted:
forward for a while after its last sighting, and backward from its first, so that it is hidden
before it was found and after it was lost. The further a box is from a sighting, the more it is
grown.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from recognizance.types import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.types import Detection

_GRID = 7
_LEAST_POINTS = 8
_LEAST_RETURN_PX = 1.0
_SCALE_STEP = 0.1
_FLOW = {
    "winSize": (15, 15),
    "maxLevel": 3,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.03),
}

_SAME_FACE = 0.9
"""Largest distance at which a sighting continues a track: see `_distances`."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a face is in one picture.

    Attributes:
        index: The picture's number.
        time_s: Its time.
        box: The face, in pixels of the upright picture.
        looks_away: How many looks away it was last, or is next, sighted; 0 where it is sighted.
    """

    index: int
    time_s: float
    box: Box
    looks_away: int = 0


@dataclass(frozen=True, slots=True)
class Shot:
    """The best picture of a face, for a person to look at.

    Attributes:
        time_s: When.
        score: How sure the detector was.
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB.
    """

    time_s: float
    score: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face over time.

    Attributes:
        number: From 1, by the time of its first sighting, then from left to right.
        spots: In order of time; between two of them it moves evenly.
        sightings: In how many pictures it was detected.
        shot: The best picture of it, where one was asked for.
    """

    number: int
    spots: tuple[Spot, ...]
    sightings: int
    shot: Shot | None = None

    @property
    def first(self) -> Spot:
        """Its first sighting."""
        return next(spot for spot in self.spots if not spot.looks_away)

    @property
    def last(self) -> Spot:
        """Its last sighting."""
        return next(spot for spot in reversed(self.spots) if not spot.looks_away)

    def at(self, index: int) -> Spot | None:
        """Where it is in a picture; None where it is not in it."""
        spots = self.spots
        if not spots[0].index <= index <= spots[-1].index:
            return None
        after = bisect_right(spots, index, key=lambda spot: spot.index)
        before = spots[after - 1]
        if before.index == index or after == len(spots):
            return before
        return between(before, spots[after], index)


def between(one: Spot, other: Spot, index: int) -> Spot:
    """Where a face is on its way from one spot to another."""
    part = (index - one.index) / (other.index - one.index)
    sides = (1 - part) * _sides(one.box) + part * _sides(other.box)
    return Spot(
        index,
        (1 - part) * one.time_s + part * other.time_s,
        Box(*map(float, sides)),
        max(one.looks_away, other.looks_away),
    )


@dataclass(slots=True)
class Growing:
    """A track while it is being made."""

    spots: list[Spot]
    velocity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    sightings: int = 1
    best_score: float = 0.0
    shot: Shot | None = None
    ended: bool = False

    @property
    def newest(self) -> Spot:
        """Where it was last, sighted or not."""
        return self.spots[-1]

    @property
    def unseen(self) -> int:
        """How many looks ago it was sighted."""
        return self.newest.looks_away

    def sight(self, index: int, time_s: float, detection: Detection) -> None:
        """Continue with a sighting; what was guessed since the last one is corrected by it."""
        spot = Spot(index, time_s, detection.box)
        guessed = self.spots[-self.unseen :] if self.unseen else []
        if guessed:
            self._correct(guessed, spot)
        before = self.newest
        if time_s > before.time_s:
            moved = _centre(spot.box) - _centre(before.box)
            self.velocity = moved / (time_s - before.time_s)
        self.spots.append(spot)
        self.sightings += 1
        self.best_score = max(self.best_score, detection.score)

    def guess(self, index: int, time_s: float, box: Box) -> None:
        """Continue without a sighting."""
        self.spots.append(Spot(index, time_s, box, self.unseen + 1))

    def _correct(self, guessed: list[Spot], found: Spot) -> None:
        """Bend the guessed way so that it leads to where the face was found again."""
        start = self.spots[-len(guessed) - 1]
        error = _sides(found.box) - _sides(guessed[-1].box)
        span = found.index - start.index
        for place, spot in enumerate(guessed, start=len(self.spots) - len(guessed)):
            part = (spot.index - start.index) / span
            sides = _sides(spot.box) + part * error
            away = min(spot.looks_away, len(guessed) + 1 - spot.looks_away)
            self.spots[place] = replace(
                spot, box=Box(*map(float, sides)), looks_away=max(1, away)
            )


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
    points = np.concatenate([_grid(_sides(box) * scale) for box in boxes]).astype(np.float32)
    there, ok_there, _ = cv2.calcOpticalFlowPyrLK(before, after, points, None, **_FLOW)
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **_FLOW)
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
    centre = _centre(box) + shift
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
    one = np.array([_sides(box) for box in some])[:, np.newaxis]
    two = np.array([_sides(box) for box in others])[np.newaxis]
    centres = (one[..., :2] + one[..., 2:] / 2) - (two[..., :2] + two[..., 2:] / 2)
    sides = np.sqrt(one[..., 2] * one[..., 3]), np.sqrt(two[..., 2] * two[..., 3])
    apart = np.hypot(centres[..., 0], centres[..., 1]) / np.maximum(*sides)
    sizes = np.abs(np.log2(sides[0] / sides[1]))
    return np.minimum(np.asarray(apart + 0.5 * sizes), 1e3)


def _grid(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.linspace(0.15, 0.85, _GRID)
    x, y = np.meshgrid(sides[0] + places * sides[2], sides[1] + places * sides[3])
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _sides(box: Box) -> NDArray[np.float64]:
    return np.array([box.left, box.top, box.width, box.height])


def _centre(box: Box) -> NDArray[np.float64]:
    return np.array([box.left + box.width / 2, box.top + box.height / 2])
