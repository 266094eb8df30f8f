"""Small pictures for a person: faces to choose from, and what a written file still shows."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from recognizance.redacting.files import is_photograph, read_bytes
from recognizance.types import Box
from recognizance.video.boxes import grown
from recognizance.video.redaction import open_film

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognizance.redacting.asked import RedactPort
    from recognizance.redacting.listing import Listed

_JPEG: Final = b"\xff\xd8\xff"
_FACE_PX: Final = 240
_PICTURE_PX: Final = 720
_AROUND: Final = 0.5
"""How much of what is around a face is shown, as a part of it: enough to tell who it is."""

_DARK, _BRIGHT = (23, 32, 42), (255, 210, 74)

MOST_PICTURES: Final = 12
"""House number: so many pictures say that a file is not clean; more say nothing else."""


def face_pictures(
    source: Path, found: Listed, engine: RedactPort, numbers: Iterable[int]
) -> Iterator[tuple[int, bytes]]:
    """A small picture of each face, as JPEG.

    Args:
        source: The photograph or film.
        found: Its faces, with their shots where it is a film.
        engine: Reads the photograph, and writes the pictures.
        numbers: Of which faces.
    """
    wanted = set(numbers)
    if found.faces:
        pixels = engine.original(read_bytes(source))
        for number, box in enumerate(found.faces, start=1):
            if number in wanted:
                yield number, _written(_cut(pixels, grown(box, _AROUND)), _FACE_PX, engine)
    for track in found.tracks:
        if track.number in wanted and track.best_shot is not None:
            yield track.number, _written(track.best_shot.pixels, _FACE_PX, engine)


def visible_pictures(
    output: Path, record: dict[str, object], engine: RedactPort
) -> Iterator[tuple[int, bytes]]:
    """The first pictures of a redacted file in which a face can still be seen, each face framed.

    Args:
        output: The redacted file.
        record: What stands beside it.
        engine: Reads the photograph, and writes the pictures.

    Yields:
        The number of each picture, and the picture as JPEG. A photograph has the number 0.
    """
    sights: Any = record["still_visible_in"]
    marks = {
        number: [Box(*each["box"]) for each in these]
        for number, these in groupby(sights, key=lambda each: int(each.get("picture", 0)))
    }
    chosen = dict(list(marks.items())[:MOST_PICTURES])
    if not chosen:
        return
    if is_photograph(output):
        pixels = engine.original(read_bytes(output))
        yield 0, _written(_framed(pixels, chosen[0]), _PICTURE_PX, engine)
        return
    with open_film(output) as film:
        for frame in film.pictures():
            if frame.index in chosen:
                pixels = _framed(frame.rgb(), chosen[frame.index])
                yield frame.index, _written(pixels, _PICTURE_PX, engine)
            if frame.index >= max(chosen):
                return


def _cut(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    left, top = max(0, round(box.left)), max(0, round(box.top))
    right, bottom = round(box.left + box.width), round(box.top + box.height)
    return pixels[top : max(top + 1, bottom), left : max(left + 1, right)]


def _framed(pixels: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """The picture with a frame around each face, that is seen on any ground."""
    pixels = np.ascontiguousarray(pixels)
    thick = max(2, max(pixels.shape) // 300)
    for box in boxes:
        one = (round(box.left), round(box.top))
        other = (round(box.left + box.width), round(box.top + box.height))
        cv2.rectangle(pixels, one, other, _DARK, 3 * thick)
        cv2.rectangle(pixels, one, other, _BRIGHT, thick)
    return pixels


def _written(pixels: NDArray[np.uint8], most_px: int, engine: RedactPort) -> bytes:
    scale = most_px / max(pixels.shape[:2])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return engine.encode(np.ascontiguousarray(pixels), like=_JPEG)
