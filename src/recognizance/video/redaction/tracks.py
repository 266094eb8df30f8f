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

import numpy as np

from recognizance.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.types import Detection


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
    """The best picture of a face in a stretch of time: the face and a little around it.

    Attributes:
        time_s: When.
        merit: How good it is: sure and large.
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB, at full size.
        box: The face in these pixels.
    """

    time_s: float
    merit: float
    pixels: NDArray[np.uint8]
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face over time.

    Attributes:
        number: From 1, by the time of its first sighting, then from left to right.
        spots: In order of time; between two of them it moves evenly.
        sightings: In how many pictures it was detected.
        shots: The best picture of it in each stretch of time, where they were asked for.
    """

    number: int
    spots: tuple[Spot, ...]
    sightings: int
    shots: tuple[Shot, ...] = ()

    @property
    def best_shot(self) -> Shot | None:
        """The best picture of it."""
        return max(self.shots, key=lambda shot: shot.merit, default=None)

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
    sides = (1 - part) * sides_of(one.box) + part * sides_of(other.box)
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
    newest_score: float = 0.0
    shots: list[Shot] = field(default_factory=list)
    cut_s: float | None = None
    ended: bool = False

    @property
    def newest(self) -> Spot:
        """Where it was last, sighted or not."""
        return self.spots[-1]

    @property
    def unseen(self) -> int:
        """How many looks ago it was sighted."""
        return self.newest.looks_away

    @property
    def newest_sighting(self) -> Spot:
        """Where it was sighted last."""
        return self.spots[-1 - self.unseen]

    @property
    def oldest_sighting(self) -> Spot:
        """Where it was sighted first."""
        return next(spot for spot in self.spots if not spot.looks_away)

    def sight(self, index: int, time_s: float, detection: Detection) -> None:
        """Continue with a sighting; what was guessed since the last one is corrected by it."""
        spot = Spot(index, time_s, detection.box)
        guessed = self.spots[-self.unseen :] if self.unseen else []
        if guessed:
            self._correct(guessed, spot)
        before = self.newest
        if time_s > before.time_s:
            moved = centre_of(spot.box) - centre_of(before.box)
            self.velocity = moved / (time_s - before.time_s)
        self.spots.append(spot)
        self.sightings += 1
        self.newest_score = detection.score
        self.best_score = max(self.best_score, detection.score)

    def picture(self, shot: Shot, stretch_s: float) -> None:
        """Keep a picture of it, if it is the best of its stretch of time."""
        before = self.shots[-1] if self.shots else None
        if before is None or before.time_s // stretch_s < shot.time_s // stretch_s:
            self.shots.append(shot)
        elif shot.merit > before.merit:
            self.shots[-1] = shot

    def guess(self, index: int, time_s: float, box: Box) -> None:
        """Continue without a sighting."""
        self.spots.append(Spot(index, time_s, box, self.unseen + 1))

    def _correct(self, guessed: list[Spot], found: Spot) -> None:
        """Bend the guessed way so that it leads to where the face was found again."""
        start = self.spots[-len(guessed) - 1]
        error = sides_of(found.box) - sides_of(guessed[-1].box)
        span = found.index - start.index
        for place, spot in enumerate(guessed, start=len(self.spots) - len(guessed)):
            part = (spot.index - start.index) / span
            sides = sides_of(spot.box) + part * error
            away = min(spot.looks_away, len(guessed) + 1 - spot.looks_away)
            self.spots[place] = replace(spot, box=Box(*map(float, sides)), looks_away=max(1, away))


def sides_of(box: Box) -> NDArray[np.float64]:
    """Left, top, width and height."""
    return np.array([box.left, box.top, box.width, box.height])


def centre_of(box: Box) -> NDArray[np.float64]:
    """The middle, as (x, y)."""
    return np.array([box.left + box.width / 2, box.top + box.height / 2])
