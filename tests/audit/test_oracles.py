"""Rates, thresholds and searches agree with bob.measure and pyeer on random scores with ties.

Both want an older NumPy than this project, so they answer from a Python of their own:

    make oracles

There are three equal error rates. FVC2000's interval around the crossing is ours and pyeer's;
bob.measure's is of the one threshold at which both rates are closest. The third is of the convex
hull of the curve (ROCCH); bob.measure 6.1.1 names it but raises NotImplementedError.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recognizance.audit.rates import (
    cumulative_match_characteristic,
    equal_error_rate,
    false_match_rate,
    false_negative_identification_rate,
    false_non_match_rate,
    false_positive_identification_rate,
    searches_of,
    threshold_at_most,
)

PYTHON = os.environ.get("RECOGNIZANCE_ORACLES", sys.executable)
CASES = 5000
"""Of each kind: 10,000 in all."""
TARGETS = (0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.9)


def verification_case(rng: np.random.Generator) -> dict:
    """Scores on a coarse grid, so that most are tied."""
    grid = int(rng.choice([2, 8, 64]))
    mated = np.rint(rng.normal(1, 1, int(rng.integers(2, 40))) * grid) / grid
    non_mated = np.rint(rng.normal(0, 1, int(rng.integers(2, 40))) * grid) / grid
    whole = int(rng.integers(non_mated.size)) / non_mated.size
    return {
        "mated": mated.tolist(),
        "non_mated": non_mated.tolist(),
        "threshold": float(rng.choice([*mated, *non_mated, rng.normal()])),
        "target": float(rng.choice([*TARGETS, whole])),
    }


def identification_case(rng: np.random.Generator) -> dict:
    """Searches of one gallery with one reference a person; at least one with and without a mate."""
    rows, columns = int(rng.integers(2, 10)), int(rng.integers(2, 9))
    scores = rng.integers(-2, 5, (rows, columns)) / 2
    mates = [int(rng.integers(columns)) if rng.random() < 0.6 else None for _ in range(rows)]
    mates[0], mates[-1] = int(rng.integers(columns)), None
    for row, mate in enumerate(mates):
        if mate is not None:
            scores[row, mate] += rng.integers(0, 3) / 2
    return {
        "scores": scores.tolist(),
        "mates": mates,
        "threshold": float(rng.integers(-2, 6) / 2),
        "rank": int(rng.integers(1, columns + 1)),
    }


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(8280)
    return {
        "verification": [verification_case(rng) for _ in range(CASES)],
        "identification": [identification_case(rng) for _ in range(CASES)],
    }


@pytest.fixture(scope="module")
def answers(cases):
    able = subprocess.run(
        [PYTHON, "-c", "import bob.measure, pyeer"], capture_output=True, check=False
    )
    if able.returncode:
        pytest.skip("bob.measure and pyeer are not installed (make oracles)")
    done = subprocess.run(
        [PYTHON, str(Path(__file__).with_name("oracle.py"))],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_rates_at_a_threshold_are_those_of_bob(cases, answers):
    for case, answer in zip(cases["verification"], answers["verification"], strict=True):
        assert false_match_rate(case["non_mated"], case["threshold"]) == answer["fmr"]
        assert false_non_match_rate(case["mated"], case["threshold"]) == answer["fnmr"]


def test_the_threshold_of_a_target_is_that_of_bob(cases, answers):
    for case, answer in zip(cases["verification"], answers["verification"], strict=True):
        assert threshold_at_most(case["non_mated"], case["target"]) == answer["threshold"]


def test_the_equal_error_rate_is_the_interval_of_pyeer(cases, answers):
    crossing = 0
    for case, answer in zip(cases["verification"], answers["verification"], strict=True):
        if not answer["crosses"]:
            continue
        crossing += 1
        found = equal_error_rate(case["mated"], case["non_mated"])
        assert [found.low, found.high] == pytest.approx(answer["interval"], abs=1e-12)
        assert found.threshold == answer["at"]
    assert crossing > CASES * 0.9


def test_where_bob_finds_both_rates_closest_they_are_no_further_apart(cases, answers):
    for case, answer in zip(cases["verification"], answers["verification"], strict=True):
        found = equal_error_rate(case["mated"], case["non_mated"])
        fmr, fnmr = answer["closest"]
        assert abs(fmr - fnmr) <= found.high - found.low + 1e-12


def test_searches_rank_and_alarm_as_those_of_bob(cases, answers):
    for case, answer in zip(cases["identification"], answers["identification"], strict=True):
        scores = np.array(case["scores"])
        probes = [-1 if mate is None else mate for mate in case["mates"]]
        searches = searches_of(scores, probes, np.arange(scores.shape[1]))
        curve = cumulative_match_characteristic(searches, scores.shape[1])
        assert curve.tolist() == pytest.approx(answer["cmc"], abs=1e-12)
        missed = false_negative_identification_rate(searches, case["threshold"], rank=case["rank"])
        assert 1 - missed == pytest.approx(answer["dir"], abs=1e-12)
        alarms = false_positive_identification_rate(searches, case["threshold"])
        assert alarms == answer["far"]
