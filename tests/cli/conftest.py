"""The installed command, run as people run it."""

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass(frozen=True)
class Command:
    """`recognizance` with a home and keys of its own."""

    folder: Path

    def __call__(self, *arguments: object, room: int | None = None, **environment: str) -> Ran:
        """Run it; `room` is the largest size in bytes that any file may grow to."""
        done = subprocess.run(
            [sys.executable, "-m", "recognizance", *map(str, arguments)],
            capture_output=True,
            stdin=subprocess.DEVNULL,  # nobody sits there: nothing may be asked
            text=True,
            cwd=self.folder,
            env=os.environ
            | {
                "RECOGNIZANCE_HOME": str(self.folder / "data"),
                "RECOGNIZANCE_KEY_FOLDER": str(self.folder / "keys"),
                "RECOGNIZANCE_PASSPHRASE_FILE": str(passphrase_file(self.folder)),
                "COLUMNS": "200",
            }
            | environment,
            check=False,
            timeout=120,
            preexec_fn=None if room is None else partial(_limit_files, room),
        )
        assert "Traceback" not in done.stderr + done.stdout
        return Ran(done.returncode, done.stdout, done.stderr)


def passphrase_file(folder: Path, words: str = "correct horse battery") -> Path:
    """The passphrase of every key that the command makes here."""
    path = folder.with_name(f"{folder.name}-passphrase")
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(words + "\n")
    return path


def _limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture
def command(tmp_path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="session")
def people(faces, tmp_path_factory) -> Path:
    """Three people with two portraits each and one with a single one, a folder each."""
    folder = tmp_path_factory.mktemp("people")
    for number, (name, years) in enumerate(
        [
            ("A000055", ("2015", "2023")),
            ("A000369", ("2015", "2023")),
            ("A000370", ("2015", "2023")),
            ("A000371", ("2023",)),
        ],
        start=1,
    ):
        (folder / f"person-{number}").mkdir()
        for year in years:
            portrait = (faces / "congress" / year / f"{name}.jpg").read_bytes()
            (folder / f"person-{number}" / f"{year}.jpg").write_bytes(portrait)
    return folder
