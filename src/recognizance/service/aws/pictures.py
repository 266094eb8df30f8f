"""What the head of a picture's file says: JPEG or PNG, and how large. No pixel is looked at.

The engine decodes pictures, behind its own bounds; this keeps out what AWS would not take either.
"""

from __future__ import annotations

import struct
from typing import Final

_JPEG: Final = b"\xff\xd8\xff"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE_AT: Final = 16
# Start-of-frame markers of ITU-T T.81, table B.1: 0xC0 to 0xCF without DHT, JPG and DAC.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers that have no length after them."""


def is_picture(data: bytes) -> bool:
    """Whether a file begins as JPEG or PNG files do."""
    return data.startswith((_JPEG, _PNG))


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height as the file states them; None where it does not come so far."""
    if data.startswith(_PNG):
        head = data[_PNG_SIZE_AT : _PNG_SIZE_AT + 8]
        return None if len(head) < 8 else struct.unpack(">II", head)  # noqa: PLR2004  # two numbers of four bytes
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:  # noqa: PLR2004  # what a marker begins with
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004  # a fill byte
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None
