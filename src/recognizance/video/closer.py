"""A close look: the part of a picture around one face, as the engine would read a photograph."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.types import Box, Detection, Frame
from recognizance.video import looking
from recognizance.video.tracks import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recognizance.video.frames import VideoFrame

SURROUNDINGS = 3.0
"""Side of the part that is looked at closely, in sides of the face."""

CLOSE_FACE_PX = 160.0
"""A larger face is looked at closely at this size: more than an aligned crop shows of it."""

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
    """The part of a picture around a face, with as much of its surroundings as `detect` likes."""
    width, height = frame.size_wh
    reach = SURROUNDINGS * max(box.width, box.height) / 2
    middle_x, middle_y = box.left + box.width / 2, box.top + box.height / 2
    left, top = max(0, math.floor(middle_x - reach)), max(0, math.floor(middle_y - reach))
    right = min(width, math.ceil(middle_x + reach))
    bottom = min(height, math.ceil(middle_y + reach))
    pixels = looking.part(frame, left, top, right, bottom)
    digest = hashlib.sha256(pixels.data).hexdigest()
    scale = min(1.0, CLOSE_FACE_PX / max(box.width, box.height))
    if scale < 1:
        whole = pixels
        size = (max(1, round(whole.shape[1] * scale)), max(1, round(whole.shape[0] * scale)))
        pixels = np.ascontiguousarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA))
        whole[:] = 0
    return Cut(
        frame=Frame(pixels=pixels, digest=digest, scale=scale),
        face=replace(box, left=box.left - left, top=box.top - top),
        left=left,
        top=top,
    )


def the_same(found: Iterable[Detection], box: Box) -> Detection | None:
    """Which of the faces found is the one that was looked for."""
    best = max(found, key=lambda each: overlap(each.box, box), default=None)
    return best if best is not None and overlap(best.box, box) >= SAME_FACE else None
