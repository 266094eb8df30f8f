"""Redact a photograph: hide every face but those that a person chose to keep, then look again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recognizance.errors import InputError
from recognizance.video.boxes import overlap
from recognizance.video.masks import Style, cover, hidden_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from recognizance.types import Box, Detection

ROUNDS = 3
"""How often what a second look still finds is hidden before the picture is called not clean."""

_SAME_PLACE = 0.3

_HIDDEN = 0.6
"""A detector may take a mosaic for a face; where so much is masked, nobody is to be seen."""


class StillsPort(Protocol):
    """What finds faces and reads and writes pictures; see `recognizance.engine`."""

    def original(self, data: bytes) -> NDArray[np.uint8]:
        """Bytes to upright pixels at full size."""

    def encode(self, pixels: NDArray[np.uint8], *, like: bytes) -> bytes:
        """Pixels to a file in the format of another, without its metadata."""

    def sweep(self, pixels: NDArray[np.uint8], *, again: bool = False) -> tuple[Detection, ...]:
        """Every face that may be there; `again` looks at other sizes."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A redacted photograph and what was done to it.

    Attributes:
        data: The file, without metadata.
        input_digest: SHA-256 of what came in, hex.
        output_digest: SHA-256 of `data`, hex.
        style: How faces were hidden.
        faces: Boxes of the faces that were found, largest first; a face's number is its place,
            from 1.
        kept: Numbers of those left visible.
        late: How many more the later looks found; they were hidden too.
        visible: Boxes of faces that a last look at other sizes still finds; empty where clean.
    """

    data: bytes
    input_digest: str
    output_digest: str
    style: Style
    faces: tuple[Box, ...]
    kept: tuple[int, ...]
    late: int
    visible: tuple[Box, ...]

    @property
    def clean(self) -> bool:
        """Whether the last look found no face but those that were kept."""
        return not self.visible


def redact_still(
    engine: StillsPort,
    data: bytes,
    *,
    style: Style = Style.SOLID,
    keep: Iterable[int] = (),
    like: bytes | None = None,
) -> Redaction:
    """Hide the faces of a photograph.

    Args:
        engine: What finds faces.
        data: The photograph's bytes.
        style: How to hide them.
        keep: Numbers of the faces that stay visible, from 1, as a first run without it lists them.
        like: How a file of the format to write begins; by default the photograph's own.

    Raises:
        ImageError: The photograph cannot be read.
        InputError: There is no face of such a number.
    """
    pixels = engine.original(data)
    faces = tuple(each.box for each in engine.sweep(pixels))
    kept = tuple(sorted(set(keep)))
    _check_numbers(kept, len(faces))
    left_visible = [faces[number - 1] for number in kept]
    hidden = np.zeros(pixels.shape[:2], dtype=np.bool_)
    for number, box in enumerate(faces, start=1):
        if number not in kept:
            cover(pixels, hidden, box, style)
    late, visible = 0, _still_visible(engine, pixels, hidden, left_visible)
    for _ in range(ROUNDS):
        late += len(visible)
        for box in visible:
            cover(pixels, hidden, box, style)
        if not visible:
            break
        visible = _still_visible(engine, pixels, hidden, left_visible)
    output = engine.encode(pixels, like=data if like is None else like)
    # The last look is at the file as it was written, not at the pixels that went into it.
    visible = _still_visible(engine, engine.original(output), hidden, left_visible)
    return Redaction(
        data=output,
        input_digest=hashlib.sha256(data).hexdigest(),
        output_digest=hashlib.sha256(output).hexdigest(),
        style=style,
        faces=faces,
        kept=kept,
        late=late,
        visible=visible,
    )


def _still_visible(
    engine: StillsPort,
    pixels: NDArray[np.uint8],
    hidden: NDArray[np.bool_],
    kept: Sequence[Box],
) -> tuple[Box, ...]:
    return tuple(
        each.box
        for each in engine.sweep(pixels, again=True)
        if hidden_part(hidden, each.box) < _HIDDEN
        and not any(overlap(each.box, box) > _SAME_PLACE for box in kept)
    )


def _check_numbers(kept: tuple[int, ...], faces: int) -> None:
    wrong = [number for number in kept if not 1 <= number <= faces]
    if wrong:
        raise InputError(
            f"There is no face {wrong[0]}: {faces} were found.",
            hint="List them first, with `recognizance redact PHOTO --list`; the largest is 1.",
        )
