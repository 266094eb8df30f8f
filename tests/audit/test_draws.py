"""The joint bootstrap: its rates are those of the definition, for every replicate."""

import numpy as np
import pytest
from crowd import crowd
from hypothesis import given
from hypothesis import strategies as st

from recognizance.audit.comparisons import compare_samples
from recognizance.audit.differentials import differentials
from recognizance.audit.draws import _Plan, draw
from recognizance.audit.estimates import estimate, verdict_of
from recognizance.audit.inequality import measures_of
from recognizance.audit.result import Disclosure, Estimate, Verdict


@pytest.fixture(scope="module")
def data():
    return crowd(60, 3, seed=2)


@pytest.fixture(scope="module")
def compared(data):
    return compare_samples(data, ("sex",))


def test_replicates_are_those_of_the_definition(data, compared):
    edges = np.array([10, 60, 120])
    lines = [compared.pairs_within(np.array([cell])) for cell in range(2)]
    lines.append(compared.pairs_between(np.array([0]), np.array([1])))
    groups = [np.array([0]), np.array([1])]
    rng = np.random.default_rng(0)
    plan = _Plan(compared, lines, groups, edges)
    (weights, *_) = plan.weights(5, rng)
    fmr, _, fnmr = plan.replicate(weights)
    used = data.acquired
    vectors, person = data.vectors[used].astype(np.float64), data.subjects[used]
    scores = vectors @ vectors.T
    apart = person[:, None] != person[None, :]
    cell = compared.person_cell[person]
    for number in range(5):
        often = weights[person, number].astype(np.float64)
        both = often[:, None] * often[None, :] * apart
        for line, (one, other) in enumerate([(0, 0), (1, 1), (0, 1)]):
            inside = (cell[:, None] == one) & (cell[None, :] == other)
            for column, edge in enumerate(edges):
                wrong = (both * inside * (scores >= compared.edges[edge])).sum()
                assert fmr[number, line, column] == pytest.approx(wrong / (both * inside).sum())
        for group in range(2):
            mine = compared.person_cell[compared.mated_person] == group
            often = weights[compared.mated_person[mine], number]
            for column, edge in enumerate(edges):
                missed = compared.mated_score[mine] < compared.edges[edge]
                assert fnmr[number, group, column] == pytest.approx(
                    (often * missed).sum() / often.sum()
                )


def test_drawn_people_stay_in_their_group(compared):
    plan = _Plan(compared, [], [], np.array([0]))
    (weights, *_) = plan.weights(4, np.random.default_rng(1))
    for cell in range(2):
        size = np.count_nonzero(compared.person_cell == cell)
        assert (weights[compared.person_cell == cell].sum(axis=0) == size).all()


def test_incomplete_designs_weigh_by_how_often_people_took_part(compared):
    """Where everybody met everybody once, both ways of counting pairs nearly agree."""
    from dataclasses import replace  # noqa: PLC0415  # this test alone

    degrees = np.zeros((compared.images.size, 2), dtype=np.int64)
    held = np.bincount(compared.person_cell, weights=compared.images, minlength=2)
    for cell in range(2):
        inside = compared.person_cell == cell
        degrees[:, cell] = compared.images * (held[cell] - inside * compared.images)
    lines = [np.arange(compared.pairs.size)]
    edges = np.array([20])
    one = draw(compared, lines, [], edges, draws=300, rng=np.random.default_rng(2))
    other = draw(
        replace(compared, degrees=degrees),
        lines,
        [],
        edges,
        draws=300,
        rng=np.random.default_rng(2),
    )
    assert np.allclose(one.fmr, other.fmr, rtol=0.15)


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=2, max_size=9))
def test_measures_of_replicates_are_the_measures_of_rates(both):
    fmr, fnmr = (list(column) for column in zip(*both, strict=True))
    found = measures_of(np.array([fmr]), np.array([fnmr]))
    expected = differentials(fmr, fnmr)
    for name, values in found.items():
        assert values[0] == pytest.approx(getattr(expected, name), rel=1e-9, abs=1e-12)


def given_estimate(disclosure, **changes) -> Estimate:
    parts = {
        "errors": 30,
        "trials": 10_000,
        "people": 200,
        "in_error": 20,
        "not_in_error": 200,
        "drawn": np.linspace(0.002, 0.004, 500),
    }
    return estimate(**parts | changes, disclosure=disclosure)


@given(st.integers(0, 4), st.integers(30, 5000))
def test_up_to_four_people_in_error_look_like_none(in_error, people):
    changes = {"people": people, "trials": people * 10}
    some = given_estimate(Disclosure.COUNTS, errors=in_error, in_error=in_error, **changes)
    none = given_estimate(Disclosure.COUNTS, errors=0, in_error=0, drawn=np.zeros(500), **changes)
    assert some == none


def test_no_error_among_176_people_supports_no_rate_below_1_point_7_percent():
    found = given_estimate(
        Disclosure.EXACT, errors=0, in_error=0, trials=176, people=176, drawn=np.zeros(9)
    )
    assert found.bound == pytest.approx(0.016877, abs=1e-6)
    verdict, missing = verdict_of(found, 0.001)
    assert verdict is Verdict.NOT_ENOUGH_DATA
    assert 176 + missing == 2995


@given(st.floats(1e-5, 0.9), st.integers(1, 500), st.integers(1, 5000))
def test_a_verdict_never_says_more_than_the_bound(target, errors, people):
    found = given_estimate(Disclosure.EXACT, errors=errors, people=people)
    verdict, missing = verdict_of(found, target)
    if verdict is Verdict.ESTABLISHED:
        assert found.bound <= target
        assert people >= 30
    elif verdict is Verdict.NOT_ESTABLISHED:
        assert found.rate > target
    else:
        assert missing >= 1


def test_counts_are_rounded_to_fives_and_bounds_outward():
    found = given_estimate(Disclosure.COUNTS, errors=32)
    exact = given_estimate(Disclosure.EXACT, errors=32)
    assert found.errors == 30
    assert found.rate == 30 / 10_000
    assert found.lower <= exact.lower
    assert found.upper >= exact.upper
    assert found.bound >= exact.bound
