"""A real but cheap job for fleets: it reads a file line by line and tells an event a line.

The folder of the file also steers it: `slow` makes every line take a while, `refuse` and `fail`
end it; beside the source it notes which events were acknowledged.
"""

import os
import time
from contextlib import contextmanager
from pathlib import Path

from recognizance.errors import PermitRevokedError, SourceError
from recognizance.fleet.jobs import Counters, Event


class Reading:
    def __init__(self, camera):
        self.camera = camera
        self.source = Path(camera.address())

    def run(self, stop, emit, report):
        beside = self.source.with_suffix
        lines = self.source.read_text(encoding="utf-8").splitlines()
        beside(".pids").open("a").write(f"{os.getpid()}\n")
        for number, line in enumerate(lines):
            if stop.is_set():
                return
            if beside(".refuse").exists():
                raise PermitRevokedError("The permit was revoked.")
            if beside(".fail").exists():
                beside(".fail").unlink()
                raise SourceError("The camera is gone.")
            if beside(".slow").exists():
                time.sleep(0.01)
            report(Counters(frames=number + 1, dropped=number // 10))
            event_id = f"{self.camera.id}/{line}"
            emit(Event(event_id, self.camera.id, {"line": line}))
            with beside(".acknowledged").open("a") as noted:
                noted.write(f"{event_id}\n")
        while beside(".endless").exists() and not stop.wait(0.05):
            pass


@contextmanager
def reading(settings):
    yield Reading


@contextmanager
def never(settings):
    raise PermitRevokedError("Nothing opens.")
    yield
