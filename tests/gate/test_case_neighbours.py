"""A neighbour says only what it changes; near misses and conditions are expected by name."""

from datetime import date

import pytest

from recognizance.errors import CaseFileError
from recognizance.gate.cases import case_tables, condition_text, load_case, run_case, run_cases

BASE = """
[meta]
title = "A guarded street"
story = true

[expect]
outcome = "refuse"
rules = ["HR-05"]
at = 2026-03-01

[submission]
operator = "City"
fn = "identify_1toN"
mode = "live"
delay_s = 1
notice = true
[submission.op]
kind = "police"
[submission.cam]
kind = ["body"]

[[open_permits]]
operator = "City"
"""

NEIGHBOUR = """
base = "street"

[meta]
title = "A guarded street with a fixed camera"
why = "It does not move."

[change]
cam.kind = ["fixed"]

[expect]
outcome = "incomplete"
not_rules = ["HR-05"]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "street.toml").write_text(BASE)
    return tmp_path


@pytest.fixture
def neighbour(folder):
    def write(text, name="street--fixed.toml"):
        path = folder / name
        path.write_text(text)
        return path

    return write


def edited(*pairs):
    text = NEIGHBOUR
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_neighbour_is_its_base_with_what_it_changes(neighbour, bundle):
    path = neighbour(NEIGHBOUR)
    tables = case_tables(path)
    assert tables["submission"]["cam"] == {"kind": ["fixed"]}
    assert tables["submission"]["op"] == {"kind": "police"}
    assert tables["open_permits"] == [{"operator": "City"}]
    assert tables["meta"]["neighbour_of"] == "street"
    assert tables["meta"]["changed"] == ["cam.kind"]
    case = load_case(path)
    assert (case.at, case.story) == (date(2026, 3, 1), False)
    assert run_case(case, bundle).ok


def test_a_single_neighbour_is_decided_by_itself(neighbour, bundle):
    (result,) = run_cases(neighbour(NEIGHBOUR), bundle)
    assert result.ok
    assert result.title == "A guarded street with a fixed camera"


def test_a_neighbour_may_leave_out_what_its_base_states(neighbour):
    text = edited(('base = "street"', 'base = "street"\nsilent = ["delay_s", "op.kind"]'))
    tables = case_tables(neighbour(text))
    assert "delay_s" not in tables["submission"]
    assert tables["submission"]["op"] == {}
    assert tables["meta"]["changed"] == ["cam.kind", "delay_s", "op.kind"]


def test_a_neighbour_may_state_what_its_base_does_not(neighbour):
    text = edited(('cam.kind = ["fixed"]', 'place.kind = "street"\npurpose = "missing_person"'))
    submission = case_tables(neighbour(text))["submission"]
    assert submission["place"] == {"kind": "street"}
    assert submission["purpose"] == "missing_person"


def test_a_neighbour_may_have_a_day_and_open_permits_of_its_own(neighbour):
    text = edited(
        ('base = "street"', 'base = "street"\nopen_permits = []'),
        ('outcome = "incomplete"', 'outcome = "incomplete"\nat = 2027-01-01'),
    )
    path = neighbour(text)
    assert case_tables(path)["meta"]["changed"] == ["cam.kind", "open_permits", "at"]
    case = load_case(path)
    assert (case.at, case.open_permits) == (date(2027, 1, 1), ())


def test_a_base_without_open_permits_gives_none(folder, neighbour):
    (folder / "street.toml").write_text(BASE.partition("[[open_permits]]")[0])
    assert "open_permits" not in case_tables(neighbour(NEIGHBOUR))


def test_the_base_stays_as_it_is(folder, neighbour):
    before = case_tables(folder / "street.toml")
    case_tables(neighbour(NEIGHBOUR))
    assert case_tables(folder / "street.toml") == before


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('base = "street"', 'base = "nowhere"', "cannot be opened"),
        ('base = "street"', "base = 1", "no name of a case"),
        ('base = "street"', 'base = "../street"', "no name of a case"),
        ('base = "street"', 'base = "street--fixed"', "has a base itself"),
        ('base = "street"', 'base = "street"\nsilent = ["place.kind"]', "does not state"),
        ('base = "street"', 'base = "street"\nsilent = [1]', "is no text"),
        ("[meta]", "[submission]\nfn = 'track'\n[meta]", "nobody reads submission"),
        ('cam.kind = ["fixed"]', 'cam.kind = ["body"]', "what it is already"),
        ('cam.kind = ["fixed"]', "notice = true", "what it is already"),
        ('cam.kind = ["fixed"]', "", "changes nothing"),
        ('cam.kind = ["fixed"]', "fn.kind = 'x'", "does not write as a table"),
    ],
)
def test_a_neighbour_that_is_none_is_named(neighbour, old, new, what):
    with pytest.raises(CaseFileError, match=what) as caught:
        case_tables(neighbour(edited((old, new))))
    assert caught.value.hint


def test_a_number_is_another_value_than_yes(neighbour):
    tables = case_tables(neighbour(edited(('cam.kind = ["fixed"]', "notice = 1"))))
    assert tables["submission"]["notice"] == 1


def test_a_base_without_a_submission_is_named(folder, neighbour):
    (folder / "street.toml").write_text("[expect]\noutcome = 'refuse'\n")
    with pytest.raises(CaseFileError, match="without a submission"):
        case_tables(neighbour(NEIGHBOUR))


# ---- what a case can expect ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        ('rules = ["HR-05"]', ""),
        ('rules = ["HR-05#0"]', ""),
        ('rules = ["HR-05#1"]', "did not decide: HR-05#1"),
        ('not_rules = ["HR-06", "HR-08#2"]', ""),
        ('not_rules = ["HR-05"]', "fired and must not: HR-05"),
        ('not_rules = ["HR-05#0"]', "fired and must not: HR-05#0"),
        ('not_rules = ["GV-03"]', "fired and must not: GV-03"),
        ('conditions = ["GV-03 use_log months=6"]', ""),
        ('conditions = ["GV-03 use_log months=5"]', "is not carried: GV-03 use_log months=5"),
        ('conditions = ["HR-05"]', "is not carried: HR-05"),
    ],
)
def test_rules_clauses_near_misses_and_conditions_are_all_compared(
    folder, bundle, expected, differs
):
    path = folder / "street.toml"
    path.write_text(BASE.replace('rules = ["HR-05"]', expected))
    result = run_case(load_case(path), bundle)
    assert result.differs == ((differs,) if differs else ())
    assert result.ok is not bool(differs)
    assert result.as_dict()["differs"] == list(result.differs)


def test_a_near_miss_of_a_rule_that_does_not_exist_is_an_error(folder, bundle):
    path = folder / "street.toml"
    path.write_text(BASE.replace('rules = ["HR-05"]', 'not_rules = ["HR-5"]'))
    (result,) = run_cases(path, bundle)
    assert not result.ok
    assert "rules that do not exist: HR-5" in result.error


def test_a_result_names_the_rules_that_are_expected_without_their_clauses(folder, bundle):
    path = folder / "street.toml"
    path.write_text(BASE.replace('rules = ["HR-05"]', 'rules = ["HR-05#0", "HR-05"]'))
    assert run_case(load_case(path), bundle).expected_rules == ("HR-05",)


def test_a_condition_is_written_with_its_rule_its_hook_and_its_numbers():
    assert condition_text("LE-09", "reviewers", {"n": 2}) == "LE-09 reviewers n=2"
    assert condition_text("GV-04", "stop_button", {}) == "GV-04 stop_button"
