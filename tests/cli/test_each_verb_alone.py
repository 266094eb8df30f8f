"""A verb says and returns the same in a process of its own as here, where most tests run it."""

import shlex

import pytest

from command_line import run_here, run_process

HERE, MADE = "a folder with no workspace", "a workspace"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """An empty folder, and one with a workspace."""
    found = {each: tmp_path_factory.mktemp("alone") for each in (HERE, MADE)}
    run_here("init", "--plain-keys", folder=found[MADE], environment=environment(found[MADE]))
    return found


def environment(folder):
    return {
        "RECOGNIZANCE_HOME": str(folder / "data"),
        "RECOGNIZANCE_KEY_FOLDER": str(folder / "keys"),
    }


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("", HERE),
        ("--version", HERE),
        ("status", HERE),
        ("serch", HERE),
        ("gate new door", HERE),
        ("models list --json", HERE),
        ("audit scores none.csv", HERE),
        ("documents none.toml -o out", HERE),
        ("start opted-in --people none --releases none.csv", HERE),
        ("status", MADE),
        ("keys list", MADE),
        ("permit list --json", MADE),
        ("review list", MADE),
        ("objection list", MADE),
        ("ledger verify", MADE),
        ("gate renew 0000", MADE),
        ("bearer prove none.txt --challenge 00 --permit p --key k", MADE),
        ("fleet check none.toml", MADE),
    ],
)
def test_a_verb_is_the_same_in_a_process_of_its_own(folders, line, where):
    how = {"folder": folders[where], "environment": environment(folders[where])}
    assert run_process(*shlex.split(line), **how) == run_here(*shlex.split(line), **how)


@pytest.mark.parametrize("columns", ["40", "120"])
def test_the_width_of_the_screen_is_kept_to(folders, columns):
    words = ("gate", "rules", "HR-07")
    how = {"folder": folders[HERE], "environment": {"COLUMNS": columns}}
    assert run_process(*words, **how) == run_here(*words, **how)
