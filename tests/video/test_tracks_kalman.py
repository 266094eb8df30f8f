"""The filter that knows only two small matrices, against the textbook's with all eight values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.types import Box
from recognizance.video import kalman
from recognizance.video.kalman import NOISE

ORDER = 4


class Textbook:
    """Eight values, one 8x8 covariance, and the equations as they stand in every textbook."""

    def __init__(self, box: Box) -> None:
        value = kalman.measured(box)
        size = math.exp((value[2] + value[3]) / 2)
        self.x = np.concatenate([value, np.zeros(ORDER)])
        place, speed = NOISE.place * size, NOISE.first_speed * size
        sides, growth = NOISE.side, NOISE.first_growth
        self.p = np.diag([place, place, sides, sides, speed, speed, growth, growth]) ** 2

    @property
    def size(self) -> float:
        return math.exp((self.x[2] + self.x[3]) / 2)

    def predict(self, dt: float) -> None:
        step = np.block([[np.eye(ORDER), dt * np.eye(ORDER)], [np.zeros((4, 4)), np.eye(ORDER)]])
        moving = NOISE.acceleration * self.size
        q = np.diag([moving, moving, NOISE.growing, NOISE.growing]) ** 2
        shaken = np.block([[dt**3 / 3 * q, dt**2 / 2 * q], [dt**2 / 2 * q, dt * q]])
        self.x = step @ self.x
        self.p = step @ self.p @ step.T + shaken

    def move(self, matrix: np.ndarray) -> None:
        zoom = math.sqrt(np.linalg.det(matrix[:, :2]))
        whole = np.eye(8)
        whole[:2, :2] = whole[4:6, 4:6] = matrix[:, :2]
        self.x = whole @ self.x
        self.x[:2] += matrix[:, 2]
        self.x[2:4] += math.log(zoom)
        self.p = whole @ self.p @ whole.T

    def correct(self, box: Box) -> None:
        h = np.hstack([np.eye(ORDER), np.zeros((4, 4))])
        place, side = NOISE.place * self.size, NOISE.side
        r = np.diag([place, place, side, side]) ** 2
        gain = self.p @ h.T @ np.linalg.inv(h @ self.p @ h.T + r)
        self.x = self.x + gain @ (kalman.measured(box) - h @ self.x)
        self.p = (np.eye(8) - gain @ h) @ self.p

    def distance(self, box: Box) -> float:
        place, side = NOISE.place * self.size, NOISE.side
        spread = self.p[:4, :4] + np.diag([place, place, side, side]) ** 2
        surprise = kalman.measured(box) - self.x[:4]
        return float(surprise @ np.linalg.solve(spread, surprise))


sizes = st.floats(10, 400)
places = st.floats(-500, 4000)
boxes = st.builds(Box, places, places, sizes, sizes)
pauses = st.floats(0.001, 2)


@st.composite
def similarities(draw) -> np.ndarray:
    turn, zoom = draw(st.floats(-0.5, 0.5)), draw(st.floats(0.7, 1.4))
    cos, sin = zoom * math.cos(turn), zoom * math.sin(turn)
    shift = st.floats(-200, 200)
    return np.array([[cos, -sin, draw(shift)], [sin, cos, draw(shift)]])


@given(boxes, st.lists(st.tuples(pauses, similarities(), boxes), max_size=6))
def test_it_is_the_textbooks_filter(start, steps):
    belief, textbook = kalman.first(start), Textbook(start)
    for pause, matrix, box in steps:
        belief = kalman.moved(kalman.predicted(belief, pause), matrix)
        textbook.predict(pause)
        textbook.move(matrix)
        far = kalman.distance(belief, kalman.measured(box)[np.newaxis])
        assert far[0] == pytest.approx(textbook.distance(box), rel=1e-6)
        # A box that no face could have got to is not taken for it, and would overflow both.
        if far[0] < 50:
            belief = kalman.corrected(belief, box)
            textbook.correct(box)
        np.testing.assert_allclose(belief.mean.ravel(), textbook.x, rtol=1e-6, atol=1e-6)
        for axis, small in enumerate([belief.place, belief.place, belief.side, belief.side]):
            wide = textbook.p[np.ix_([axis, axis + 4], [axis, axis + 4])]
            np.testing.assert_allclose(small, wide, rtol=1e-6, atol=1e-9)


@given(boxes, pauses, pauses)
def test_two_pauses_are_one_long_pause(start, one, other):
    twice = kalman.predicted(kalman.predicted(kalman.first(start), one), other)
    once = kalman.predicted(kalman.first(start), one + other)
    np.testing.assert_allclose(twice.mean, once.mean)
    np.testing.assert_allclose(twice.place, once.place, rtol=1e-9)
    np.testing.assert_allclose(twice.side, once.side, rtol=1e-9)


@given(boxes, similarities())
def test_a_camera_that_moves_and_comes_back_has_not_moved(start, matrix):
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    belief = kalman.first(start)
    again = kalman.moved(kalman.moved(belief, matrix), back)
    np.testing.assert_allclose(again.mean, belief.mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(again.place, belief.place, rtol=1e-9)


def test_it_learns_a_speed_and_predicts_by_it():
    belief = kalman.first(Box(0, 0, 50, 60))
    for step in range(1, 40):
        belief = kalman.predicted(belief, 0.1)
        belief = kalman.corrected(belief, Box(20 * step, -5 * step, 50, 60))
    later = kalman.predicted(belief, 1.0).box
    assert later.left == pytest.approx(20 * 49, abs=2)
    assert later.top == pytest.approx(-5 * 49, abs=2)
    assert later.width == pytest.approx(50, abs=0.5)


@given(boxes, st.floats(-1, 0))
def test_time_that_does_not_pass_changes_nothing(start, pause):
    belief = kalman.first(start)
    assert kalman.predicted(belief, pause) is belief


def test_the_longer_ago_the_vaguer():
    belief = kalman.first(Box(0, 0, 50, 50))
    vague = [kalman.vagueness(kalman.predicted(belief, pause)) for pause in (0, 0.1, 0.5, 2.0)]
    assert vague == sorted(vague)
    assert belief.box == Box(*map(pytest.approx, (0, 0, 50, 50)))
