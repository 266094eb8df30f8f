"""Bytes of a photograph to an upright RGB frame, within bounds that are checked first.

Only Pillow touches these bytes: they come from strangers, and Pillow's decoders are fuzzed. It
may open four formats and nothing else. A JPEG larger than the detector can use is decoded at a
half, a quarter or an eighth of its size, inside the inverse cosine transform, which costs a
fraction of the time; the frame can still read any region of it at full size.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from recognizance.errors import ImageError, ImageFormatError, ImageTooLargeError
from recognizance.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FORMATS = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "WEBP": b"RIFF",
    "BMP": b"BM",
}
"""The formats that are read, and how their files begin."""

SEARCH_AREA_PX = 800 * 600
"""A picture of up to this many pixels is searched as it is, a larger one is searched smaller."""

MAX_SEARCH_AREA_PX = 1920 * 1080
"""No search looks at more pixels than this, so that the largest photograph has bounded cost."""

SMALLEST_SEARCH_SCALE = 0.5
"""The least scale up to 3840x2160, so that a face of 40 px keeps at least 20 px."""

_KEPT_QUALITY = 92

# Neither black nor white: a face cut out on either would get an edge that its detector and its
# exposure would answer for.
_BEHIND_TRANSPARENCY = (128, 128, 128)

# What Pillow's decoders raise on damaged files: of 40,000 files broken at random all raised one of
# the first three; the others are what its parsers of metadata are built on.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Bounds of a photograph, all checked before a pixel is decoded.

    Attributes:
        max_bytes: Largest file, in bytes.
        max_pixels: Largest width times height.
        min_side_px: Smallest width and height, in pixels.
    """

    max_bytes: int = 30_000_000
    max_pixels: int = 50_000_000
    min_side_px: int = 32


def decode(data: bytes, *, limits: ImageLimits = ImageLimits()) -> Frame:
    """Decode a photograph: JPEG, PNG, WebP or BMP, the first picture if it holds several.

    The orientation that the camera noted is applied; grey, 16-bit (scaled, not clipped), palette
    and CMYK pictures become 8-bit RGB; transparency is laid on mid grey.

    Args:
        data: The file's bytes.
        limits: Bounds, checked before decoding.

    Raises:
        ImageTooLargeError: More bytes or pixels than the limits.
        ImageFormatError: Not one of the four formats.
        ImageError: Damaged, cut off, or smaller than the limits.
    """
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"The file has {len(data)} bytes; at most {limits.max_bytes} are read.",
            hint="Save the photograph smaller.",
        )
    with _pillow_errors(data):
        image = _open(data)
        _check_size(image.size, limits)
        divisor = _divisor(image)
        if divisor > 1:
            image.draft(None, (image.width // divisor, image.height // divisor))
        pixels = np.array(_upright_rgb(image))  # a copy of our own, which can be wiped
    return Frame(
        pixels=pixels,
        digest=hashlib.sha256(data).hexdigest(),
        scale=1 / divisor,
        region=None if divisor == 1 else _Original(data),
    )


def original(data: bytes, *, limits: ImageLimits = ImageLimits()) -> NDArray[np.uint8]:
    """Decode a photograph at its full size, upright; see `decode` for what is read.

    Args:
        data: The file's bytes.
        limits: Bounds, checked before decoding.

    Returns:
        ndarray of shape (height, width, 3), dtype=np.uint8, RGB, writeable.

    Raises:
        ImageError: One of its kinds, as `decode`.
    """
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"The file has {len(data)} bytes; at most {limits.max_bytes} are read.",
            hint="Save the photograph smaller.",
        )
    with _pillow_errors(data):
        image = _open(data)
        _check_size(image.size, limits)
        return np.array(_upright_rgb(image))


def encode(pixels: NDArray[np.uint8], *, like: bytes) -> bytes:
    """Write a picture in the format of another, with nothing but its pixels.

    No EXIF, no XMP, no thumbnail, no comment: each of them may show what was hidden. A format that
    would not keep the hidden parts hidden cannot do harm here, since they are gone from the pixels.

    Args:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB.
        like: How a photograph begins whose format is taken; PNG where it is BMP.
    """
    how = next((name for name, start in _FORMATS.items() if like.startswith(start)), "PNG")
    file = io.BytesIO()
    picture = Image.fromarray(pixels)
    match how:
        case "JPEG":
            picture.save(file, "JPEG", quality=_KEPT_QUALITY, subsampling=0)
        case "WEBP":
            picture.save(file, "WEBP", quality=_KEPT_QUALITY)
        case _:
            picture.save(file, "PNG")
    return file.getvalue()


def search_scale(width: int, height: int) -> float:
    """The scale at which a picture is searched for faces, between 0 and 1.

    Args:
        width: Of the original, in pixels.
        height: Of the original, in pixels.
    """
    area = width * height
    wanted = max(math.sqrt(SEARCH_AREA_PX / area), SMALLEST_SEARCH_SCALE)
    return min(1.0, wanted, math.sqrt(MAX_SEARCH_AREA_PX / area))


class _Original:
    """The whole picture, decoded once a face is found that needs it."""

    __slots__ = ("_data", "_image")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._image: Image.Image | None = None

    def __call__(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        with _pillow_errors(self._data):
            if self._image is None:
                self._image = _upright_rgb(_open(self._data))
            return np.array(self._image.crop((left, top, right, bottom)))


def _open(data: bytes) -> Image.Image:
    """Read the header."""
    return Image.open(io.BytesIO(data), formats=tuple(_FORMATS))


def _check_size(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageTooLargeError(
            f"The picture is {width} x {height} pixels; at most {limits.max_pixels} are decoded.",
            hint="Save the photograph smaller.",
        )
    if min(width, height) < limits.min_side_px:
        raise ImageError(
            f"The picture is {width} x {height} pixels, too small to hold a usable face.",
            hint=f"Give a photograph of at least {limits.min_side_px} pixels a side.",
        )


def _divisor(image: Image.Image) -> int:
    """How many times smaller the picture may be decoded and still be large enough to search."""
    if image.format not in {"JPEG", "MPO"}:
        return 1
    scale = search_scale(*image.size)
    return next(divisor for divisor in (8, 4, 2, 1) if scale * divisor <= 1)


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Decode, turn and convert."""
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        # Sixteen bits a pixel. Pillow's own conversion clips at 255 instead of scaling.
        levels = np.asarray(image).astype(np.float32) / (65535 / 255)
        return Image.fromarray(levels.round().clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, _BEHIND_TRANSPARENCY)
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


@contextmanager
def _pillow_errors(data: bytes) -> Iterator[None]:
    """Turn what Pillow raises into one of our errors."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLargeError(
            "The picture claims more pixels than can be decoded safely.",
            hint="Save the photograph smaller.",
        ) from error
    except _DAMAGE as error:
        if not data.startswith(tuple(_FORMATS.values())):
            raise ImageFormatError(
                "The file is no JPEG, PNG, WebP or BMP picture.",
                hint="Save the photograph as JPEG or PNG.",
            ) from error
        raise ImageError(
            "The picture is damaged or cut off.",
            hint="Copy the file again from where it came, or save it anew.",
        ) from error
