"""The meter of false alerts: an exact bound, and counts that the log alone decides."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.conditions.meter import DOUBT, Meter, _at_least, lower_bound
from recognizance.registry.tally import Series

# Exact one-sided lower 95 % bounds: events, trials, bound. For one event 1 - 0.95^(1/n), for
# nothing but events 0.05^(1/n); the others are quantiles of the beta distribution B(k, n-k+1).
KNOWN = [
    (1, 1, 0.05),
    (1, 20, 1 - 0.95 ** (1 / 20)),
    (1, 1000, 1 - 0.95 ** (1 / 1000)),
    (5, 5, 0.05 ** (1 / 5)),
    (20, 20, 0.05 ** (1 / 20)),
    (2, 10, 0.036771),
    (5, 10, 0.222441),
]


@pytest.mark.parametrize(("events", "trials", "bound"), KNOWN)
def test_the_bound_is_that_of_clopper_and_pearson(events, trials, bound):
    assert lower_bound(events, trials) == pytest.approx(bound, abs=2e-6)


@given(st.integers(1, 12), st.integers(0, 60), st.integers(1, 99))
def test_the_chance_of_so_many_events_is_the_sum_of_the_binomial_terms(events, more, percent):
    trials, rate = events + more, percent / 100
    terms = (
        math.comb(trials, each) * rate**each * (1 - rate) ** (trials - each)
        for each in range(events, trials + 1)
    )
    assert _at_least(events, trials, rate) == pytest.approx(math.fsum(terms), abs=1e-9)


@given(st.integers(1, 60), st.integers(0, 5000))
def test_at_the_bound_so_many_events_are_a_one_in_twenty_chance(events, more):
    trials = events + more
    bound = lower_bound(events, trials)
    assert 0 < bound < events / trials
    assert _at_least(events, trials, bound) == pytest.approx(DOUBT, abs=1e-6)


@given(st.integers(0, 40), st.integers(0, 2000))
def test_more_alerts_raise_the_bound_and_more_faces_lower_it(events, more):
    trials = events + more + 1
    assert lower_bound(events, trials) <= lower_bound(events + 1, trials)
    assert lower_bound(events, trials) >= lower_bound(events, trials + 1)


@given(st.integers(0, 2_000_000))
def test_no_false_alert_never_stops_a_use(faces):
    assert not Meter(0, faces, limit_ppb=1).over


@pytest.mark.parametrize(
    ("false_alerts", "faces", "over"),
    [(1, 51, True), (1, 52, False), (5, 1_000, True), (5, 5_000, False), (30, 20_000, True)],
)
def test_the_use_stops_only_beyond_doubt(false_alerts, faces, over):
    assert Meter(false_alerts, faces, limit_ppb=1_000_000).over is over


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=30),
    st.integers(-1, 51),
)
def test_a_series_counts_what_a_walk_over_it_counts(steps, second):
    steps.sort()
    series = Series()
    for at, number in steps:
        series.add(NOON + timedelta(seconds=at), number)
    moment = NOON + timedelta(seconds=second)
    assert series.since(moment) == sum(number for at, number in steps if at >= second)
    assert series.since(None) == sum(number for _, number in steps)
    later = [at for at, _ in steps if at >= second]
    first = NOON + timedelta(seconds=later[0]) if later else None
    assert series.first_since(moment) == first
