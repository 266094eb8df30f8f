"""Case files: read, run, compared; a bad one is reported and the others go on."""

import json
from datetime import date

import pytest

from recognizance.errors import CaseFileError
from recognizance.gate.bundle import rules_root
from recognizance.gate.cases import load_case, run_case, run_cases
from recognizance.types import Outcome

CASE = """
[meta]
title = "Everyone stopped"
story = true

[submission]
fn = "identify_1toN"
mode = "live"
[submission.op]
kind = "police"
[submission.cam]
kind = ["body"]

[expect]
outcome = "refuse"
rules = ["HR-05"]
"""


@pytest.fixture
def case_file(tmp_path):
    def write(text, name="case.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def run(bundle, path):
    return run_case(load_case(path), bundle)


def test_a_case_is_decided_and_compared(bundle, case_file):
    result = run(bundle, case_file(CASE))
    assert result.ok
    assert (result.case_id, result.title, result.story) == ("case", "Everyone stopped", True)
    assert (result.outcome, result.expected) == ("refuse", "refuse")
    assert "HR-05" in result.rules
    assert {fired.rule_id for fired in result.fired} >= {"HR-05"}
    assert json.dumps(result.as_dict())


@pytest.mark.parametrize(
    ("old", "new", "ok"),
    [
        ('rules = ["HR-05"]', "", True),
        ('rules = ["HR-05"]', 'rules = "HR-05"', True),
        ('rules = ["HR-05"]', 'rules = ["HR-05", "PR-02"]', False),
        ('outcome = "refuse"', 'outcome = "incomplete"', False),
        ('outcome = "refuse"', 'outcome = ["incomplete", "refuse"]', True),
        ('kind = "police"', 'kind = "police"\non_behalf_of_police = true', True),
    ],
)
def test_outcome_and_rules_both_have_to_be_as_expected(bundle, case_file, old, new, ok):
    assert run(bundle, case_file(CASE.replace(old, new))).ok is ok


def test_derivations_count_as_rules(bundle, case_file):
    text = CASE.replace('kind = "police"', 'kind = "private"\non_behalf_of_police = true').replace(
        'mode = "live"', 'mode = "recorded"\ndelay_s = 5\nplace.kind = "street"'
    )
    expected = 'rules = ["HR-05", "D1", "D2", "D3"]'
    assert run(bundle, case_file(text.replace('rules = ["HR-05"]', expected))).ok


def test_the_unknown_that_decides_is_d5(bundle, case_file):
    text = CASE.replace('kind = "police"', 'kind = "unknown"').replace("refuse", "incomplete")
    assert "D5" in run(bundle, case_file(text)).rules


def test_what_is_in_no_list_is_refused_by_d5(bundle, case_file):
    text = CASE.replace('"identify_1toN"', '"crowd_control"')
    result = run(bundle, case_file(text.replace('["HR-05"]', '["D5"]')))
    assert result.ok
    assert "crowd_control" in result.error
    assert not run(bundle, case_file(text)).ok


def test_a_permit_names_its_conditions_its_class_and_its_binding(bundle):
    path = next(
        path
        for path in sorted((rules_root() / "cases").glob("*.toml"))
        if 'class = "opted_in"' in path.read_text() and "--" not in path.name
    )
    result = run(bundle, path)
    assert result.outcome == Outcome.PERMIT_WITH_CONDITIONS
    assert {"D4", "opted_in"} <= set(result.rules)


STREET = """
[submission]
operator = "City"
fn = "watchlist"
mode = "live"
place.kind = "street"
place.span = "site"
cam.count = 1
auth.kind = "none"

[[open_permits]]
operator = "City"
mode = "live"
[open_permits.place]
kind = "street"
span = "site"
[open_permits.cam]
count = 1
EXTRA
[expect]
outcome = "refuse"
rules = ["HR-19", "D7"]
"""


@pytest.mark.parametrize(
    ("extra", "ok"),
    [
        ("", True),
        ("[[open_permits]]\noperator = 'City'\ncount = 3\n", True),
        ("[[open_permits]]\noperator = 'City'\ncount = 3\nsite = 'gate'\n", True),
    ],
)
def test_open_permits_are_added_up(bundle, case_file, extra, ok):
    assert run(bundle, case_file(STREET.replace("EXTRA", extra))).ok is ok


def test_permits_of_another_operator_are_not(bundle, case_file):
    text = STREET.replace("EXTRA", "").replace('operator = "City"', 'operator = "Other"', 1)
    assert "D7" not in run(bundle, case_file(text)).rules


@pytest.mark.parametrize(
    "extra",
    [
        "[[open_permits]]\ncount = 0\n",
        "[[open_permits]]\ncount = 100000\n",
        "[[open_permits]]\ncount = true\n",
        "[[open_permits]]\nfn = 'wach'\n",
    ],
)
def test_an_open_permit_that_is_none_makes_no_case(bundle, case_file, extra):
    with pytest.raises(CaseFileError):
        run(bundle, case_file(STREET.replace("EXTRA", extra)))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("at = 2027-01-02", date(2027, 1, 2)),
        ("at = 2027-01-02T10:00:00Z", date(2027, 1, 2)),
        ('at = "2027-01-02"', date(2027, 1, 2)),
        ("", date(2026, 11, 22)),
    ],
)
def test_the_day_of_a_case(case_file, written, day):
    assert load_case(case_file(CASE + written)).at == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[submission]\n",
        "[expect]\noutcome = 'refuse'\n",
        CASE.replace("[meta]", "[about]"),
        CASE.replace('outcome = "refuse"', ""),
        CASE.replace('outcome = "refuse"', 'outcome = "no"'),
        CASE.replace('outcome = "refuse"', "outcome = 1"),
        CASE.replace('outcome = "refuse"', "outcome = []"),
        CASE + 'verdict = "good"\n',
        CASE + 'at = "tomorrow"\n',
        "open_permits = 1\n" + CASE,
        "submission = 1\n[expect]\noutcome = 'refuse'\n",
        "[submission\n",
        "x = " + "[" * 5_000,
        "#" * 70_000,
    ],
)
def test_a_file_that_is_no_case_is_named(case_file, text):
    with pytest.raises(CaseFileError, match=r"case\.toml") as caught:
        load_case(case_file(text))
    assert caught.value.hint


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "case.toml").mkdir()
    with pytest.raises(CaseFileError):
        load_case(tmp_path / "case.toml")


def test_one_bad_file_does_not_stop_the_others(bundle, case_file, tmp_path):
    case_file(CASE, "b.toml")
    case_file("[submission\n", "a.toml")
    case_file(CASE + "[meta.x]\n", "nested/c.toml")
    results = run_cases(tmp_path, bundle)
    assert [(result.case_id, result.ok) for result in results] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]
    assert results[0].outcome == ""
    assert "no TOML" in results[0].error


def test_one_file_is_run_alone_with_the_installed_rules(case_file):
    (result,) = run_cases(case_file(CASE))
    assert result.ok


def test_only_what_says_so_is_a_story(bundle, case_file):
    assert not run(bundle, case_file(CASE.replace("story = true", ""))).story
    untitled = CASE.replace('title = "Everyone stopped"\nstory = true', "")
    assert run(bundle, case_file(untitled)).title == "case"
    without_meta = "meta = 1\n" + untitled.replace("[meta]", "")
    assert not load_case(case_file(without_meta)).story


def test_a_folder_without_cases_is_an_error(tmp_path):
    with pytest.raises(CaseFileError):
        run_cases(tmp_path)
