"""Laws of the rounded template: what it can change in a score, and that it never makes a match."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance import compare
from recognizance.bearer.quantise import CODE_BITS, pack_codes, quantise, unpack_codes
from recognizance.errors import InputError
from recognizance.types import Features

seeds = st.integers(0, 2**63)
spreads = st.floats(0, 8)


def unit(seed: int, spread: float = 0.0) -> np.ndarray:
    """A direction; the larger the spread, the fewer dimensions hold most of it."""
    random = np.random.default_rng(seed)
    vector = random.standard_normal(128) * np.exp(spread * random.standard_normal(128))
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def features(vector: np.ndarray, mean: float) -> Features:
    return Features(vector.astype(np.float32), "model", "cohort", mean)


def scores(probe: np.ndarray, vector: np.ndarray, mean: float, bits: int):
    made = quantise(vector, bits)
    reference = features(vector, mean)
    rounded = features(made.vector, mean)
    asked = features(probe, mean / 2)
    return compare.score(asked, reference), compare.score(asked, rounded), made.bound


@given(seeds, seeds, spreads, st.floats(-1, 1, width=32), st.integers(8, 12))
def test_a_score_changes_by_no_more_than_the_bound(first, second, spread, mean, bits):
    exact, rounded, bound = scores(unit(first, spread), unit(second, spread), mean, bits)
    assert abs(exact - rounded) <= bound


@given(seeds, spreads, st.floats(-1, 1, width=32), st.integers(8, 12), st.sampled_from([-1, 1]))
def test_not_even_the_worst_probe_passes_the_bound(seed, spread, mean, bits, side):
    vector = unit(seed, spread)
    lost = vector.astype(np.float64) - quantise(vector, bits).vector
    if not lost.any():
        return
    worst = side * lost / np.linalg.norm(lost)
    exact, rounded, bound = scores(worst, vector, mean, bits)
    assert abs(exact - rounded) <= bound
    assert abs(exact - rounded) >= 0.9 * bound - 4e-5  # the bound is no looser than it must be


@given(seeds, seeds, spreads, st.floats(0, 1))
def test_a_match_with_the_rounded_template_is_a_match_with_the_template(a, b, spread, alike):
    vector = unit(a, spread)
    probe = alike * vector + (1 - alike) * unit(b, spread)
    probe = (probe / np.linalg.norm(probe)).astype(np.float32)
    exact, rounded, bound = scores(probe, vector, 0.1, CODE_BITS)
    for threshold in (exact, np.nextafter(exact, 2), rounded, rounded - bound):
        if rounded - bound >= threshold:
            assert exact >= threshold


@given(seeds, spreads)
def test_codes_survive_being_written_down(seed, spread):
    made = quantise(unit(seed, spread))
    packed = pack_codes(made.codes)
    assert len(packed) == 128 * CODE_BITS // 8
    assert np.array_equal(unpack_codes(packed), made.codes)


@pytest.mark.parametrize("vector", [np.zeros(128), np.full(128, np.nan), np.ones(64)])
def test_what_has_no_direction_is_refused(vector):
    with pytest.raises(InputError):
        quantise(vector.astype(np.float32))
