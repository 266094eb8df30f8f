"""A folder of pictures as a source: in the order of their names, at a rate that is stated."""

from __future__ import annotations

import re
import struct
import threading
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from av import VideoFrame as Picture
from PIL import Image, ImageOps

from recognizance.errors import SourceError
from recognizance.video.sources.decoding import MOST_PIXELS
from recognizance.video.sources.framing import Framing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.video.frames import SourceCounters, VideoFrame
    from recognizance.video.sources.address import Place

SUFFIXES: Final = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
_FORMATS: Final = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_DAMAGE: Final = (OSError, SyntaxError, ValueError, struct.error, zlib.error)
"""What a decoder raises at a damaged file."""


class FolderSource:
    """Pictures of a folder; each is turned as its EXIF orientation says.

    Args:
        place: Which folder.
        counters: What it counts.
        rate: How many of them are a second.

    Raises:
        SourceError: There is no picture in it.
    """

    def __init__(self, place: Place, counters: SourceCounters, rate: float) -> None:
        self.name = place.name
        self.counters = counters
        self.live = False
        self._paths = iter(_pictures_in(place))
        self._framing = Framing(rate)
        self._interval_s = 1 / rate
        self._number = 0
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[VideoFrame]:
        """The pictures that are still to come."""
        for path in self._paths:
            if self._closed.is_set():
                return
            picture, stamp_s = self._read(path), self._number * self._interval_s
            self._number += 1
            if picture is not None:
                yield self._framing.frame(picture, stamp_s, None)
        if not self.counters.read and not self._closed.is_set():
            raise SourceError(
                f"No picture of {self.name} could be decoded.",
                hint="Open one with another program.",
            )

    def close(self) -> None:
        """End the iteration."""
        self._closed.set()

    def _read(self, path: Path) -> Picture | None:
        try:
            picture = _decoded(path)
        except _DAMAGE:
            self.counters.damaged += 1
            return None
        self.counters.read += 1
        return picture


def _decoded(path: Path) -> Picture:
    """The picture of a file, upright.

    Raises:
        SourceError: It is larger than the bound.
        Exception: It is damaged; one of `_DAMAGE`.
    """
    with warnings.catch_warnings():
        # The bound below is lower than the one that the library warns of.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError:
            raise _too_large(path) from None
    with image:
        if image.width * image.height > MOST_PIXELS:
            raise _too_large(path)
        upright = ImageOps.exif_transpose(image)
        if upright.mode == "I;16":
            return Picture.from_ndarray(np.asarray(upright, dtype=np.uint16), format="gray16le")
        return Picture.from_ndarray(np.asarray(upright.convert("RGB")), format="rgb24")


def _too_large(path: Path) -> SourceError:
    return SourceError(
        f"{path} has more pixels than the bound of {MOST_PIXELS}.",
        hint="Scale it down to 8K (7680 x 4320) or less.",
    )


def _pictures_in(place: Place) -> list[Path]:
    try:
        found = [each for each in Path(place.address).iterdir() if _is_picture(each)]
    except OSError as error:
        raise SourceError(
            f"{place.name} cannot be listed: {error.strerror}.", hint="Check that you may read it."
        ) from None
    if not found:
        raise SourceError(
            f"There is no picture in {place.name}.",
            hint=f"Pictures end in {', '.join(sorted(SUFFIXES))}.",
        )
    return sorted(found, key=_in_order)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _in_order(path: Path) -> tuple[list[tuple[str, int]], str]:
    """Numbers in a name count by their value: frame-10 comes after frame-9."""
    parts = re.findall(r"(\D*)(\d*)", path.name)
    return [(text, int(number or -1)) for text, number in parts], path.name
