"""A stage: a street, people who walk over it, a camera; what the camera sees and who is where.

Places are in pixels of the picture that a camera at rest takes. Whoever is nearer, that is larger,
is drawn later and hides the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenery.people import Cutout

_SHUTTER_S = 0.01
_LOOKS = 12
"""How finely it is measured how much of a face is visible: so many points along each side."""

_NOISE_PICTURES = 5
_MARGIN = 0.25


@dataclass(frozen=True, slots=True)
class Key:
    """Where somebody is at a time; in between, everything changes evenly.

    Attributes:
        time_s: When.
        x: Middle of the face.
        y: Middle of the face.
        face_px: Shorter side of the face box.
        roll_deg: How far the head is tilted, clockwise in the picture.
        yaw_deg: How far it is turned away, as a flat picture can be: it gets narrower.
    """

    time_s: float
    x: float
    y: float
    face_px: float
    roll_deg: float = 0.0
    yaw_deg: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Somebody, or something, on the stage from the first to the last key.

    Attributes:
        cutout: Who.
        path: At least two keys, in order of time.
        sway_px: How far a walking head goes up and down.
        blur_px: Standard deviation of the blur of a lens that is not quite in focus.
    """

    cutout: Cutout
    path: tuple[Key, ...]
    sway_px: float = 0.0
    blur_px: float = 0.0

    def at(self, time_s: float) -> Key | None:
        """Where it is, or None while it is not there."""
        times = [key.time_s for key in self.path]
        if not times[0] <= time_s <= times[-1]:
            return None
        x, y, face, roll, yaw = (
            float(np.interp(time_s, times, [getattr(key, name) for key in self.path]))
            for name in ("x", "y", "face_px", "roll_deg", "yaw_deg")
        )
        y += self.sway_px * math.sin(2 * math.pi * 1.8 * (time_s - times[0]))
        return Key(time_s, x, y, face, roll, yaw)

    def matrix(self, key: Key) -> NDArray[np.float64]:
        """Matrix (3, 3) from pixels of the cut-out's first level to the stage."""
        face = self.cutout.face
        scale = key.face_px / self.cutout.face_px
        turn, narrow = math.radians(key.roll_deg), math.cos(math.radians(key.yaw_deg))
        cos, sin = scale * math.cos(turn), scale * math.sin(turn)
        middle = np.array([face.left + face.width / 2, face.top + face.height / 2])
        linear = np.array([[narrow * cos, -sin], [narrow * sin, cos]])
        shift = np.array([key.x, key.y]) - linear @ middle
        return np.vstack([np.column_stack([linear, shift]), [0, 0, 1]])


@dataclass(frozen=True, slots=True)
class Camera:
    """How the camera moves; as it stands here, it does not.

    Attributes:
        drift_px_s: How fast it pans, to the right and downwards.
        shake_px: How far a hand shakes it; the head of a walker, about ten times that.
        roll_deg: How far it tilts with that.
        zoom: How much of the picture's size is gained and lost with that, as a fraction.
        phase: Where in the shake it starts.
    """

    drift_px_s: tuple[float, float] = (0.0, 0.0)
    shake_px: float = 0.0
    roll_deg: float = 0.0
    zoom: float = 0.0
    phase: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether the picture moves at all."""
        return (*self.drift_px_s, self.shake_px, self.roll_deg, self.zoom) != (0, 0, 0, 0, 0)

    def matrix(self, time_s: float, size_wh: tuple[int, int]) -> NDArray[np.float64]:
        """Matrix (3, 3) from the stage to the picture."""

        def wave(slow: float, fast: float) -> float:
            first = math.sin(2 * math.pi * slow * time_s + self.phase)
            return 0.7 * first + 0.3 * math.sin(2 * math.pi * fast * time_s + 2 * self.phase)

        turn = math.radians(self.roll_deg * wave(0.31, 1.7))
        scale = 1 + self.zoom * wave(0.23, 0.9)
        cos, sin = scale * math.cos(turn), scale * math.sin(turn)
        middle = np.array([size_wh[0] / 2, size_wh[1] / 2])
        linear = np.array([[cos, -sin], [sin, cos]])
        shake = self.shake_px * np.array([wave(0.4, 2.3), wave(0.9, 1.9)])
        shift = middle - linear @ middle + shake - time_s * np.array(self.drift_px_s)
        return np.vstack([np.column_stack([linear, shift]), [0, 0, 1]])


@dataclass(frozen=True, slots=True)
class TrueFace:
    """A face that is in a picture.

    Attributes:
        person_id: Whose.
        box: Where, as the engine draws boxes; it may reach outside the picture.
        visible: How much of the box is in the picture and hidden by nothing, from 0 to 1.
    """

    person_id: str
    box: Box
    visible: float


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """Everybody in one picture.

    Attributes:
        index: Which picture of the clip, from 0.
        time_s: Its time.
        faces: Those of whom anything is visible, the farthest first.
    """

    index: int
    time_s: float
    faces: tuple[TrueFace, ...]


@dataclass(eq=False)
class Stage:
    """What is filmed without a cut.

    Attributes:
        size_wh: Of the picture.
        seconds: How long.
        actors: Who walks.
        camera: How it moves.
        light: What remains of the light, 1 by day.
        noise: Standard deviation of the sensor's noise, in grey levels.
        seed: Of street and noise.
    """

    size_wh: tuple[int, int]
    seconds: float
    actors: tuple[Actor, ...]
    camera: Camera = field(default_factory=Camera)
    light: float = 1.0
    noise: float = 3.0
    seed: int = 0

    def truth(self, index: int, time_s: float, since_s: float = 0.0) -> FrameTruth:
        """Who is where at a time; `since_s` is when this stage began in the clip."""
        placed = self._placed(time_s)
        faces = []
        for rank, (actor, matrix) in enumerate(placed):
            if actor.cutout.person_id is None:
                continue
            before = placed[rank + 1 :]
            visible = _visible(actor, matrix, before, self.size_wh)
            if visible > 0:
                box = _moved(actor.cutout.face, matrix)
                faces.append(TrueFace(actor.cutout.person_id, box, visible))
        return FrameTruth(index, since_s + time_s, tuple(faces))

    def picture(self, index: int, time_s: float) -> NDArray[np.uint8]:
        """What the camera sees: ndarray of shape (height, width, 3), dtype=np.uint8, RGB."""
        picture = self._street_at(time_s)
        for actor, matrix in self._placed(time_s):
            _paste(picture, actor, matrix, self._motion(actor, time_s))
        if self.light != 1:
            picture = cv2.convertScaleAbs(picture, alpha=self.light)
        noise = self._noise[index % _NOISE_PICTURES]
        return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U))

    def _placed(self, time_s: float) -> list[tuple[Actor, NDArray[np.float64]]]:
        """Whoever is there with the matrix to the picture, the farthest first."""
        camera = self.camera.matrix(time_s, self.size_wh)
        there = [(actor.at(time_s), actor) for actor in self.actors]
        placed = [(key.face_px, camera @ actor.matrix(key), actor) for key, actor in there if key]
        return [(actor, matrix) for _, matrix, actor in sorted(placed, key=lambda each: each[0])]

    def _motion(self, actor: Actor, time_s: float) -> tuple[float, float]:
        """How far a face moves in the picture while the shutter is open."""
        ends = []
        for moment in (time_s - _SHUTTER_S / 2, time_s + _SHUTTER_S / 2):
            key = actor.at(moment)
            if key is None:
                return 0.0, 0.0
            ends.append(self.camera.matrix(moment, self.size_wh) @ [key.x, key.y, 1])
        return float(ends[1][0] - ends[0][0]), float(ends[1][1] - ends[0][1])

    @cached_property
    def _street(self) -> NDArray[np.uint8]:
        width, height = self.size_wh
        if self.camera.moves:
            width, height = (round(side * (1 + 2 * _MARGIN)) for side in (width, height))
        return street_picture((width, height), self.seed)

    def _street_at(self, time_s: float) -> NDArray[np.uint8]:
        if not self.camera.moves:
            return self._street.copy()
        width, height = self.size_wh
        to_stage = np.array([[1, 0, -_MARGIN * width], [0, 1, -_MARGIN * height], [0, 0, 1.0]])
        matrix = (self.camera.matrix(time_s, self.size_wh) @ to_stage)[:2]
        return np.asarray(
            cv2.warpAffine(self._street, matrix, self.size_wh, borderMode=cv2.BORDER_REFLECT)
        )

    @cached_property
    def _noise(self) -> NDArray[np.int8]:
        rng = np.random.default_rng([self.seed, 1])
        shape = (_NOISE_PICTURES, self.size_wh[1], self.size_wh[0], 1)
        grey = np.clip(rng.standard_normal(shape, dtype=np.float32) * self.noise, -99, 99)
        return np.repeat(grey.round().astype(np.int8), 3, axis=3)


def street_picture(size_wh: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """A street that was never photographed: sky, house fronts with windows, a pavement."""
    width, height = size_wh
    rng = np.random.default_rng([seed, 0])
    picture = np.empty((height, width, 3), dtype=np.float32)
    picture[:] = np.linspace([150, 170, 195], [205, 208, 210], height)[:, np.newaxis]
    left, ground = 0, round(0.72 * height)
    while left < width:
        right = min(width, left + int(rng.integers(width // 9, width // 4)))
        top = int(rng.uniform(0.02, 0.25) * height)
        picture[top:ground, left:right] = rng.uniform(70, 170) + rng.uniform(-20, 20, 3)
        step = max(8, round(height * rng.uniform(0.09, 0.14)))
        for row in range(top + step // 3, ground - step, step):
            for column in range(left + step // 3, right - step // 2, step):
                glass = rng.uniform(25, 90) + rng.uniform(-8, 8, 3)
                picture[row : row + round(0.6 * step), column : column + step // 2] = glass
        left = right
    picture[ground:] = rng.uniform(90, 120)
    for cells, strength in ((8, 10), (60, 9), (240, 7)):
        noise = rng.standard_normal((cells, cells * width // height, 1), dtype=np.float32)
        layer = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        picture += strength * layer[..., np.newaxis]
    return np.asarray(cv2.GaussianBlur(picture.clip(0, 255).astype(np.uint8), (0, 0), 1.0))


def _moved(face: Box, matrix: NDArray[np.float64]) -> Box:
    """The box in the picture: middle moved, sides scaled, upright as the engine's boxes are."""
    middle = matrix @ [face.left + face.width / 2, face.top + face.height / 2, 1]
    width = face.width * math.hypot(matrix[0, 0], matrix[1, 0])
    height = face.height * math.hypot(matrix[0, 1], matrix[1, 1])
    return Box(float(middle[0]) - width / 2, float(middle[1]) - height / 2, width, height)


def _visible(
    actor: Actor,
    matrix: NDArray[np.float64],
    before: list[tuple[Actor, NDArray[np.float64]]],
    size_wh: tuple[int, int],
) -> float:
    """Share of a face box that is in the picture and covered by nobody who stands before it."""
    face = actor.cutout.face
    steps = (np.arange(_LOOKS) + 0.5) / _LOOKS
    x, y = np.meshgrid(face.left + steps * face.width, face.top + steps * face.height)
    points = matrix @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    inside = ((points[:2] >= 0) & (points[:2] < np.array(size_wh)[:, np.newaxis])).all(axis=0)
    seen = np.asarray(inside, dtype=np.float64)
    if not seen.any():
        return 0.0
    for other, placed in before:
        column, row, _ = np.linalg.inv(placed) @ points
        alpha = other.cutout.levels[0][..., 3]
        column, row = column.round().astype(int), row.round().astype(int)
        hit = (column >= 0) & (row >= 0) & (row < alpha.shape[0]) & (column < alpha.shape[1])
        seen[hit] *= 1 - alpha[row[hit], column[hit]] / 255
    return float(seen.mean())


def _paste(
    picture: NDArray[np.uint8],
    actor: Actor,
    matrix: NDArray[np.float64],
    motion: tuple[float, float],
) -> None:
    """Draw a cut-out into the picture, blurred as lens and motion blur it."""
    scale = math.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    levels = actor.cutout.levels
    level = min(len(levels) - 1, max(0, math.floor(-math.log2(scale) + 0.2)))
    source, step = levels[level], 2**level
    # Pixel i of a level averages `step` pixels of the first, the first of them at step * i.
    up = np.array([[step, 0, (step - 1) / 2], [0, step, (step - 1) / 2], [0, 0, 1.0]])
    to_picture = matrix @ up
    high, wide = source.shape[:2]
    corners = to_picture @ np.array([[0, wide, 0, wide], [0, 0, high, high], [1, 1, 1, 1.0]])
    limits = picture.shape[1], picture.shape[0]
    room = math.ceil(3 * actor.blur_px + max(map(abs, motion)) / 2) + 1
    left, top = (max(0, math.floor(corners[axis].min()) - room) for axis in (0, 1))
    right, bottom = (min(limits[axis], math.ceil(corners[axis].max()) + room) for axis in (0, 1))
    if right <= left or bottom <= top:
        return
    to_picture[:2, 2] -= left, top
    patch = cv2.warpAffine(source, to_picture[:2], (right - left, bottom - top))
    patch = _blurred(patch, actor.blur_px, motion)
    part = picture[top:bottom, left:right]
    remains = cv2.cvtColor(255 - patch[..., 3], cv2.COLOR_GRAY2RGB)
    colour = cv2.cvtColor(patch, cv2.COLOR_RGBA2RGB)
    picture[top:bottom, left:right] = cv2.add(cv2.multiply(part, remains, scale=1 / 255), colour)


def _blurred(
    patch: NDArray[np.uint8], blur_px: float, motion: tuple[float, float]
) -> NDArray[np.uint8]:
    """Out of focus, and drawn out along the motion."""
    if blur_px > 0:
        patch = np.asarray(cv2.GaussianBlur(patch, (0, 0), blur_px))
    if math.hypot(*motion) >= 1:
        reach = math.ceil(max(map(abs, motion)) / 2)
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=np.float32)
        for part in np.linspace(-0.5, 0.5, 4 * reach + 1):
            column, row = reach + round(part * motion[0]), reach + round(part * motion[1])
            kernel[row, column] += 1
        patch = np.asarray(cv2.filter2D(patch, -1, kernel / kernel.sum()))
    return patch
