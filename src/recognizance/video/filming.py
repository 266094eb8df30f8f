"""Film a made-up walk past a camera, from portraits: to try what watches without a camera.

The stories use it. Nobody in it moves a muscle; for the figures, clips with a known truth and real
clips are used instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SIZE_WH = (640, 360)
FPS = 12
HEAD_PX = 190
"""Side of the square in which a head is shown."""

_SWAY_PX = 24
_SEED = 12
_CRF = "20"


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """One person who walks past, from the left to the right.

    Attributes:
        portrait: ndarray of shape (side, side, 3), dtype=np.uint8, RGB: a head and some of what
            is around it.
        enters_s: When they come into view, seconds from the beginning.
        leaves_s: When they are out of view again.
    """

    portrait: NDArray[np.uint8]
    enters_s: float
    leaves_s: float


def film(path: Path, walks: Sequence[Walk], *, seconds: float, worn: bool = False) -> None:
    """Write the clip.

    Args:
        path: Where to; its ending names the container (.mkv, .mp4).
        walks: Who passes.
        seconds: How long the clip is.
        worn: Whether the camera is worn and sways, instead of hanging on a wall.

    Raises:
        InputError: A walk ends before it begins, or there is nothing to film.
    """
    if seconds <= 0 or any(walk.leaves_s <= walk.enters_s for walk in walks):
        raise InputError("A walk ends before it begins.", hint="Give each a later end.")
    wall = _wall()
    heads = [
        cv2.resize(w.portrait, (HEAD_PX, HEAD_PX), interpolation=cv2.INTER_AREA) for w in walks
    ]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": _CRF, "preset": "veryfast"}
        for number in range(round(seconds * FPS)):
            picture = _picture(wall, walks, heads, number / FPS, worn=worn)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())


def _picture(
    wall: NDArray[np.uint8],
    walks: Sequence[Walk],
    heads: Sequence[NDArray[np.uint8]],
    time_s: float,
    *,
    worn: bool,
) -> NDArray[np.uint8]:
    width, height = SIZE_WH
    world = wall.copy()
    for walk, head in zip(walks, heads, strict=True):
        way = (time_s - walk.enters_s) / (walk.leaves_s - walk.enters_s)
        if 0 <= way < 1:
            left = round(_SWAY_PX + way * (width - HEAD_PX))
            top = _SWAY_PX + (height - HEAD_PX) // 3
            part = world[top : top + HEAD_PX, left : left + HEAD_PX]
            part[:] = np.rint(part + (head - part.astype(np.float32)) * _EDGE).astype(np.uint8)
    # Whoever wears a camera turns and nods a little with each step.
    right = round(_SWAY_PX * np.sin(2.1 * time_s)) if worn else 0
    down = round(_SWAY_PX / 2 * np.sin(5.3 * time_s)) if worn else 0
    top, left = _SWAY_PX + down, _SWAY_PX + right
    return np.ascontiguousarray(world[top : top + height, left : left + width])


def _wall() -> NDArray[np.uint8]:
    """Something with a texture, so that it can be seen whether the camera moves."""
    width, height = SIZE_WH[0] + 2 * _SWAY_PX, SIZE_WH[1] + 2 * _SWAY_PX
    stones = np.random.default_rng(_SEED).normal(150, 9, (height // 12, width // 24))
    rough = cv2.resize(stones, (width, height), interpolation=cv2.INTER_NEAREST)
    lit = rough * np.linspace(1.1, 0.8, height)[:, None]
    return np.ascontiguousarray(np.repeat(lit.astype(np.uint8)[:, :, None], 3, axis=2))


def _edge() -> NDArray[np.float32]:
    """How much of a head's square is shown: all of it, but for a soft edge."""
    along = np.linspace(-1, 1, HEAD_PX, dtype=np.float32)
    away = np.sqrt(along[:, None] ** 2 + along[None, :] ** 2)
    return np.asarray(np.clip((1.0 - away) / 0.2, 0, 1)[:, :, None], dtype=np.float32)


_EDGE = _edge()
