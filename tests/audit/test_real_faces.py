"""The audit on real features: the figures that are known of the default model."""

import numpy as np
import pytest

from recognizance.audit.data import read_templates
from recognizance.audit.measure import audit_samples
from recognizance.audit.plan import Plan
from recognizance.audit.result import Disclosure, System, Verdict

PLAN = Plan(
    attributes=("race", "sex"),
    targets=(1e-2, 1e-3),
    draws=200,
    disclosure=Disclosure.EXACT,
    galleries=1,
)


@pytest.fixture(scope="module")
def grown_up(faces):
    data = read_templates(faces / "fairface" / "more-features.npz")
    return data.rows(~np.isin(data.labels["age"], ["0-2", "3-9"]))


@pytest.mark.faces
def test_plain_cosine_is_far_from_equal_on_fairface(grown_up):
    result = audit_samples(grown_up, PLAN, System("default, plain cosine"))
    assert result.data.non_mated_pairs == len(grown_up) * (len(grown_up) - 1) // 2
    for point in result.points:
        (main,) = (each for each in point.inequality if each.grouping == ("race", "sex"))
        assert main.groups == 14
        assert main.verdict is Verdict.ESTABLISHED
        ratio = main.measure("max_over_min")
        assert ratio.lower > 5
        assert main.measure("max_over_min", with_suspected=True).value < ratio.value
        assert main.by_chance < 3


@pytest.mark.faces
def test_children_are_matched_to_each_other_far_more_often(faces):
    data = read_templates(faces / "fairface" / "more-features.npz")
    plan = Plan(attributes=("age",), targets=(), thresholds=(0.363,), draws=200, galleries=1)
    (point,) = audit_samples(data, plan, System("default, plain cosine")).points
    rates = {cell.group.name: cell.estimate.rate for cell in point.fmr}
    assert rates["0-2"] > 0.2
    assert rates["3-9"] > 0.02
    assert rates["20-29"] < 0.005
