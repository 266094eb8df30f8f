"""A close look: the part of a picture around one face, as the engine would read a photograph."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.types import Box, Detection, Frame
from recognizance.video.boxes import overlap
from recognizance.video.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recognizance.video.frames import VideoFrame

PART_PX = 320
"""Side of the picture that is looked at closely. One size for all, because every other size costs
a compiled network of its own."""

SURROUNDINGS = 2.0
"""Side of the part that is looked at closely, in sides of the face, where the face is large."""

SAME_FACE = 0.2
"""Least overlap of what a close look finds with what the quick look saw."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A part of a picture around a face.

    Attributes:
        frame: Its pixels; a large face is held smaller. Whoever made it zeroes them.
        face: The face's box, in pixels of the part at full size.
        left: Column of the whole picture at which the part begins.
        top: Row of the whole picture at which it begins.
    """

    frame: Frame
    face: Box
    left: int
    top: int


def cut(frame: VideoFrame, box: Box) -> Cut:
    """The part of a picture around a face, at full size unless the face is large.

    Near the edge the part is moved, not cut off; a picture smaller than the part is the part.
    """
    width, height = frame.size_wh
    side = max(PART_PX, math.ceil(SURROUNDINGS * max(box.width, box.height)))
    left, right = _span(box.left + box.width / 2, side, width)
    top, bottom = _span(box.top + box.height / 2, side, height)
    pixels = part(frame, left, top, right, bottom)
    digest = hashlib.sha256(pixels.data).hexdigest()
    scale = PART_PX / side
    if scale < 1:
        whole = pixels
        size = (round(whole.shape[1] * scale), round(whole.shape[0] * scale))
        pixels = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        whole[:] = 0
    return Cut(
        frame=Frame(pixels=pixels, digest=digest, scale=scale),
        face=replace(box, left=box.left - left, top=box.top - top),
        left=left,
        top=top,
    )


def _span(middle: float, side: int, most: int) -> tuple[int, int]:
    """So many pixels around a middle, inside the picture."""
    start = max(0, min(round(middle - side / 2), most - side))
    return start, min(most, start + side)


def the_same(found: Iterable[Detection], box: Box) -> Detection | None:
    """Which of the faces found is the one that was looked for."""
    best = max(found, key=lambda each: overlap(each.box, box), default=None)
    return best if best is not None and overlap(best.box, box) >= SAME_FACE else None
