"""The builder of the cohort: the same bytes each time, and nobody in it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from recognizance.compare import load_cohort

ROOT = Path(__file__).parents[2]
FACES = Path(os.environ.get("RECOGNIZANCE_FACES", ROOT.parent / "shared" / "faces"))
MORE_FEATURES = FACES / "fairface" / "more-features.npz"

_spec = importlib.util.spec_from_file_location("build_cohort", ROOT / "tools" / "build_cohort.py")
build_cohort = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build_cohort)


def clustered(seed: int = 0) -> np.ndarray:
    """Thirty directions with twenty vectors near each."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((30, 128))
    return (np.repeat(centres, 20, axis=0) + 0.1 * rng.standard_normal((600, 128))).astype("f4")


@pytest.fixture
def sample() -> np.ndarray:
    if not MORE_FEATURES.is_file():
        pytest.skip("the shared feature file is not here (set RECOGNIZANCE_FACES)")
    with np.load(MORE_FEATURES) as archive:
        return archive["features"][:2000]


@pytest.mark.faces
def test_the_same_features_give_the_same_bytes(sample, tmp_path):
    once = build_cohort.cohort_bytes(sample, count=200, k=10, seed=1)
    assert once == build_cohort.cohort_bytes(sample, count=200, k=10, seed=1)
    assert once != build_cohort.cohort_bytes(sample, count=200, k=10, seed=2)

    path = tmp_path / "cohort.bin"
    path.write_bytes(once)
    assert load_cohort(path).k == 10


@pytest.mark.faces
def test_clusters_of_fewer_than_five_faces_are_dropped(sample, tmp_path):
    _, faces = build_cohort.kmeans(build_cohort.unit_rows(sample), 400, seed=1)
    path = tmp_path / "cohort.bin"
    path.write_bytes(build_cohort.cohort_bytes(sample, count=400, k=3, seed=1))

    assert faces.min() < 5
    assert len(load_cohort(path).centroids) == (faces >= 5).sum()


def test_kmeans_settles_where_each_vector_is_nearest_its_own_centroid():
    vectors = build_cohort.unit_rows(clustered())
    centroids, faces = build_cohort.kmeans(vectors, 40, seed=3)

    nearest = np.argmax(vectors @ centroids.T, axis=1)
    assert faces.sum() == 600
    np.testing.assert_array_equal(np.bincount(nearest, minlength=40), faces)
    for cluster in np.flatnonzero(faces):
        mean = vectors[nearest == cluster].mean(axis=0)
        np.testing.assert_allclose(centroids[cluster], mean / np.linalg.norm(mean), atol=1e-5)
