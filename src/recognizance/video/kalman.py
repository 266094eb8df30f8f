"""Where a face is and where it is going: a constant-velocity Kalman filter over its box.

Measured are the middle of the box and the logarithms of its sides; each has a velocity, and its
acceleration is white noise. Time is in seconds, so pictures may follow each other unevenly.

x and y get the same noise, and so do both sides. The covariance is therefore the same two by two
matrix for x and y, with nothing between them: a turn of the camera leaves it as it is, a zoom
multiplies it, and no larger matrix is ever needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recognizance.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Noise:
    """How far a face and its box are trusted, in sizes of the face (the root of its area).

    A head is about 0.2 m high, so somebody who walks past at 1.5 m/s moves at 7 sizes a second.

    Attributes:
        place: Standard deviation of a measured middle, in sizes.
        side: Standard deviation of the logarithm of a measured side.
        first_speed: Standard deviation of the speed of a face just seen, in sizes a second.
        first_growth: Standard deviation of its growth, in logarithms a second.
        acceleration: Root of the density of the accelerations, in sizes a second and root second.
        growing: The same of the logarithms of the sides.
    """

    place: float = 0.1
    side: float = 0.12
    first_speed: float = 4.0
    first_growth: float = 0.4
    acceleration: float = 1.0
    growing: float = 0.4


NOISE = Noise()


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is believed of one face at one time.

    Attributes:
        mean: ndarray of shape (2, 4), dtype=np.float64: middle x, middle y, log width and log
            height; then how each changes in a second.
        place: ndarray of shape (2, 2): covariance of x (and of y) and its velocity, in pixels.
        side: ndarray of shape (2, 2): covariance of a side's logarithm and its velocity.
    """

    mean: NDArray[np.float64]
    place: NDArray[np.float64]
    side: NDArray[np.float64]

    @property
    def box(self) -> Box:
        """The face's box as it is believed to be."""
        x, y, log_width, log_height = map(float, self.mean[0])
        width, height = math.exp(log_width), math.exp(log_height)
        return Box(x - width / 2, y - height / 2, width, height)

    @property
    def size_px(self) -> float:
        """The root of the area of that box."""
        return math.exp(float(self.mean[0, 2] + self.mean[0, 3]) / 2)


def first(box: Box, noise: Noise = NOISE) -> Belief:
    """What is believed of a face that was seen once."""
    mean = np.zeros((2, 4))
    mean[0] = measured(box)
    size = math.exp((mean[0, 2] + mean[0, 3]) / 2)
    return Belief(
        mean=mean,
        place=np.diag([(noise.place * size) ** 2, (noise.first_speed * size) ** 2]),
        side=np.diag([noise.side**2, noise.first_growth**2]),
    )


def predicted(belief: Belief, seconds: float, noise: Noise = NOISE) -> Belief:
    """What is believed some seconds later, if nothing is seen until then."""
    if seconds <= 0:
        return belief
    step = np.array([[1.0, seconds], [0.0, 1.0]])
    shaken = np.array([[seconds**3 / 3, seconds**2 / 2], [seconds**2 / 2, seconds]])
    return Belief(
        mean=step @ belief.mean,
        place=step @ belief.place @ step.T + (noise.acceleration * belief.size_px) ** 2 * shaken,
        side=step @ belief.side @ step.T + noise.growing**2 * shaken,
    )


def moved(belief: Belief, matrix: NDArray[np.float64]) -> Belief:
    """The same belief in the pixels of a camera that has moved.

    Args:
        belief: In the pixels of the picture before.
        matrix: ndarray of shape (2, 3): the similarity that takes a point of the picture before to
            the picture now.
    """
    turn = matrix[:, :2]
    zoom = math.sqrt(abs(float(np.linalg.det(turn))))
    mean = belief.mean.copy()
    mean[:, :2] = belief.mean[:, :2] @ turn.T
    mean[0, :2] += matrix[:, 2]
    mean[0, 2:] += math.log(zoom)
    return replace(belief, mean=mean, place=belief.place * zoom**2)


def corrected(belief: Belief, box: Box, noise: Noise = NOISE) -> Belief:
    """What is believed once the face was seen here."""
    surprise = measured(box) - belief.mean[0]
    place_gain, place = _gain(belief.place, (noise.place * belief.size_px) ** 2)
    side_gain, side = _gain(belief.side, noise.side**2)
    mean = belief.mean.copy()
    mean[:, :2] += np.outer(place_gain, surprise[:2])
    mean[:, 2:] += np.outer(side_gain, surprise[2:])
    return Belief(mean=mean, place=place, side=side)


def distance(
    belief: Belief, boxes: NDArray[np.float64], noise: Noise = NOISE
) -> NDArray[np.float64]:
    """How far measurements lie from a belief: squared, in standard deviations, over all four.

    Args:
        belief: Predicted to the time of the measurements.
        boxes: ndarray of shape (n, 4), as `measured` gives them.
        noise: Of a measurement.

    Returns:
        ndarray of shape (n,), dtype=np.float64: chi-squared with four degrees of freedom where a
        measurement is of this face.
    """
    squares = (boxes - belief.mean[0]) ** 2
    place, side = _spread(belief, noise)
    return np.asarray(squares[:, :2].sum(axis=1) / place + squares[:, 2:].sum(axis=1) / side)


def vagueness(belief: Belief, noise: Noise = NOISE) -> float:
    """Logarithm of the volume in which the next measurement is expected; a density's other half."""
    place, side = _spread(belief, noise)
    return 2 * math.log(place) + 2 * math.log(side)


def measured(box: Box) -> NDArray[np.float64]:
    """A box as it is measured: middle x, middle y, log width, log height."""
    width, height = max(box.width, 1e-3), max(box.height, 1e-3)
    return np.array(
        [box.left + box.width / 2, box.top + box.height / 2, math.log(width), math.log(height)]
    )


def _spread(belief: Belief, noise: Noise) -> tuple[float, float]:
    """Variances of the next measurement: of a middle, of the logarithm of a side."""
    return (
        float(belief.place[0, 0]) + (noise.place * belief.size_px) ** 2,
        float(belief.side[0, 0]) + noise.side**2,
    )


def _gain(
    covariance: NDArray[np.float64], variance: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far a surprise moves value and velocity, and the covariance after it."""
    gain = covariance[:, 0] / (covariance[0, 0] + variance)
    return gain, covariance - np.outer(gain, covariance[0])
