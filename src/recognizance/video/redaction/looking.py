"""Look through a film for faces: every few pictures, at several sizes, with a low bar."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from recognizance.types import Detection
from recognizance.video.boxes import overlap, part_inside, scaled
from recognizance.video.redaction.tracks import (
    FaceTrack,
    Growing,
    Shot,
    Spot,
    assigned,
    follow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from recognizance.types import Box
    from recognizance.video.frames import VideoFrame

START_SCORE = 0.5
"""Least score of the sighting that a track starts with."""

CONTINUE_SCORE = 0.2
"""Least score of a sighting that continues one: where a face was, a faint one is believed."""

EVERY_S = 0.1
"""Time between looks; a slower film is looked at picture by picture."""

TAIL_S = 1.0
"""How long a face is followed before its first sighting and after its last."""

DOUBTFUL_TAIL_S = 0.4
"""The same for what was sighted twice at most and never clearly: mostly no face."""

_CLEAR_SCORE, _CLEAR_SIGHTINGS = 0.75, 3

_FLOW_SIDE_PX = 480
_SAME_PLACE = 0.3
_LEFT_PICTURE = 0.2

# Two pictures with no continuity: this many grey levels apart on average, with other histograms.
_TINY_WH = (64, 36)
_CUT_LEVELS, _CUT_CORRELATION = 30.0, 0.6

_SHOT_MARGIN = 0.4


class LookPort(Protocol):
    """What finds faces in one picture; see `recognizance.engine`."""

    def glance(
        self, pixels: NDArray[np.uint8], *, min_score: float = ...
    ) -> tuple[Detection, ...]:
        """Faces at one look, at the size the picture has."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """At which sizes a picture is looked at.

    Attributes:
        longest_px: Its longer side at the largest of them.
        largest: The largest, as a part of the picture; `longest_px` may make it smaller.
        smaller: Others, as parts of the largest.
    """

    longest_px: int
    largest: float
    smaller: tuple[float, ...]


FIRST_LOOK = Sizes(longest_px=960, largest=1.0, smaller=(0.25,))
SECOND_LOOK = Sizes(longest_px=1364, largest=1.41, smaller=(0.5, 0.18))
"""Others than those of the first, so that it does not repeat it."""


def look_through(
    pictures: Iterable[VideoFrame],
    port: LookPort,
    sizes: Sizes,
    *,
    counts: Callable[[VideoFrame, Detection], bool] = lambda _frame, _detection: True,
    shots: bool = False,
) -> tuple[FaceTrack, ...]:
    """Find and follow the faces of a film.

    Args:
        pictures: All of it, in order.
        port: What finds faces.
        sizes: At which sizes to look.
        counts: Whether a sighting is to be taken note of.
        shots: Whether to keep the best picture of each.

    Returns:
        Tracks by their number.
    """
    looking = _Looking(port, sizes, counts, shots=shots)
    for frame in pictures:
        looking.see(frame)
    return looking.tracks()


class _Looking:
    def __init__(
        self,
        port: LookPort,
        sizes: Sizes,
        counts: Callable[[VideoFrame, Detection], bool],
        *,
        shots: bool,
    ) -> None:
        self._port = port
        self._sizes = sizes
        self._counts = counts
        self._shots = shots
        self._live: list[Growing] = []
        self._done: list[Growing] = []
        self._looks: deque[tuple[int, float, NDArray[np.uint8]]] = deque()
        self._tiny: NDArray[np.uint8] | None = None
        self._newest: VideoFrame | None = None

    def see(self, frame: VideoFrame) -> None:
        """Take one picture, and look at it where it is time to."""
        self._newest = frame
        if self._cuts(frame):
            # Nothing is followed across a cut.
            self._looks.clear()
        elif self._looks and frame.time_s - self._looks[-1][1] < EVERY_S - 1e-6:
            return
        pixels, scale = _looked_at(frame, self._sizes)
        grey, grey_scale = _for_flow(pixels, scale)
        sighted = [
            each
            for each in _sighted(self._port, pixels, scale, self._sizes.smaller)
            if self._counts(frame, each)
        ]
        expected = self._expected(frame, grey, grey_scale)
        clear = [each for each in sighted if each.score >= START_SCORE]
        faint = [each for each in sighted if each.score < START_SCORE]
        new = self._continue(frame, expected, clear, faint)
        self._looks.append((frame.index, frame.time_s, grey))
        while frame.time_s - self._looks[0][1] > TAIL_S:
            self._looks.popleft()
        for detection in new:
            self._live.append(self._started(frame, detection, grey_scale))
        if self._shots:
            self._keep_shots(frame, pixels, scale)
        self._end(frame)

    def tracks(self) -> tuple[FaceTrack, ...]:
        """What was found, once all pictures were seen."""
        for track in self._live:
            last = self._newest
            if last is not None and last.index > track.newest.index:
                track.guess(last.index, last.time_s, track.newest.box)
        every = [*self._done, *self._live]
        every.sort(key=lambda track: _order(track.spots))
        return tuple(
            FaceTrack(number, _trimmed(track), track.sightings, track.shot)
            for number, track in enumerate(every, start=1)
        )

    def _cuts(self, frame: VideoFrame) -> bool:
        small = frame.picture.reformat(
            width=_TINY_WH[0], height=_TINY_WH[1], format="gray", interpolation="POINT"
        )
        tiny, before = small.to_ndarray(), self._tiny
        self._tiny = tiny
        if before is None or float(cv2.absdiff(tiny, before).mean()) < _CUT_LEVELS:
            return False
        histograms = [
            cv2.calcHist([each], [0], None, [32], [0, 256]) for each in (tiny, before)
        ]
        return cv2.compareHist(*histograms, cv2.HISTCMP_CORREL) < _CUT_CORRELATION

    def _expected(
        self, frame: VideoFrame, grey: NDArray[np.uint8], scale: float
    ) -> list[Box]:
        """Where the tracks should be now."""
        newest = [track.newest for track in self._live]
        if not self._looks:
            return [spot.box for spot in newest]
        followed = follow(self._looks[-1][2], grey, [spot.box for spot in newest], scale)
        return [
            box if box is not None else _drifted(track, frame.time_s)
            for track, box in zip(self._live, followed, strict=True)
        ]

    def _continue(
        self,
        frame: VideoFrame,
        expected: list[Box],
        clear: list[Detection],
        faint: list[Detection],
    ) -> list[Detection]:
        """First by what is clearly sighted, then by the rest; returns what starts a track."""
        pairs, new = assigned(expected, clear)
        left = [place for place in range(len(expected)) if place not in pairs]
        again, _ = assigned([expected[place] for place in left], faint)
        sightings = {place: clear[column] for place, column in pairs.items()}
        sightings |= {left[place]: faint[column] for place, column in again.items()}
        for place, track in enumerate(self._live):
            if place in sightings:
                track.sight(frame.index, frame.time_s, sightings[place])
            else:
                track.guess(frame.index, frame.time_s, expected[place])
        return [clear[place] for place in new]

    def _started(self, frame: VideoFrame, detection: Detection, scale: float) -> Growing:
        """A new track, followed back through the pictures before."""
        spots = [Spot(frame.index, frame.time_s, detection.box)]
        looks = list(self._looks)
        for (_, _, after), (index, time_s, before) in zip(
            reversed(looks[1:]), reversed(looks[:-1]), strict=True
        ):
            box = spots[0].box
            (found,) = follow(after, before, [box], scale)
            spots.insert(0, Spot(index, time_s, found or box, spots[0].looks_away + 1))
        return Growing(spots, best_score=detection.score)

    def _end(self, frame: VideoFrame) -> None:
        size = frame.size_wh
        for track in self._live:
            since = frame.time_s - _last_sighted(track).time_s
            if since > _tail(track) or part_inside(track.newest.box, size) < _LEFT_PICTURE:
                self._done.append(track)
                track.ended = True
        self._live = [track for track in self._live if not track.ended]

    def _keep_shots(self, frame: VideoFrame, pixels: NDArray[np.uint8], scale: float) -> None:
        for track in self._live:
            if track.unseen:
                continue
            box = track.newest.box
            merit = track.best_score * np.sqrt(box.width * box.height)
            if track.shot is None or merit > track.shot.score:
                track.shot = Shot(frame.time_s, float(merit), _crop(pixels, box, scale))


def _looked_at(frame: VideoFrame, sizes: Sizes) -> tuple[NDArray[np.uint8], float]:
    width, height = frame.size_wh
    scale = min(sizes.largest, sizes.longest_px / max(width, height))
    if scale <= 1:
        return frame.rgb(scale), scale
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(frame.rgb(), size, interpolation=cv2.INTER_LINEAR)), scale


def _sighted(
    port: LookPort, pixels: NDArray[np.uint8], scale: float, smaller: Sequence[float]
) -> list[Detection]:
    found = [*_at(port, pixels, scale)]
    height, width = pixels.shape[:2]
    for part in smaller:
        size = (max(32, round(width * part)), max(32, round(height * part)))
        little = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        found += _at(port, np.asarray(little, dtype=np.uint8), scale * size[0] / width)
    kept: list[Detection] = []
    for each in sorted(found, key=lambda detection: -detection.score):
        if all(overlap(each.box, other.box) <= _SAME_PLACE for other in kept):
            kept.append(each)
    return kept


def _at(port: LookPort, pixels: NDArray[np.uint8], scale: float) -> list[Detection]:
    return [
        Detection(
            scaled(each.box, 1 / scale, 1 / scale), each.landmarks / np.float32(scale), each.score
        )
        for each in port.glance(pixels, min_score=CONTINUE_SCORE)
    ]


def _for_flow(pixels: NDArray[np.uint8], scale: float) -> tuple[NDArray[np.uint8], float]:
    height, width = pixels.shape[:2]
    part = min(1.0, _FLOW_SIDE_PX / max(width, height))
    size = (max(32, round(width * part)), max(32, round(height * part)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)), scale * part


def _drifted(track: Growing, time_s: float) -> Box:
    """On with the speed it had, slower the longer nobody saw it."""
    newest = track.newest
    shift = track.velocity * (time_s - newest.time_s) * 0.5**track.unseen
    box = newest.box
    return replace(box, left=box.left + float(shift[0]), top=box.top + float(shift[1]))


def _last_sighted(track: Growing) -> Spot:
    return track.spots[-1 - track.unseen]


def _tail(track: Growing) -> float:
    clear = track.sightings >= _CLEAR_SIGHTINGS or track.best_score >= _CLEAR_SCORE
    return TAIL_S if clear else DOUBTFUL_TAIL_S


def _trimmed(track: Growing) -> tuple[Spot, ...]:
    first = next(spot for spot in track.spots if not spot.looks_away)
    tail = _tail(track)
    return tuple(spot for spot in track.spots if first.time_s - spot.time_s <= tail)


def _order(spots: Sequence[Spot]) -> tuple[int, float, float]:
    first = next(spot for spot in spots if not spot.looks_away)
    return first.index, first.box.left, first.box.top


def _crop(pixels: NDArray[np.uint8], box: Box, scale: float) -> NDArray[np.uint8]:
    margin = _SHOT_MARGIN
    top = max(0, round((box.top - margin * box.height) * scale))
    left = max(0, round((box.left - margin * box.width) * scale))
    bottom = max(top + 1, round((box.top + (1 + margin) * box.height) * scale))
    right = max(left + 1, round((box.left + (1 + margin) * box.width) * scale))
    return pixels[top:bottom, left:right].copy()
