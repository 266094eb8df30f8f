"""From target to threshold: never looser than the worst group allows, never extrapolated."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import EvidenceError, InputError, TargetUnsupportedError
from recognizance.evidence import (
    LADDER_PPB,
    band,
    band_words,
    floor_ppb,
    require_supported,
    threshold_for,
)
from recognizance.evidence.thresholds import fmr_per_comparison_ppb
from recognizance.types import PPB, ErrorRate

FMR, FPIR = ErrorRate.FMR, ErrorRate.FPIR
targets = st.integers(31, PPB - 1)
group_rates = st.lists(st.tuples(st.floats(0.01, 0.9), st.integers(10**3, 10**9)), min_size=1)


def two_groups(maker):
    return maker.evidence(maker.cell(rate=0.1, group="better"), maker.cell(rate=0.4, group="worse"))


@given(targets)
def test_the_threshold_is_the_lowest_that_the_worst_upper_bound_allows(maker, target):
    evidence = two_groups(maker)

    threshold = threshold_for(evidence, FMR, target)

    index = round(threshold.score * 1024) - evidence.first_edge
    worst = evidence.non_mated[1].upper_ppb
    assert worst[index] <= target
    assert index == 0 or worst[index - 1] > target
    assert threshold.worst.group == "Named: worse"
    assert threshold.worst.upper == worst[index] / PPB
    assert all(group.upper <= target / PPB for group in threshold.fmr_by_group)


@given(group_rates, targets, targets)
def test_a_stricter_target_never_gets_a_lower_threshold(maker, groups, one, other):
    cells = [
        maker.cell(data_set, rate=rate, pairs=pairs)
        for (rate, pairs), data_set in zip(groups, ["Named", "Unnamed"] * len(groups), strict=False)
    ]
    evidence = maker.evidence(*cells)
    scores = []
    for target in sorted((one, other), reverse=True):
        try:
            scores.append(threshold_for(evidence, FMR, target).score)
        except TargetUnsupportedError:
            scores.append(math.inf)
    assert scores == sorted(scores)


@given(st.integers(31, 10**9))
def test_the_floor_itself_is_served_and_one_part_below_is_refused(maker, pairs):
    evidence = maker.evidence(maker.cell(pairs=pairs, upper=0.0))
    floor = floor_ppb(evidence)
    assert floor == math.ceil(30 * PPB / pairs)
    if floor < PPB:
        assert threshold_for(evidence, FMR, floor).fmr_target_ppb == floor
    if floor > 1:
        with pytest.raises(TargetUnsupportedError) as caught:
            threshold_for(evidence, FMR, floor - 1)
        assert caught.value.code == "evidence.target_unsupported"
        assert "people with identity labels" in caught.value.hint


def test_the_refusal_says_how_many_people_would_be_needed(maker):
    evidence = maker.evidence(maker.cell(pairs=10**6))
    with pytest.raises(TargetUnsupportedError) as caught:
        require_supported(evidence, 1_000)
    # 30 / 1e-6 = 30 million pairs; 7,747 people make 30,004,131 and 7,746 only 29,996,385.
    assert "7,747 people" in caught.value.hint
    assert "30,000,000 pairs" in caught.value.hint


def test_data_without_identities_supports_nothing_below_3e_4(maker):
    evidence = maker.evidence(maker.cell("Unnamed", pairs=10**9))
    assert threshold_for(evidence, FMR, 300_000).basis == ("Unnamed: everybody",)
    with pytest.raises(TargetUnsupportedError):
        threshold_for(evidence, FMR, 299_999)


def test_below_its_floor_a_group_still_binds_and_is_named_as_not_measured(maker):
    unnamed = maker.cell("Unnamed", rate=0.9, group="worse")
    evidence = maker.evidence(unnamed, maker.cell(rate=1e-4, group="better"))

    at_floor = threshold_for(evidence, FMR, 300_000)
    below = threshold_for(evidence, FMR, 30_000)

    assert at_floor.not_measured == ()
    assert below.not_measured == ("Unnamed: worse",)
    assert below.basis == ("Named: better",)
    assert below.score == at_floor.score


def test_childrens_cells_are_reported_and_set_nothing(maker):
    adults = maker.cell(rate=0.1, group="adults")
    children = maker.cell(rate=0.9, group="children", sets_threshold=False)

    threshold = threshold_for(maker.evidence(adults, children), FMR, 1_000_000)

    assert threshold.score == threshold_for(maker.evidence(adults), FMR, 1_000_000).score
    reported = threshold.fmr_by_group[1]
    assert reported.group == "Named: children"
    assert reported.upper > 1e-3
    assert "Named: children" not in threshold.basis


def test_evidence_of_children_alone_sets_no_threshold(maker):
    evidence = maker.evidence(maker.cell(sets_threshold=False))
    with pytest.raises(EvidenceError):
        threshold_for(evidence, FMR, 1_000_000)


def test_a_group_that_never_keeps_the_target_refuses_it(maker):
    stubborn = maker.cell("Unnamed", rate=0.9, upper=10**6, group="stubborn")
    with pytest.raises(TargetUnsupportedError) as caught:
        threshold_for(maker.evidence(maker.cell(), stubborn), FMR, 1_000_000)
    assert "stubborn" in caught.value.message


@given(st.integers(1, PPB - 1), st.integers(1, 10**6))
def test_fpir_link_keeps_the_target_over_the_whole_gallery(target, gallery_size):
    per_comparison = fmr_per_comparison_ppb(FPIR, target, gallery_size)

    def fpir(ppb):
        return -math.expm1(gallery_size * math.log1p(-ppb / PPB))

    assert fpir(per_comparison) <= target / PPB * (1 + 1e-9)
    if per_comparison + 1 < PPB:
        assert fpir(per_comparison + 1) > target / PPB * (1 - 1e-9)


def test_a_gallery_of_one_is_a_verification():
    assert fmr_per_comparison_ppb(FPIR, 1_000_000, 1) == 1_000_000
    assert fmr_per_comparison_ppb(FMR, 1_000_000, 500) == 1_000_000


def test_a_search_of_a_large_gallery_is_refused(maker):
    evidence = maker.evidence(maker.cell(pairs=2_174_655))
    assert threshold_for(evidence, FPIR, 10_000_000, 100).fmr_target_ppb == 100_498
    with pytest.raises(TargetUnsupportedError):
        threshold_for(evidence, FPIR, 10_000_000, 10_000)
    with pytest.raises(TargetUnsupportedError):
        threshold_for(evidence, FPIR, 1, 10**9)  # rounds down to no rate at all


@pytest.mark.parametrize(("target", "size"), [(0, 1), (PPB, 1), (-1, 1), (1000, 0)])
def test_no_such_target_is_an_input_error(maker, target, size):
    with pytest.raises(InputError):
        threshold_for(two_groups(maker), FPIR, target, size)


@given(st.floats(-1, 1, width=32))
def test_a_band_is_the_strictest_rung_that_still_matches(maker, score):
    evidence = maker.evidence(maker.cell(pairs=10**8), maker.cell("Unnamed", group="unnamed"))
    matching = [rung for rung in LADDER_PPB if score >= threshold_for(evidence, FMR, rung).score]
    assert band(evidence, score) == min(matching, default=None)


def test_a_band_is_reached_at_the_threshold_and_not_just_below(maker):
    evidence = two_groups(maker)
    edge = threshold_for(evidence, FMR, 300_000).score
    assert band(evidence, edge) == 300_000
    assert band(evidence, math.nextafter(edge, -1)) == 1_000_000
    assert band(evidence, -1.0) is None


def test_words_say_nothing_about_how_near_a_miss_was(maker):
    threshold = threshold_for(two_groups(maker), FMR, 1_000_000)
    miss = band_words(threshold, math.nextafter(threshold.score, -1))
    assert miss == band_words(threshold, -1.0)
    assert band_words(threshold, threshold.score).endswith("1 in 1,000")
    assert band_words(threshold, 1.0).endswith("1 in 33,333")


def test_words_of_a_target_between_two_rungs(maker):
    threshold = threshold_for(two_groups(maker), FMR, 5_000_000)
    assert band_words(threshold, threshold.score).endswith("1 in 200")


def test_the_ratio_between_groups_is_read_at_the_threshold(maker):
    threshold = threshold_for(maker.evidence(maker.cell(rate=1e-4)), FMR, 10_000_000)
    (ratio,) = threshold.ratios
    assert threshold.score == -20 / 1024
    assert (ratio.over_geomean, ratio.ratio, ratio.with_suspected) == (1.5, None, False)
