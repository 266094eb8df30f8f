"""The command line: exit codes, one shape of errors, nothing half-written."""

import json
import re
from pathlib import Path

import pytest

from recognizance.gate.bundle import rules_root

CASES = rules_root() / "cases"


@pytest.mark.processes
def test_init_makes_a_workspace_once_and_never_asks(command):
    made = command("init", "--json")
    assert made.code == 0
    assert made.json["principals"] == ["officer", "operator"]
    assert Path(made.json["key_file"]).stat().st_mode & 0o077 == 0
    assert not Path(made.json["keys"]).is_relative_to(made.json["home"])
    again = command("init", "--json")
    assert (again.code, again.json["error"]["code"]) == (2, "workspace.exists")


@pytest.mark.processes
def test_without_a_workspace_the_error_says_how_to_make_one(command):
    ran = command("status")
    assert ran.code == 2
    assert "recognizance init" in ran.err


@pytest.mark.processes
def test_status_says_what_is_there(command):
    command("init")
    status = command("status", "--json").json
    assert status["ledger_decisions"] == 3
    assert status["permits_in_force"] == []


@pytest.mark.parametrize(
    ("kind", "code", "word"),
    [("trial", 0, "permit with conditions"), ("door", 3, "incomplete"), ("prison", 3, "missing")],
)
def test_a_template_is_decided_without_a_workspace(command, kind, code, word):
    path = command.folder / "submission.toml"
    assert command("gate", "new", kind, "-o", path).code == 0
    ran = command("gate", "check", path)
    assert ran.code == code
    assert word in ran.out


def test_a_refused_submission_names_its_rules(command, tmp_path):
    text = (CASES / "police-car-body-everyone-stopped.toml").read_text()
    path = tmp_path / "police.toml"
    path.write_text(
        re.sub(
            r"\[submission\.?(.*)\]",
            lambda m: f"[{m[1]}]" if m[1] else "",
            text.partition("[submission]")[2],
        )
    )
    ran = command("gate", "check", path, "--json")
    assert ran.code == 4
    assert {"HR-05", "HR-07"} <= {fired["rule"] for fired in ran.json["fired"]}


def test_every_story_case_is_decided_as_written(command):
    ran = command("gate", "cases", CASES, "--json")
    assert ran.code == 0
    assert all(row["ok"] for row in ran.json)
    assert {"id", "outcome", "expected", "rules", "ok"} <= set(ran.json[0])


def test_a_case_that_differs_fails_the_command(command, tmp_path):
    text = (CASES / "own-front-door.toml").read_text()
    (tmp_path / "wrong.toml").write_text(
        text.replace('outcome = "permit_with_conditions"', 'outcome = "refuse"')
    )
    (tmp_path / "broken.toml").write_text("[submission")
    ran = command("gate", "cases", tmp_path, "--json")
    assert ran.code == 1
    assert [row["ok"] for row in ran.json] == [False, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not toml [", "TOML"),
        ('fn = "recognise"', "recognise"),
        ("[cam]\nknid = 'body'", "cam.kind"),
        ("x = nan", "x"),
    ],
)
def test_a_bad_submission_is_an_error_that_names_what_is_wrong(command, tmp_path, content, said):
    path = tmp_path / "bad.toml"
    path.write_text(content)
    ran = command("gate", "check", path, "--json")
    assert ran.code == 2
    error = ran.json["error"]
    assert error["code"] == "submission.invalid"
    assert said in error["message"] + error["hint"]


def test_an_unknown_template_names_the_near_one(command):
    ran = command("gate", "new", "airprot")
    assert ran.code == 2
    assert "'airport'" in ran.err


def test_a_search_without_a_permit_is_refused_and_recorded(command, tmp_path):
    command("init")
    photograph = tmp_path / "p.jpg"
    photograph.write_bytes(b"never looked at")
    ran = command("search", photograph, "--gallery", "g", "--json")
    assert ran.code == 4
    error = ran.json["error"]
    assert (error["code"], error["rules"], error["entry"]) == ("permit.missing", ["D4"], "uses/0")
    assert command("ledger", "verify").code == 0


def test_damage_to_the_ledger_is_found_and_where(command):
    command("init")
    whole = command("ledger", "verify", "--json")
    assert (whole.code, whole.json["ok"]) == (0, True)
    path = command.folder / "data" / "ledger.db"
    data = path.read_bytes()
    assert data.count(b'"kind":"principal_added"') >= 1
    path.write_bytes(
        data.replace(b'"kind":"principal_added"', b'"kind":"principal_ladder"[:15]'[:24], 1)
    )
    damaged = command("ledger", "verify", "--json")
    assert damaged.code == 2
    assert damaged.json["findings"][0]["log"] == "decisions"
    assert damaged.json["findings"][0]["index"] in {1, 2}


def test_principals_are_made_trusted_and_listed(command):
    command("init")
    made = command("keys", "new", "rita", "--role", "reviewer", "--json")
    assert made.code == 0
    other = "ab" * 32
    assert command("keys", "trust", "remote", other, "--role", "reviewer").code == 0
    names = [row["name"] for row in command("keys", "list", "--json").json]
    assert names == ["operator", "officer", "rita", "remote"]
    assert command("keys", "new", "rita", "--role", "reviewer").code == 2
    assert command("keys", "new", "max", "--role", "emperor").code == 2
    assert command("keys", "new", "../max", "--role", "reviewer").code == 2
    refused = command("keys", "new", "max", "--role", "reviewer", RECOGNIZANCE_PRINCIPAL="rita")
    assert refused.code == 4


def test_a_setting_that_cannot_be_is_named(command):
    ran = command("status", RECOGNIZANCE_THREADS="many")
    assert ran.code == 2
    assert "RECOGNIZANCE_THREADS" in ran.err


@pytest.mark.processes
def test_models_are_listed_with_their_licences(command):
    rows = command("models", "list", "--json").json
    assert {"MIT", "Apache-2.0"} <= {
        word for row in rows for word in json.dumps(row).replace('"', " ").split()
    }


def test_evidence_says_what_a_rate_means_and_never_extrapolates(command):
    shown = command("evidence", "show", "--rate", "1/1000", "--json")
    assert shown.code == 0
    assert len([g for g in shown.json["fmr_by_group"] if g["group"].startswith("FairFace")]) >= 14
    refused = command("evidence", "show", "--rate", "1e-9", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (4, "evidence.target_unsupported")
    assert command("evidence", "show", "--rate", "2").code == 2


def test_a_prove_prints_a_receipt(command):
    command("init")
    ran = command("ledger", "prove", "decisions/0", "--json")
    assert ran.json["receipt"].startswith("c2sp.org/tlog-proof")
    assert command("ledger", "prove", "decisions/99").code == 2
    assert command("ledger", "prove", "decisions/x").code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Usage"),
        (("gate",), "Usage"),
        (("serch", "x"), "search"),
        (("search",), "Missing"),
        (("gate", "check", "f.toml", "--at", "yesterday"), "--at"),
        (("evidence", "show"), "--rate"),
    ],
)
def test_what_is_mistyped_is_said_in_words_and_as_json(command, words, said):
    ran = command(*words)
    assert ran.code == 2
    assert said in ran.out + ran.err
    as_json = command(*words, "--json")
    assert (as_json.code, as_json.json["error"]["code"]) == (2, "input.usage")


@pytest.mark.processes
def test_a_receipt_is_printed_to_the_byte(command):
    command("init")
    told = command("ledger", "prove", "decisions/0", COLUMNS="40").out
    assert told == command("ledger", "prove", "decisions/0", "--json").json["receipt"]
