"""Boxes against each other and against the picture that they are in."""

from __future__ import annotations

from recognizance.types import Box


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0.0, width) * max(0.0, height)
    whole = one.width * one.height + other.width * other.height - shared
    return shared / whole if whole > 0 else 0.0


def part_inside(box: Box, size_wh: tuple[int, int]) -> float:
    """Which part of a box lies in a picture of this size."""
    width = min(box.left + box.width, size_wh[0]) - max(box.left, 0)
    height = min(box.top + box.height, size_wh[1]) - max(box.top, 0)
    whole = box.width * box.height
    return max(0.0, width) * max(0.0, height) / whole if whole > 0 else 0.0


def grown(box: Box, part: float) -> Box:
    """A box that is larger on each side by a part of it."""
    return Box(
        box.left - part * box.width,
        box.top - part * box.height,
        box.width * (1 + 2 * part),
        box.height * (1 + 2 * part),
    )


def scaled(box: Box, across: float, down: float) -> Box:
    """The same place in a picture that is so many times as wide and as high."""
    return Box(box.left * across, box.top * down, box.width * across, box.height * down)


def turned_back(box: Box, size_wh: tuple[int, int], rotation_deg: int) -> Box:
    """A box of the upright picture in the picture as it is stored.

    Args:
        box: The box.
        size_wh: Width and height of the stored picture.
        rotation_deg: How far clockwise the stored picture is turned to stand upright.
    """
    width, height = size_wh
    match rotation_deg:
        case 90:
            return Box(box.top, height - box.left - box.width, box.height, box.width)
        case 180:
            return Box(
                width - box.left - box.width, height - box.top - box.height, box.width, box.height
            )
        case 270:
            return Box(width - box.top - box.height, box.left, box.height, box.width)
    return box
