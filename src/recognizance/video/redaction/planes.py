"""Draw masks into a decoded picture, in the planes that it has: no trip to RGB and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import av
import numpy as np

from recognizance.video.boxes import scaled, turned_back
from recognizance.video.frames import resized
from recognizance.video.masks import RGB, Tones, paint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from av.plane import Plane
    from av.video.plane import VideoPlane
    from numpy.typing import NDArray

    from recognizance.types import Box
    from recognizance.video.masks import Style

PACKED = {"bgra": 4, "rgba": 4, "bgr0": 4, "rgb24": 3, "bgr24": 3}
"""Formats of one plane, and their bytes a pixel; in all of them the first three are colours or,
where the first is not, nothing else is."""

_BITS: Final[dict[int, type[Any]]] = {
    8: np.uint8,
    9: np.uint16,
    10: np.uint16,
    12: np.uint16,
    16: np.uint16,
}
_FULL_RANGE = 2
"""`AVCOL_RANGE_JPEG`."""


def can_draw(pixel_format: str) -> bool:
    """Whether masks can be drawn in pictures of this format."""
    if pixel_format in PACKED:
        return True
    about = av.VideoFormat(pixel_format)
    planar = about.is_planar or len(about.components) == 1
    return (
        planar
        and not about.is_rgb
        and not about.is_big_endian
        and not about.has_palette
        and len(about.components) in {1, 3}
        and about.name.startswith(("yuv", "gray"))
        and about.components[0].bits in _BITS
    )


def masked(
    picture: av.VideoFrame, boxes: Sequence[Box], style: Style, *, rotation_deg: int = 0
) -> av.VideoFrame:
    """A picture with faces hidden; the one that was given is left as it is.

    Args:
        picture: In a format that `can_draw` knows.
        boxes: The faces, in pixels of the upright picture.
        style: How they are hidden.
        rotation_deg: How far clockwise the picture has to be turned to stand upright.
    """
    made = _copy(picture)
    size = (picture.width, picture.height)
    stored = [turned_back(box, size, rotation_deg) for box in boxes]
    if picture.format.name in PACKED:
        pixels = _pixels(made.planes[0], PACKED[picture.format.name], np.uint8)
        for box in stored:
            paint(pixels[..., :3], box, style, RGB)
        return made
    for place in range(len(made.planes)):
        plane = _plane(made, place)
        across, down = plane.shape[1] / size[0], plane.shape[0] / size[1]
        tones = _tones(made, place)
        for box in stored:
            paint(plane, scaled(box, across, down), style, tones)
    return made


def brightness(picture: av.VideoFrame, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """A small grey picture of one, as it is stored; levels may be off, the pattern is not."""
    if picture.format.name.startswith(("yuv", "gray")) and picture.format.components[0].bits == 8:  # noqa: PLR2004  # bits
        return resized(_plane(picture, 0), size_wh)
    grey = picture.reformat(
        width=size_wh[0], height=size_wh[1], format="gray", interpolation="AREA"
    )
    return np.asarray(grey.to_ndarray(), dtype=np.uint8)


def _copy(picture: av.VideoFrame) -> av.VideoFrame:
    """The decoder may still need what it gave, so masks are drawn in a copy."""
    made = av.VideoFrame(picture.width, picture.height, picture.format.name)
    for source, target in zip(picture.planes, made.planes, strict=True):
        rows = memory_of(source).reshape(-1, source.line_size)[: source.height]
        into = memory_of(target).reshape(-1, target.line_size)[: target.height]
        wide = min(source.line_size, target.line_size)
        into[:, :wide] = rows[:, :wide]
    made.pts, made.duration = picture.pts, picture.duration
    if picture.time_base is not None:
        made.time_base = picture.time_base
    made.color_range, made.colorspace = picture.color_range, picture.colorspace
    made.color_primaries, made.color_trc = picture.color_primaries, picture.color_trc
    return made


def _plane(picture: av.VideoFrame, place: int) -> NDArray[Any]:
    depth = _BITS[picture.format.components[0].bits]
    return _pixels(picture.planes[place], 1, depth)[..., 0]


def memory_of(plane: Plane) -> NDArray[np.uint8]:
    """The bytes of a plane where they are: what is written to them is written to the picture."""
    return np.frombuffer(memoryview(cast("bytes", plane)), np.uint8)


def _pixels(plane: VideoPlane, channels: int, depth: type[Any]) -> NDArray[Any]:
    wide = np.dtype(depth).itemsize * channels
    return np.lib.stride_tricks.as_strided(
        memory_of(plane).view(depth),
        (plane.height, plane.width, channels),
        (plane.line_size, wide, np.dtype(depth).itemsize),
    )


def _tones(picture: av.VideoFrame, place: int) -> Tones:
    top = 1 << picture.format.components[0].bits
    if place:
        return Tones(top // 2, top // 2)
    full = picture.format.name.startswith(("yuvj", "gray")) or picture.color_range == _FULL_RANGE
    return Tones(0, top - 1) if full else Tones(top // 16, round(top * 235 / 256))
