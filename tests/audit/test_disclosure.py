"""Without a permit nobody can be looked for by auditing a folder that they were put into."""

import json
from dataclasses import replace

import numpy as np
import pytest
from crowd import crowd

from recognizance.audit.data import samples
from recognizance.audit.measure import audit_samples
from recognizance.audit.plan import Plan
from recognizance.audit.result import Disclosure, System

PEOPLE = 256
BITS = tuple(f"bit{number}" for number in range(3))
PLAN = Plan(attributes=BITS, targets=(1e-2, 1e-3), draws=100, galleries=2, fnmr_target=None)


def folder(*, seed: int = 0):
    """One picture of each of many people, labelled with the bits of their number."""
    labels = {
        key: [f"{number >> bit & 1}" for number in range(PEOPLE)] for bit, key in enumerate(BITS)
    }
    # Far apart: nobody in the folder resembles anybody at a high threshold.
    return crowd(PEOPLE, 1, seed=seed, dimension=64, failures=0, **labels)


def with_probe(data, target: int):
    """The same folder with a second picture of one of its people under another name."""
    rng = np.random.default_rng(9)
    probe = data.vectors[target] + 0.05 * rng.standard_normal(data.vectors.shape[1])
    return samples(
        data.name,
        np.vstack([data.vectors, probe]),
        {key: np.append(column, "0") for key, column in data.labels.items()},
        subjects=[*(f"person-{n}" for n in range(PEOPLE)), "the probe"],
        acquired=np.append(data.acquired, True),
        pictures=[*data.pictures, "secret/probe.jpg"],
    )


def told(data, plan: Plan = PLAN) -> dict:
    found = audit_samples(data, plan, System("made up")).as_dict()
    # The digest tells whether the data is the same, not who is in it.
    del found["data"]["digest"]
    return found


@pytest.fixture(scope="module")
def data():
    return folder()


def test_no_name_and_no_picture_is_in_any_output(data):
    text = json.dumps(told(with_probe(data, 77)))
    assert "person-" not in text
    assert "secret" not in text
    assert "probe.jpg" not in text


def test_a_match_is_not_told_from_no_match(data):
    """The target differs in every bit; nothing that depends on the match may show which it is."""
    one, other = (told(with_probe(data, target)) for target in (0, PEOPLE - 1))
    for found in (one, other):
        alike = [
            each
            for each in found["findings"]
            if each["kind"] in {"suspected_same_person", "same_photograph"}
        ]
        assert [(each["count"], each["few"], each["groups"]) for each in alike] == [
            (0, True, []),
            (0, True, []),
        ]
    assert one["findings"] == other["findings"]


def test_rates_where_fewer_than_five_people_err_are_not_given(data):
    plan = replace(PLAN, thresholds=(0.8,), targets=())
    with_match = told(with_probe(data, 77), plan)
    without = told(data, plan)
    for found in (with_match, without):
        point = next(each for each in found["points"] if each["target"] is None)
        cells = [point["overall_fmr"], *point["fmr"], *point["cross"]["cells"]]
        for cell in cells:
            given = cell["estimate"]
            assert given["rate"] is None
            assert given["errors"] is None
            # The bound depends on the number of people alone.
            if given["people"] >= 30:
                assert given["few"]
                assert given["bound"] is not None


def test_no_point_of_a_curve_is_of_fewer_than_five_people(data):
    found = told(with_probe(data, 77))
    highest = max(threshold for curve in found["curves"] for threshold in curve["thresholds"])
    # The hidden match scores above 0.9, everybody else far below.
    assert highest < 0.75
    shown = [
        threshold
        for threshold, rate in zip(
            found["trade_off"]["thresholds"], found["trade_off"]["overall_fmr"], strict=True
        )
        if rate is not None
    ]
    assert max(shown) < 0.75
    for histogram in found["histograms"]:
        assert min(histogram["counts"]) >= 3
        assert histogram["edges"][0] == -2
        assert histogram["edges"][-1] == 2


def test_groups_of_very_few_people_are_not_even_named():
    data = crowd(60, 1, name=[f"Name {number}" for number in range(60)])
    assert "Name" not in json.dumps(
        told(data, Plan(attributes=("name",), draws=100, targets=(1e-2,), galleries=1))
    )


def test_under_a_permit_the_pair_is_named(data):
    plan = replace(PLAN, disclosure=Disclosure.NAMED)
    found = told(with_probe(data, 77), plan)
    (finding,) = (
        each
        for each in found["findings"]
        if each["kind"] in {"suspected_same_person", "same_photograph"}
    )
    assert finding["examples"] == ["secret/77.jpg and secret/probe.jpg"]
