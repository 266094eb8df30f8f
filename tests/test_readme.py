"""The README's commands run, and print what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recognizance.cli.demo.photographs import credited_portraits
from recognizance.errors import ModelError
from recognizance.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n\$ recognizance (.*)\n((?:.*\n)*?)```$", README, re.MULTILINE)


def pattern_of(told: str) -> re.Pattern[str]:
    """What the README tells, where `…` stands for anything and runs of blanks count as one."""
    lines = [re.sub(r"\s+", " ", line).strip() for line in told.splitlines()]
    text = "\n".join(line for line in lines if line)
    return re.compile(re.escape(text).replace("…", "(?:.|\n)*?"))


@pytest.fixture(scope="module")
def portraits(tmp_path_factory) -> list[Path]:
    try:
        cast = credited_portraits(load_settings().cache)
    except ModelError as error:
        pytest.skip(f"the demo's photographs could not be fetched: {error.message}")
    folder = tmp_path_factory.mktemp("portraits")
    for number, photograph in enumerate(cast.enrolled[0]):
        (folder / f"{number}.jpg").write_bytes(photograph.data)
    return sorted(folder.iterdir())


@pytest.mark.parametrize(("command", "told"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_a_command_of_the_readme_prints_what_it_says(command, told, portraits, tmp_path):
    words = (
        command.replace("PHOTO PHOTO", " ".join(map(str, portraits)))
        .replace("PHOTO OUT", f"{portraits[0]} {tmp_path / 'out.jpg'}")
        .split()
    )
    if words[0] == "demo":
        words += ["-o", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "recognizance", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = "\n".join(
        line for raw in done.stdout.splitlines() if (line := re.sub(r"\s+", " ", raw).strip())
    )
    assert pattern_of(told).search(printed), printed


def test_the_readme_shows_the_four_things():
    shown = [command.split()[0] for command, _ in BLOCKS]
    assert shown == ["gate", "evidence", "redact", "compare", "demo"]


def test_every_file_that_the_readme_links_to_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
