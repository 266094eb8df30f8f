"""Hide a region of a picture so that nothing of it can be got back."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.types import Box

MARGIN = 0.25
"""How far a mask reaches past a face box on each side, as a part of that side: hair and ears."""

CELLS = 5
"""Mosaic cells across a face. A blurred or finely pixelated face can be recognised by models that
were trained on such faces (McPherson, Shokri, Shmatikov, 2016, arXiv:1609.00408); so few cells
keep no more than a colour."""


class Style(StrEnum):
    """How a face is hidden."""

    SOLID = "solid"
    """One grey; nothing of the face is left. The safest."""
    PIXELATE = "pixelate"
    """A mosaic of a few cells."""
    BLUR = "blur"
    """The same few cells, smoothed."""


def cover(pixels: NDArray[np.uint8], hidden: NDArray[np.bool_], box: Box, style: Style) -> None:
    """Hide an ellipse around a face, in place.

    Args:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, changed.
        hidden: ndarray of shape (height, width), dtype=np.bool_: what is hidden so far, changed.
        box: The face, in pixels of the picture; may reach outside.
        style: How.
    """
    top, bottom, left, right = region(box, pixels.shape[0], pixels.shape[1])
    if top >= bottom or left >= right:
        return
    part = pixels[top:bottom, left:right]
    ellipse = _ellipse(box, top, bottom, left, right)
    part[ellipse] = _hidden(part, style)[ellipse]
    hidden[top:bottom, left:right] |= ellipse


def hidden_part(hidden: NDArray[np.bool_], box: Box) -> float:
    """Which part of a box, as far as it lies in the picture, is hidden: 0 to 1."""
    top, left = max(0, round(box.top)), max(0, round(box.left))
    bottom, right = max(0, round(box.top + box.height)), max(0, round(box.left + box.width))
    inside = hidden[top:bottom, left:right]
    return float(inside.mean()) if inside.size else 1.0


def region(box: Box, height: int, width: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what a mask may touch, inside the picture."""
    margin_x, margin_y = MARGIN * box.width, MARGIN * box.height
    return (
        max(0, int(np.floor(box.top - margin_y))),
        min(height, int(np.ceil(box.top + box.height + margin_y))),
        max(0, int(np.floor(box.left - margin_x))),
        min(width, int(np.ceil(box.left + box.width + margin_x))),
    )


def _ellipse(box: Box, top: int, bottom: int, left: int, right: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[top:bottom, left:right]
    across = (columns + 0.5 - box.left - box.width / 2) / (box.width * (0.5 + MARGIN))
    down = (rows + 0.5 - box.top - box.height / 2) / (box.height * (0.5 + MARGIN))
    inside = across**2 + down**2 <= 1
    # The corners of the box stick out of the ellipse a little, and belong to the face.
    core_rows = (rows + 0.5 >= box.top) & (rows + 0.5 <= box.top + box.height)
    core = (columns + 0.5 >= box.left) & (columns + 0.5 <= box.left + box.width)
    return np.asarray(inside | (core & core_rows), dtype=np.bool_)


def _hidden(part: NDArray[np.uint8], style: Style) -> NDArray[np.uint8]:
    height, width = part.shape[:2]
    if style is Style.SOLID:
        return np.full_like(part, 96)
    cells = (min(CELLS, width), min(CELLS, height))
    few = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if style is Style.PIXELATE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(few, (width, height), interpolation=how), dtype=np.uint8)
