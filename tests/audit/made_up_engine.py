"""The installed command with an engine that reads made-up photographs; started as a program.

A photograph is the bytes `face|GROUP|PERSON|PICTURE`. People of one group are a little alike, and
pictures of one person very much. `DIE_AFTER` photographs, the program is killed as by `kill -9`.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import ImageError
from recognizance.types import Box, Detection, Features

if TYPE_CHECKING:
    from pathlib import Path

MODEL_ID, COHORT_ID = "d" * 64, "e" * 64
FACE = Detection(Box(0, 0, 80, 80), np.zeros((5, 2), np.float32), 0.9)


def photograph(group: str, person: str, picture: int) -> bytes:
    return f"face|{group}|{person}|{picture}".encode()


def vector_of(data: bytes) -> np.ndarray:
    _, group, person, picture = data.decode().split("|")
    parts = ((0.45, group), (0.8, f"{group}/{person}"), (0.4, f"{group}/{person}/{picture}"))
    vector = sum(weight * _direction(word) for weight, word in parts)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _direction(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).standard_normal(128)
    return vector / np.linalg.norm(vector)


class MadeUpEngine:
    """Counts what it is asked to extract."""

    model_id, cohort_id = MODEL_ID, COHORT_ID

    def __init__(self, die_after: int | None = None) -> None:
        self.extracted = 0
        self._die_after = die_after

    def decode(self, data):
        if data.startswith(b"broken"):
            raise ImageError("Not an image.", hint="Give an image.")
        return SimpleNamespace(data=data, size_wh=(100, 100))

    def detect(self, frame):
        return (FACE,) if frame.data.startswith(b"face|") else ()

    def align(self, frame, detection):
        return np.frombuffer(frame.data, dtype=np.uint8)

    def extract(self, crops):
        made = []
        for crop in crops:
            if self._die_after is not None and self.extracted >= self._die_after:
                os.kill(os.getpid(), signal.SIGKILL)
            self.extracted += 1
            made.append(Features(vector_of(crop.tobytes()), MODEL_ID, COHORT_ID, 0.0))
        return tuple(made)


def write_data_set(folder: Path, *, people: int = 40, extra: tuple[str, ...] = ()) -> Path:
    """Three groups of people with two pictures each, and a file of labels; its path.

    Args:
        folder: Where.
        people: In each group.
        extra: Further rows of the label file, with their pictures written by the caller.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["path,subject_id,town,sex"]
    for town in ("north", "south", "west"):
        for number in range(people):
            for picture in (1, 2):
                name = f"{town}-{number:03}-{picture}.jpg"
                (folder / name).write_bytes(photograph(town, str(number), picture))
                sex = ("female", "male")[number % 2]
                rows.append(f"{name},{town}{number:03},{town},{sex}")
    labels = folder / "labels.csv"
    labels.write_text("\n".join((*rows, *extra)) + "\n", encoding="utf-8")
    return labels


def main() -> None:
    from recognizance import cli, workspace  # noqa: PLC0415  # only when it is the program

    engine = MadeUpEngine(int(os.environ["DIE_AFTER"]))
    workspace.load_engine = lambda _settings: engine
    cli.main()


if __name__ == "__main__":
    sys.argv[0] = "recognizance"
    main()
