"""Follow faces from picture to picture by where they are, never by whom they resemble.

Two stages by score, after Y. Zhang and others, "ByteTrack: Multi-Object Tracking by Associating
Every Detection Box", ECCV 2022 (arXiv:2110.06864): what the detector is sure of is given to tracks
first and starts new ones; what it is unsure of may only keep a track alive that is there already.
Each stage is one assignment, the likeliest by the tracks' Kalman filters.

A track is of one camera and one view: it ends at a cut, and where the source was lost and found.
There is no appearance here to match by, so nothing can tie a track to one of another camera. That
is on purpose: to follow a person from camera to camera is a search of its own, for which nothing
but a warrant is an authority, and nothing in this system does it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from recognizance.video import kalman

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from recognizance.types import Box, Detection
    from recognizance.video.kalman import Belief
    from recognizance.video.motion import Motion


class State(StrEnum):
    """How sure it is that a track is a face in view."""

    TENTATIVE = "tentative"
    """Seen too seldom to count; it may be a flaw of the detector."""
    CONFIRMED = "confirmed"
    """Seen at this update."""
    LOST = "lost"
    """Was confirmed, and not seen at this update: its box is a prediction."""
    ENDED = "ended"
    """Over. Its number never comes back."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """How tracks begin and end.

    Attributes:
        sure: Least score of a detection that may start a track.
        unsure: Least score of a detection that may keep one alive.
        confirm_hits: Seen so often, a track counts.
        tentative_s: A track that does not count yet ends after so long unseen.
        lost_s: One that counts ends after so long unseen.
        gate: How far from its prediction a face may be, squared, in standard deviations: 13.3 is
            where one in a hundred of the right ones lies outside (chi-squared, four degrees).
    """

    sure: float = 0.6
    unsure: float = 0.3
    confirm_hits: int = 2
    tentative_s: float = 0.3
    lost_s: float = 1.5
    gate: float = 13.3


@dataclass(frozen=True, slots=True)
class Track:
    """One face, followed.

    Attributes:
        track_id: From 1 by order of appearance; never given twice by one tracker.
        view: The view it belongs to; see `VideoFrame.view`.
        state: How sure it is.
        box: Where it is believed to be, in the pixels of the detections.
        detection: What was seen of it at this update, or None.
        first_s: When it was first seen.
        seen_s: When it was last seen.
        hits: How often it was seen.
    """

    track_id: int
    view: int
    state: State
    box: Box
    detection: Detection | None
    first_s: float
    seen_s: float
    hits: int


@dataclass(frozen=True, slots=True)
class Tracks:
    """What an update gives.

    Attributes:
        live: Tentative, confirmed and lost tracks, by number.
        ended: Those that ended at this update, by number.
    """

    live: tuple[Track, ...]
    ended: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class _Followed:
    """A track with what its filter believes at the time of the last update."""

    track: Track
    belief: Belief


class Tracker:
    """Follows the faces of one camera.

    Detections may come at any times that do not fall; how often is the caller's choice.
    """

    def __init__(self, tracking: Tracking | None = None) -> None:
        self._tracking = tracking or Tracking()
        self._followed: list[_Followed] = []
        self._time_s = 0.0
        self._view = 0
        self._next_id = 1

    def update(
        self,
        detections: Iterable[Detection],
        time_s: float,
        *,
        motion: Motion | None = None,
        view: int = 0,
    ) -> Tracks:
        """Take in what was seen in one picture.

        Args:
            detections: Every face with its score, in any order; those below `unsure` count for
                nothing.
            time_s: When; not before the update before.
            motion: How the camera moved since the update before, in the pixels of the detections;
                None for a camera that stands still. A cut ends every track.
            view: `VideoFrame.view`; another one than before ends every track.
        """
        cut = view != self._view or (motion is not None and motion.cut)
        over = self._end_all() if cut else []
        self._view = view
        before = self._ahead(time_s, motion)
        self._time_s = max(time_s, self._time_s)
        rows = _in_order(detections, self._tracking.unsure)
        sure = [each for each in rows if each.score >= self._tracking.sure]
        unsure = [each for each in rows if each.score < self._tracking.sure]
        taken, left, unused = self._assigned(before, sure)
        rescued, left, _ = self._assigned(left, unsure)
        unseen = [self._unseen(each) for each in left]
        started = [self._started(each) for each in unused]
        now = sorted(taken + rescued + unseen + started, key=lambda each: each.track.track_id)
        self._followed = [each for each in now if each.track.state is not State.ENDED]
        over += [each.track for each in now if each.track.state is State.ENDED]
        return Tracks(live=tuple(each.track for each in self._followed), ended=tuple(over))

    def predict(self, time_s: float) -> tuple[Track, ...]:
        """Where the live tracks are believed to be at a time since the last update.

        Changes nothing. What was seen at that update is not seen now: `detection` is None.
        """
        return tuple(
            replace(each.track, box=each.belief.box, detection=None)
            for each in self._ahead(time_s, None)
        )

    def finish(self) -> tuple[Track, ...]:
        """End every track that is left; the source is over."""
        return tuple(self._end_all())

    def _end_all(self) -> list[Track]:
        ended = [replace(_ended(each.track), box=each.belief.box) for each in self._followed]
        self._followed = []
        return ended

    def _ahead(self, time_s: float, motion: Motion | None) -> list[_Followed]:
        """Every live track with its belief at a time and after a motion of the camera."""
        seconds = time_s - self._time_s
        beliefs = [kalman.predicted(each.belief, seconds) for each in self._followed]
        if motion is not None and not motion.cut:
            beliefs = [kalman.moved(each, motion.matrix) for each in beliefs]
        return [
            replace(each, belief=belief)
            for each, belief in zip(self._followed, beliefs, strict=True)
        ]

    def _assigned(
        self, followed: Sequence[_Followed], detections: Sequence[Detection]
    ) -> tuple[list[_Followed], list[_Followed], list[Detection]]:
        """Give detections to tracks: the tracks that got one, those that did not, what is left."""
        if not followed or not detections:
            return [], list(followed), list(detections)
        pairs = _likeliest(
            [each.belief for each in followed],
            np.array([kalman.measured(each.box) for each in detections]),
            self._tracking.gate,
        )
        taken = [self._seen(followed[row], detections[column]) for row, column in pairs.items()]
        columns = set(pairs.values())
        return (
            taken,
            [each for row, each in enumerate(followed) if row not in pairs],
            [each for column, each in enumerate(detections) if column not in columns],
        )

    def _seen(self, followed: _Followed, detection: Detection) -> _Followed:
        track, belief = followed.track, kalman.corrected(followed.belief, detection.box)
        hits = track.hits + 1
        counts = hits >= self._tracking.confirm_hits
        track = replace(
            track,
            state=State.CONFIRMED if counts else State.TENTATIVE,
            box=belief.box,
            detection=detection,
            seen_s=self._time_s,
            hits=hits,
        )
        return _Followed(track, belief)

    def _unseen(self, followed: _Followed) -> _Followed:
        track = followed.track
        tentative = track.state is State.TENTATIVE
        patience = self._tracking.tentative_s if tentative else self._tracking.lost_s
        track = replace(track, box=followed.belief.box, detection=None)
        if self._time_s - track.seen_s > patience:
            return replace(followed, track=_ended(track))
        return replace(followed, track=track if tentative else replace(track, state=State.LOST))

    def _started(self, detection: Detection) -> _Followed:
        belief = kalman.first(detection.box)
        track = Track(
            track_id=self._next_id,
            view=self._view,
            state=State.CONFIRMED if self._tracking.confirm_hits <= 1 else State.TENTATIVE,
            box=belief.box,
            detection=detection,
            first_s=self._time_s,
            seen_s=self._time_s,
            hits=1,
        )
        self._next_id += 1
        return _Followed(track, belief)


def _ended(track: Track) -> Track:
    return replace(track, state=State.ENDED, detection=None)


def _in_order(detections: Iterable[Detection], least: float) -> list[Detection]:
    """Those that count, in an order of their own, so that the caller's decides nothing."""
    return sorted(
        (each for each in detections if each.score >= least),
        key=lambda each: (
            each.box.left,
            each.box.top,
            each.box.width,
            each.box.height,
            each.score,
        ),
    )


def _likeliest(
    beliefs: Sequence[Belief], boxes: NDArray[np.float64], gate: float
) -> dict[int, int]:
    """As many pairs inside the gate as there can be, and of those the likeliest: row to column."""
    distances = np.stack([kalman.distance(belief, boxes) for belief in beliefs])
    vague = np.array([kalman.vagueness(belief) for belief in beliefs])
    outside = distances > gate
    costs = distances + vague[:, np.newaxis]
    costs -= costs.min()
    # A pair outside the gate costs more than all pairs inside it together.
    costs[outside] = (costs[~outside].max(initial=0.0) + 1) * (len(beliefs) + 1)
    rows, columns = linear_sum_assignment(costs)
    return {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if not outside[row, column]
    }
