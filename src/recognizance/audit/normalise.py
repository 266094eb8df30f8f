"""Ways to normalise scores, side by side: who gains equality, and what it costs in accuracy.

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

from recognizance.audit.differentials import max_over_geomean, max_over_min
from recognizance.audit.inequality import measure, measures_of
from recognizance.audit.rates import threshold_at_most
from recognizance.audit.result import NormalisationRow
from recognizance.errors import InputError
from recognizance.evidence.build import MIN_PEOPLE, SAME_PHOTOGRAPH, SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.audit.data import Samples
    from recognizance.audit.values import Measure

    Floats = NDArray[np.float32]

NEAREST = (5, 10, 20, 40)
CLUSTERS = 32
FMR_TARGETS = (1e-2, 1e-3)
FNMR_AT = 1e-4
_ROUNDS = 15
_ROWS_AT_ONCE = 4096
_LEARNT_FROM = 6000
_LEAST_TAIL = 0.05
_DRAWS = 500


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
    """Subtracts what both faces' K nearest centroids score."""

    centroids: Floats
    k: int

    @property
    def name(self) -> str:
        """See `Method`."""
        return f"mean of the {self.k} nearest"

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


def learn_calibration(
    vectors: Floats, *, clusters: int = CLUSTERS, rng: np.random.Generator
) -> ClusterCalibration:
    """Learn FairCal's clusters and scales on faces that nothing is measured on.

    Pairs that look like one person are left out. A cluster's scale is of the pairs with at least
    one face in it.

    Raises:
        InputError: There are too few faces.
    """
    if len(vectors) < 100 * clusters:
        raise InputError(
            f"{clusters} clusters need at least {100 * clusters} faces to learn from.",
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


def compare_normalisations(
    methods: Sequence[Method],
    data: Samples,
    grouping: tuple[str, ...],
    *,
    mated: Samples | None = None,
    targets: tuple[float, ...] = FMR_TARGETS,
    seed: int = 19795,
    draws: int = _DRAWS,
) -> tuple[NormalisationRow, ...]:
    """Measure every method on the same faces.

    Args:
        methods: Learnt on other faces.
        data: Faces with labels; pairs that look like one person are left out where identities
            are unknown.
        grouping: Labels to split by; groups of fewer than 30 people are left out.
        mated: Faces with identities; gives the false non-match rate that each method costs.
        targets: Means of the groups' false match rates.
        seed: Of the bootstrap.
        draws: Of the bootstrap.

    Raises:
        InputError: There are fewer than two groups.
    """
    groups = _groups(data, grouping)
    found: list[NormalisationRow] = []
    for method in methods:
        tails = [_Tail.of(method, data, group, max(targets) * 5) for group in groups]
        fnmr = None if mated is None else _fnmr(method, mated, FNMR_AT)
        for target in sorted(targets, reverse=True):
            threshold = _threshold(tails, target)
            worst, geomean = _inequality(tails, threshold, np.random.default_rng(seed), draws)
            found.append(
                NormalisationRow(
                    method=method.name,
                    fmr_target=target,
                    threshold=threshold,
                    max_over_min=worst.value,
                    lower=worst.lower,
                    upper=worst.upper,
                    max_over_geomean=geomean.value,
                    max_over_geomean_lower=geomean.lower,
                    max_over_geomean_upper=geomean.upper,
                    fnmr=fnmr,
                    fnmr_at_fmr=None if fnmr is None else FNMR_AT,
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Tail:
    """The highest non-mated scores of one group, with their people."""

    people: int
    images: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    scores: NDArray[np.float32]

    @property
    def pairs(self) -> float:
        return (float(self.images.sum()) ** 2 - float(np.square(self.images).sum())) / 2

    @staticmethod
    def of(method: Method, data: Samples, group: NDArray[np.int64], share: float) -> _Tail:
        vectors = data.vectors[group]
        _, person = np.unique(data.subjects[group], return_inverse=True)
        scores = method.block(vectors, vectors)
        if not data.identities:
            scores[vectors @ vectors.T >= SUSPECTED_SAME_PERSON] = -np.inf
        one, other = np.triu_indices(len(vectors), k=1)
        apart = person[one] != person[other]
        one, other = one[apart], other[apart]
        flat = scores[one, other]
        kept = max(int(flat.size * share), 1)
        at = np.argpartition(flat, flat.size - kept)[flat.size - kept :]
        images = np.bincount(person)
        return _Tail(images.size, images, person[one[at]], person[other[at]], flat[at])


def _inequality(
    tails: list[_Tail], threshold: float, rng: np.random.Generator, draws: int
) -> tuple[Measure, Measure]:
    """Worst over best and worst over the geometric mean, each with its joint interval."""
    rates = [np.count_nonzero(tail.scores >= threshold) / tail.pairs for tail in tails]
    drawn = np.stack([_drawn(tail, threshold, draws, rng) for tail in tails], axis=1)
    replicates = measures_of(drawn, None)
    return (
        measure("max_over_min", max_over_min(rates), replicates["max_over_min"]),
        measure("max_over_geomean", max_over_geomean(rates), replicates["max_over_geomean"]),
    )


def _threshold(tails: list[_Tail], target: float) -> float:
    """The lowest threshold at which the mean of the groups' rates is at most the target."""
    scores = np.concatenate([tail.scores for tail in tails])
    weights = np.concatenate(
        [np.full(tail.scores.size, 1 / (tail.pairs * len(tails))) for tail in tails]
    )
    order = np.argsort(-scores, kind="stable")
    scores, reached = scores[order], np.cumsum(weights[order])
    # Equal scores move together: what counts is the sum at the last of them.
    last = np.append(scores[1:] != scores[:-1], True)
    kept = np.flatnonzero(last & (reached <= target * (1 + 1e-9)))
    return float(scores[kept[-1]]) if kept.size else float(np.nextafter(scores[0], np.inf))


def _drawn(
    tail: _Tail, threshold: float, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    kept = tail.scores >= threshold
    first, second = tail.first[kept], tail.second[kept]
    rates = np.empty(draws)
    for draw in range(draws):
        picked = rng.integers(tail.people, size=tail.people)
        weights = np.bincount(picked, minlength=tail.people).astype(np.float64)
        held = weights * tail.images
        pairs = (held.sum() ** 2 - np.square(held).sum()) / 2
        rates[draw] = (weights[first] * weights[second]).sum() / pairs
    return rates


def _fnmr(method: Method, mated: Samples, target: float) -> float:
    """Share of mated pairs missed where all non-mated pairs of the same data keep the target."""
    rows = np.flatnonzero(mated.acquired)
    vectors, person = mated.vectors[rows], mated.subjects[rows]
    tail: list[NDArray[np.float32]] = []
    same: list[NDArray[np.float32]] = []
    pairs = 0
    for start in range(0, len(rows), 512):
        block, rest = slice(start, start + 512), slice(start, None)
        scores = method.block(vectors[block], vectors[rest])
        upper = np.triu(np.ones(scores.shape, dtype=np.bool_), k=1)
        mates = person[block][:, None] == person[rest][None, :]
        photographs = vectors[block] @ vectors[rest].T >= SAME_PHOTOGRAPH
        same.append(scores[upper & mates & ~photographs])
        others = scores[upper & ~mates]
        pairs += others.size
        kept = min(max(int(others.size * target * 50), 100), others.size)
        tail.append(np.partition(others, others.size - kept)[others.size - kept :])
    scores = np.concatenate(tail)
    # All other scores lie below; the target is one of all pairs.
    threshold = threshold_at_most(scores, min(target * pairs / scores.size, 1.0))
    return float(np.mean(np.concatenate(same) < threshold))


def _nearest(vectors: Floats, centroids: Floats, k: int) -> tuple[Floats, Floats]:
    """Mean and deviation of each vector's k highest cosines with the centroids."""
    means, deviations = np.empty((2, len(vectors)), dtype=np.float32)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        cosines = vectors[part] @ centroids.T
        top = np.partition(cosines, len(centroids) - k, axis=1)[:, len(centroids) - k :]
        means[part], deviations[part] = top.mean(axis=1), top.std(axis=1)
    return means, np.maximum(deviations, np.float32(1e-3))


def _groups(data: Samples, grouping: tuple[str, ...]) -> list[NDArray[np.int64]]:
    columns = [data.labels[attribute].tolist() for attribute in grouping]
    by_label: dict[tuple[str, ...], list[int]] = {}
    for row, labels in enumerate(zip(*columns, strict=True)):
        if data.acquired[row] and all(labels):
            by_label.setdefault(labels, []).append(row)
    groups = [np.array(rows) for _, rows in sorted(by_label.items())]
    large = [rows for rows in groups if np.unique(data.subjects[rows]).size >= MIN_PEOPLE]
    if len(large) < 2:  # noqa: PLR2004  # nothing is unequal to itself
        raise InputError(
            "Fewer than two groups have 30 people.", hint="Choose other labels, or add people."
        )
    return large
