"""The list of attacks, its page, and whether the tests notice that a defence is gone."""

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from attack_book import Defence, Edit
from defences import DEFENCES

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

mutation = import_module("attack_mutation")


@pytest.fixture(scope="module", autouse=True)
def _book():
    mutation.load_book()


def test_there_are_at_least_sixty_attacks_each_with_a_name_of_its_own():
    tests = {attack.test for attack in mutation.BOOK}
    assert len(tests) >= 60
    assert len({attack.node for attack in mutation.BOOK}) == len(mutation.BOOK)


def test_the_page_lists_exactly_the_attacks_of_the_tests():
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert page.endswith(mutation.table() + "\n"), "python tools/attack_mutation.py --table"


def test_every_attack_names_a_defence_that_can_be_taken_away():
    assert all(attack.defence.edits for attack in mutation.BOOK)


def test_every_defence_stops_an_attack():
    used = {attack.defence for attack in mutation.BOOK}
    assert set(DEFENCES.values()) == used


def test_every_text_of_a_defence_stands_in_its_file_exactly_once():
    for defence in mutation.defences():
        for edit in defence.edits:
            text = (ROOT / edit.file).read_text(encoding="utf-8")
            assert text.count(edit.old) == 1, (defence.name, edit.file, edit.old)


def test_a_text_that_is_not_there_is_said(tmp_path):
    gone = Defence("gone", "", (Edit("src/recognizance/desk.py", "no such line", ""),))
    with pytest.raises(ValueError, match="not found exactly once"):
        mutation.without(gone, tmp_path)


SEEDED = (
    "permit digest",
    "blind review",
    "revocation",
    "who searched does not review",
    "stop button",
)


def test_without_a_defence_its_attacks_succeed(built, capsys):
    """Five of them; the tool tries all."""
    assert mutation.main([*SEEDED, "--site", str(built.folder)]) == 0
    told = capsys.readouterr().out
    assert told.count("killed") == len(SEEDED)


def test_a_defence_that_no_test_notices_is_told(built, capsys, monkeypatch):
    """A change that takes nothing away: the attack is stopped all the same."""
    (attack,) = [a for a in mutation.BOOK if a.test == "test_a_stopped_use_goes_on"]
    edit = Edit("src/recognizance/desk.py", '"""The front desk:', '"""The desk:')
    idle = Defence("idle", "", (edit,))
    monkeypatch.setattr(mutation, "BOOK", [replace(attack, defence=idle)])
    assert mutation.main(["idle", "--site", str(built.folder)]) == 1
    assert "SURVIVED" in capsys.readouterr().out
