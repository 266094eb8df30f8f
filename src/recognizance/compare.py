"""Comparison of features: cosine similarity, corrected by what a face's look-alikes score.

A plain cosine runs higher inside some groups of people than inside others, so one threshold
gives them different false match rates. Cohort normalisation measures each face against its own
look-alikes instead, without knowing anybody's group:

    score = cos(p, r) - (m(p) + m(r)) / 2

where `m(x)` is the mean of the `k` highest cosines of `x` with a fixed cohort. It is a symmetric
form of the adaptive score normalisation known from speaker recognition (Matejka et al.,
"Analysis of Score Normalization in Multilingual Speaker Recognition", Interspeech 2017) that
subtracts the mean and does not divide by the deviation. The members of the cohort are centroids
of at least five faces, so that none of them is anybody's template.

Scores are float32, higher means more alike, and `score >= threshold` is a match. Only features
of one model and one cohort may meet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import ModelError, ModelMismatchError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from recognizance.types import Features

DIMENSION = 128
MIN_FACES_PER_CENTROID = 5
"""Fewer faces than this, and a centroid could stand for one person."""

# A cohort file: this word; n and k as uint32; the number of faces behind each centroid, uint16
# (n,); the centroids, float16 (n, 128). All little-endian, nothing else. A layout this plain has
# one length and no parser that damaged bytes could upset.
_MAGIC = b"RCOHORT1"

SHIPPED_COHORT_SHA256 = "656847b6b7e7c88c0c60b01745bbefe0c769bf3f0f2cc98249ab68d889aa40fe"

# Bounds the intermediate matrix of `Cohort.mean` to about 30 MB with the shipped cohort.
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """The fixed set of faces that every score is corrected by.

    Attributes:
        centroids: ndarray of shape (n, 128), dtype=np.float32, rows of unit length.
        k: How many of the highest cosines are averaged.
        cohort_id: SHA-256 of the cohort's file, hex; the file holds `k` too.
    """

    centroids: NDArray[np.float32]
    k: int
    cohort_id: str

    def mean(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Average each vector's `k` highest cosines with the cohort.

        Args:
            vectors: ndarray of shape (m, 128), dtype=np.float32, rows of unit length.

        Returns:
            ndarray of shape (m,), dtype=np.float32.
        """
        means = np.empty(len(vectors), dtype=np.float32)
        first_of_top = len(self.centroids) - self.k
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            cosines = vectors[rows] @ self.centroids.T
            top = np.partition(cosines, first_of_top, axis=1)[:, first_of_top:]
            # In float64, because `partition` leaves the order of the top, hence of the sum, open.
            means[rows] = top.mean(axis=1, dtype=np.float64)
        return means


def load_cohort(path: Path | None = None) -> Cohort:
    """Read a cohort file, the shipped one by default.

    Args:
        path: A file that `pack_cohort` made.

    Raises:
        ModelError: The file is missing, damaged, not the one this version ships, or holds a
            centroid of too few faces.
    """
    shipped = files("recognizance").joinpath("data", "cohort.bin")
    try:
        data = shipped.read_bytes() if path is None else path.read_bytes()
    except OSError as error:
        raise ModelError(
            "The cohort file cannot be read.", hint="Check the path and its permissions."
        ) from error
    cohort_id = hashlib.sha256(data).hexdigest()
    if path is None and cohort_id != SHIPPED_COHORT_SHA256:
        raise ModelError(
            "The shipped cohort file is not the one this version was released with.",
            hint="Install the package again.",
        )
    return _parse_cohort(data, cohort_id)


def score(probe: Features, reference: Features) -> float:
    """Compare two feature vectors; computes only, decides nothing.

    Returns:
        The cohort-normalised similarity, a float32 value.

    Raises:
        ModelMismatchError: The two come from different models or cohorts.
    """
    if (probe.model_id, probe.cohort_id) != (reference.model_id, reference.cohort_id):
        raise ModelMismatchError(
            "The two faces were processed by different models or cohorts.",
            hint="Enroll the reference again with the model in use; scores of two models "
            "have nothing in common.",
        )
    cosine = np.dot(probe.vector, reference.vector)
    correction = np.float32(0.5) * (
        np.float32(probe.cohort_mean) + np.float32(reference.cohort_mean)
    )
    return float(np.float32(cosine) - correction)


def score_matrix(
    probes: NDArray[np.float32],
    probe_means: NDArray[np.float32],
    references: NDArray[np.float32],
    reference_means: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Compare every probe with every reference of the same model and cohort.

    Args:
        probes: ndarray of shape (m, 128), dtype=np.float32, rows of unit length.
        probe_means: ndarray of shape (m,), dtype=np.float32, from `Cohort.mean`.
        references: ndarray of shape (n, 128), dtype=np.float32, rows of unit length.
        reference_means: ndarray of shape (n,), dtype=np.float32.

    Returns:
        ndarray of shape (m, n), dtype=np.float32.
    """
    half = np.float32(0.5)
    scores: NDArray[np.float32] = probes @ references.T
    scores -= half * (probe_means[:, np.newaxis] + reference_means[np.newaxis, :])
    return scores


def pack_cohort(centroids: NDArray[np.floating], faces: NDArray[np.integer], k: int) -> bytes:
    """Write a cohort file.

    Args:
        centroids: ndarray of shape (n, 128); kept as float16.
        faces: ndarray of shape (n,): how many faces each centroid is the mean of.
        k: How many of the highest cosines are to be averaged.
    """
    counts = np.array([len(centroids), k], dtype="<u4")
    return b"".join(
        [_MAGIC, counts.tobytes(), faces.astype("<u2").tobytes(), centroids.astype("<f2").tobytes()]
    )


def _parse_cohort(data: bytes, cohort_id: str) -> Cohort:
    """Read what `pack_cohort` wrote, checking every part of it."""
    body = len(_MAGIC) + 8
    if not data.startswith(_MAGIC) or len(data) < body:
        raise _damaged("it does not begin like one")
    n, k = (int(count) for count in np.frombuffer(data, "<u4", count=2, offset=len(_MAGIC)))
    if len(data) != body + 2 * n + 2 * n * DIMENSION or not 1 <= k <= n:
        raise _damaged("its length does not fit its counts")
    faces = np.frombuffer(data, "<u2", count=n, offset=body)
    if faces.min() < MIN_FACES_PER_CENTROID:
        raise _damaged(f"a centroid stands for fewer than {MIN_FACES_PER_CENTROID} faces")
    stored = np.frombuffer(data, "<f2", offset=body + 2 * n).reshape(n, DIMENSION)
    centroids = stored.astype(np.float32)
    norms = np.linalg.norm(centroids, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or norms.min() == 0:
        raise _damaged("a centroid has no direction")
    centroids /= norms
    return Cohort(centroids=centroids, k=k, cohort_id=cohort_id)


def _damaged(reason: str) -> ModelError:
    return ModelError(
        f"The cohort file is damaged: {reason}.",
        hint="Take the file from the release again, or rebuild it with tools/build_cohort.py.",
    )
