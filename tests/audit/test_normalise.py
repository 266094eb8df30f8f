"""Normalisation: the threshold, the rates and what each way of scoring is."""

import numpy as np
import pytest
from crowd import crowd

from recognizance.audit.data import samples
from recognizance.audit.normalise import (
    ClusterCalibration,
    NearestMean,
    NearestMeanDeviation,
    PlainCosine,
    k_means,
    learn_calibration,
)
from recognizance.audit.plan import Plan
from recognizance.audit.values import Disclosure
from recognizance.audit.ways import (
    compare_normalisations,
    half_of_the_people,
    ways_on_one_half,
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


def test_nobody_is_learnt_from_and_measured_on():
    data = crowd(300, 3)
    learn = half_of_the_people(data, np.random.default_rng(1))
    assert not set(data.subjects[learn]) & set(data.subjects[~learn])
    assert 300 < np.count_nonzero(learn) < 600


@pytest.fixture(scope="module")
def many():
    return crowd(700, 2, seed=6)


def test_every_way_is_measured_on_the_other_half(many):
    cohort = Cohort(k_means(many.vectors, 40, np.random.default_rng(2)), 10, "test")
    rows = ways_on_one_half(many, Plan(attributes=("race", "sex")), cohort)
    assert [row.method for row in rows[::2]] == [
        "none (plain cosine)",
        "mean of the 10 nearest, this system's cohort",
        "mean of the 5 nearest, learnt here",
        "mean of the 10 nearest, learnt here",
        "mean of the 20 nearest, learnt here",
        "mean and deviation of the 20 nearest",
        "calibration by 6 clusters (FairCal)",
    ]
    assert [row.fmr_target for row in rows[:2]] == [1e-2, 1e-3]
    assert all(0 < row.fnmr < 1 for row in rows)


def test_without_a_permit_no_threshold_is_the_score_of_a_pair(many):
    rows = ways_on_one_half(many, Plan(attributes=("race", "sex")), None)
    assert all((row.threshold * 1024).is_integer() for row in rows)
    exact = Plan(attributes=("race", "sex"), disclosure=Disclosure.EXACT)
    found = ways_on_one_half(many, exact, None)
    assert all(
        0 <= row.threshold - each.threshold < 1 / 1024
        for row, each in zip(rows, found, strict=True)
    )


def test_without_a_permit_nothing_is_said_where_fewer_than_five_people_err():
    # 35 people a group have 595 pairs: one in a thousand is no pair, one in a hundred a few.
    data = crowd(140, 1, seed=8, dimension=64, failures=0)
    told, untold = (
        compare_normalisations(
            [PlainCosine()], data, ("race", "sex"), targets=(1e-3,), draws=100, disclosure=each
        )[0]
        for each in (Disclosure.EXACT, Disclosure.COUNTS)
    )
    assert told.max_over_geomean is not None or told.max_over_min is None
    assert untold.max_over_min is None
    assert untold.max_over_geomean is None
    assert untold.lower is None


def test_people_with_one_picture_each_give_no_rate_of_misses(data):
    (row,) = compare_normalisations(
        [PlainCosine()], data, ("race", "sex"), mated=data, targets=(1e-2,), draws=100
    )
    assert row.fnmr is None


def test_suspected_pairs_are_left_out_or_counted():
    rng = np.random.default_rng(3)
    data = crowd(400, 1, seed=3, identities=False, failures=0)
    twice = samples(
        "twice",
        np.concatenate([data.vectors, data.vectors + 0.01 * rng.standard_normal((400, 12))]),
        {key: np.tile(column, 2) for key, column in data.labels.items()},
    )
    left_out, counted = (
        compare_normalisations(
            [PlainCosine()], twice, ("sex",), targets=(1e-3,), draws=100, count_suspected=each
        )[0]
        for each in (False, True)
    )
    assert left_out.threshold < 0.55 < counted.threshold


def test_too_few_faces_to_learn_on_are_refused():
    with pytest.raises(InputError, match="half of the people"):
        ways_on_one_half(crowd(200, 1), Plan(attributes=("race", "sex")), None)
