"""Hide a region of a picture so that nothing of it can be got back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from recognizance.types import Box

MARGIN = 0.25
"""How far a mask reaches past a face box on each side, as a part of that side: hair and ears."""

CELLS = 5
"""Mosaic cells across a face. A blurred or finely pixelated face can be recognised by models that
were trained on such faces (McPherson, Shokri, Shmatikov, 2016, arXiv:1609.00408); so few cells
keep no more than a colour."""


_SOLID, _INK, _RIM = 96 / 255, 200 / 255, 120 / 255
"""Greys of a mask as parts of white: of a solid one, and of a drawn one and its rim."""

_RIM_STARTS = 0.9
"""Where the rim of a drawn mask starts, as a part of the way from its middle."""


class Style(StrEnum):
    """How a face is hidden."""

    SOLID = "solid"
    """One grey; nothing of the face is left. The safest."""
    MASK = "mask"
    """A drawn mask, light with a dark rim; as safe, and plain to see that somebody is there.
    Nothing of it is taken from the face, and no face is made up in its place."""
    PIXELATE = "pixelate"
    """A mosaic of a few cells."""
    BLUR = "blur"
    """The same few cells, smoothed."""


@dataclass(frozen=True, slots=True)
class Tones:
    """What black and white are in a plane of a picture.

    Attributes:
        black: Its value for black.
        white: Its value for white; the same as `black` in a plane that holds colour alone.
    """

    black: int
    white: int

    def grey(self, part: float) -> int:
        """The value of a grey, as a part of white."""
        return round(self.black + part * (self.white - self.black))


RGB = Tones(0, 255)


def cover(pixels: NDArray[np.uint8], hidden: NDArray[np.bool_], box: Box, style: Style) -> None:
    """Hide an ellipse around a face, in place.

    Args:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, changed.
        hidden: ndarray of shape (height, width), dtype=np.bool_: what is hidden so far, changed.
        box: The face, in pixels of the picture; may reach outside.
        style: How.
    """
    paint(pixels, box, style, RGB)
    note(hidden, box)


def paint(plane: NDArray[Any], box: Box, style: Style, tones: Tones) -> None:
    """Hide an ellipse around a face in one plane of a picture, in place.

    Args:
        plane: ndarray of shape (height, width) or (height, width, 3), dtype np.uint8 or np.uint16.
        box: The face, in pixels of the plane; may reach outside.
        style: How.
        tones: What black and white are in it.
    """
    top, bottom, left, right = region(box, plane.shape[0], plane.shape[1])
    if top >= bottom or left >= right:
        return
    part = plane[top:bottom, left:right]
    inside = _inside(box, top, bottom, left, right)
    if plane.ndim > inside.ndim:
        inside = inside[..., np.newaxis]
    np.copyto(part, _hidden(part, box, (top, left), style, tones), where=inside)


def note(hidden: NDArray[np.bool_], box: Box) -> None:
    """Note what `paint` hides.

    Args:
        hidden: ndarray of shape (height, width), dtype=np.bool_: what is hidden so far, changed.
        box: The face.
    """
    top, bottom, left, right = region(box, hidden.shape[0], hidden.shape[1])
    if top < bottom and left < right:
        hidden[top:bottom, left:right] |= _inside(box, top, bottom, left, right)


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


def _inside(
    box: Box, top: int, bottom: int, left: int, right: int, *, part: float = 1.0
) -> NDArray[np.bool_]:
    """Which pixels of a region belong to the mask of a face, or to the inner part of it."""
    columns, rows = np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5
    reach = part * (0.5 + MARGIN)
    across = ((columns - box.left - box.width / 2) / (box.width * reach)) ** 2
    down = ((rows - box.top - box.height / 2) / (box.height * reach)) ** 2
    inside = across[np.newaxis] <= (1 - down)[:, np.newaxis]
    if part == 1:
        # The corners of the box stick out of the ellipse a little, and belong to the face.
        core_rows = (rows >= box.top) & (rows <= box.top + box.height)
        core = (columns >= box.left) & (columns <= box.left + box.width)
        inside |= core_rows[:, np.newaxis] & core[np.newaxis]
    return np.asarray(inside, dtype=np.bool_)


def _hidden(
    part: NDArray[Any], box: Box, start: tuple[int, int], style: Style, tones: Tones
) -> NDArray[Any]:
    height, width = part.shape[:2]
    if style is Style.SOLID:
        return np.full((1, 1, 1)[: part.ndim], tones.grey(_SOLID), dtype=part.dtype)
    if style is Style.MASK:
        top, left = start
        ink = _inside(box, top, top + height, left, left + width, part=_RIM_STARTS)
        drawn = np.where(ink, tones.grey(_INK), tones.grey(_RIM)).astype(part.dtype)
        return drawn if part.ndim == drawn.ndim else drawn[..., np.newaxis]
    cells = (min(CELLS, width), min(CELLS, height))
    few = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if style is Style.PIXELATE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(few, (width, height), interpolation=how), dtype=part.dtype)
