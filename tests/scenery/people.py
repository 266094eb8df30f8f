"""Portraits of the shared collections: whose they are, where the face is, and how to cut it out."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from recognizance.engine import Engine
    from recognizance.types import Box, Detection, Features

COLLECTIONS = {"congress/2015": "congress", "congress/2023": "congress", "lfw": "lfw"}
"""Each collection, and the folder of its label file."""

SAME_PHOTOGRAPH = 0.89
"""Plain cosine from which two portraits of one person are taken for one photograph. Of the pairs of
the two sets of the Congress, those from 0.90 to 0.95 were looked at: each is one photograph, cut
and coloured anew. From 0.88 downwards they are two."""

_LEAST_FACE_PX = 40
_CERTAIN = 0.8

# The cut, in widths and heights of the face box from its middle: an ellipse round the head, then
# neck and shoulders down to where the portrait ends, which is drawn out into a coat.
_HEAD = (0.82, 0.92)
_HEAD_RAISED = 0.1
_BODY = ((0.45, 0.3), (0.5, 0.62), (1.3, 1.0), (1.4, 9.0))
_COAT = 1.5
_FEATHER = 0.05


@dataclass(frozen=True, slots=True)
class Portrait:
    """One photograph of one person.

    Attributes:
        person_id: Whose it is; the same in both sets of the Congress.
        path: The file.
    """

    person_id: str
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """Something that can be pasted: a person from head to chest, or a thing.

    Attributes:
        person_id: Who it is; None for a thing.
        levels: The picture and halves of it, each an ndarray of shape (height, width, 4),
            dtype=np.uint8: RGB times alpha, alpha.
        face: The face box in pixels of the first level; of a thing, the whole of it.
    """

    person_id: str | None
    levels: tuple[NDArray[np.uint8], ...]
    face: Box

    @property
    def face_px(self) -> float:
        """Shorter side of the face box in the portrait."""
        return min(self.face.width, self.face.height)


class Album:
    """The collections, read as they are needed; every portrait is looked at once.

    Attributes:
        engine: What finds the faces.
    """

    def __init__(self, faces: Path, engine: Engine) -> None:
        self.engine = engine
        self._faces = faces
        self._portraits: dict[str, Mapping[str, tuple[Portrait, ...]]] = {}
        self._cutouts: dict[Path, Cutout | None] = {}
        self._features: dict[Path, Features] = {}

    def portraits(self, collection: str) -> Mapping[str, tuple[Portrait, ...]]:
        """Everybody in a collection with all their photographs there, in a fixed order."""
        if collection not in self._portraits:
            folder = self._faces / COLLECTIONS[collection]
            below = collection.removeprefix(COLLECTIONS[collection]).strip("/")
            found: dict[str, list[Portrait]] = defaultdict(list)
            with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if row["path"].startswith(below):
                        portrait = Portrait(row["subject_id"], folder / row["path"])
                        found[portrait.person_id].append(portrait)
            self._portraits[collection] = {
                person: tuple(sorted(found[person], key=lambda each: each.path))
                for person in sorted(found)
            }
        return self._portraits[collection]

    def cutout(self, portrait: Portrait) -> Cutout | None:
        """The person cut out; None where the portrait shows no face, several, or a small one."""
        if portrait.path not in self._cutouts:
            self._cutouts[portrait.path] = self._cut(portrait)
        return self._cutouts[portrait.path]

    def features(self, portrait: Portrait) -> Features:
        """What the recogniser makes of a portrait that has a cut-out."""
        if portrait.path not in self._features:
            frame = self.engine.decode(portrait.path.read_bytes())
            crop = self.engine.align(frame, self.engine.detect(frame)[0])
            (self._features[portrait.path],) = self.engine.extract([crop])
        return self._features[portrait.path]

    def same_photograph(self, one: Portrait, other: Portrait) -> bool:
        """Whether two portraits are one photograph: the same bytes, or what no two cameras see."""
        digests = {hashlib.sha256(each.path.read_bytes()).digest() for each in (one, other)}
        if len(digests) == 1:
            return True
        return float(self.features(one).vector @ self.features(other).vector) >= SAME_PHOTOGRAPH

    def _cut(self, portrait: Portrait) -> Cutout | None:
        pixels = self.engine.original(portrait.path.read_bytes())
        frame = self.engine.decode(portrait.path.read_bytes())
        found = [each for each in self.engine.detect(frame) if each.score >= _CERTAIN]
        if len(found) != 1 or min(found[0].box.width, found[0].box.height) < _LEAST_FACE_PX:
            return None
        return Cutout(portrait.person_id, halves(_cut_out(pixels, found[0])), found[0].box)


def halves(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """A picture and its halves, so that a small paste is an average and not a sample."""
    levels = [picture]
    while min(levels[-1].shape[:2]) >= 2 * _LEAST_FACE_PX:
        height, width = (side // 2 * 2 for side in levels[-1].shape[:2])
        even = levels[-1][:height, :width]
        levels.append(cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return tuple(levels)


def premultiplied(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """RGB and an alpha from 0 to 1 as one picture of RGB times alpha, and alpha."""
    colour = rgb.astype(np.float32) * alpha[..., np.newaxis]
    return np.dstack([colour, alpha * 255]).round().astype(np.uint8)


def _cut_out(pixels: NDArray[np.uint8], detection: Detection) -> NDArray[np.uint8]:
    """Head and shoulders with soft edges, and a coat below where the portrait ends."""
    box = detection.box
    coat = round(_COAT * box.height)
    pixels = cv2.copyMakeBorder(pixels, 0, coat, 0, 0, cv2.BORDER_REPLICATE)
    height, width = pixels.shape[:2]
    x, y = box.left + box.width / 2, box.top + box.height / 2
    mask = np.zeros((height, width), dtype=np.uint8)
    middle = (round(x), round(y - _HEAD_RAISED * box.height))
    axes = (round(_HEAD[0] * box.width), round(_HEAD[1] * box.height))
    cv2.ellipse(mask, middle, axes, 0, 0, 360, 255, -1)
    right = [(x + across * box.width, y + down * box.height) for across, down in _BODY]
    left = [(2 * x - there, down) for there, down in reversed(right)]
    cv2.fillPoly(mask, [np.array(right + left).round().astype(np.int32)], 255)
    feather = _FEATHER * box.width
    edge = round(2 * feather) + 1
    mask[:edge] = mask[-edge:] = 0
    mask[:, :edge] = mask[:, -edge:] = 0
    soft = cv2.GaussianBlur(mask, (0, 0), feather).astype(np.float32) / 255
    return premultiplied(pixels, soft)
