"""Intervals: oracles for the formulas, and a simulation that the naive interval fails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.audit.uncertainty import (
    PairCounts,
    PersonCounts,
    bootstrap_interval,
    people_for,
    permutation_null,
    plug_in_interval,
    ratio_interval,
    unseen_bound,
    wilson,
)
from recognizance.errors import InputError


def counts_of(matrix: np.ndarray, images: np.ndarray) -> PairCounts:
    first, second = np.nonzero(np.triu(matrix, k=1))
    return PairCounts(images, first, second, matrix[first, second].astype(np.float64))


def some_counts(seed: int, people: int) -> tuple[PairCounts, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    images = rng.integers(1, 4, people)
    errors = np.triu(rng.binomial(np.outer(images, images), 0.1), k=1)
    errors = errors + errors.T
    return counts_of(errors, images), errors, images


@pytest.mark.parametrize(
    ("errors", "n", "expected"),
    [
        (28, 535, (0.036455, 0.074601)),  # one in nineteen members of Congress, 2018
        (5, 1000, (0.002138, 0.011651)),
        (30, 3000, (0.007014, 0.014240)),
        (0, 176, (0.0, 0.021360)),
    ],
)
def test_wilson_gives_the_known_intervals(errors, n, expected):
    assert wilson(errors / n, n) == pytest.approx(expected, abs=5e-7)


def test_no_error_among_176_people_leaves_the_exact_bound():
    assert unseen_bound(176) == pytest.approx(0.016877, abs=5e-7)
    assert unseen_bound(176, confidence=0.975) == pytest.approx(0.020742, abs=1e-6)
    assert unseen_bound(0) == 1


@given(target=st.floats(1e-7, 0.5))
def test_so_many_people_are_enough_and_one_less_is_not(target):
    people = people_for(target)
    assert unseen_bound(people) <= target * (1 + 1e-9)
    assert people == 1 or unseen_bound(people - 1) > target * (1 - 1e-9)


@given(seed=st.integers(0, 999), people=st.integers(3, 9))
def test_the_closed_form_of_the_variance_equals_the_sum_written_out(seed, people):
    counts, errors, images = some_counts(seed, people)
    rate = counts.rate
    tried = np.outer(images, images).astype(float)
    np.fill_diagonal(tried, 0)
    off = errors - rate * tried
    np.fill_diagonal(off, 0)
    shared = sum(
        off[i, j] * off[i, k]
        for i in range(people)
        for j in range(people)
        for k in range(people)
        if len({i, j, k}) == 3
    )
    written_out = (2 * (off**2).sum() + 4 * max(shared, 0.0)) / tried.sum() ** 2
    assert counts.variance() == pytest.approx(written_out, abs=1e-12, rel=1e-9)


@given(seed=st.integers(0, 999))
def test_the_variance_of_misses_equals_the_sum_written_out(seed):
    rng = np.random.default_rng(seed)
    trials = rng.integers(1, 6, 20).astype(float)
    errors = rng.binomial(trials.astype(int), 0.2).astype(float)
    counts = PersonCounts(errors, trials)
    off = [e - counts.rate * m for e, m in zip(errors, trials, strict=True)]
    assert counts.variance() == pytest.approx(sum(x * x for x in off) / trials.sum() ** 2)


@given(seed=st.integers(0, 99))
@settings(max_examples=20)
def test_a_draw_is_the_rate_of_the_people_drawn(seed):
    counts, errors, images = some_counts(seed, 12)
    drawn = counts.drawn(3, np.random.default_rng(seed))
    weights = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12), size=3)
    tried = np.outer(images, images).astype(float)
    np.fill_diagonal(tried, 0)
    for rate, w in zip(drawn, weights, strict=True):
        assert rate == pytest.approx((w @ errors @ w) / (w @ tried @ w))


def simulated(rng: np.random.Generator, people: int, *, spread: float) -> PairCounts:
    """One image each; `spread` is how differently people resemble others, in standard deviations
    of a score. One pair in about 140 is an error."""
    effect = rng.normal(0, spread, people)
    scores = rng.normal(0, 1, (people, people)) + effect[:, None] + effect[None, :]
    errors = np.triu(scores >= 2.45 * np.sqrt(1 + 2 * spread**2), k=1)
    return counts_of(errors, np.ones(people, np.int64))


RATE_OF_THE_SIMULATION = 0.0071428  # of a normal score beyond 2.45 deviations


def coverage(spread: float) -> dict[str, float]:
    rng = np.random.default_rng(8280)
    people, runs = 150, 300
    held = {"bootstrap": 0, "plug-in": 0, "naive": 0}
    for _ in range(runs):
        counts = simulated(rng, people, spread=spread)
        drawn = bootstrap_interval(counts, rng, draws=400)
        fast = plug_in_interval(counts)
        naive = wilson(counts.rate, counts.pairs)
        held["bootstrap"] += drawn.lower <= RATE_OF_THE_SIMULATION <= drawn.upper
        held["plug-in"] += fast.lower <= RATE_OF_THE_SIMULATION <= fast.upper
        held["naive"] += naive[0] <= RATE_OF_THE_SIMULATION <= naive[1]
    return {name: count / runs for name, count in held.items()}


def test_nominal_95_percent_covers_95_percent_and_the_naive_interval_does_not():
    held = coverage(spread=0.5)
    assert 0.92 <= held["bootstrap"] <= 0.98, held
    assert 0.92 <= held["plug-in"] <= 0.98, held
    assert held["naive"] < 0.75, held


def test_where_people_hardly_differ_the_bootstrap_errs_on_the_wide_side():
    held = coverage(spread=0.1)
    assert held["bootstrap"] >= 0.95, held
    assert 0.92 <= held["plug-in"] <= 0.98, held


def test_no_error_is_bounded_by_people_not_by_pairs():
    counts = PairCounts(np.full(100, 5), *(np.zeros(0, np.int64),) * 2, np.zeros(0))
    for found in (
        bootstrap_interval(counts, np.random.default_rng(0)),
        plug_in_interval(counts),
    ):
        assert found.rate == 0
        assert found.bound == unseen_bound(100) > 100 / counts.pairs


def test_a_fair_system_shows_a_ratio_and_permutation_says_that_it_is_chance():
    rng = np.random.default_rng(3)
    counts = simulated(rng, 400, spread=0.2)
    labels = np.repeat(np.arange(4), 100)
    null = permutation_null(labels, counts, rng, draws=200)
    assert np.median(null) > 1.2  # extremes of four equal groups are never equal
    observed = permutation_null(labels, counts, np.random.default_rng(9), draws=1)[0]
    assert (null >= observed).mean() > 0.01


def test_an_unfair_system_stands_out_of_the_permutations():
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(2), 200)
    odds = np.where((labels[:, None] == 1) & (labels[None, :] == 1), 0.05, 0.005)
    errors = np.triu(rng.random((400, 400)) < odds, k=1)
    counts = counts_of(errors, np.ones(400, np.int64))
    groups = [
        counts_of(errors[labels == each][:, labels == each], np.ones(200, np.int64))
        for each in (0, 1)
    ]
    ratio = ratio_interval(groups, rng, draws=400)
    null = permutation_null(labels, counts, rng, draws=200)
    assert 6 < ratio.value < 16
    assert ratio.lower > 4
    assert (null >= ratio.value).mean() == 0


def test_a_ratio_to_nothing_is_undefined_and_its_interval_has_no_end():
    errors = PersonCounts(np.array([1.0, 0, 0, 2]), np.full(4, 5.0))
    none = PersonCounts(np.zeros(4), np.full(4, 5.0))
    ratio = ratio_interval([errors, none], np.random.default_rng(1))
    assert ratio.value is None
    assert ratio.upper is None


def test_what_is_not_there_has_no_rate():
    with pytest.raises(InputError):
        _ = PersonCounts(np.zeros(0), np.zeros(0)).rate
    with pytest.raises(InputError):
        _ = PairCounts(np.ones(1, np.int64), *(np.zeros(0, np.int64),) * 2, np.zeros(0)).rate
    with pytest.raises(InputError):
        ratio_interval([], np.random.default_rng(0))
    with pytest.raises(InputError):
        people_for(0)
