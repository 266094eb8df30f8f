"""Parts of a picture at full size, without turning the whole of it to colour.

What a decoder gives is brightness and, at half the size, two colours: three planes. The part is cut
out of the planes and converted exactly as the whole picture would be: its features are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

if TYPE_CHECKING:
    from av.video.plane import VideoPlane
    from numpy.typing import NDArray

    from recognizance.video.frames import VideoFrame

_PLANAR = frozenset({"yuv420p", "yuvj420p"})
_BACK = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


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
    for plane, source, half in zip(cut.planes, _planes(frame), (1, 2, 2), strict=True):
        into = _memory(plane)
        rows = slice(even_top // half, even_top // half + plane.height)
        columns = slice(even_left // half, even_left // half + plane.width)
        into[:] = source[rows, columns]
    pixels = cut.to_ndarray(format="rgb24")
    for plane in cut.planes:
        _memory(plane)[:] = 0
    wanted = pixels[top - even_top : bottom - even_top, left - even_left : right - even_left]
    return _upright(np.asarray(wanted, dtype=np.uint8), frame.rotation_deg)


def _planes(frame: VideoFrame) -> list[NDArray[np.uint8]]:
    """Brightness, blue and red difference, as they lie in the decoder's memory: not written to."""
    return [_memory(plane) for plane in frame.picture.planes]


def _memory(plane: VideoPlane) -> NDArray[np.uint8]:
    """A plane as an array, without what pads its lines."""
    every = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # it is a buffer, unsaid
    return np.asarray(every.reshape(-1, plane.line_size)[: plane.height, : plane.width])


def _upright(pixels: NDArray[np.uint8], rotation_deg: int) -> NDArray[np.uint8]:
    turn = _BACK.get(rotation_deg)
    return np.ascontiguousarray(pixels if turn is None else cv2.rotate(pixels, turn))


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
