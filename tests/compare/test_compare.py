"""Laws of the score and of the cohort, and what a damaged cohort file does."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance import compare
from recognizance.compare import Cohort, load_cohort, pack_cohort, score, score_matrix
from recognizance.errors import ModelError, ModelMismatchError
from recognizance.types import Features

seeds = st.integers(0, 2**32 - 1)


def unit_vectors(seed: int, count: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, 128)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def features(vector: np.ndarray, mean: float, model_id="model", cohort_id="cohort") -> Features:
    return Features(vector=vector, model_id=model_id, cohort_id=cohort_id, cohort_mean=mean)


@given(seeds, st.floats(-1, 1, width=32), st.floats(-1, 1, width=32))
def test_score_is_the_cosine_less_half_of_both_means(seed, probe_mean, reference_mean):
    a, b = unit_vectors(seed, 2)
    exact = a.astype(np.float64) @ b.astype(np.float64) - (probe_mean + reference_mean) / 2

    got = score(features(a, probe_mean), features(b, reference_mean))

    assert got == pytest.approx(exact, abs=1e-6)
    assert got == float(np.float32(got))
    assert got == score(features(b, reference_mean), features(a, probe_mean))


@given(seeds, st.integers(1, 7), st.integers(1, 7))
def test_matrix_holds_the_score_of_every_pair(seed, probes, references):
    vectors = unit_vectors(seed, probes + references)
    means = np.random.default_rng(seed).random(probes + references, dtype=np.float32)
    a, b = vectors[:probes], vectors[probes:]

    got = score_matrix(a, means[:probes], b, means[probes:])

    one_by_one = [
        [
            score(features(a[i], float(means[i])), features(b[j], float(means[probes + j])))
            for j in range(references)
        ]
        for i in range(probes)
    ]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, one_by_one, atol=1e-6)


@pytest.mark.parametrize("other", [{"model_id": "another model"}, {"cohort_id": "another cohort"}])
def test_two_models_or_two_cohorts_never_meet(other):
    vector = unit_vectors(1, 1)[0]
    with pytest.raises(ModelMismatchError) as caught:
        score(features(vector, 0.0), features(vector, 0.0, **other))
    assert caught.value.hint


@given(seeds, st.integers(1, 12), st.integers(1, 9))
def test_cohort_mean_is_the_mean_of_the_k_highest_cosines(seed, k, count):
    cohort = Cohort(centroids=unit_vectors(seed, 12), k=k, cohort_id="")
    vectors = unit_vectors(seed + 1, count)
    cosines = vectors.astype(np.float64) @ cohort.centroids.astype(np.float64).T
    expected = [np.mean(sorted(row, reverse=True)[:k]) for row in cosines]

    got = cohort.mean(vectors)

    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_cohort_mean_does_not_depend_on_how_the_rows_are_cut(monkeypatch):
    cohort = Cohort(centroids=unit_vectors(0, 40), k=5, cohort_id="")
    vectors = unit_vectors(1, 11)
    whole = cohort.mean(vectors)
    monkeypatch.setattr(compare, "_ROWS_AT_ONCE", 3)
    np.testing.assert_allclose(cohort.mean(vectors), whole, atol=1e-6)


def test_shipped_cohort_is_nobodys_and_of_unit_length():
    cohort = load_cohort()
    assert cohort.cohort_id == compare.SHIPPED_COHORT_SHA256
    assert 1500 <= len(cohort.centroids) <= 2000
    assert 10 <= cohort.k <= 20
    np.testing.assert_allclose(np.linalg.norm(cohort.centroids, axis=1), 1, atol=1e-6)


def test_shipped_cohort_must_have_the_pinned_digest(monkeypatch):
    monkeypatch.setattr(compare, "SHIPPED_COHORT_SHA256", "0" * 64)
    with pytest.raises(ModelError):
        load_cohort()


def cohort_bytes(centroids=None, faces=None, k=4) -> bytes:
    centroids = unit_vectors(3, 20) if centroids is None else centroids
    return pack_cohort(centroids, np.full(len(centroids), 5) if faces is None else faces, k)


@given(seeds, st.integers(1, 30), st.data())
def test_a_cohort_file_holds_what_was_packed(tmp_path_factory, seed, n, data):
    path = tmp_path_factory.mktemp("cohort") / "cohort.bin"
    centroids, k = unit_vectors(seed, n), data.draw(st.integers(1, n))
    path.write_bytes(cohort_bytes(centroids, k=k))

    cohort = load_cohort(path)

    assert (cohort.k, cohort.cohort_id) == (k, hashlib.sha256(path.read_bytes()).hexdigest())
    np.testing.assert_allclose(cohort.centroids, centroids, atol=1e-3)


@pytest.mark.parametrize(
    "data",
    [
        cohort_bytes(k=0),
        cohort_bytes(k=21),
        cohort_bytes(faces=np.full(20, 4)),
        cohort_bytes(faces=np.full(19, 5)),
        cohort_bytes(np.ones((20, 127))),
        cohort_bytes(np.zeros((20, 128))),
        cohort_bytes(np.full((20, 128), np.nan)),
        cohort_bytes(np.empty((0, 128)), k=0),
        cohort_bytes() + b"x",
    ],
    ids=["k 0", "k 21", "4 faces", "short", "127 wide", "zero", "nan", "empty", "long"],
)
def test_an_impossible_cohort_is_refused(tmp_path, data):
    path = tmp_path / "cohort.bin"
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        load_cohort(path)
    assert caught.value.hint


@given(st.binary(max_size=200))
def test_bytes_that_are_no_cohort_are_a_model_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("cohort") / "cohort.bin"
    for start in (b"", b"RCOHORT1"):
        path.write_bytes(start + data)
        with pytest.raises(ModelError):
            load_cohort(path)


@given(st.data())
def test_a_cut_file_is_refused_and_a_flipped_one_is_another_cohort(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("cohort") / "cohort.bin"
    whole = cohort_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))

    path.write_bytes(whole[:position])
    with pytest.raises(ModelError):
        load_cohort(path)
    path.write_bytes(flipped)
    with suppress(ModelError):
        assert load_cohort(path).cohort_id != hashlib.sha256(whole).hexdigest()


def test_a_missing_file_is_a_model_error(tmp_path):
    with pytest.raises(ModelError):
        load_cohort(tmp_path / "none.bin")
