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

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from recognizance.types import Box, Detection, Frame, Quality
    from recognizance.video.best_shot import Choosing
    from recognizance.video.frames import VideoFrame
    from recognizance.video.mount import MountReading
    from recognizance.video.tracks import Track, Tracking


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
        faces_in_view: Faces that the detector is sure of, and those of tracks that it saw again.
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

    Attributes:
        look_s: Seconds between looks while there are faces.
        idle_s: Seconds between looks while there are none.
        crowd_s: Seconds more for each face in view, because every one costs time.
        look_area_px: Pixels of the picture that is looked at.
    """

    look_s: float = 0.16
    idle_s: float = 0.24
    crowd_s: float = 0.0
    look_area_px: int = 960 * 540


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
        self.counters = SightCounters()

    def due(self, time_s: float) -> bool:
        """Whether a picture of this time would be looked at; a source need not decode others."""
        raise NotImplementedError

    def take(self, frame: VideoFrame) -> Seen | None:
        """Take a picture; most are not looked at.

        Returns:
            What the onlooker was told, or None where the picture was not looked at.
        """
        raise NotImplementedError

    def predict(self, time_s: float) -> tuple[Track, ...]:
        """Where the tracks are believed to be at a time since the last look."""
        raise NotImplementedError

    def watch(self, source: Iterable[VideoFrame]) -> None:
        """Take every picture of a source, then `finish`."""
        raise NotImplementedError

    def finish(self) -> tuple[Track, ...]:
        """End every track: the source is over. The onlooker is told of them by a last `seen`."""
        raise NotImplementedError
