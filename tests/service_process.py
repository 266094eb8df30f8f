"""A server in a process of its own, with the engine that reads `photograph(...)` bytes."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from fakes import FakeEngine


@contextmanager
def process(workspace, *options, log=None):
    """A server on a workspace, and its address; it is killed at the end if it still runs."""
    settings = workspace.settings
    places = [str(settings.home), str(settings.key_folder)]
    with subprocess.Popen(
        [sys.executable, __file__, *places, *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=log or subprocess.DEVNULL,
        text=True,
    ) as running:
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


def main(home, keys, certificate=None, private_key=None, *behind):
    """Serve until told to stop."""
    from recognizance.observe import configure  # noqa: PLC0415
    from recognizance.service.serving import Place, serve  # noqa: PLC0415
    from recognizance.settings import Settings  # noqa: PLC0415
    from recognizance.workspace import Workspace  # noqa: PLC0415

    configure("info")
    settings = Settings(home=Path(home), key_folder=Path(keys), wait_s=5.0)

    def opening():
        workspace = Workspace.open(settings)
        workspace.__dict__["engine"] = FakeEngine(workspace.evidence.model_id)
        return workspace

    def say(address):
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()

    files = [Path(each) if each else None for each in (certificate, private_key)]
    serve(opening, Place("127.0.0.1", 0, *files, behind), started=say)


if __name__ == "__main__":
    main(*sys.argv[1:])
