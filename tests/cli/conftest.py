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
            text=True,
            cwd=self.folder,
            env=os.environ
            | {
                "RECOGNIZANCE_HOME": str(self.folder / "data"),
                "RECOGNIZANCE_KEY_FOLDER": str(self.folder / "keys"),
                "COLUMNS": "200",
            }
            | environment,
            check=False,
            timeout=120,
            preexec_fn=None if room is None else partial(_limit_files, room),
        )
        assert "Traceback" not in done.stderr + done.stdout
        return Ran(done.returncode, done.stdout, done.stderr)


def _limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture
def command(tmp_path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="session")
def people(faces, tmp_path_factory) -> Path:
    """Three people with two photographs each and one with a single photograph, a folder each."""
    folder = tmp_path_factory.mktemp("people")
    for number, (name, count) in enumerate(
        [("Abdullah_Gul", 2), ("Abel_Pacheco", 2), ("Akhmed_Zakayev", 2), ("Aaron_Sorkin", 1)],
        start=1,
    ):
        found = sorted((faces / "lfw" / name).glob("*.jpg"))
        if len(found) < count:
            pytest.skip(f"{name} is not among the shared photographs")
        (folder / f"person-{number}").mkdir()
        for source in found[:count]:
            (folder / f"person-{number}" / source.name).write_bytes(source.read_bytes())
    return folder
