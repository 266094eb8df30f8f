"""What a reviewer should know of a picture before trusting their eyes on it, in words.

The numbers are house numbers and decide nothing: a permit's own floor has kept out what it keeps
out. They say what makes two pictures of one person look different, and of two people alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.types import Quality

_SMALL_PX = 40
_BLURRED = 100
_DARK, _BRIGHT = 60, 200
_FLAT = 25
_TURNED_DEG, _NODDED_DEG, _TILTED_DEG = 20, 20, 15


def notes_of(quality: Quality) -> tuple[str, ...]:
    """What stands in the way of comparing this face, worst first; empty where nothing does."""
    found = (
        (
            quality.eye_distance_px < _SMALL_PX,
            f"taken small: {quality.eye_distance_px:.0f} pixels between the eyes",
        ),
        (quality.sharpness < _BLURRED, "blurred"),
        (quality.exposure < _DARK, "dark"),
        (quality.exposure > _BRIGHT, "very bright"),
        (quality.contrast < _FLAT, "little contrast"),
        (abs(quality.yaw_deg) > _TURNED_DEG, "turned to the side"),
        (abs(quality.pitch_deg) > _NODDED_DEG, "looks up or down"),
        (abs(quality.roll_deg) > _TILTED_DEG, "tilted"),
    )
    return tuple(words for so, words in found if so)
