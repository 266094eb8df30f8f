"""docs/audit.md: its examples run, and its commands print what it says."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n\$ recognizance (.*)\n((?:.*\n)*?)```$", TEXT, re.MULTILINE)
LONG = {"fairface", "lfw"}


def test_the_examples_of_the_page_give_what_they_say():
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 10
    assert found.failed == 0


@pytest.mark.faces
@pytest.mark.parametrize(("command", "told"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_a_command_of_the_page_prints_what_it_says(command, told, faces, tmp_path):
    words = shlex.split(command.replace("FACES", str(faces)))
    if words[-1] in LONG and "RECOGNIZANCE_AUDIT_DOCS" not in os.environ:
        pytest.skip("takes minutes: set RECOGNIZANCE_AUDIT_DOCS to run it")
    done = subprocess.run(
        [sys.executable, "-m", "recognizance", *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "2000", "RECOGNIZANCE_HOME": str(tmp_path / "none")},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pattern = re.escape(_plain(told)).replace("…", "(?:.|\n)*?")
    assert re.search(pattern, _plain(done.stdout)), done.stdout


@pytest.mark.faces
def test_the_bench_prints_every_figure_of_the_table_of_goals(faces):
    if "RECOGNIZANCE_AUDIT_DOCS" not in os.environ:
        pytest.skip("takes minutes: set RECOGNIZANCE_AUDIT_DOCS to run it")
    table = TEXT.partition("| plain cosine | normalised | goal |")[2].partition("\n\n")[0]
    told = re.findall(r"\d+\.\d+ \([^)]*\)|\d\.\d{4}", table)
    assert len(told) == 14
    bench = PAGE.parents[1] / "benchmarks" / "bench_audit.py"
    done = subprocess.run(
        [sys.executable, str(bench), "--only", "photographs", "--faces", str(faces)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [each for each in told if each not in done.stdout] == []


def test_each_verb_of_the_audit_is_on_the_page():
    shown = subprocess.run(
        [sys.executable, "-m", "recognizance", "audit", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    verbs = re.findall(r"^  ([a-z]+)  ", shown, re.MULTILINE)
    assert len(verbs) == 5
    assert all(f"audit {verb}" in TEXT for verb in verbs)


def _plain(text: str) -> str:
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
