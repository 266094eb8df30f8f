"""Cut a turned and scaled patch out of a frame, from the smallest picture that has the detail."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.types import Frame

# A patch may be magnified this much from the smaller picture before the original is decoded for
# it: what is lost below that is less than what bilinear sampling loses anyway.
_TOLERATED_MAGNIFICATION = 1.05

# Pixels read around a patch, for the interpolation at its border.
_MARGIN_PX = 2


def sample(frame: Frame, matrix: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """Warp a part of the original picture into a patch; outside the picture it is black.

    A patch smaller than its source is shrunk by averaging first: bilinear sampling alone would
    skip pixels and alias.

    Args:
        frame: Where from.
        matrix: ndarray of shape (2, 3): takes a point of the upright original to the patch, both
            with pixel centres at whole numbers; a similarity (turn, scale, shift).
        width: Of the patch, in pixels.
        height: Of the patch, in pixels.

    Returns:
        ndarray of shape (height, width, 3), dtype=np.uint8, RGB.
    """
    magnification = math.hypot(matrix[0, 0], matrix[1, 0])
    left, top, right, bottom = _source_region(frame, matrix, width, height)
    if right <= left or bottom <= top:
        return np.zeros((height, width, 3), dtype=np.uint8)
    if frame.region and magnification > _TOLERATED_MAGNIFICATION * frame.scale:
        source = frame.region(left, top, right, bottom)
        scale = 1.0
    else:
        scale = frame.scale
        left, top = math.floor(left * scale), math.floor(top * scale)
        source = frame.pixels[top : math.ceil(bottom * scale), left : math.ceil(right * scale)]
    # From here on, `scale` is source pixels per original pixel, and the source's first pixel is
    # pixel (left, top) of the whole picture at that scale.
    shrink = max(1, int(scale / magnification))
    if shrink > 1:
        size = (math.ceil(source.shape[1] / shrink), math.ceil(source.shape[0] / shrink))
        padded = cv2.copyMakeBorder(
            source,
            0,
            size[1] * shrink - source.shape[0],
            0,
            size[0] * shrink - source.shape[1],
            cv2.BORDER_REPLICATE,
        )
        source = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
    to_patch = matrix @ _to_original(left, top, scale, shrink)
    warped: NDArray[np.uint8] = cv2.warpAffine(
        source, to_patch, (width, height), flags=cv2.INTER_LINEAR
    )
    return warped


def _source_region(
    frame: Frame, matrix: NDArray[np.float64], width: int, height: int
) -> tuple[int, int, int, int]:
    """The rectangle of the original that the patch shows: left, top, right, bottom, clipped."""
    corners = np.array([[-1.0, width, -1.0, width], [-1.0, -1.0, height, height]]) - matrix[:, 2:]
    x, y = np.linalg.solve(matrix[:, :2], corners)
    frame_width, frame_height = frame.size_wh
    return (
        max(0, math.floor(x.min()) - _MARGIN_PX),
        max(0, math.floor(y.min()) - _MARGIN_PX),
        min(frame_width, math.ceil(x.max()) + _MARGIN_PX),
        min(frame_height, math.ceil(y.max()) + _MARGIN_PX),
    )


def _to_original(left: int, top: int, scale: float, shrink: int) -> NDArray[np.float64]:
    """Matrix (3, 3) from a shrunk source's pixels to the original's.

    Pixel `i` of a picture shrunk by `n` covers the pixels `n * i` to `n * i + n - 1` of the larger
    one, so its centre lies at `n * (i + 1/2) - 1/2`.
    """
    step = shrink / scale
    return np.array(
        [
            [step, 0.0, (left + shrink / 2) / scale - 0.5],
            [0.0, step, (top + shrink / 2) / scale - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )
