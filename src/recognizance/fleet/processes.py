"""Workers as processes of this machine.

They are forked from a server that has loaded the libraries and done nothing else: no file of ours
is open in it, no key is in its memory, so a fork is quick and shares the memory of what was
loaded. A worker loads its models from the cache, once for all its cameras.

A worker ends when the fleet tells it to, and also when the fleet is gone, for then its pipe ends.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from recognizance.errors import RecognizanceError, RefusedError
from recognizance.fleet.jobs import Over
from recognizance.fleet.worker import Worker
from recognizance.observe import configure, logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from multiprocessing.context import ForkServerProcess

    from recognizance.fleet.jobs import News, Opening
    from recognizance.fleet.plan import Camera, Limits
    from recognizance.settings import Settings

BEAT_S: Final = 0.5
"""How often a worker tells its news, even where there are none."""

STOP: Final = ""
"""The order to come to an end; every other order is the id of a camera to start."""

PRELOADED: Final = (
    "recognizance.workspace",
    "recognizance.engine",
    "recognizance.video",
    "openvino",
    "scipy.optimize",
)
"""What every worker of a real fleet needs; a library that is missing is passed over."""


@dataclass(slots=True)
class _Running:
    process: ForkServerProcess
    pipe: Connection
    patience_until_s: float


class Processes:
    """The workers of a fleet on this machine; see `Crew`.

    Args:
        groups: The cameras of each worker.
        opening: Opens what the jobs of one worker share.
        settings: Of the workspace.
        limits: How long to wait for a worker.
    """

    def __init__(
        self,
        groups: Sequence[tuple[Camera, ...]],
        *,
        opening: Opening,
        settings: Settings,
        limits: Limits,
    ) -> None:
        self._groups = groups
        self._opening = opening
        self._settings = settings
        self._limits = limits
        self._running: dict[int, _Running] = {}
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOADED))

    def start(self, worker: int, camera_id: str) -> None:
        """As `Crew.start`."""
        running = self._running.get(worker)
        if running is None:
            running = self._running[worker] = self._fork(worker)
        try:
            running.pipe.send(camera_id)
        except OSError:  # it has just ended, which the next poll tells
            return

    def poll(self, wait_s: float) -> Mapping[int, tuple[News, ...] | None]:
        """As `Crew.poll`."""
        by_pipe = {each.pipe: number for number, each in self._running.items()}
        if not by_pipe:
            time.sleep(wait_s)
            return {}
        heard: dict[int, tuple[News, ...] | None] = {}
        for pipe in wait(list(by_pipe), timeout=wait_s):
            number = by_pipe[pipe]  # type: ignore[index]  # only pipes were asked for
            heard[number] = self._received(number)
        now = time.monotonic()
        for number, running in tuple(self._running.items()):
            if now > running.patience_until_s:
                logger().error("worker_silent", index=number)
                self._end(number)
                heard[number] = None
        return heard

    def stop(self) -> Mapping[int, tuple[News, ...] | None]:
        """As `Crew.stop`."""
        for running in self._running.values():
            try:
                running.pipe.send(STOP)
            except OSError:
                continue
        until = time.monotonic() + self._limits.stop_s
        last: dict[int, tuple[News, ...] | None] = {}
        while self._running and time.monotonic() < until:
            for number, news in self.poll(BEAT_S).items():
                last[number] = (*(last.get(number) or ()), *(news or ()))
        for number in tuple(self._running):
            self._end(number)
        return last

    def _fork(self, worker: int) -> _Running:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=work,
            args=(theirs, self._groups[worker], self._opening, self._settings),
            kwargs={"stop_s": self._limits.stop_s},
            name=f"recognizance-worker-{worker}",
            daemon=True,
        )
        process.start()
        theirs.close()
        return _Running(process, ours, time.monotonic() + self._limits.start_s)

    def _received(self, worker: int) -> tuple[News, ...] | None:
        running = self._running[worker]
        try:
            news: tuple[News, ...] = running.pipe.recv()
        except (EOFError, OSError):
            self._end(worker)
            return None
        running.patience_until_s = time.monotonic() + self._limits.silent_s
        return news

    def _end(self, worker: int) -> None:
        """Make sure that a worker is gone."""
        running = self._running.pop(worker)
        running.pipe.close()
        running.process.kill()
        running.process.join()
        running.process.close()


def work(
    pipe: Connection,
    cameras: Iterable[Camera],
    opening: Opening,
    settings: Settings,
    *,
    stop_s: float,
) -> None:
    """What a worker process does; it returns when it is told to stop or the fleet is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the fleet ends us in order
    configure(settings.log_level)
    cameras = tuple(cameras)
    try:
        with opening(settings) as job_of:
            worker = Worker(cameras, job_of)
            try:
                _obey(pipe, worker)
            finally:
                worker.stop(stop_s)
            pipe.send(worker.news())
    except RecognizanceError as error:
        over = tuple(
            Over(each.id, error.code, refused=isinstance(error, RefusedError)) for each in cameras
        )
        pipe.send(over)
    except OSError:  # the fleet is gone, and nobody is left to tell
        return


def _obey(pipe: Connection, worker: Worker) -> None:
    while True:
        pipe.send(worker.news())
        if not pipe.poll(BEAT_S):
            continue
        try:
            order = pipe.recv()
        except EOFError:
            return
        if order == STOP:
            return
        worker.start(order)
