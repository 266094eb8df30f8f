"""The audit of templates: every figure against brute force, every law of a result."""

import json

import numpy as np
import pytest
from crowd import crowd

from recognizance.audit.data import samples
from recognizance.audit.measure import audit_samples
from recognizance.audit.plan import Plan
from recognizance.audit.report.summary import summarise
from recognizance.audit.result import (
    AuditResult,
    Basis,
    Disclosure,
    Group,
    System,
    Verdict,
)
from recognizance.errors import InputError

PLAN = Plan(
    attributes=("race", "sex"),
    targets=(1e-2, 1e-3),
    draws=200,
    disclosure=Disclosure.EXACT,
    galleries=3,
)
SYSTEM = System("made up")


@pytest.fixture(scope="module")
def data():
    return crowd()


@pytest.fixture(scope="module")
def result(data):
    return audit_samples(data, PLAN, SYSTEM)


def rows_of(data, group: Group) -> np.ndarray:
    inside = data.acquired.copy()
    for key, value in group.labels:
        inside &= data.labels[key] == value
    return np.flatnonzero(inside)


def scores_of(data, one, other):
    means = data.cohort_means.astype(np.float64)
    vectors = data.vectors.astype(np.float64)
    return vectors[one] @ vectors[other].T - (means[one][:, None] + means[other][None, :]) / 2


def test_false_match_rates_are_those_of_brute_force(data, result):
    for point in result.points:
        for cell in (point.overall_fmr, *point.fmr):
            rows = rows_of(data, cell.group)
            apart = data.subjects[rows][:, None] != data.subjects[rows][None, :]
            scores = scores_of(data, rows, rows)
            assert cell.estimate.trials == apart.sum() // 2
            assert cell.estimate.errors == (apart & (scores >= point.threshold)).sum() // 2


def test_cross_group_rates_are_those_of_brute_force(data, result):
    for point in result.points:
        matrix = point.cross
        assert len(matrix.groups) == 4
        for i, one in enumerate(matrix.groups):
            for j, other in enumerate(matrix.groups):
                cell = matrix.cell(i, j)
                assert {cell.group, cell.against or cell.group} == {one, other}
                if i == j:
                    continue
                scores = scores_of(data, rows_of(data, one), rows_of(data, other))
                assert cell.estimate.trials == scores.size
                assert cell.estimate.errors == (scores >= point.threshold).sum()


def test_false_non_match_rates_are_those_of_brute_force(data, result):
    for point in result.points:
        for cell in (point.overall_fnmr, *point.fnmr):
            rows = rows_of(data, cell.group)
            mates = np.triu(data.subjects[rows][:, None] == data.subjects[rows][None, :], k=1)
            vectors = data.vectors[rows].astype(np.float64)
            mates &= vectors @ vectors.T < 0.95
            scores = scores_of(data, rows, rows)
            assert cell.estimate.trials == mates.sum()
            assert cell.estimate.errors == (mates & (scores < point.threshold)).sum()


def test_failures_to_acquire_are_counted_by_group(data, result):
    everybody = result.acquisition[0]
    assert everybody.estimate.errors == (~data.acquired).sum()
    assert everybody.estimate.trials == len(data)
    by_sex = [cell for cell in result.acquisition if cell.group.grouping == ("sex",)]
    assert sum(cell.estimate.errors for cell in by_sex) == everybody.estimate.errors


def test_the_threshold_is_the_lowest_of_the_grid_that_keeps_the_mean_of_the_groups(data, result):
    for point in result.points:
        assert point.basis is Basis.GROUP_MEAN
        mean = np.mean([cell.estimate.rate for cell in point.fmr_by(("race", "sex"))])
        assert mean <= point.target
        lower = point.threshold - 1 / 1024
        rates = []
        for cell in point.fmr_by(("race", "sex")):
            rows = rows_of(data, cell.group)
            apart = data.subjects[rows][:, None] != data.subjects[rows][None, :]
            rates.append((apart & (scores_of(data, rows, rows) >= lower)).sum() / apart.sum())
        assert np.mean(rates) > point.target


def test_intervals_hold_their_rates(result):
    for point in result.points:
        for cell in (*point.fmr, *point.fnmr, *point.cross.cells):
            given = cell.estimate
            assert 0 <= given.lower <= given.rate <= given.upper <= 1
            assert given.rate <= given.bound <= given.upper


def test_verdicts_follow_the_bound_and_the_rate(result):
    for point in result.points:
        for cell in point.fmr:
            given = cell.estimate
            match cell.verdict:
                case Verdict.ESTABLISHED:
                    assert given.bound <= cell.target
                case Verdict.NOT_ESTABLISHED:
                    assert given.rate > cell.target
                case Verdict.NOT_ENOUGH_DATA:
                    assert cell.people_missing > 0
                    assert given.rate <= cell.target


def test_groups_with_too_few_people_are_named_and_get_no_verdict_on_their_rate():
    labels = ["large"] * 90 + ["small"] * 8
    data = crowd(98, team=labels)
    result = audit_samples(data, Plan(attributes=("team",), draws=100, targets=(1e-2,)), SYSTEM)
    (small,) = [one for one in result.points[0].fmr if one.group.name == "small"]
    assert small.estimate.rate is None
    assert small.verdict is Verdict.NOT_ENOUGH_DATA
    assert small.people_missing >= 22
    finding = next(each for each in result.findings if each.kind == "too_small")
    assert [group.name for group, _ in finding.groups] == ["small"]


def test_a_result_survives_its_file(result):
    text = result.as_json()
    assert AuditResult.from_dict(json.loads(text)) == result


def test_the_same_seed_gives_the_same_result(data, result):
    assert audit_samples(data, PLAN, SYSTEM) == result


def test_searches_agree_with_the_formula_where_comparisons_err_alike():
    data = crowd(400, 1, seed=3)
    plan = Plan(
        draws=200,
        gallery_sizes=(40,),
        galleries=40,
        thresholds=(0.75,),
        targets=(1e-2,),
        disclosure=Disclosure.EXACT,
    )
    result = audit_samples(data, plan, SYSTEM)
    found = next(each for each in result.identification if each.threshold == 0.75)
    measured = found.cells[0].fpir.estimate
    assert measured.lower <= found.cells[0].fpir_by_formula <= measured.upper


def test_mates_are_found_at_their_rank(data, result):
    for found in result.identification:
        assert list(found.cmc) == sorted(found.cmc)
        assert found.cells[0].fnir.estimate.trials > 0
        assert found.cells[0].fpir.estimate.trials > 0


def test_the_threshold_of_the_worst_group_keeps_the_target_in_every_group(data, result):
    found = next(each for each in result.worst_group if each.target == 1e-2)
    assert not found.not_covered
    assert found.threshold >= found.mean_threshold
    assert found.bound <= 1e-2
    for group in result.points[0].cross.groups:
        rows = rows_of(data, group)
        apart = data.subjects[rows][:, None] != data.subjects[rows][None, :]
        errors = (apart & (scores_of(data, rows, rows) >= found.threshold)).sum()
        assert errors / apart.sum() <= 1e-2
    for cost in found.costs:
        assert cost.fnmr_after.rate >= cost.fnmr_before.rate


def test_groups_that_are_not_covered_never_lower_the_threshold():
    """One group has people enough for a bound, the other errs more often and has not."""
    many, few = crowd(300, 1, failures=0), crowd(40, 1, failures=0, seed=5)
    alike = few.vectors + 1.2 * few.vectors[0]
    data = samples(
        "uneven",
        np.concatenate([many.vectors, alike]),
        {"g": np.repeat(["many", "few"], [300, 40])},
    )
    plan = Plan(attributes=("g",), disclosure=Disclosure.EXACT, draws=200)
    for each in audit_samples(data, plan, System("s")).worst_group:
        assert each.threshold is None or each.threshold >= each.mean_threshold


def test_suspected_pairs_stand_apart_where_nobody_is_known():
    data = crowd(300, 2, identities=False, spread=0.2)
    result = audit_samples(
        data, Plan(attributes=("sex",), draws=100, disclosure=Disclosure.EXACT), SYSTEM
    )
    assert not result.data.identities
    assert result.data.mated_pairs == 0
    finding = next(each for each in result.findings if each.kind == "suspected_same_person")
    assert finding.count > 0
    for point in result.points:
        cell = point.overall_fmr
        assert cell.with_suspected.errors > cell.estimate.errors
        assert point.overall_fnmr.estimate.trials == 0
        assert point.overall_fnmr.verdict is None


def test_people_are_drawn_from_some_where_there_are_many(data, monkeypatch):
    monkeypatch.setattr("recognizance.audit.comparisons.PEOPLE_DRAWN_FROM", 120)
    fewer = audit_samples(data, PLAN, SYSTEM)
    assert fewer.method.people_drawn_from == 120
    assert any("draw from" in note for note in fewer.method.notes)
    whole = audit_samples(data, PLAN, SYSTEM)
    for one, other in zip(fewer.points[0].fmr, whole.points[0].fmr, strict=True):
        assert one.estimate.rate == other.estimate.rate


@pytest.mark.parametrize(
    "plan",
    [
        Plan(attributes=("height",)),
        Plan(attributes=("race",), thresholds=(5.0,)),
        Plan(attributes=("race",), gallery_sizes=(10_000,)),
    ],
)
def test_what_the_data_cannot_answer_is_refused(data, plan):
    with pytest.raises(InputError):
        audit_samples(data, plan, SYSTEM)


@pytest.mark.parametrize(
    "options",
    [
        {"targets": (0.5,)},
        {"targets": (0.0,)},
        {"attributes": ("a",), "main": ("b",)},
        {"draws": 10},
        {"gallery_sizes": (0,)},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(options):
    with pytest.raises(InputError):
        Plan(**options)


def test_two_people_are_the_least():
    one = samples("one", np.ones((1, 4)), {}, subjects=["a"])
    with pytest.raises(InputError):
        audit_samples(one, Plan(), SYSTEM)


def test_failures_to_acquire_are_the_same_number_everywhere():
    data = crowd(120, 2, seed=5, failures=0.04)
    failed = int(np.count_nonzero(~data.acquired))
    # A number that rounding to fives would change.
    assert failed % 5
    result = audit_samples(
        data, Plan(attributes=("sex",), targets=(1e-2,), draws=100, galleries=1), System("made up")
    )
    (finding,) = (each for each in result.findings if each.kind == "not_acquired")
    assert finding.count == failed
    assert result.data.failures_to_acquire == failed
    assert result.acquisition[0].estimate.errors == failed
    assert any(f"In {failed} images" in each for each in summarise(result).stands_out)
