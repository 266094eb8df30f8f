"""Normalisation: the threshold, the rates and what each way of scoring is."""

import numpy as np
import pytest
from crowd import crowd

from recognizance.audit.normalise import (
    ClusterCalibration,
    NearestMean,
    NearestMeanDeviation,
    PlainCosine,
    compare_normalisations,
    k_means,
    learn_calibration,
)
from recognizance.compare import Cohort, score_matrix
from recognizance.errors import InputError


@pytest.fixture(scope="module")
def data():
    return crowd(400, 1, failures=0)


@pytest.fixture(scope="module")
def centroids():
    rng = np.random.default_rng(4)
    return k_means(crowd(2000, 1, seed=4, failures=0).vectors, 60, rng)


def test_the_mean_of_the_nearest_is_what_compare_scores(data, centroids):
    cohort = Cohort(centroids, 10, "test")
    means = cohort.mean(data.vectors)
    expected = score_matrix(data.vectors, means, data.vectors, means)
    found = NearestMean(centroids, 10).block(data.vectors, data.vectors)
    assert np.allclose(found, expected, atol=1e-6)


def test_every_way_scores_a_pair_the_same_in_either_order(data, centroids):
    learnt = learn_calibration(
        crowd(1000, 1, seed=5, failures=0).vectors, clusters=4, rng=np.random.default_rng(5)
    )
    for method in (
        PlainCosine(),
        NearestMean(centroids, 5),
        NearestMeanDeviation(centroids, 5),
        learnt,
    ):
        scores = method.block(data.vectors[:50], data.vectors[:50])
        assert np.allclose(scores, scores.T, atol=1e-4), method.name


def test_calibration_reads_a_score_as_the_rate_it_stands_for():
    learnt = ClusterCalibration(
        centres=np.eye(2, dtype=np.float32),
        scales=np.array([[0.1, 0.2, 0.3], [0.2, 0.4, 0.6]]),
        levels=np.array([1.0, 2.0, 3.0]),
    )
    one = np.array([[0.2, 0.0], [0.0, 0.4]], dtype=np.float32)
    other = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    scores = learnt.block(one, other)
    assert scores[0, 0] == pytest.approx(2.0)
    assert scores[1, 1] == pytest.approx(2.0)


def test_a_table_has_a_row_a_way_and_target_and_keeps_the_target(data, centroids):
    rows = compare_normalisations(
        [PlainCosine(), NearestMean(centroids, 5)],
        data,
        ("race", "sex"),
        mated=crowd(60, 3, failures=0),
        targets=(1e-2,),
        draws=100,
    )
    assert [row.method for row in rows] == ["none (plain cosine)", "mean of the 5 nearest"]
    for row in rows:
        assert row.lower <= row.max_over_min
        assert 0 <= row.fnmr <= 1
    plain = rows[0]
    labels = np.char.add(data.labels["race"], data.labels["sex"])
    rates = []
    for label in np.unique(labels):
        vectors = data.vectors[labels == label]
        one, other = np.triu_indices(len(vectors), k=1)
        rates.append(np.mean((vectors @ vectors.T)[one, other] >= plain.threshold))
    assert np.mean(rates) <= 1e-2
    assert plain.max_over_min == pytest.approx(max(rates) / min(rates))


def test_too_few_faces_or_groups_are_refused(data, centroids):
    with pytest.raises(InputError):
        learn_calibration(data.vectors, clusters=32, rng=np.random.default_rng(0))
    with pytest.raises(InputError):
        compare_normalisations([PlainCosine()], data, ())
