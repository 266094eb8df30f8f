"""How a camera moved, and what a stream tells about how it is mounted."""

import math
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.types import Box
from recognizance.video.motion import Ground, between, ground
from recognizance.video.mount import Mount, MountMeter

WIDE, HIGH = 640, 360


def street(seed: int = 0, width: int = 3 * WIDE, height: int = 3 * HIGH) -> np.ndarray:
    """Something with edges and corners of every size, larger than the picture."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 128, np.uint8)
    for _ in range(900):
        x, y = rng.integers(0, width), rng.integers(0, height)
        size = rng.integers(8, 60, 2)
        colour = [int(each) for each in rng.integers(0, 255, 3)]
        cv2.rectangle(picture, (x, y), (x + size[0], y + size[1]), colour, -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


STREET = street()


def view(matrix: np.ndarray | None = None, picture: np.ndarray = STREET) -> np.ndarray:
    """What a camera that looks at the middle of the street sees after a motion of the picture."""
    shift = np.array([[1.0, 0, -WIDE], [0, 1.0, -HIGH], [0, 0, 1]])
    whole = shift if matrix is None else np.vstack([matrix, [0, 0, 1]]) @ shift
    return cv2.warpAffine(picture, whole[:2], (WIDE, HIGH), flags=cv2.INTER_LINEAR)


def similarity(x: float, y: float, turn_deg: float = 0, zoom: float = 1) -> np.ndarray:
    return cv2.getRotationMatrix2D((WIDE / 2, HIGH / 2), turn_deg, zoom) + np.array(
        [[0, 0, x], [0, 0, y]]
    )


@cache
def noise(seed: int, deviation: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, deviation, (HIGH, WIDE, 3)).astype(np.int16)


def noisy(pixels: np.ndarray, seed: int, deviation: float = 4) -> np.ndarray:
    """The same as a sensor sees it; one of five samples of noise."""
    return (pixels + noise(seed % 5, deviation)).clip(0, 255).astype(np.uint8)


def corners(matrix: np.ndarray) -> np.ndarray:
    points = np.array([[0, WIDE, 0, WIDE], [0, 0, HIGH, HIGH], [1, 1, 1, 1]], dtype=float)
    return matrix @ points


@settings(max_examples=30)
@given(st.floats(-50, 50), st.floats(-30, 30), st.floats(-4, 4), st.floats(0.94, 1.06))
def test_the_motion_of_a_street_is_measured(x, y, turn_deg, zoom):
    matrix = similarity(x, y, turn_deg, zoom)
    motion = between(ground(noisy(view(), 1)), ground(noisy(view(matrix), 2)))
    assert motion.measured
    assert not motion.cut
    # To a pixel or two of the full picture, of which the grey one has half as many.
    np.testing.assert_allclose(corners(motion.matrix), corners(matrix), atol=2.5)


def test_the_full_pictures_pixels_are_told_whatever_was_looked_at():
    matrix = similarity(24, -10)
    before, now = view(), view(matrix)
    half = cv2.resize(before, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    larger = cv2.resize(now, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    motion = between(*(ground(each, size_wh=(WIDE, HIGH)) for each in (half, larger)))
    np.testing.assert_allclose(motion.matrix[:, 2], [24, -10], atol=1.5)


@settings(max_examples=30)
@given(st.integers(16, 4000), st.integers(16, 4000), st.floats(0.1, 1), st.floats(0.1, 1))
def test_looks_of_any_size_at_one_picture_can_be_compared(width, height, one, other):
    looks = [
        np.zeros((max(2, round(height * scale)), max(2, round(width * scale)), 3), np.uint8)
        for scale in (one, other)
    ]
    face = Box(width / 2, height / 2, 50, 60)
    motion = between(*(ground(each, [face], size_wh=(width, height)) for each in looks))
    assert not motion.cut


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_without_texture_stands_still(level):
    flat = np.full((HIGH, WIDE, 3), level, np.uint8)
    motion = between(ground(flat), ground(flat))
    assert not motion.measured
    assert not motion.cut
    np.testing.assert_array_equal(motion.matrix, np.eye(2, 3))


def test_a_light_that_goes_dim_is_no_cut_and_another_street_is():
    dim = (view() * 0.5).astype(np.uint8)
    assert not between(ground(view()), ground(dim)).cut
    assert between(ground(view()), ground(view(picture=street(7)))).cut
    assert between(ground(view()), ground(noisy(np.full_like(view(), 90), 0))).cut


def with_somebody(at: float, seed: int) -> tuple[np.ndarray, Box]:
    """A person in a loud pullover, who takes up most of the texture, before a wall."""
    wall = np.full((HIGH, WIDE, 3), 200, np.uint8)
    for x in range(20, WIDE, 200):
        cv2.rectangle(wall, (x, 20), (x + 12, 60), (90, 90, 90), -1)
    left = round(at)
    pullover = street(5, 240, 260)
    wall[100:360, left : left + 240] = pullover
    face = Box(left + 80, 20, 80, 90)
    cv2.ellipse(wall, (left + 120, 65), (40, 45), 0, 0, 360, (150, 120, 100), -1)
    return noisy(wall, seed), face


def test_somebody_who_walks_past_does_not_move_the_camera():
    (before, face), (now, _) = with_somebody(200, 1), with_somebody(216, 2)
    motion = between(ground(before, [face]), ground(now))
    np.testing.assert_array_equal(motion.matrix, np.eye(2, 3))


class Film:
    """Looks at a meter, five a second."""

    def __init__(self) -> None:
        self.meter = MountMeter()
        self.time_s = 0.0
        self._last: Ground | None = None

    def look(self, pixels: np.ndarray) -> None:
        now = ground(pixels)
        motion = between(self._last, now) if self._last is not None else None
        self.meter.see(now, self.time_s, motion)
        self._last = now
        self.time_s += 0.2

    @property
    def reading(self):
        return self.meter.reading


def test_before_ten_seconds_nothing_is_known():
    film = Film()
    for look in range(45):
        film.look(noisy(view(), look))
        assert film.reading.mount is Mount.UNKNOWN


def test_a_camera_on_a_wall_is_fixed_though_the_wind_shakes_it():
    film = Film()
    for look in range(80):
        wind = similarity(1.5 * math.sin(look), 1.0 * math.cos(1.7 * look))
        film.look(noisy(view(wind), look))
    assert film.reading.mount is Mount.FIXED
    assert film.reading.moving_part == 0
    assert film.reading.seconds > 12


@pytest.mark.parametrize("speed_px", [2.5, 10.0, 40.0])
def test_a_camera_that_is_carried_moves_however_slowly(speed_px):
    film = Film()
    for look in range(60):
        there_and_back = 240 - abs(240 - speed_px * look % 480)
        film.look(noisy(view(similarity(there_and_back, 0)), look))
    assert film.reading.mount is Mount.MOVING


def test_who_turns_quickly_again_and_again_wears_a_moving_camera():
    film = Film()
    for look in range(80):
        turned = 600 * (look // 12 % 2) - 300
        film.look(view(similarity(turned + 8 * (look % 12), 0)))
    assert film.reading.cuts >= 3
    assert film.reading.mount is Mount.MOVING


def test_several_cuts_are_a_cut_film_and_one_is_not():
    streets = [street(seed, 3 * WIDE, 3 * HIGH) for seed in range(2)]
    film = Film()
    shots = [view(picture=each) for each in streets]
    for look in range(80):
        film.look(shots[look >= 40])
    assert (film.reading.mount, film.reading.cuts) == (Mount.FIXED, 1)
    for look in range(30):
        film.look(shots[look // 10 % 2])
    assert film.reading.mount is Mount.CUT
    assert film.reading.cuts == 4


def test_a_camera_before_a_blank_wall_tells_nothing():
    film = Film()
    for look in range(80):
        film.look(noisy(np.full((HIGH, WIDE, 3), 128, np.uint8), look, 1))
    assert film.reading.mount is Mount.UNKNOWN
    assert film.reading.seconds == 0
    assert film.reading.blind_s > 12


def test_a_camera_taken_off_its_wall_is_soon_seen_to_move():
    film = Film()
    still = view()
    for _ in range(300):
        film.look(still)
    assert film.reading.mount is Mount.FIXED
    since_s = film.time_s
    while film.reading.mount is not Mount.MOVING:
        film.look(view(similarity(20 * math.sin(film.time_s), 0)))
    assert film.time_s - since_s < 30
