"""Find every face that may be there: for hiding faces, not for comparing them.

`detect` looks for faces that are worth comparing and leaves out the doubtful; whoever hides faces
needs the opposite. A sweep looks at the whole picture at several sizes and takes what scores half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.engine.detect import MAX_OVERLAP, joined, overlap_free, yunet
from recognizance.types import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.engine.runtime import Network

MIN_SCORE = 0.5
"""Least score of a detection in a sweep; `detect.MIN_SCORE` asks for 0.8."""

SCALES = (0.125, 0.25, 0.5, 1.0, 2.0)
"""Sizes of the picture at which it is searched; YuNet finds faces of about 10 to 300 px."""

OTHER_SCALES = (0.18, 0.35, 0.71, 1.41)
"""Sizes between those, for a second look that does not repeat the first."""

_MAX_AREA_PX = 24_000_000
_MIN_SIDE_PX = 32


def sweep(
    network: Network,
    pixels: NDArray[np.uint8],
    *,
    scales: Sequence[float] = SCALES,
    min_score: float = MIN_SCORE,
) -> tuple[Detection, ...]:
    """Find faces of any size, the largest first.

    Args:
        network: The prepared YuNet.
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB, upright.
        scales: At which sizes to look; those that make the picture tiny or huge are left out.
        min_score: Least score.
    """
    height, width = pixels.shape[:2]
    found = []
    for scale in scales:
        size = (round(width * scale), round(height * scale))
        if min(size) < _MIN_SIDE_PX or size[0] * size[1] > _MAX_AREA_PX:
            continue
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = pixels if scale == 1 else cv2.resize(pixels, size, interpolation=how)
        step = 1 / scale
        seen = yunet(network, np.ascontiguousarray(picture), min_score)
        found.append(seen.scaled(step, (step - 1) / 2, (step - 1) / 2))
    every = joined(found)
    every = every[overlap_free(every.boxes, every.scores, MAX_OVERLAP)]
    by_size = np.argsort(-every.boxes[:, 2] * every.boxes[:, 3], kind="stable")
    return tuple(
        Detection(box=Box(*map(float, box)), landmarks=landmarks, score=float(score))
        for box, landmarks, score in zip(
            every.boxes[by_size], every.landmarks[by_size], every.scores[by_size], strict=True
        )
    )
