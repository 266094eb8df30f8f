"""Look through a film for faces, and follow them from look to look."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.video.boxes import grown, part_inside
from recognizance.video.redaction.following import assigned, drifted, follow
from recognizance.video.redaction.sighting import Due, looks_at
from recognizance.video.redaction.tracks import FaceTrack, Growing, Shot, Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from recognizance.types import Box, Detection
    from recognizance.video.frames import VideoFrame
    from recognizance.video.redaction.sighting import Look, Looked, LookPort, Sizes

START_SCORE = 0.5
"""Least score of the sighting that a track starts with."""

SURE_SCORE = 0.7
"""A track that was never sighted so clearly is not continued by faint sightings: it may be none."""

TAIL_S = 0.8
"""How long a face is followed before its first sighting and after its last."""

AT_EDGE_S = 2.4
"""The same while the edge of the picture cuts it: part of a face is not sighted, and is seen."""

DOUBTFUL_TAIL_S = 0.4
"""The same for what was sighted seldom and never clearly: mostly no face."""

AFTER_CUT_S = 0.2
"""How long a face stays hidden where it was after a cut: it may have been a flash of light."""

_CLEAR_SIGHTINGS = 3

_LEFT_PICTURE = 0.2
_CUT_BY_EDGE = 0.95

_CUT_FOUND_AGAIN = 0.25
"""Of the points of two pictures in a row so few are found again, where there is a cut."""
_CUT_POINTS = 100

SHOT_EACH_S = 2.0
"""In each stretch of so many seconds the best picture of a face is kept, where one is asked for: a
track may go over from one person to another, and one picture would speak for both."""

_SHOT_MARGIN = 0.4


def look_through(
    pictures: Iterable[VideoFrame],
    port: LookPort,
    sizes: Sizes,
    *,
    noted: Callable[[VideoFrame, Detection], Detection | None] = lambda _, sighting: sighting,
    shots: bool = False,
) -> tuple[FaceTrack, ...]:
    """Find and follow the faces of a film.

    Args:
        pictures: All of it, in order.
        port: What finds faces.
        sizes: At which sizes to look.
        noted: What is to be taken note of where this was sighted; None for nothing.
        shots: Whether to keep the best pictures of each.

    Returns:
        Tracks by their number.
    """
    due = Due(pictures)
    looking = _Looking(noted, shots=shots)
    for looked in looks_at(due, port, sizes):
        looking.take(looked)
    return looking.tracks(due.newest)


class _Looking:
    """What was seen of a film so far."""

    def __init__(
        self,
        noted: Callable[[VideoFrame, Detection], Detection | None],
        *,
        shots: bool,
    ) -> None:
        self._noted = noted
        self._shots = shots
        self._live: list[Growing] = []
        self._done: list[Growing] = []
        self._looks: deque[Look] = deque()
        self._size_wh = (0, 0)

    def take(self, looked: Looked) -> None:
        """Take one look at a picture."""
        frame, look = looked.frame, looked.look
        self._size_wh = frame.size_wh
        if looked.unlike and self._looks and _is_cut(self._looks[-1].grey, look.grey):
            # Nothing is followed across a cut, and nobody continues who was there before it.
            self._looks.clear()
            for track in self._live:
                track.cut_s = track.cut_s or frame.time_s
        noted = [self._noted(frame, each) for each in looked.sighted]
        new = self._continue(look, [each for each in noted if each is not None])
        self._looks.append(look)
        while frame.time_s - self._looks[0].time_s > AT_EDGE_S:
            self._looks.popleft()
        self._live += [self._started(look, detection) for detection in new]
        if self._shots:
            self._keep_shots(frame)
        self._end(frame)

    def tracks(self, last: VideoFrame | None) -> tuple[FaceTrack, ...]:
        """What was found, once all pictures up to the last were seen."""
        for track in self._live:
            if last is not None and last.index > track.newest.index:
                track.guess(last.index, last.time_s, track.newest.box)
        every = sorted([*self._done, *self._live], key=_order)
        return tuple(
            FaceTrack(number, _trimmed(track, self._size_wh), track.sightings, tuple(track.shots))
            for number, track in enumerate(every, start=1)
        )

    def _continue(self, look: Look, sighted: list[Detection]) -> list[Detection]:
        """Continue the tracks: by clear sightings, then by faint ones, else by flow.

        Returns:
            Clear sightings that continue none.
        """
        open_ = [track for track in self._live if track.cut_s is None]
        clear = [each for each in sighted if each.score >= START_SCORE]
        pairs, rest = assigned([drifted(track, look.time_s) for track in open_], clear)
        for place, column in pairs.items():
            open_[place].sight(look.index, look.time_s, clear[column])
        left = [track for place, track in enumerate(open_) if place not in pairs]
        expected = self._flowed(left, look)
        others = [clear[place] for place in rest]
        others += [each for each in sighted if each.score < START_SCORE]
        pairs, rest = assigned(expected, others)
        for place, track in enumerate(left):
            sighting = others[pairs[place]] if place in pairs else None
            believed = track.best_score >= SURE_SCORE
            if sighting and (believed or sighting.score >= START_SCORE):
                track.sight(look.index, look.time_s, sighting)
            else:
                track.guess(look.index, look.time_s, expected[place])
        for track in self._live:
            if track.cut_s is not None:
                track.guess(look.index, look.time_s, track.newest.box)
        return [others[place] for place in rest if others[place].score >= START_SCORE]

    def _flowed(self, tracks: Sequence[Growing], look: Look) -> list[Box]:
        """Where tracks are that no clear sighting continues."""
        if not self._looks:
            return [track.newest.box for track in tracks]
        boxes = [track.newest.box for track in tracks]
        followed = follow(self._looks[-1].grey, look.grey, boxes, look.grey_scale)
        return [
            drifted(track, look.time_s) if box is None else box
            for track, box in zip(tracks, followed, strict=True)
        ]

    def _started(self, look: Look, detection: Detection) -> Growing:
        """A new track, followed back through the pictures before."""
        spots = [Spot(look.index, look.time_s, detection.box)]
        after = look
        for before in reversed([each for each in self._looks if each is not look]):
            box = spots[0].box
            (found,) = follow(after.grey, before.grey, [box], look.grey_scale)
            spots.insert(
                0, Spot(before.index, before.time_s, found or box, spots[0].looks_away + 1)
            )
            after = before
        return Growing(spots, best_score=detection.score)

    def _end(self, frame: VideoFrame) -> None:
        for track in self._live:
            since = frame.time_s - track.newest_sighting.time_s
            cut = track.cut_s is not None and frame.time_s - track.cut_s > AFTER_CUT_S
            left = part_inside(track.newest.box, frame.size_wh) < _LEFT_PICTURE
            track.ended = cut or left or since > _tail(track, track.newest.box, frame.size_wh)
        self._done += [track for track in self._live if track.ended]
        self._live = [track for track in self._live if not track.ended]

    def _keep_shots(self, frame: VideoFrame) -> None:
        seen = [track for track in self._live if not track.unseen]
        if not seen:
            return
        pixels = frame.rgb()
        for track in seen:
            box = track.newest.box
            merit = track.newest_score * float(np.sqrt(box.width * box.height))
            track.picture(_shot(frame.time_s, merit, pixels, box), SHOT_EACH_S)


def _is_cut(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> bool:
    """Whether hardly a point of one picture is found in the other."""
    points = cv2.goodFeaturesToTrack(before, _CUT_POINTS, 0.01, 8)
    if points is None:
        return True
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, points, np.empty_like(points))
    back, _, _ = cv2.calcOpticalFlowPyrLK(now, before, there, np.empty_like(points))
    again = (np.abs(back - points).max(axis=(1, 2)) < 1) & (found[:, 0] == 1)
    return bool(again.mean() < _CUT_FOUND_AGAIN)


def _tail(track: Growing, box: Box, size_wh: tuple[int, int]) -> float:
    """How long a face is followed without a sighting, where it is now."""
    clear = track.sightings >= _CLEAR_SIGHTINGS or track.best_score >= SURE_SCORE
    if not clear:
        return DOUBTFUL_TAIL_S
    return AT_EDGE_S if part_inside(box, size_wh) < _CUT_BY_EDGE else TAIL_S


def _trimmed(track: Growing, size_wh: tuple[int, int]) -> tuple[Spot, ...]:
    """The track without what it was followed back too far."""
    first, spots = track.oldest_sighting, track.spots
    start = next(place for place, spot in enumerate(spots) if spot.index == first.index)
    while start and first.time_s - spots[start - 1].time_s <= _tail(
        track, spots[start - 1].box, size_wh
    ):
        start -= 1
    return tuple(spots[start:])


def _order(track: Growing) -> tuple[int, float, float]:
    first = track.oldest_sighting
    return first.index, first.box.left, first.box.top


def _shot(time_s: float, merit: float, pixels: NDArray[np.uint8], box: Box) -> Shot:
    around = grown(box, _SHOT_MARGIN)
    top, left = max(0, round(around.top)), max(0, round(around.left))
    bottom = max(top + 1, round(around.top + around.height))
    right = max(left + 1, round(around.left + around.width))
    inside = replace(box, left=box.left - left, top=box.top - top)
    return Shot(time_s, merit, pixels[top:bottom, left:right].copy(), inside)
