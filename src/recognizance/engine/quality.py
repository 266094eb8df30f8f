"""Facts about one face sample, each with its unit; no total score hides them.

The pose is an estimate from five landmarks: a generic head is fitted to them under weak
perspective (D. DeMenthon and L. Davis, "Model-based object pose in 25 lines of code", IJCV 15,
1995, its first step), and the direction its face points to is read off. Landmarks that are wrong
by a few pixels turn it by several degrees. YuNet draws a tilted face more upright than it is (of a
tilt of 20 degrees it shows 2 to 18), so the roll is a lower bound of the tilt;
and its estimates of a face's yaw and of that of its mirror image lie about 5 degrees apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from recognizance.types import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.types import Detection

ALGORITHM = "recognizance-quality-1"

# Rec. ITU-R BT.601: luma from RGB.
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

# A head in the pixels of an aligned crop. x and y: where YuNet sees the landmarks of a face that
# looks ahead, the median of 481 aligned photographs made symmetrical, from the point between the
# eyes. z, away from the viewer: the usual head model of pose tutorials (outer eye corners 450
# units apart, so pupils 315; nose tip 135 before the eyes and 125 before the mouth).
_UNIT_PX = 2 * 18.9 / 315
_HEAD = np.array(
    [
        [-18.9, 0.0, 0.0],
        [18.9, 0.0, 0.0],
        [0.0, 21.6, -135.0 * _UNIT_PX],
        [-16.0, 37.9, -10.0 * _UNIT_PX],
        [16.0, 37.9, -10.0 * _UNIT_PX],
    ]
)
_HEAD -= _HEAD.mean(axis=0)


def measure(detection: Detection, crop: NDArray[np.uint8]) -> Quality:
    """Measure a face sample.

    Args:
        detection: The face, in pixels of the original photograph.
        crop: ndarray of shape (112, 112, 3), dtype=np.uint8, RGB: the same face aligned.
    """
    luma = crop.astype(np.float32) @ _LUMA
    eyes = detection.landmarks[1].astype(float) - detection.landmarks[0]
    roll = math.atan2(eyes[1], eyes[0])
    yaw, pitch = _yaw_pitch(detection.landmarks, roll)
    return Quality(
        face_px=min(detection.box.width, detection.box.height),
        eye_distance_px=math.hypot(*eyes),
        sharpness=float(_laplacian(luma).var()),
        exposure=float(luma.mean()),
        contrast=float(luma.std()),
        yaw_deg=math.degrees(yaw),
        pitch_deg=math.degrees(pitch),
        roll_deg=math.degrees(roll),
        algorithm=ALGORITHM,
    )


def _laplacian(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Second derivative by the 4-neighbour stencil, inside the border."""
    middle = luma[1:-1, 1:-1]
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return around - 4 * middle


def _yaw_pitch(landmarks: NDArray[np.float32], roll: float) -> tuple[float, float]:
    """Where the face points to, in radians, once the roll is taken out.

    With x to the right, y downwards and z away from the viewer, a face that looks into the
    camera points to (0, 0, -1); the subject's left is +x.
    """
    turn = np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    points = (landmarks.astype(float) - landmarks.mean(axis=0)) @ turn.T
    projection = np.linalg.lstsq(_HEAD, points, rcond=None)[0].T
    # The closest two rows of a rotation, times a scale that does not matter here.
    left, _, right = np.linalg.svd(projection, full_matrices=False)
    rows = left @ right
    ahead = -np.array([rows[0, 2], rows[1, 2], np.cross(rows[0], rows[1])[2]])
    return math.atan2(ahead[0], -ahead[2]), math.asin(np.clip(-ahead[1], -1, 1))
