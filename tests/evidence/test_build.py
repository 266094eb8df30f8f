"""The cells of an evidence document against counts made the slow and plain way."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from recognizance.compare import score_matrix
from recognizance.evidence import build
from recognizance.evidence.build import (
    EDGE_COUNT,
    FIRST_EDGE,
    LabelledFeatures,
    differential,
    groups_by,
    mated_cells,
    non_mated_groups,
)
from recognizance.evidence.document import DataSet, NonMatedCell
from recognizance.evidence.intervals import Tail, bootstrap_rates, rare_count_upper, upper_rates
from recognizance.types import PPB

EDGES = (np.arange(EDGE_COUNT) + FIRST_EDGE) / 1024


def faces(seed: int, images: int, people: int, *, missing: int = 0) -> LabelledFeatures:
    """Vectors in a few dimensions, so that some pairs of people look alike.

    All numbers are multiples of 1/64. Their products and sums are exact in float32 in whatever
    order they are taken, and many scores lie exactly on an edge.
    """
    rng = np.random.default_rng(seed)
    subjects = rng.integers(0, people, images)
    vectors = rng.standard_normal((people, 128))[subjects] + rng.standard_normal((images, 128))
    vectors[:, 6:] *= 0.05
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    acquired = np.ones(images, dtype=bool)
    acquired[:missing] = False
    return LabelledFeatures(
        data_set=DataSet("Set", "CC0", True, people, images, missing, "a" * 64, "b" * 64),
        vectors=(np.round(vectors * 64) / 64).astype(np.float32),
        cohort_means=(rng.integers(0, 33, images) / 64).astype(np.float32),
        acquired=acquired,
        subjects=subjects,
        labels={"sex": np.where(subjects % 2, "male", "female"), "none": np.full(images, "")},
    )


def everybody(data: LabelledFeatures) -> tuple[build.Group, ...]:
    return groups_by(data, (), np.ones(len(data.acquired), dtype=bool))


def only_cell(data: LabelledFeatures) -> NonMatedCell:
    (group,) = non_mated_groups(data, everybody(data), sets_threshold=True)
    return group.cell


def scored_pairs(data: LabelledFeatures):
    """Every pair of usable images: the two subjects, the score and the plain cosine."""
    scores = score_matrix(data.vectors, data.cohort_means, data.vectors, data.cohort_means)
    for i, j in combinations(np.flatnonzero(data.acquired).tolist(), 2):
        cosine = float(data.vectors[i] @ data.vectors[j])
        yield int(data.subjects[i]), int(data.subjects[j]), float(scores[i, j]), cosine


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([7, 64, 1024]))
def test_false_match_rates_equal_a_brute_force_count(monkeypatch_draws, seed, rows_at_once):
    monkeypatch_draws.setattr(build, "_ROWS_AT_ONCE", rows_at_once)
    data = faces(seed, 90, 40, missing=3)
    by_people: dict[frozenset[int], list[float]] = {}
    suspected = 0.0
    for first, second, score, _ in scored_pairs(data):
        if first != second:
            by_people.setdefault(frozenset((first, second)), []).append(score)
    for first, second, _, cosine in scored_pairs(data):
        if first != second and cosine >= build.SUSPECTED_SAME_PERSON:
            suspected += 1 / len(by_people[frozenset((first, second))])
    pairs = len(by_people)
    expected = (
        sum((np.array(scores)[:, None] >= EDGES).mean(axis=0) for scores in by_people.values())
        / pairs
    )

    cell = only_cell(data)

    assert (cell.pairs, cell.images, cell.failures_to_acquire) == (pairs, 90, 3)
    assert cell.people == len(set(data.subjects[3:].tolist()))
    assert cell.suspected_pairs == pytest.approx(suspected, abs=0.51)
    np.testing.assert_allclose(cell.fmr_ppb / PPB, expected, atol=2e-9)
    assert (cell.fmr_ppb / PPB >= expected - 1e-12).all()
    assert (cell.upper_ppb >= cell.fmr_ppb).all()
    assert (np.diff(cell.upper_ppb) <= 0).all()


@pytest.fixture(scope="module")
def monkeypatch_draws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "_DRAWS", 20)
        patch.setattr(build, "MIN_PEOPLE", 10)
        yield patch


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_false_non_match_rates_equal_a_brute_force_count(monkeypatch_draws, seed):
    data = faces(seed, 90, 40, missing=3)
    by_person: dict[int, list[float]] = {}
    duplicates = 0
    for first, second, score, cosine in scored_pairs(data):
        if first == second and cosine < build.SAME_PHOTOGRAPH:
            by_person.setdefault(first, []).append(score)
        duplicates += first == second and cosine >= build.SAME_PHOTOGRAPH
    scores = np.concatenate([np.array(each) for each in by_person.values()])

    (cell,) = mated_cells(data, everybody(data))

    assert (cell.people, cell.pairs) == (len(by_person), len(scores))
    assert cell.same_photograph_pairs == duplicates
    expected = (scores[:, None] < EDGES).mean(axis=0)
    np.testing.assert_allclose(cell.fnmr_ppb / PPB, expected, atol=2e-9)
    weighted = np.mean(
        [(np.array(each)[:, None] < EDGES).mean(axis=0) for each in by_person.values()], axis=0
    )
    np.testing.assert_allclose(cell.fnmr_by_subject_ppb / PPB, weighted, atol=2e-9)


def two_vectors(cosine: float, *, same_person: bool) -> LabelledFeatures:
    """Two images of a given cosine, and ten people at right angles to them and to each other."""
    vectors = np.eye(12, 128, dtype=np.float32)
    vectors[1, :2] = cosine, np.sqrt(1 - cosine**2)
    return LabelledFeatures(
        data_set=DataSet("Set", "CC0", True, 12, 12, 0, "a" * 64, "b" * 64),
        vectors=vectors,
        cohort_means=np.zeros(12, dtype=np.float32),
        acquired=np.ones(12, dtype=bool),
        subjects=np.array([0, 0 if same_person else 1, *range(2, 12)]),
        labels={},
    )


def false_matches(cosine: float) -> np.ndarray:
    """At which edges two people of that cosine are a false match."""
    data = two_vectors(cosine, same_person=False)
    cell = only_cell(data)
    return np.round(cell.fmr_ppb * cell.pairs / PPB)


def misses(cosine: float) -> np.ndarray:
    """At which edges one person's two images of that cosine are a false non-match."""
    data = two_vectors(cosine, same_person=True)
    (cell,) = mated_cells(data, everybody(data))
    return cell.fnmr_ppb // PPB


@pytest.fixture
def _any_size(monkeypatch):
    monkeypatch.setattr(build, "MIN_PEOPLE", 1)
    monkeypatch.setattr(build, "_DRAWS", 20)


@pytest.mark.usefixtures("_any_size")
def test_a_score_on_the_edge_is_a_match():
    at = 512 - FIRST_EDGE
    just_below = float(np.nextafter(np.float32(0.5), np.float32(0)))
    assert false_matches(0.5)[[at, at + 1]].tolist() == [1, 0]
    assert false_matches(just_below)[[at - 1, at]].tolist() == [1, 0]
    assert misses(0.5)[[at, at + 1]].tolist() == [0, 1]
    assert misses(just_below)[[at - 1, at]].tolist() == [0, 1]


@pytest.mark.usefixtures("_any_size")
def test_scores_beyond_the_grid_count_at_its_ends():
    assert false_matches(0.9)[-1] == 1
    assert false_matches(-0.9)[0] == 65  # the 66 pairs but one, which all score 0
    assert misses(0.9)[-1] == 0
    assert misses(-0.9)[0] == 1


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize("identities", [True, False])
def test_suspected_pairs_are_set_aside_only_where_nobody_knows_who_is_who(identities):
    data = two_vectors(0.56, same_person=False)
    data = replace(data, data_set=replace(data.data_set, identities=identities))
    edge = 512 - FIRST_EDGE
    one_pair = -(-PPB // 66)

    cell = only_cell(data)

    assert cell.suspected_pairs == 1
    assert cell.fmr_with_suspected_ppb[edge] == one_pair
    assert cell.fmr_ppb[edge] == (one_pair if identities else 0)
    assert (cell.upper_ppb <= cell.upper_with_suspected_ppb).all()
    if identities:
        np.testing.assert_array_equal(cell.upper_ppb, cell.upper_with_suspected_ppb)
    else:
        # The rule of three over 66 pairs, and the allowance for what was set aside.
        assert cell.upper_ppb[edge] == pytest.approx((3 / 66 + 1e-4) * PPB, abs=2)


@pytest.mark.usefixtures("_any_size")
def test_one_photograph_published_twice_is_no_mated_pair():
    data = two_vectors(0.99, same_person=True)
    data.subjects[2] = 0
    (cell,) = mated_cells(data, everybody(data))
    assert (cell.pairs, cell.same_photograph_pairs) == (2, 1)


def test_groups_leave_out_the_unknown_and_the_few():
    data = faces(1, 400, 100)
    within = np.ones(400, dtype=bool)
    assert [group.labels for group in groups_by(data, ("sex",), within)] == [
        {"sex": "female"},
        {"sex": "male"},
    ]
    assert groups_by(data, ("none",), within) == ()
    assert groups_by(data, ("sex",), data.subjects < 2 * (build.MIN_PEOPLE - 1)) == ()
    (everyone,) = groups_by(data, (), within)
    assert everyone.labels == {}
    assert everyone.rows.all()


def test_a_differential_is_worst_over_best(monkeypatch):
    monkeypatch.setattr(build, "_DRAWS", 50)
    data = faces(5, 300, 200)
    groups = groups_by(data, ("sex",), np.ones(300, dtype=bool))
    measured = non_mated_groups(data, groups, sets_threshold=True)

    found = differential(measured, with_suspected=True)

    low, high = np.sort(np.stack([group.cell.fmr_ppb for group in measured]), axis=0)
    assert found.groups == 2
    for edge in range(EDGE_COUNT):
        if low[edge] == 0:
            assert found.ratio[edge] is None
        else:
            assert found.ratio[edge] == round(1000 * high[edge] / low[edge])
            geometric_mean = np.sqrt(float(low[edge]) * float(high[edge]))
            assert found.over_geomean[edge] == round(1000 * high[edge] / geometric_mean)
            assert found.lower[edge] <= (found.upper[edge] or 10**12)


def test_bootstrap_is_w_a_w_over_w_m_w():
    """The sparse form equals the dense one of FAIRNESS 1.6, draw by draw."""
    rng = np.random.default_rng(2)
    people, edges = 12, 5
    first, second = np.triu_indices(people, k=1)
    kept = rng.random(len(first)) < 0.4
    tail = Tail(
        first[kept], second[kept], rng.integers(0, edges, kept.sum()), rng.random(kept.sum())
    )
    rates = bootstrap_rates(tail, people, edges, draws=30, rng=np.random.default_rng(9))

    again = np.random.default_rng(9)
    for row in rates:
        w = again.multinomial(people, np.full(people, 1 / people))
        for edge in range(edges):
            a = np.zeros((people, people))
            above = tail.edge >= edge
            a[tail.first[above], tail.second[above]] = tail.vote[above]
            a += a.T
            m = np.ones((people, people)) - np.eye(people)
            assert row[edge] == pytest.approx((w @ a @ w) / (w @ m @ w))


def test_rare_count_bound_is_the_exact_poisson_one():
    counts = np.arange(0, 400)
    exact = stats.gamma.ppf(0.95, counts + 1)
    bound = rare_count_upper(counts.astype(float))
    assert (bound >= exact).all()
    np.testing.assert_allclose(bound, exact, atol=0.02)


@given(st.integers(0, 400), st.integers(1000, 10**6))
def test_a_bound_is_never_looser_than_clopper_and_pearson(count, pairs):
    nothing_drawn = np.zeros((1, 1))
    bound = upper_rates(np.array([float(count)]), pairs, nothing_drawn)[0]
    exact = stats.beta.ppf(0.95, count + 1, pairs - count)
    assert bound >= exact


def test_no_error_seen_gives_the_rule_of_three():
    bound = upper_rates(np.array([0.0]), 3000, np.zeros((10, 1)))
    assert bound[0] == pytest.approx(1e-3)


def test_the_bound_covers_when_people_differ_where_counting_pairs_does_not():
    """Pairs share people: some match everybody more often. 95 % must mean about 95 %."""
    rng = np.random.default_rng(4)
    people, trials = 80, 120
    first, second = np.triu_indices(people, k=1)
    covered_by_people = covered_by_count = 0
    effects = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    true_rate = float((0.01 * np.exp(0.8 * effects - 0.32)).mean() ** 2 / 0.01)
    for _ in range(trials):
        ease = np.exp(0.8 * rng.standard_normal(people) - 0.32)
        chance = np.minimum(0.01 * ease[first] * ease[second], 1)
        hit = rng.random(len(first)) < chance
        votes = np.ones(int(hit.sum()))
        tail = Tail(first[hit], second[hit], np.zeros(int(hit.sum()), dtype=np.int64), votes)
        seen = np.array([float(hit.sum())])
        drawn = bootstrap_rates(tail, people, 1, draws=200, rng=rng)
        covered_by_people += upper_rates(seen, len(first), drawn)[0] >= true_rate
        covered_by_count += rare_count_upper(seen)[0] / len(first) >= true_rate
    assert covered_by_people / trials >= 0.88
    assert covered_by_count / trials <= covered_by_people / trials - 0.08
