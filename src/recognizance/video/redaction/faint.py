"""Look closer at what a detector is unsure of: the part around it, at the size that it knows best.

Whoever searches the finished film may look at any size. At one of them a faint sighting is a face.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.video.boxes import overlap, scaled
from recognizance.video.parts import part

if TYPE_CHECKING:
    from recognizance.types import Detection
    from recognizance.video.frames import VideoFrame
    from recognizance.video.redaction.sighting import LookPort

_LOOK_PX = 128
_LOOK_FACE_PX = 80.0
"""As the engine looks at a face for the second time; see `recognizance.engine`."""

_MOST_MAGNIFIED = 4.0
_SAME_FACE = 0.2


def closer(port: LookPort, frame: VideoFrame, faint: Detection, *, least: float) -> Detection:
    """A faint sighting with the score that a closer look gives it, if that is a face.

    Args:
        port: What finds faces.
        frame: The picture.
        faint: What was sighted in it.
        least: Least score of a face.
    """
    box = faint.box
    scale = min(_LOOK_FACE_PX / max(1.0, box.width, box.height), _MOST_MAGNIFIED)
    left, right = _span(box.left + box.width / 2, _LOOK_PX / scale, frame.size_wh[0])
    top, bottom = _span(box.top + box.height / 2, _LOOK_PX / scale, frame.size_wh[1])
    pixels = part(frame, left, top, right, bottom)
    across, down = _LOOK_PX / (right - left), _LOOK_PX / (bottom - top)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    seen = np.asarray(cv2.resize(pixels, (_LOOK_PX, _LOOK_PX), interpolation=how), dtype=np.uint8)
    there = scaled(replace(box, left=box.left - left, top=box.top - top), across, down)
    found = port.glance(seen, min_score=least)
    scores = [each.score for each in found if overlap(each.box, there) >= _SAME_FACE]
    return replace(faint, score=max(scores, default=faint.score))


def _span(middle: float, side: float, most: int) -> tuple[int, int]:
    """So many pixels around a middle, inside the picture."""
    long = min(most, math.ceil(side))
    start = max(0, min(round(middle - side / 2), most - long))
    return start, start + long
