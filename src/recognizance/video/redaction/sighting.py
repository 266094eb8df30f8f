"""Look at pictures for faces: every few of a film, at several sizes, with a low bar.

Several pictures are looked at at once, each on one core: a network that runs on all of them waits
more than it computes. What was sighted comes in the order of the film all the same.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from recognizance.types import Detection
from recognizance.video.boxes import overlap, scaled
from recognizance.video.redaction.planes import brightness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from recognizance.video.frames import VideoFrame

CONTINUE_SCORE = 0.2
"""Least score of a sighting that continues one: where a face was, a faint one is believed."""

MOST_BETWEEN_S = 0.09
"""Longest time between looks; a slower film is looked at picture by picture."""

SMALL_PX = 960 * 540
"""And so is a film with so small pictures, where a look costs little."""

_LEAST_SMALL_PX = 30
"""Least side of a face in the smaller pictures, which are for large faces: of what is smaller in
them the detector sees much that is none."""

_LEAST_SIDE_PX = 32
_FLOW_SIDE_PX = 480
_SAME_PLACE = 0.3

_TINY_WH = (64, 36)
_CUT_LIKENESS = 0.7
"""Two pictures in a row that are less alike may be of two shots."""


class LookPort(Protocol):
    """What finds faces in one picture; see `recognizance.engine`."""

    def glance(self, pixels: NDArray[np.uint8], *, min_score: float = ...) -> tuple[Detection, ...]:
        """Faces at one look, at the size the picture has. Several threads may ask at once."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """At which sizes a picture is looked at.

    Attributes:
        largest: The largest, as a part of the picture.
        longest_px: The longer side is no longer than this at the largest size.
        smaller: Others, as parts of the largest, where large faces are found; the largest first.
    """

    largest: float
    longest_px: int
    smaller: tuple[float, ...]


FIRST_LOOK = Sizes(largest=1.0, longest_px=960, smaller=(0.5, 0.25))
SECOND_LOOK = Sizes(largest=1.41, longest_px=1344, smaller=(0.5, 0.25, 0.125))
"""Others than those of the first, so that it does not repeat it."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture that was looked at, small and grey, for the flow.

    Attributes:
        index: Its number.
        time_s: Its time.
        grey: ndarray of shape (height, width), dtype=np.uint8, upright.
        grey_scale: Its pixels per pixel of the picture.
    """

    index: int
    time_s: float
    grey: NDArray[np.uint8]
    grey_scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What one look gave.

    Attributes:
        frame: The picture.
        unlike: Whether it has so little of the picture before that it may follow a cut.
        look: What is kept of it for the flow.
        sighted: Every face once, in pixels of the upright picture.
    """

    frame: VideoFrame
    unlike: bool
    look: Look
    sighted: tuple[Detection, ...]


class Due:
    """The pictures of a film that are looked at, each with whether it may follow a cut.

    Attributes:
        newest: The last picture that was read, looked at or not.
    """

    __slots__ = ("_pictures", "newest")

    def __init__(self, pictures: Iterable[VideoFrame]) -> None:
        self._pictures = pictures
        self.newest: VideoFrame | None = None

    def __iter__(self) -> Iterator[tuple[VideoFrame, bool]]:
        """Choose them while the film is read."""
        looked_s, before = -np.inf, None
        for frame in self._pictures:
            pause = 0.0 if self.newest is None else frame.time_s - self.newest.time_s
            self.newest = frame
            tiny = brightness(frame.picture, _TINY_WH)
            unlike = before is not None and _likeness(tiny, before) < _CUT_LIKENESS
            before = tiny
            wide, high = frame.size_wh
            late = looked_s < frame.time_s + pause - MOST_BETWEEN_S
            if late or unlike or wide * high <= SMALL_PX:
                looked_s = frame.time_s
                yield frame, unlike


def looks_at(
    pictures: Iterable[tuple[VideoFrame, bool]], port: LookPort, sizes: Sizes
) -> Iterator[Looked]:
    """Look at pictures, as many at once as there are cores.

    Args:
        pictures: Each with whether it may follow a cut.
        port: What finds faces.
        sizes: At which sizes to look.

    Yields:
        What was seen, in the order of the pictures.
    """
    cores = cv2.getNumberOfCPUs()
    waiting: deque[Future[Looked]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        try:
            for frame, unlike in pictures:
                waiting.append(pool.submit(_looked, port, frame, unlike, sizes))
                if len(waiting) > cores:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def _looked(port: LookPort, frame: VideoFrame, unlike: bool, sizes: Sizes) -> Looked:  # passed on
    """One look at a picture."""
    levels = _levels(frame, sizes)
    least = min(_FLOW_SIDE_PX, max(levels[0].pixels.shape))
    level = next(each for each in reversed(levels) if max(each.pixels.shape) >= least)
    part = least / max(level.pixels.shape)
    grey = np.asarray(cv2.cvtColor(level.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if part < 1:
        grey = _resized(grey, _size_of(grey, part))
    look = Look(frame.index, frame.time_s, grey, level.scale * part)
    return Looked(frame, unlike, look, _sighted(port, levels))


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A picture at one of the sizes.

    Attributes:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB, upright.
        scale: Its pixels per pixel of the picture.
    """

    pixels: NDArray[np.uint8]
    scale: float


def _levels(frame: VideoFrame, sizes: Sizes) -> list[_Level]:
    """A picture at each size, the largest first; each is made of the one before, which is quick."""
    scale = min(sizes.largest, sizes.longest_px / max(frame.size_wh))
    whole = frame.rgb(min(1.0, scale))
    largest = whole if scale <= 1 else _resized(whole, _size_of(whole, scale))
    levels = [_Level(largest, scale)]
    for part in sizes.smaller:
        pixels = _resized(levels[-1].pixels, _size_of(largest, part))
        levels.append(_Level(pixels, scale * part))
    return levels


def _sighted(port: LookPort, levels: Sequence[_Level]) -> tuple[Detection, ...]:
    """Every face of a picture once, in pixels of the upright original."""
    found: list[Detection] = []
    for place, level in enumerate(levels):
        least = _LEAST_SMALL_PX / level.scale if place else 0.0
        found += [each for each in _at(port, level) if each.box.width >= least]
    kept: list[Detection] = []
    for each in sorted(found, key=lambda detection: -detection.score):
        if all(overlap(each.box, other.box) <= _SAME_PLACE for other in kept):
            kept.append(each)
    return tuple(kept)


def _at(port: LookPort, level: _Level) -> list[Detection]:
    back = 1 / level.scale
    return [
        Detection(scaled(each.box, back, back), each.landmarks * np.float32(back), each.score)
        for each in port.glance(level.pixels, min_score=CONTINUE_SCORE)
    ]


def _size_of(pixels: NDArray[np.uint8], part: float) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    return max(_LEAST_SIDE_PX, round(width * part)), max(_LEAST_SIDE_PX, round(height * part))


def _resized(pixels: NDArray[np.uint8], size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    how = cv2.INTER_AREA if size_wh[0] < pixels.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size_wh, interpolation=how), dtype=np.uint8)


def _likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlation of two pictures; 1 where one of them is flat and says nothing."""
    if min(one.std(), other.std()) < 1:
        return 1.0 if abs(float(one.mean()) - float(other.mean())) < 1 else 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
