"""The installed command, run as people run it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from command_line import Ran, run_here, run_process


@dataclass(frozen=True)
class Command:
    """`recognizance` with a home and keys of its own.

    Attributes:
        folder: Where it runs.
        alone: Each command runs in a process of its own.
    """

    folder: Path
    alone: bool = False

    def __call__(self, *words: object, room: int | None = None, **environment: str) -> Ran:
        """Run a verb; `room` is the largest size in bytes that any file may grow to."""
        environment = self.environment | environment
        if self.alone or room is not None:
            return run_process(*words, folder=self.folder, environment=environment, room=room)
        return run_here(*words, folder=self.folder, environment=environment)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "RECOGNIZANCE_HOME": str(self.folder / "data"),
            "RECOGNIZANCE_KEY_FOLDER": str(self.folder / "keys"),
            "RECOGNIZANCE_PASSPHRASE_FILE": str(passphrase_file(self.folder)),
            "COLUMNS": "200",
        }


def passphrase_file(folder: Path, words: str = "correct horse battery") -> Path:
    """The passphrase of every key that the command makes here."""
    path = folder.with_name(f"{folder.name}-passphrase")
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(words + "\n")
    return path


@pytest.fixture
def command(tmp_path, request) -> Command:
    alone = request.node.get_closest_marker("processes") is not None
    return Command(tmp_path, alone=alone)


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
