"""Parts of a picture at full size, without turning the whole of it to colour.

What a decoder gives is brightness and, at half the size, two colours: three planes. The part is cut
out of the planes and converted exactly as the whole picture would be: its features are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

from recognizance.video.frames import samples, upright

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.video.frames import VideoFrame

_PLANAR = frozenset({"yuv420p", "yuvj420p"})


def part(frame: VideoFrame, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
    """A rectangle of the upright picture at full size.

    Args:
        frame: Of what.
        left: First column.
        top: First row.
        right: Column after the last; inside the picture, as all four are.
        bottom: Row after the last.

    Returns:
        ndarray of shape (bottom - top, right - left, 3), dtype=np.uint8, RGB, the caller's own.
    """
    picture = frame.picture
    # FFmpeg converts a picture with an odd side in another way, which a part would not repeat.
    odd = picture.width % 2 or picture.height % 2
    if odd or picture.format.name not in _PLANAR:
        return frame.rgb()[top:bottom, left:right].copy()
    left, top, right, bottom = _as_decoded(frame, left, top, right, bottom)
    # Colours are stored once for two by two pixels: cut between those, then take the rest off.
    even_left, even_top = left - left % 2, top - top % 2
    even_right, even_bottom = right + right % 2, bottom + bottom % 2
    cut = av.VideoFrame(even_right - even_left, even_bottom - even_top, picture.format.name)
    cut.colorspace, cut.color_range = picture.colorspace, picture.color_range
    for plane, source, half in zip(cut.planes, picture.planes, (1, 2, 2), strict=True):
        into = samples(plane)
        rows = slice(even_top // half, even_top // half + plane.height)
        columns = slice(even_left // half, even_left // half + plane.width)
        into[:] = samples(source)[rows, columns]
    pixels = np.asarray(cut.to_ndarray(format="rgb24"), dtype=np.uint8)
    for plane in cut.planes:
        samples(plane)[:] = 0
    wanted = pixels[top - even_top : bottom - even_top, left - even_left : right - even_left]
    made = upright(wanted, frame.rotation_deg)
    if not np.shares_memory(made, pixels):
        pixels[:] = 0  # the caller zeroes what it gets; this copy nobody else could
    return made


def _as_decoded(
    frame: VideoFrame, left: int, top: int, right: int, bottom: int
) -> tuple[int, int, int, int]:
    """A rectangle of the upright picture in the picture as it was decoded."""
    wide, high = frame.picture.width, frame.picture.height
    match frame.rotation_deg:
        case 90:
            return top, high - right, bottom, high - left
        case 180:
            return wide - right, high - bottom, wide - left, high - top
        case 270:
            return wide - bottom, left, wide - top, right
        case _:
            return left, top, right, bottom
