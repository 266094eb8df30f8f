"""From pictures to tracks and shots: look now and then, predict in between, look closely seldom.

    1 LOOK     at a small picture, several times a second: faces, and how the camera moved
    2 FOLLOW   faces become tracks; on the pictures between, tracks are predicted
    3 TELL     the onlooker learns what is in view, and says whether faces may be looked at closely
    4 CHOOSE   tracks of which a (better) shot is due, by what the look already tells
    5 CLOSER   the part around such a face at full size, searched by the engine's own `detect`: the
               features are made as those that the evidence was measured with
    6 SHOT     what is worth it goes to the onlooker; its pixels are zeroed when that returns

Nothing here compares or extracts, and nothing is kept of a face but numbers. One engine serves any
number of sights; each sight serves one stream.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recognizance.types import Box, Detection
from recognizance.video import closer
from recognizance.video import motion as motions
from recognizance.video.best_shot import BestShots
from recognizance.video.mount import MountMeter
from recognizance.video.tracks import State, Tracker, Tracking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from recognizance.types import Frame, Quality
    from recognizance.video.best_shot import Choosing
    from recognizance.video.closer import Cut
    from recognizance.video.frames import VideoFrame
    from recognizance.video.motion import Ground, Motion
    from recognizance.video.mount import MountReading
    from recognizance.video.tracks import Track


STILL_THERE_S = 0.5
"""A small face that only every third look can see is in view all the time."""

_ROUNDING_S = 1e-3
"""Timestamps are rounded, some to milliseconds."""


class Eyes(Protocol):
    """What finds and measures faces; see `recognizance.engine.Engine`."""

    def glance(self, pixels: NDArray[np.uint8], *, min_score: float) -> tuple[Detection, ...]:
        """Faces at one look, at the size the picture has."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """Faces worth comparing, in pixels of the upright original."""

    def align(self, frame: Frame, detection: Detection) -> NDArray[np.uint8]:
        """Cut out a face as the recogniser expects it."""

    def quality(self, frame: Frame, detection: Detection, crop: NDArray[np.uint8]) -> Quality:
        """Measure a face sample."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look saw.

    Attributes:
        index: `VideoFrame.index` of the picture.
        time_s: `VideoFrame.time_s`.
        view: `VideoFrame.view`.
        size_wh: Width and height of the upright picture in pixels.
        faces_in_view: Faces that this look saw, or one in the `STILL_THERE_S` before it.
        tracks: Live tracks; boxes in pixels of the upright picture.
        ended: Tracks that ended at this look.
        mount: What the stream has told about its camera so far.
    """

    index: int
    time_s: float
    view: int
    size_wh: tuple[int, int]
    faces_in_view: int
    tracks: tuple[Track, ...]
    ended: tuple[Track, ...]
    mount: MountReading


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One face of a track, worth extracting.

    Attributes:
        track_id: Whose, in this stream.
        view: The view it belongs to.
        number: Which shot of the track, from 1.
        index: `VideoFrame.index` of the picture.
        time_s: `VideoFrame.time_s` of the picture.
        frame: The part of the picture around the face; zeroed when the onlooker returns. Its
            digest is that of its pixels.
        detection: The face, in pixels of that part at full size, as `detect` finds it: give both
            to `align`.
        box: The face in pixels of the whole upright picture.
        quality: What was measured.
    """

    track_id: int
    view: int
    number: int
    index: int
    time_s: float
    frame: Frame
    detection: Detection
    box: Box
    quality: Quality


class Onlooker(Protocol):
    """Who is told what is seen, in order of time, in the thread that calls `Sight.take`."""

    def seen(self, seen: Seen) -> bool:
        """Learn what is in view, before any shot of the same picture.

        Returns:
            Whether faces may be looked at closely now. While it says no, there are no shots.
        """

    def shot(self, shot: Shot) -> None:
        """Learn of a face that is worth extracting. Its pixels are gone after the return."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how small a stream is looked at.

    YuNet finds faces of 15 px and more in what it looks at, and almost all of 20 px.

    Attributes:
        look_s: Seconds between looks while there are faces.
        idle_s: Seconds between looks while there are none.
        look_area_px: Pixels of the picture that faces are followed in.
        find_area_px: Pixels of the larger picture that small faces are found in.
        find_every: Every so many looks it is the larger one.
        most_closer: How many faces are looked at closely in one picture, at most.
    """

    look_s: float = 0.16
    idle_s: float = 0.24
    look_area_px: int = 640 * 360
    find_area_px: int = 960 * 540
    find_every: int = 3
    most_closer: int = 4


@dataclass(slots=True)
class SightCounters:
    """What a sight did so far; it only counts up.

    Attributes:
        frames: Pictures taken.
        looks: Pictures looked at.
        faces: Faces in view, added up over the looks.
        most_faces: Most faces in one look.
        tracks: Tracks that counted.
        closer: Times a face was looked at closely.
        shots: Shots handed out.
        cuts: Cuts seen.
    """

    frames: int = 0
    looks: int = 0
    faces: int = 0
    most_faces: int = 0
    tracks: int = 0
    closer: int = 0
    shots: int = 0
    cuts: int = 0


class Sight:
    """Looks at one stream.

    Args:
        eyes: What finds faces; may be shared.
        onlooker: Who is told.
        pace: How often to look.
        tracking: How tracks begin and end.
        choosing: How often a face is worth a shot.
    """

    def __init__(
        self,
        eyes: Eyes,
        onlooker: Onlooker,
        *,
        pace: Pace | None = None,
        tracking: Tracking | None = None,
        choosing: Choosing | None = None,
    ) -> None:
        self._eyes = eyes
        self._onlooker = onlooker
        self._pace = pace or Pace()
        self._tracking = tracking or Tracking()
        self._tracker = Tracker(self._tracking)
        self._best = BestShots(choosing)
        self._meter = MountMeter()
        self._last: _Look | None = None
        self._next_s = -math.inf
        self.counters = SightCounters()

    def due(self, time_s: float) -> bool:
        """Whether a picture of this time would be looked at; a source need not decode others."""
        return time_s > self._next_s - _ROUNDING_S

    def take(self, frame: VideoFrame) -> Seen | None:
        """Take a picture; most are not looked at.

        Returns:
            What the onlooker was told, or None where the picture was not looked at.
        """
        self.counters.frames += 1
        new_view = self._last is not None and self._last.seen.view != frame.view
        if not self.due(frame.time_s) and not new_view:
            return None
        seen = self._look(frame)
        if self._onlooker.seen(seen):
            for track in self._due(seen):
                self._look_closer(frame, track)
        return seen

    def predict(self, time_s: float) -> tuple[Track, ...]:
        """Where the tracks are believed to be at a time since the last look."""
        return self._tracker.predict(time_s)

    def watch(self, source: Iterable[VideoFrame]) -> None:
        """Take every picture of a source, then `finish`."""
        for frame in source:
            self.take(frame)
        self.finish()

    def finish(self) -> tuple[Track, ...]:
        """End every track: the source is over. The onlooker is told of them by a last `seen`."""
        ended = self._tracker.finish()
        self._best.forget(each.track_id for each in ended)
        if self._last is not None and ended:
            self._onlooker.seen(replace(self._last.seen, faces_in_view=0, tracks=(), ended=ended))
        return ended

    def _look(self, frame: VideoFrame) -> Seen:
        """Steps 1 and 2."""
        width, height = frame.size_wh
        scale = min(1.0, math.sqrt(self._area_px() / (width * height)))
        pixels = frame.rgb(scale)
        found = [
            _at_full_size(each, scale)
            for each in self._eyes.glance(pixels, min_score=self._tracking.unsure)
        ]
        ground = motions.ground(pixels, [each.box for each in found], size_wh=(width, height))
        motion = self._motion(frame, ground)
        tracks = self._tracker.update(found, frame.time_s, motion=motion, view=frame.view)
        self._best.forget(each.track_id for each in tracks.ended)
        in_view = sum(frame.time_s - each.seen_s <= STILL_THERE_S for each in tracks.live)
        seen = Seen(
            index=frame.index,
            time_s=frame.time_s,
            view=frame.view,
            size_wh=(width, height),
            faces_in_view=in_view,
            tracks=tracks.live,
            ended=tracks.ended,
            mount=self._meter.reading,
        )
        self._last = _Look(seen=seen, ground=ground)
        pause_s = self._pace.look_s if tracks.live else self._pace.idle_s
        self._next_s = frame.time_s + pause_s
        self._count(seen)
        return seen

    def _area_px(self) -> int:
        """Every so many looks a larger picture is looked at, in which smaller faces are found."""
        large = self.counters.looks % self._pace.find_every == 0
        return self._pace.find_area_px if large else self._pace.look_area_px

    def _motion(self, frame: VideoFrame, ground: Ground) -> Motion | None:
        """How the picture moved since the last look at this view."""
        last, motion = self._last, None
        if last is not None and last.seen.view == frame.view:
            motion = motions.between(last.ground, ground)
            self.counters.cuts += motion.cut
        self._meter.see(ground, frame.time_s, motion)
        return motion

    def _count(self, seen: Seen) -> None:
        counters = self.counters
        counters.looks += 1
        counters.faces += seen.faces_in_view
        counters.most_faces = max(counters.most_faces, seen.faces_in_view)
        counters.tracks += sum(
            each.hits == self._tracking.confirm_hits and each.detection is not None
            for each in seen.tracks
        )

    def _due(self, seen: Seen) -> list[Track]:
        """Step 4: tracks to look at closely, those with the fewest shots first."""
        due = [
            each
            for each in seen.tracks
            if each.state is State.CONFIRMED
            and each.detection is not None
            and self._best.due(each.track_id, each.detection, seen.time_s)
        ]
        due.sort(key=lambda each: self._best.number(each.track_id))
        return due[: self._pace.most_closer]

    def _look_closer(self, frame: VideoFrame, track: Track) -> None:
        """Steps 5 and 6 for one track."""
        self.counters.closer += 1
        cut = closer.cut(frame, track.box)
        try:
            self._take_shot(frame, track, cut)
        finally:
            cut.frame.pixels[:] = 0

    def _take_shot(self, frame: VideoFrame, track: Track, cut: Cut) -> None:
        found = self._eyes.detect(cut.frame)
        detection = closer.the_same(found, cut.face)
        if detection is None:
            self._best.missed(track.track_id, frame.time_s)
            return
        crop = self._eyes.align(cut.frame, detection)
        quality = self._eyes.quality(cut.frame, detection, crop)
        crop[:] = 0
        if not self._best.worth(track.track_id, quality, frame.time_s):
            return
        self.counters.shots += 1
        box = detection.box
        self._onlooker.shot(
            Shot(
                track_id=track.track_id,
                view=track.view,
                number=self._best.number(track.track_id),
                index=frame.index,
                time_s=frame.time_s,
                frame=cut.frame,
                detection=detection,
                box=replace(box, left=box.left + cut.left, top=box.top + cut.top),
                quality=quality,
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """The last look: what it saw, and its small picture for the camera's motion."""

    seen: Seen
    ground: Ground


def _at_full_size(detection: Detection, scale: float) -> Detection:
    """A detection in a small picture, in pixels of the full one."""
    box = detection.box
    # Pixel centres lie at whole numbers in both pictures, hence the half.
    shift = (1 / scale - 1) / 2
    return Detection(
        box=Box(
            box.left / scale + shift, box.top / scale + shift, box.width / scale, box.height / scale
        ),
        landmarks=detection.landmarks / np.float32(scale) + np.float32(shift),
        score=detection.score,
    )
