"""The file of a result: what is read is what was written, and nothing else is read."""

import copy
import json

import pytest
from crowd import crowd

from recognizance.audit.changes import compare_results
from recognizance.audit.coding import decode, encode
from recognizance.audit.measure import audit_samples
from recognizance.audit.plan import Plan
from recognizance.audit.result import AuditResult, Disclosure, System
from recognizance.canonical import canonical_bytes
from recognizance.errors import InputError

PLAN = Plan(attributes=("sex",), draws=100, targets=(1e-2,), disclosure=Disclosure.EXACT)


@pytest.fixture(scope="module")
def result():
    return audit_samples(crowd(), PLAN, System("one"))


@pytest.fixture(scope="module")
def worse():
    return audit_samples(crowd(spread=0.9), PLAN, System("two"))


def test_a_result_has_a_canonical_form(result):
    assert AuditResult.from_dict(json.loads(canonical_bytes(result.as_dict()))) == result


def damaged(data: dict, how) -> dict:
    changed = copy.deepcopy(data)
    how(changed)
    return changed


@pytest.mark.parametrize(
    "how",
    [
        lambda data: data.pop("schema"),
        lambda data: data.update(schema="recognizance.audit/0"),
        lambda data: data.update(extra=1),
        lambda data: data.pop("points"),
        lambda data: data["points"][0].update(threshold="0.5"),
        lambda data: data["points"][0].update(supported=1),
        lambda data: data["points"][0]["overall_fmr"].update(verdict="perhaps"),
        lambda data: data.update(findings={}),
        lambda data: data["points"][0]["fmr"][0]["group"].update(labels=[["sex"]]),
        lambda data: data["system"].update(name=None),
    ],
)
def test_a_damaged_file_is_refused(result, how):
    with pytest.raises(InputError):
        AuditResult.from_dict(damaged(result.as_dict(), how))


def test_what_is_no_result_is_refused():
    for data in (None, [], "result", 1):
        with pytest.raises(InputError):
            AuditResult.from_dict(data)


def test_a_number_that_is_none_is_never_written():
    with pytest.raises(InputError):
        encode((float("nan"),))
    with pytest.raises(InputError):
        encode(object())
    assert decode(float, 1) == 1.0


def test_nothing_changed_between_an_audit_and_itself(result):
    found = compare_results(result, result)
    assert found.same_data
    assert not any(change.told_apart for change in (*found.rates, *found.measures))
    assert all(change.times in {None, 1.0} for change in found.rates)
    assert found.only_before == found.only_after == ()


def test_a_worse_system_is_told_apart(result, worse):
    found = compare_results(result, worse)
    assert not found.same_data
    misses = [change for change in found.rates if change.rate == "fnmr"]
    assert misses
    assert all(change.told_apart and change.after.rate > change.before.rate for change in misses)
    # At the same target nothing is to be learnt from the false match rate of everybody.
    assert {target for target, _, _ in found.thresholds} == {1e-2}


def test_groups_of_one_audit_only_are_named(result):
    other = audit_samples(
        crowd(), Plan(attributes=("race",), draws=100, targets=(1e-2,)), System("three")
    )
    found = compare_results(result, other)
    assert {group.name for group in found.only_before} == {"female", "male"}
    assert {group.name for group in found.only_after} == {"North", "South"}
    assert len(found.notes) == 3 + (result.data.digest != other.data.digest)
