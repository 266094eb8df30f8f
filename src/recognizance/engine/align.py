"""Turn and scale a face so that its five landmarks fall where the recogniser expects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognizance.engine.sampling import sample
from recognizance.errors import NoUsableFaceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.types import Detection, Frame

CROP_PX = 112

TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Landmarks of an aligned crop, in pixels (OpenCV's FaceRecognizerSF::alignCrop; the order is
that of `Detection.landmarks`)."""


def align(frame: Frame, detection: Detection) -> NDArray[np.uint8]:
    """Cut out a face for the recogniser.

    Returns:
        ndarray of shape (112, 112, 3), dtype=np.uint8, RGB; black outside the picture.

    Raises:
        NoUsableFaceError: The landmarks lie in one point.
    """
    return sample(frame, similarity(detection.landmarks, TEMPLATE), CROP_PX, CROP_PX)


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn, scale and shift that takes one set of points closest to another, never mirrored.

    Least squares after S. Umeyama, "Least-squares estimation of transformation parameters between
    two point patterns", IEEE TPAMI 13 (1991); in two dimensions a point is a complex number and
    the turn and scale are one complex factor.

    Args:
        source: ndarray of shape (n, 2), points (x, y).
        target: ndarray of shape (n, 2), in the same order.

    Returns:
        ndarray of shape (2, 3), dtype=np.float64.

    Raises:
        NoUsableFaceError: The source points lie in one point, or are not finite.
    """
    start, end = (points[:, 0] + 1j * points[:, 1] for points in (source.astype(float), target))
    centred = start - start.mean()
    spread = float(np.vdot(centred, centred).real)
    factor = np.vdot(centred, end) / spread if spread > 0 else complex("nan")
    if not np.isfinite(factor) or factor == 0:
        raise NoUsableFaceError(
            "The landmarks do not span a face.", hint="Take another photograph."
        )
    shift = end.mean() - factor * start.mean()
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )
