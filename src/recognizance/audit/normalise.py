"""Ways to normalise scores, and how they are learnt; `ways` measures them side by side.

No way looks at anybody's group; labels only measure what came out. Each way turns templates into
scores of pairs:

- none: plain cosine;
- mean of the K nearest: `s - (m(a) + m(b)) / 2`, `m` the mean of the K highest cosines with a
  cohort of centroids (what `recognizance.compare` does);
- mean and deviation: `((s - m(a)) / d(a) + (s - m(b)) / d(b)) / 2` over the same K (adaptive
  symmetric score normalisation; Matejka et al., Interspeech 2017);
- per-cluster calibration: FairCal (Salvador et al., ICLR 2022, arXiv 2106.03761), which maps scores
  to the false match rate that they stand for in the cluster of each face, learnt on other faces,
  and takes the mean of both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recognizance.compare import MIN_FACES_PER_CENTROID
from recognizance.errors import InputError
from recognizance.evidence.build import SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recognizance.compare import Cohort

    Floats = NDArray[np.float32]

NEAREST = (5, 10, 20, 40)
CLUSTERS = 32
LEAST_FACES = 400
"""Fewer faces than this give no cohort worth the name."""
_OF_DEVIATION = 20
_CENTROIDS = 1000
_FACES_PER_CENTROID = 10
_FACES_PER_CLUSTER = 100
_ROUNDS = 15
_ROWS_AT_ONCE = 4096
_LEARNT_FROM = 6000
_LEAST_TAIL = 0.05


class Method(Protocol):
    """A way to score templates against each other."""

    @property
    def name(self) -> str:
        """In words."""

    def block(self, one: Floats, other: Floats) -> Floats:
        """Scores of shape (rows of one, rows of other); float32, higher is more alike."""


@dataclass(frozen=True, slots=True)
class PlainCosine:
    """No normalisation."""

    name: str = "none (plain cosine)"

    def block(self, one: Floats, other: Floats) -> Floats:
        """See `Method`."""
        return one @ other.T


@dataclass(frozen=True, slots=True, eq=False)
class NearestMean:
    """Subtracts what both faces' K nearest centroids score.

    Attributes:
        centroids: ndarray of shape (n, d), dtype=np.float32, rows of unit length.
        k: How many of them count.
        cohort: Which cohort they are, in words; empty where there is only one.
    """

    centroids: Floats
    k: int
    cohort: str = ""

    @property
    def name(self) -> str:
        """See `Method`."""
        return f"mean of the {self.k} nearest" + (f", {self.cohort}" if self.cohort else "")

    def block(self, one: Floats, other: Floats) -> Floats:
        """See `Method`."""
        means, others = (_nearest(each, self.centroids, self.k)[0] / 2 for each in (one, other))
        scores: Floats = one @ other.T
        scores -= means[:, None] + others[None, :]
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class NearestMeanDeviation:
    """Subtracts the mean and divides by the deviation of the K nearest, on both sides."""

    centroids: Floats
    k: int

    @property
    def name(self) -> str:
        """See `Method`."""
        return f"mean and deviation of the {self.k} nearest"

    def block(self, one: Floats, other: Floats) -> Floats:
        """See `Method`."""
        scores = one @ other.T
        mean, deviation = _nearest(one, self.centroids, self.k)
        others_mean, others_deviation = _nearest(other, self.centroids, self.k)
        left: Floats = (scores - mean[:, None]) / deviation[:, None]
        right = (scores - others_mean[None, :]) / others_deviation[None, :]
        left += right
        left /= 2
        return left


@dataclass(frozen=True, slots=True, eq=False)
class ClusterCalibration:
    """FairCal: each face's scores are read on the scale of its cluster.

    Attributes:
        centres: ndarray of shape (clusters, d), dtype=np.float32.
        scales: ndarray of shape (clusters, points): scores that the non-mated pairs of a cluster
            reach with the probabilities of `levels`.
        levels: ndarray of shape (points,): `-log10` of those probabilities, rising.
    """

    centres: Floats
    scales: NDArray[np.float64]
    levels: NDArray[np.float64]

    @property
    def name(self) -> str:
        """See `Method`."""
        return f"calibration by {len(self.centres)} clusters (FairCal)"

    def block(self, one: Floats, other: Floats) -> Floats:
        """See `Method`."""
        scores = one @ other.T
        clusters = np.argmax(one @ self.centres.T, axis=1)
        others = np.argmax(other @ self.centres.T, axis=1)
        result = np.empty_like(scores)
        for cluster in np.unique(clusters):
            rows = clusters == cluster
            result[rows] = self._read(scores[rows], cluster)
        for cluster in np.unique(others):
            columns = others == cluster
            result[:, columns] += self._read(scores[:, columns], cluster)
        result /= 2
        return result

    def _read(self, scores: Floats, cluster: np.intp) -> Floats:
        """The level of scores in a cluster; above the highest measured one, on a straight line."""
        scale = self.scales[cluster]
        level = np.interp(scores, scale, self.levels)
        beyond = np.maximum(scores - scale[-1], 0)
        # A level for every so much of a score, as between the median and the highest point.
        half = len(scale) // 2
        slope = (self.levels[-1] - self.levels[half]) / max(scale[-1] - scale[half], 1e-6)
        below = np.minimum(scores - scale[0], 0)
        read: Floats = (level + (beyond + below) * slope).astype(np.float32)
        return read


def learnt_ways(
    vectors: Floats, cohort: Cohort | None, rng: np.random.Generator
) -> Iterator[Method]:
    """Every way of this module, learnt on faces that nothing is measured on.

    Args:
        vectors: ndarray of shape (n, d), dtype=np.float32, rows of unit length.
        cohort: The system's own cohort, for the way in which it scores; `None` = it has none.
        rng: Where chance comes from.

    Raises:
        InputError: There are fewer than `LEAST_FACES` faces.
    """
    if len(vectors) < LEAST_FACES:
        raise InputError(
            f"Ways to normalise are learnt on half of the people, and {len(vectors):,} faces are "
            f"fewer than the {LEAST_FACES} that it takes.",
            hint="Add photographs, or leave out --normalisations.",
        )
    yield PlainCosine()
    if cohort is not None:
        yield NearestMean(cohort.centroids, cohort.k, "this system's cohort")
    centroids = learn_centroids(vectors, rng)
    fitting = [k for k in NEAREST if 2 * k <= len(centroids)] or [1]
    yield from (NearestMean(centroids, k, "learnt here") for k in fitting)
    yield NearestMeanDeviation(centroids, max(k for k in fitting if k <= _OF_DEVIATION))
    yield learn_calibration(
        vectors, clusters=min(CLUSTERS, len(vectors) // _FACES_PER_CLUSTER), rng=rng
    )


def learn_centroids(vectors: Floats, rng: np.random.Generator) -> Floats:
    """A cohort of centroids, none of which stands for fewer than five faces."""
    count = min(_CENTROIDS, len(vectors) // _FACES_PER_CENTROID)
    centroids = k_means(vectors, count, rng)
    faces = np.bincount(np.argmax(vectors @ centroids.T, axis=1), minlength=count)
    kept: Floats = centroids[faces >= MIN_FACES_PER_CENTROID]
    return kept


def learn_calibration(
    vectors: Floats, *, clusters: int = CLUSTERS, rng: np.random.Generator
) -> ClusterCalibration:
    """Learn FairCal's clusters and scales on faces that nothing is measured on.

    Pairs that look like one person are left out. A cluster's scale is of the pairs with at least
    one face in it.

    Raises:
        InputError: There are too few faces.
    """
    if len(vectors) < _FACES_PER_CLUSTER * clusters:
        raise InputError(
            f"{clusters} clusters need at least {_FACES_PER_CLUSTER * clusters} faces to learn "
            "from.",
            hint="Use fewer clusters or more faces.",
        )
    centres = k_means(vectors, clusters, rng)
    nearest = np.argmax(vectors @ centres.T, axis=1)
    chosen = rng.permutation(len(vectors))[:_LEARNT_FROM]
    levels = np.linspace(-np.log10(_LEAST_TAIL * 10), 4.5, 60)
    scales = np.empty((clusters, levels.size))
    for cluster in range(clusters):
        rows = np.flatnonzero(nearest == cluster)
        rows = rng.permutation(rows)[:1000]
        scores = (vectors[rows] @ vectors[chosen].T)[rows[:, None] != chosen[None, :]]
        scores = scores[scores < SUSPECTED_SAME_PERSON]
        scales[cluster] = np.quantile(scores, 1 - 10.0**-levels)
        # `interp` needs scores that rise; equal quantiles of a small cluster are moved apart.
        scales[cluster] = np.maximum.accumulate(scales[cluster] + 1e-7 * np.arange(levels.size))
    return ClusterCalibration(centres, scales, levels)


def k_means(vectors: Floats, clusters: int, rng: np.random.Generator) -> Floats:
    """Centres of unit length that the vectors gather around (spherical k-means)."""
    centres = vectors[rng.permutation(len(vectors))[:clusters]].copy()
    for _ in range(_ROUNDS):
        nearest = np.argmax(vectors @ centres.T, axis=1)
        for cluster in range(clusters):
            of_cluster = vectors[nearest == cluster]
            if len(of_cluster):
                centres[cluster] = of_cluster.mean(axis=0)
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return centres


def _nearest(vectors: Floats, centroids: Floats, k: int) -> tuple[Floats, Floats]:
    """Mean and deviation of each vector's k highest cosines with the centroids."""
    means, deviations = np.empty((2, len(vectors)), dtype=np.float32)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        cosines = vectors[part] @ centroids.T
        top = np.partition(cosines, len(centroids) - k, axis=1)[:, len(centroids) - k :]
        means[part], deviations[part] = top.mean(axis=1), top.std(axis=1)
    return means, np.maximum(deviations, np.float32(1e-3))
