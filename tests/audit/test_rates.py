"""Rates and thresholds: conventions stated once, ties moved together, literals of bob.measure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.audit.rates import (
    cumulative_match_characteristic,
    detection_error_tradeoff,
    equal_error_rate,
    false_match_rate,
    false_negative_identification_rate,
    false_non_match_rate,
    false_positive_identification_rate,
    searches_of,
    threshold_at_most,
)
from recognizance.errors import InputError

# Few distinct values, so that most of the examples have ties.
SCORES = st.lists(st.integers(-4, 4).map(lambda n: n / 4), min_size=1, max_size=30)


@given(scores=SCORES, threshold=st.integers(-5, 5).map(lambda n: n / 4))
def test_a_score_at_the_threshold_is_a_match(scores, threshold):
    assert false_match_rate(scores, threshold) == np.mean([s >= threshold for s in scores])
    assert false_non_match_rate(scores, threshold) == np.mean([s < threshold for s in scores])


@given(scores=SCORES, target=st.floats(0, 1))
def test_the_threshold_is_the_lowest_that_keeps_the_rate_at_most(scores, target):
    threshold = threshold_at_most(scores, target)
    assert false_match_rate(scores, threshold) <= target * (1 + 1e-12)
    lower = [score for score in scores if score < threshold]
    if lower:
        assert false_match_rate(scores, max(lower)) > target


@given(scores=SCORES, allowed=st.integers(0, 30))
def test_a_rate_that_is_a_whole_number_of_errors_is_reached_exactly(scores, allowed):
    target = min(allowed, len(scores)) / len(scores)
    rate = false_match_rate(scores, threshold_at_most(scores, target))
    values = sorted(false_match_rate(scores, each) for each in {*scores, max(scores) + 1})
    assert rate == max(value for value in values if value <= target + 1e-12)


def test_the_literals_of_bob_measure_come_out():
    mated = [0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.5]
    non_mated = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0]
    assert threshold_at_most(non_mated, 0.5) == 1.0
    assert threshold_at_most(non_mated, 0.4) > 1.0
    assert false_non_match_rate(mated, 0.5) == pytest.approx(8 / 9)


CMC_TOY = [
    ((0.3, 1.1, 0.5), (0.7,)),
    ((1.4, -1.3, 0.6), (0.2,)),
    ((0.8, 0.0, 1.5), (-0.8, 1.8)),
    ((2.0, 1.3, 1.6, 0.9), (2.4,)),
]


def test_the_toy_searches_of_bob_measure_come_out():
    # One search a row: its others as people of their own, its mate's references as one person.
    found = []
    for others, mates in CMC_TOY:
        row = np.array([[*others, *mates]])
        people = [*range(1, len(others) + 1), *([0] * len(mates))]
        searches = searches_of(row, [0], people)
        found.append(cumulative_match_characteristic(searches, 5))
    assert np.mean(found, axis=0).tolist() == [0.5, 0.75, 1, 1, 1]


@given(
    seed=st.integers(0, 999),
    threshold=st.integers(-2, 4).map(lambda n: n / 2),
    rank=st.integers(1, 4),
)
def test_identification_agrees_with_a_search_written_out(seed, threshold, rank):
    rng = np.random.default_rng(seed)
    scores = rng.integers(-2, 4, (12, 7)) / 2
    probes, references = rng.integers(0, 8, 12), rng.integers(0, 5, 7)
    searches = searches_of(scores, probes, references)
    false_alarms, misses, mated, others = 0, 0, 0, 0
    for row, person in zip(scores, probes, strict=True):
        best = {each: max(row[references == each]) for each in set(references.tolist())}
        if person in best:
            mated += 1
            better = sum(best[each] >= best[person] for each in best if each != person)
            misses += better >= rank or best[person] < threshold
        else:
            others += 1
            false_alarms += max(best.values()) >= threshold
    if others:
        rate = false_positive_identification_rate(searches, threshold)
        assert rate == pytest.approx(false_alarms / others)
    if mated:
        rate = false_negative_identification_rate(searches, threshold, rank=rank)
        assert rate == pytest.approx(misses / mated)


@given(mated=SCORES, non_mated=SCORES)
def test_the_equal_error_rate_lies_where_the_rates_cross(mated, non_mated):
    found = equal_error_rate(mated, non_mated)
    assert 0 <= found.low <= found.middle <= found.high <= 1
    rates = {
        false_match_rate(non_mated, found.threshold),
        false_non_match_rate(mated, found.threshold),
    }
    assert {round(each, 12) for each in rates} == {round(found.low, 12), round(found.high, 12)}


def test_rates_that_meet_are_the_equal_error_rate_itself():
    # At 2 both rates are 1/2; at 1 they are 1/2 and 0, whose sum is smaller.
    found = equal_error_rate([1, 3], [0, 2])
    assert (found.low, found.high, found.threshold) == (0.5, 0.5, 2)


def test_separable_scores_have_no_error():
    assert equal_error_rate([0.8, 0.9], [0.1, 0.2]).middle == 0


def test_a_curve_keeps_each_target_and_falls():
    rng = np.random.default_rng(1)
    mated, non_mated = rng.normal(2, 1, 4000), rng.normal(0, 1, 4000)
    targets = [1e-3, 1e-2, 1e-1]
    curve = detection_error_tradeoff(mated, non_mated, targets)
    assert (curve[:, 0] <= targets).all()
    assert (np.diff(curve[:, 1]) < 0).all()
    assert (np.diff(curve[:, 2]) < 0).all()


@pytest.mark.parametrize("scores", [[], [float("nan")], ["high"]])
def test_what_is_no_score_is_said_to_be_none(scores):
    with pytest.raises(InputError):
        false_match_rate(scores, 0.5)


def test_a_target_that_is_no_rate_is_refused():
    with pytest.raises(InputError, match="no rate"):
        threshold_at_most([0.1], 1.5)
