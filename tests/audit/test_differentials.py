"""Measures of unequal error: published rows to six digits, laws, and what is undefined."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recognizance.audit.differentials import (
    DEFECTS,
    deviation,
    differentials,
    fdr,
    garbe,
    gini,
    inequity_rate,
    max_over_geomean,
    max_over_min,
    ser,
)
from recognizance.errors import InputError

# NISTIR 8280, Annex 15: log10 FMR and FNMR of American Indian, Asian, Black, White, women then men.
# The measures are computed from these rates with the formulas of the sources in `differentials`.
ANNEX_15 = {
    "didiglobalface-001": (
        (-3.3, -4.5, -4.1, -5.0, -3.7, -5.0, -5.0, -5.0),
        (0.0033, 0.0052, 0.0011, 0.0021, 0.0050, 0.0031, 0.0011, 0.0036),
        (50.118723, 14.125375, 0.774164, 4.727273, 1.962157, 0.308455),
        (0.997704, 15.392364, 0.541309),
    ),
    "visionlabs-006": (
        (-3.4, -4.4, -3.9, -5.0, -3.7, -5.0, -4.9, -5.0),
        (0.0101, 0.0057, 0.0017, 0.0035, 0.0073, 0.0036, 0.0014, 0.0046),
        (39.810717, 10.292005, 0.715996, 7.214286, 2.564002, 0.363739),
        (0.995456, 16.947150, 0.539868),
    ),
    "cogent-003": (
        (-3.3, -4.2, -3.9, -4.6, -4.2, -5.0, -5.0, -5.0),
        (0.0499, 0.0339, 0.0069, 0.0129, 0.0308, 0.0116, 0.0040, 0.0099),
        (50.118723, 12.589254, 0.744873, 12.475, 3.404436, 0.464844),
        (0.976804, 25.004621, 0.604859),
    ),
}

RATES = st.lists(st.floats(1e-6, 0.5), min_size=2, max_size=14)


@pytest.mark.parametrize("name", ANNEX_15)
def test_the_rows_of_annex_15_come_out_to_six_digits(name):
    logs, fnmr, single, both = ANNEX_15[name]
    found = differentials([10**each for each in logs], fnmr)
    assert (
        found.max_over_min,
        found.max_over_geomean,
        found.gini,
        found.fnmr_max_over_min,
        found.fnmr_max_over_geomean,
        found.fnmr_gini,
    ) == pytest.approx(single, abs=5e-7, rel=5e-8)
    assert (found.fdr, found.inequity_rate, found.garbe) == pytest.approx(both, abs=5e-7, rel=5e-8)


def test_the_fourth_row_has_no_false_match_rates():
    fnmr = (0.0909, 0.0709, 0.0699, 0.0824, 0.0793, 0.0521, 0.0480, 0.0765)  # cyberextruder-002
    found = (max_over_min(fnmr), max_over_geomean(fnmr), gini(fnmr))
    assert found == pytest.approx((1.893750, 1.302373, 0.121704), abs=5e-7)


def test_rfw_accuracies_give_the_known_skewed_error_ratios():
    microsoft, amazon = (0.8760, 0.8283, 0.7967, 0.7583), (0.9045, 0.8720, 0.8487, 0.8627)
    assert ser(microsoft) == pytest.approx(24.17 / 12.40)
    assert ser(amazon) == pytest.approx(15.13 / 9.55)
    # Of as many mated as non-mated comparisons, the share of errors is the mean of both rates.
    misses = [2 * (1 - accuracy) - 0.01 for accuracy in microsoft]
    assert differentials([0.01] * 4, misses).ser == pytest.approx(24.17 / 12.40)


def test_a_deviation_says_its_ddof():
    accuracies = (0.9618, 0.9467, 0.9372, 0.9398)  # a row whose published deviation is 1.11 points
    assert 100 * deviation(accuracies, ddof=1) == pytest.approx(1.104, abs=5e-4)
    assert deviation(accuracies, ddof=0) < deviation(accuracies, ddof=1)
    assert deviation([0.5], ddof=1) is None


@given(rate=st.floats(1e-6, 0.9), groups=st.integers(2, 14))
def test_equal_rates_are_parity(rate, groups):
    rates = [rate] * groups
    assert max_over_min(rates) == 1
    assert max_over_geomean(rates) == pytest.approx(1)
    assert gini(rates) == 0
    assert garbe(rates, rates) == 0
    assert inequity_rate(rates, rates) == pytest.approx(1)
    assert fdr(rates, rates) == 1


@given(groups=st.integers(2, 14), rate=st.floats(1e-6, 1))
def test_all_error_in_one_group_is_a_coefficient_of_one(groups, rate):
    assert gini([rate] + [0.0] * (groups - 1)) == pytest.approx(1)


@given(rates=RATES, scale=st.floats(0.01, 1), seed=st.integers(0, 9))
def test_ratios_and_gini_do_not_know_scale_or_order(rates, scale, seed):
    other = np.random.default_rng(seed).permutation(rates) * scale
    for measure in (max_over_min, max_over_geomean, gini):
        assert measure(other) == pytest.approx(measure(rates), rel=1e-6, abs=1e-9)


def test_fdr_does_know_scale():
    wide, narrow = [1e-2, 5e-1], [1e-4, 5e-3]
    assert max_over_min(wide) == pytest.approx(max_over_min(narrow))
    assert fdr(wide, wide) == pytest.approx(0.51)
    assert fdr(narrow, narrow) == pytest.approx(0.9951)


@given(rates=RATES)
def test_what_a_zero_makes_undefined_is_none_and_never_infinite(rates):
    found = differentials([0.0, *rates], [0.1, *rates])
    assert found.max_over_min is None
    assert found.max_over_geomean is None
    assert found.inequity_rate is None
    assert found.gini is not None
    defined = [v for v in (found.gini, found.garbe, found.fdr, found.deviation) if v is not None]
    assert all(math.isfinite(value) for value in defined)


def test_no_error_anywhere_leaves_the_coefficient_undefined():
    assert gini([0.0, 0.0]) is None
    assert garbe([0.0, 0.0], [0.1, 0.2]) is None
    assert gini([0.1]) is None


@given(rates=RATES)
def test_a_mean_lies_between_the_extremes(rates):
    assume(min(rates) < max(rates))
    assert 1 <= max_over_geomean(rates) <= max_over_min(rates) * (1 + 1e-9)
    assert 0 <= gini(rates) <= 1


@pytest.mark.parametrize("rates", [[], [0.1, float("nan")], [0.1, -0.1], [1.5], [float("inf")]])
def test_what_is_no_rate_is_said_to_be_none(rates):
    with pytest.raises(InputError):
        max_over_min(rates)


def test_both_kinds_need_the_same_groups():
    with pytest.raises(InputError, match=r"2 groups .* and 3"):
        differentials([0.1, 0.2], [0.1, 0.2, 0.3])


def test_every_measure_has_its_defect_said():
    assert DEFECTS.keys() == {
        "max_over_min",
        "max_over_geomean",
        "gini",
        "garbe",
        "inequity_rate",
        "fdr",
        "ser",
        "deviation",
    }
    assert all(text.endswith(".") for text in DEFECTS.values())
