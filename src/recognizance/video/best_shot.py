"""Which pictures of a track are worth extracting: few, the first soon, then clearly better ones.

There is no total score. Pictures are ranked by facts, the first that differs deciding, each in
steps so wide that a difference says something:

    1 POSE       how far the face is turned away, in steps of 15 degrees
    2 EXPOSURE   whether it is neither too dark nor too bright to see
    3 SIZE       the face's shorter side, in steps of a quarter
    4 SHARPNESS  variance of the Laplacian, in steps of a half

The first picture that shows a face from the front is handed out at once, and any picture if none
came in time: whether it is good enough to be compared is the permit's to say, not decided here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recognizance.types import Detection, Quality

Rank = tuple[int, int, int, int]

_POSE_STEP_DEG = 15.0
_DARK, _BRIGHT = 40.0, 215.0
_SIZE_STEP = 1.25
_SHARPNESS_STEP = 1.5

# Turned away by less than 30 degrees, and neither too dark nor too bright.
_GOOD = (-1, 1)

# Where the nose stands between the eyes, 0 in their middle and 1 below one of them.
_TURNED = 0.6


@dataclass(frozen=True, slots=True)
class Choosing:
    """How often a face is worth a shot.

    Attributes:
        most_shots: Shots of one track, at most.
        again_shots: So many of them need not be better than those before.
        again_s: Seconds after which such a one is due.
        hurry_s: A track that has had no shot for so long takes any.
        closer_s: Seconds between two close looks. After each that gave no shot twice as long, but
            never longer than `again_s`: somebody who stood with their back to the camera may turn.
    """

    most_shots: int = 6
    again_shots: int = 3
    again_s: float = 2.0
    hurry_s: float = 0.6
    closer_s: float = 0.3


@dataclass(slots=True)
class _Past:
    """What was done for one track so far."""

    since_s: float
    shots: int = 0
    best: Rank | None = None
    best_px: float = 0.0
    shot_s: float = -math.inf
    next_s: float = -math.inf
    wait_s: float = 0.0


def rank(quality: Quality) -> Rank:
    """Facts of a picture in the order in which they count; the larger, the better."""
    away = math.hypot(quality.yaw_deg, quality.pitch_deg)
    return (
        -int(away / _POSE_STEP_DEG),
        int(_DARK <= quality.exposure <= _BRIGHT),
        int(math.log(max(quality.face_px, 1.0), _SIZE_STEP)),
        int(math.log(max(quality.sharpness, 1.0), _SHARPNESS_STEP)),
    )


class BestShots:
    """Remembers for each track of one stream what was done, and says what is due."""

    def __init__(self, choosing: Choosing | None = None) -> None:
        self._choosing = choosing or Choosing()
        self._past: dict[int, _Past] = {}

    def due(self, track_id: int, detection: Detection, time_s: float) -> bool:
        """Whether a track is worth a close look now, by what a quick look tells of it.

        Args:
            track_id: A track that counts.
            detection: What the quick look saw of it.
            time_s: Now.
        """
        past = self._past.setdefault(track_id, _Past(since_s=time_s))
        choosing = self._choosing
        if past.shots >= choosing.most_shots or time_s < past.next_s:
            return False
        if not past.shots:
            return not turned(detection) or time_s - past.since_s >= choosing.hurry_s
        if self._again(past, time_s):
            return True
        larger = min(detection.box.width, detection.box.height) >= past.best_px * _SIZE_STEP
        turned_before = past.best is not None and past.best[0] < -1
        return not turned(detection) and (larger or turned_before)

    def worth(self, track_id: int, quality: Quality, time_s: float) -> bool:
        """Whether a picture that was looked at closely becomes a shot; remembers it."""
        past = self._past.setdefault(track_id, _Past(since_s=time_s))
        value = rank(quality)
        better = past.best is None or value > past.best
        if past.shots:
            take = better or self._again(past, time_s)
        else:
            take = value[:2] >= _GOOD or time_s - past.since_s >= self._choosing.hurry_s
        self._wait(past, time_s, longer=not take)
        if take:
            past.shots += 1
            past.shot_s = time_s
            if better:
                past.best, past.best_px = value, quality.face_px
        return take

    def missed(self, track_id: int, time_s: float) -> None:
        """A close look found no face there."""
        self._wait(self._past.setdefault(track_id, _Past(since_s=time_s)), time_s, longer=True)

    def number(self, track_id: int) -> int:
        """How many shots a track has had."""
        past = self._past.get(track_id)
        return past.shots if past else 0

    def forget(self, track_ids: Iterable[int]) -> None:
        """Tracks are over; nothing is kept of them."""
        for track_id in track_ids:
            self._past.pop(track_id, None)

    def _again(self, past: _Past, time_s: float) -> bool:
        choosing = self._choosing
        return past.shots < choosing.again_shots and time_s - past.shot_s >= choosing.again_s

    def _wait(self, past: _Past, time_s: float, *, longer: bool) -> None:
        choosing = self._choosing
        wait_s = 2 * past.wait_s if longer else choosing.closer_s
        past.wait_s = min(max(wait_s, choosing.closer_s), choosing.again_s)
        past.next_s = time_s + past.wait_s


def turned(detection: Detection) -> bool:
    """Whether a quick look sees a face far from the front, by its nose and eyes alone."""
    right, left, nose = detection.landmarks[:3].astype(float)
    between = left - right
    length = float(between @ between)
    if length <= 0:
        return True
    along = float((nose - right) @ between) / length
    return bool(np.abs(2 * along - 1) > _TURNED)
