"""A real but cheap job for fleets: it reads a file line by line and records a lead a line.

Files beside its source steer it (`.slow`, `.endless`, `.refuse`, `.fail`), and it notes beside it
in which processes it ran and which leads were recorded.
"""

import os
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from recognizance.errors import PermitRevokedError, SourceError
from recognizance.fleet.jobs import Counters
from recognizance.ledger import LogName
from recognizance.workspace import Workspace


def file_of(camera) -> Path:
    return Path(urlsplit(camera.source).path)


class Reading:
    def __init__(self, workspace, camera):
        self.workspace = workspace
        self.camera = camera
        self.source = file_of(camera)

    def beside(self, word: str) -> Path:
        return self.source.with_suffix(f".{word}")

    def note(self, word: str, text: object) -> None:
        with self.beside(word).open("a", encoding="utf-8") as notes:
            notes.write(f"{text}\n")

    def record(self, lead: str) -> None:
        """What the desk does with a candidate, less the face."""
        public = {
            "operation": "watch",
            "outcome": "held_for_review",
            "permit": self.camera.permit,
            "lead": lead,
        }
        entry = self.workspace.ledger.append(
            LogName.USES, "watch", public, now=self.workspace.clock()
        )
        self.note("recorded", entry.index)

    def run(self, stop, report):
        self.note("pids", os.getpid())
        for number, line in enumerate(self.source.read_text(encoding="utf-8").splitlines()):
            if stop.is_set():
                return
            if self.beside("refuse").exists():
                raise PermitRevokedError("The permit was revoked.")
            if self.beside("fail").exists():
                self.beside("fail").unlink()
                raise SourceError("The camera is gone.")
            if self.beside("slow").exists():
                time.sleep(0.02)
            self.record(f"{self.camera.id}-{line}")
            report(Counters(frames=number + 1, dropped=number // 10, leads=number + 1))
        while self.beside("endless").exists() and not stop.wait(0.05):
            pass


@contextmanager
def reading(settings):
    with Workspace.open(settings) as workspace:
        yield lambda camera: Reading(workspace, camera)


@contextmanager
def never(settings):
    raise PermitRevokedError("Nothing opens.")
    yield
