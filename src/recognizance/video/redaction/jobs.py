"""Redact a film: look through it, write it, look at what was written; mend, and look again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import InputError, SourceError
from recognizance.video.boxes import grown, overlap
from recognizance.video.masks import hidden_part, note
from recognizance.video.redaction.faint import closer
from recognizance.video.redaction.film import open_film
from recognizance.video.redaction.looking import look_through
from recognizance.video.redaction.sighting import FIRST_LOOK, SECOND_LOOK
from recognizance.video.redaction.writing import Audio, Written, write_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognizance.types import Box, Detection
    from recognizance.video.frames import VideoFrame
    from recognizance.video.masks import Style
    from recognizance.video.redaction.film import Film, Gaps
    from recognizance.video.redaction.sighting import LookPort
    from recognizance.video.redaction.tracks import FaceTrack, Spot

ROUNDS = 4
"""How often what the second look still finds is hidden too and the film written again."""

VISIBLE_SCORE = 0.6
"""Least score of a face that the second look calls visible. Below it, a detector sees one in many
a wall: whoever repairs those as well hides half of the picture."""

CLOSE_SCORE = 0.7
"""The same where a fainter sighting is looked at closer: the engine calls no less a face."""

_HIDDEN = 0.6
"""A detector may take a mask for a face; where so much of it is masked, nobody is to be seen."""

_SAME_PLACE = 0.3

_GROWN = 0.04
"""How much a box is grown on each side for each look that a sighting is away, as a part of it."""

_MOST_GROWN = 0.2


LOOKING = (0.0, 0.35)
"""Which part of a job it is to look through the film; the rest is to write, and to look again."""


class Told:
    """How far a job is, in parts of one.

    Args:
        tell: Called with what is done, from 0 to 1.
    """

    __slots__ = ("_from", "_tell", "_to")

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._from, self._to = 0.0, 1.0

    def part(self, start: float, end: float) -> None:
        """What follows takes the job from here to there."""
        self._from, self._to = start, end

    def at(self, length_s: float | None, frame: VideoFrame) -> None:
        """A picture of a film of this length is done."""
        part = min(1.0, frame.time_s / length_s) if length_s else 0.0
        self._tell(self._from + part * (self._to - self._from))


@dataclass(frozen=True, slots=True)
class Sight:
    """A face that is still to be seen.

    Attributes:
        index: In which picture.
        time_s: Its time.
        box: Where.
    """

    index: int
    time_s: float
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Redacted:
    """What was done to a film.

    Attributes:
        tracks: The faces that the first look found, by number.
        kept: Numbers of those left visible.
        late: Faces that later looks found; they were hidden too.
        visible: Faces that the last look at the written file still finds.
        gaps: What of the input could not be read.
        written: What was written.
        rounds: How often it was written again.
    """

    tracks: tuple[FaceTrack, ...]
    kept: tuple[int, ...]
    late: tuple[FaceTrack, ...]
    visible: tuple[Sight, ...]
    gaps: Gaps
    written: Written
    rounds: int

    @property
    def clean(self) -> bool:
        """Whether the last look found no face but those that were kept."""
        return not self.visible


def redact_film(
    port: LookPort,
    source: Path,
    target: Path,
    *,
    named: Path,
    style: Style,
    keep: Sequence[int] = (),
    audio: Audio = Audio.KEEP,
    tracks: tuple[FaceTrack, ...] | None = None,
    tell: Callable[[float], None] = lambda _part: None,
) -> Redacted:
    """Hide the faces of a film.

    Args:
        port: What finds faces.
        source: The film.
        target: Where to write; overwritten.
        named: The name that the output will have.
        style: How faces are hidden.
        keep: Numbers of the tracks that stay visible.
        audio: What becomes of the sound.
        tracks: What a look through the film found, where that was done before.
        tell: Called with how far it is, from 0 to 1.

    Raises:
        SourceError: The film cannot be read.
        InputError: There is no track of such a number, or the output cannot hold the film.
        StoreFullError: There is no room.
    """
    told = Told(tell)
    told.part(*LOOKING)
    if tracks is None:
        tracks = found_in(port, source, told)
    kept = tuple(sorted(set(keep)))
    _check_numbers(kept, len(tracks))
    plan = Plan([each for each in tracks if each.number not in kept])
    left_visible = Plan([each for each in tracks if each.number in kept])
    late: list[FaceTrack] = []
    for round_ in range(ROUNDS + 1):
        told.part(LOOKING[1], 0.75)
        with open_film(source) as film:
            written = write_film(
                film,
                target,
                named=named,
                hidden=plan.boxes,
                style=style,
                audio=audio,
                told=partial(told.at, film.length_s),
            )
            gaps = film.gaps
        told.part(0.75, 1.0)
        visible, still = _second_look(
            port, target, plan, kept=left_visible, written=written, told=told
        )
        if not visible or round_ == ROUNDS:
            break
        late += still
        plan = Plan([*plan.tracks, *still])
    return Redacted(tracks, kept, tuple(late), visible, gaps, written, round_)


def found_in(
    port: LookPort, source: Path, told: Told | None = None, *, shots: bool = False
) -> tuple[FaceTrack, ...]:
    """The faces of a film, numbered; the same film gives the same numbers."""
    with open_film(source) as film:
        pictures = _telling(film, told)
        return look_through(pictures, port, FIRST_LOOK, shots=shots)


def _telling(film: Film, told: Told | None) -> Iterator[VideoFrame]:
    length = film.length_s
    for frame in film.pictures():
        yield frame
        if told is not None:
            told.at(length, frame)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which boxes are hidden in which picture."""

    tracks: list[FaceTrack]

    def boxes(self, index: int) -> list[Box]:
        """What to hide in a picture, grown by how uncertain it is."""
        spots = (track.at(index) for track in self.tracks)
        return [_hiding(spot) for spot in spots if spot is not None]


def _second_look(
    port: LookPort, target: Path, plan: Plan, *, kept: Plan, written: Written, told: Told
) -> tuple[tuple[Sight, ...], tuple[FaceTrack, ...]]:
    """Which faces the written file still shows, as sights and as tracks."""
    checking = _Checking(port, plan, kept)
    seen = 0

    def counted(film: Film) -> Iterator[VideoFrame]:
        nonlocal seen
        for frame in _telling(film, told):
            seen += 1
            yield frame

    with open_film(target) as film:
        still = look_through(counted(film), port, SECOND_LOOK, noted=checking.noted)
    if seen != written.pictures:
        raise SourceError(
            f"{written.pictures} pictures were written, and {seen} can be read again.",
            hint="Nothing was kept; write it as .mkv, and tell us what the input was.",
        )
    return tuple(checking.visible), still


class _Checking:
    """What can be seen in a written file that should not."""

    def __init__(self, port: LookPort, plan: Plan, kept: Plan) -> None:
        self.visible: list[Sight] = []
        self._port = port
        self._plan = plan
        self._kept = kept
        self._index = -1
        self._masked = np.zeros((0, 0), np.bool_)

    def noted(self, frame: VideoFrame, detection: Detection) -> Detection | None:
        """A sighting that shows somebody; None where a mask, or nobody, was taken for a face."""
        box = detection.box
        if hidden_part(self._masks(frame), box) >= _HIDDEN:
            return None
        if any(overlap(box, other) > _SAME_PLACE for other in self._kept.boxes(frame.index)):
            return None
        if detection.score < VISIBLE_SCORE:
            detection = closer(self._port, frame, detection, least=CLOSE_SCORE)
        if detection.score < VISIBLE_SCORE:
            return None
        self.visible.append(Sight(frame.index, frame.time_s, box))
        return detection

    def _masks(self, frame: VideoFrame) -> NDArray[np.bool_]:
        if frame.index != self._index:
            width, height = frame.size_wh
            self._index, self._masked = frame.index, np.zeros((height, width), np.bool_)
            for box in self._plan.boxes(frame.index):
                note(self._masked, box)
        return self._masked


def _hiding(spot: Spot) -> Box:
    """The box to hide, grown by how uncertain it is."""
    return grown(spot.box, min(_MOST_GROWN, _GROWN * spot.looks_away))


def _check_numbers(kept: tuple[int, ...], tracks: int) -> None:
    wrong = [number for number in kept if not 1 <= number <= tracks]
    if wrong:
        raise InputError(
            f"There is no track {wrong[0]}: {tracks} were found.",
            hint="List them first, with `recognizance redact FILM --list`, or look at --review.",
        )
