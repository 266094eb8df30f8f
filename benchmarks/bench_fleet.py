"""A fleet on this machine: pictures a second over 1, 2 and 4 cameras, memory, one ledger for many.

    .venv/bin/python benchmarks/bench_fleet.py --faces FOLDER [--seconds S]

The job decodes a clip over and over and looks at it as a watch does (`Sight`), without a desk: what
is measured is the workers. Rates are beside that of one camera in the same run. Memory is the
proportional share (PSS) of every worker together. The ledger's part: so many processes append to
one ledger at once, beside one process alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from recognizance.fleet.jobs import Counters
from recognizance.fleet.placing import place
from recognizance.fleet.plan import Camera, Limits
from recognizance.fleet.processes import Processes
from recognizance.fleet.supervisor import Supervisor, totals
from recognizance.keys import SigningKey
from recognizance.ledger import Ledger, LogName
from recognizance.settings import Settings, load_settings
from recognizance.workspace import load_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = SigningKey.from_seed(b"b" * 32)
ENTRIES = 200


class Nobody:
    """An onlooker who keeps nothing."""

    def seen(self, _seen: object) -> bool:
        """Faces may be looked at closely."""
        return True

    def shot(self, _shot: object) -> None:
        """Nothing is done with it."""


class Looking:
    """Decodes a clip over and over, and looks at it."""

    def __init__(self, engine: object, camera: Camera) -> None:
        self._engine = engine
        self._camera = camera

    def run(self, stop: threading.Event, report: Callable[[Counters], None]) -> None:
        """As `CameraJob.run`."""
        from recognizance.video.sight import Sight  # noqa: PLC0415  # only workers load it
        from recognizance.video.sources import open_source  # noqa: PLC0415

        frames = 0
        while not stop.is_set():
            sight, source = Sight(self._engine, Nobody()), open_source(self._camera.source)
            for frame in source:
                sight.take(frame)
                frames += 1
                if stop.is_set():
                    break
                if frames % 10 == 0:
                    report(Counters(frames=frames))
            source.close()


@contextmanager
def looking(settings: Settings) -> Iterator[Callable[[Camera], Looking]]:
    """One engine for all cameras of a worker."""
    engine = load_engine(settings)
    yield lambda camera: Looking(engine, camera)


def measure(clip: Path, count: int, cores: float, seconds: float) -> tuple[float, int, float]:
    """Pictures a second, workers and megabytes, once every camera has begun."""
    cameras = tuple(
        Camera(id=f"c{n}", source=str(clip), site="s", permit="p", gallery="g", cores=cores)
        for n in range(count)
    )
    groups = place(cameras, cores=count)
    settings = load_settings().model_copy(update={"threads": 1})
    crew = Processes(groups, opening=looking, settings=settings, limits=Limits())
    supervisor, stop = Supervisor(groups, crew, Limits()), threading.Event()
    marks: list[tuple[float, int]] = []
    memory = []

    def tell(rows: object) -> None:
        if not all(row.counters.frames for row in rows):
            return
        marks.append((time.monotonic(), totals(rows).frames))
        if marks[-1][0] - marks[0][0] >= seconds and not stop.is_set():
            workers = [p for p in psutil.Process().children(recursive=True) if p.num_threads() > 1]
            memory.append(sum(p.memory_full_info().pss for p in workers) / 1e6)
            stop.set()

    supervisor.run(stop, tell)
    begun, ended = marks[0], marks[-2]
    return (ended[1] - begun[1]) / (ended[0] - begun[0]), len(groups), memory[0]


def append(path: Path, ready: object) -> None:
    """One process that records."""
    with Ledger.open(path, key=KEY, origin="bench/fleet", pin=path.with_suffix(".pin")) as ledger:
        ready.wait()
        for number in range(ENTRIES):
            ledger.append(LogName.USES, "watch", {"n": number}, now=datetime.now(UTC))


def appends(count: int) -> float:
    """Entries a second that so many processes append together."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        Ledger.create(path, key=KEY, origin="bench/fleet", pin=path.with_suffix(".pin")).close()
        context = multiprocessing.get_context("spawn")
        ready = context.Barrier(count + 1)
        workers = [context.Process(target=append, args=(path, ready)) for _ in range(count)]
        for worker in workers:
            worker.start()
        ready.wait()
        begun = time.monotonic()
        for worker in workers:
            worker.join()
        return count * ENTRIES / (time.monotonic() - begun)


def main() -> None:
    """Print every figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--faces", type=Path, required=True)
    options.add_argument("--seconds", type=float, default=15.0)
    chosen = options.parse_args()
    clip = chosen.faces / "clips" / "people-one-by-one.mp4"
    alone = 0.0
    for count, cores in ((1, 0.5), (2, 1), (2, 0.5), (4, 0.5)):
        rate, workers, megabytes = measure(clip, count, cores, chosen.seconds)
        alone = alone or rate
        print(
            f"{count} cameras in {workers} workers: {rate:.0f} pictures/s, "
            f"{rate / alone:.2f} times one camera, {megabytes:.0f} MB"
        )
    one = appends(1)
    for count in (1, 2, 4):
        rate = one if count == 1 else appends(count)
        print(f"{count} processes on one ledger: {rate:.0f} entries/s, {rate / one:.2f} times one")


if __name__ == "__main__":
    main()
