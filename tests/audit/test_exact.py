"""Exact comparison: the counts are those of brute force, whatever the size of the blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.audit.blas import kernel, single_threaded
from recognizance.audit.exact import (
    EDGES_PER_UNIT,
    Templates,
    pair_index,
    survivors,
    tail_counts,
)
from recognizance.errors import InputError

FLOOR = -100
EDGES = 1200


def templates(seed: int, n: int, *, cells: int = 3, people: int | None = None) -> Templates:
    """Random faces, some of one person, some equal, some exactly on an edge."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[: n // 3] = np.eye(8, dtype=np.float32)[rng.integers(8, size=n // 3)]
    means = (rng.integers(0, 64, n) / 128).astype(np.float32)
    person = rng.integers(people or n, size=n)
    return Templates(vectors, means, person, rng.integers(cells, size=n))


def brute_force(of: Templates, suspected_from: float) -> tuple[np.ndarray, np.ndarray]:
    vectors, means = of.vectors.astype(np.float64), of.means.astype(np.float64)
    cosines = vectors @ vectors.T
    scores = cosines - (means[:, None] + means[None, :]) / 2
    cells = of.cells
    counts = np.zeros((2, cells * (cells + 1) // 2, EDGES), dtype=np.int64)
    for one in range(len(vectors)):
        for other in range(one + 1, len(vectors)):
            if of.person[one] == of.person[other]:
                continue
            reached = int(np.floor(scores[one, other] * EDGES_PER_UNIT)) - FLOOR
            if reached < 0:
                continue
            pair = int(pair_index(of.cell[one], of.cell[other], cells))
            reached = min(reached, EDGES - 1)
            counts[0, pair, : reached + 1] += 1
            counts[1, pair, : reached + 1] += cosines[one, other] >= suspected_from
    return counts[0], counts[1]


@settings(max_examples=25)
@given(
    st.integers(0, 1000),
    st.integers(2, 60),
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(1, 3),
)
def test_counts_are_those_of_brute_force_whatever_the_blocks(seed, n, rows, columns, threads):
    of = templates(seed, n, people=max(n // 2, 1))
    found, suspected = tail_counts(
        of,
        floor=FLOOR,
        edges=EDGES,
        suspected_from=0.55,
        rows_at_once=rows,
        columns_at_once=columns,
        threads=threads,
    )
    expected, expected_suspected = brute_force(of, 0.55)
    assert np.array_equal(found, expected)
    assert np.array_equal(suspected, expected_suspected)


def test_another_device_that_rounds_otherwise_gives_the_same_counts():
    of = templates(1, 150)

    def coarse(left, right):
        exact = left.astype(np.float64) @ right.astype(np.float64).T
        noise = np.random.default_rng(0).uniform(-1, 1, exact.shape)
        return (exact + 3e-7 * noise).astype(np.float32)

    ours = tail_counts(of, floor=FLOOR, edges=EDGES)[0]
    theirs = tail_counts(of, floor=FLOOR, edges=EDGES, multiply=coarse)[0]
    assert np.array_equal(ours, theirs)


def test_a_score_on_the_edge_counts_for_it():
    vectors = np.array([[1, 0], [0.5, 0.8660254]], dtype=np.float32)
    of = Templates(vectors, np.zeros(2, np.float32), np.arange(2), np.zeros(2, np.int64))
    counts, _ = tail_counts(of, floor=0, edges=EDGES)
    assert counts[0, 512] == 1
    assert counts[0, 513] == 0


def test_pairs_of_one_person_are_not_compared():
    of = templates(3, 40, people=1)
    assert not tail_counts(of, floor=FLOOR, edges=EDGES)[0].any()


def test_progress_ends_with_every_pair():
    told = []
    of = templates(4, 50)
    list(survivors(of, floor=FLOOR, rows_at_once=7, progress=lambda *step: told.append(step)))
    assert told[-1] == (50 * 49 // 2, 50 * 49 // 2)
    assert told == sorted(told)


@pytest.mark.parametrize(
    "change",
    [
        {"vectors": np.zeros((1, 8), np.float32)},
        {"vectors": np.zeros((5, 8))},
        {"vectors": np.full((5, 8), np.nan, np.float32)},
        {"means": np.zeros(4, np.float32)},
    ],
)
def test_what_cannot_be_compared_is_refused(change):
    good = templates(5, 5)
    parts = {name: getattr(good, name) for name in ("vectors", "means", "person", "cell")}
    with pytest.raises(InputError):
        list(survivors(Templates(**parts | change), floor=0))


def test_blas_threads_are_given_back():
    a = np.ones((4, 4), np.float32)
    with single_threaded(), single_threaded():
        assert (a @ a).sum() == 64
    assert isinstance(kernel(), str)


@given(st.integers(1, 12))
def test_every_unordered_pair_has_one_number(cells):
    low, high = np.triu_indices(cells)
    assert pair_index(low, high, cells).tolist() == list(range(cells * (cells + 1) // 2))
    assert np.array_equal(pair_index(high, low, cells), pair_index(low, high, cells))
