"""Workers as actors of a Ray cluster: the same workers, on whichever machine has the cores.

Ray is used for three things: to put a worker where its cores are free, to carry calls, and to say
that a worker is gone. Restarts are the supervisor's, as on one machine. No picture and no feature
goes through Ray: a worker opens the workspace itself, and what it finds it records there.

Every machine needs this program, and the workspace under the same path. Ray's usage statistics
are off.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

from recognizance.errors import FleetFileError, InputError, RecognizanceError, RefusedError
from recognizance.fleet.jobs import Over
from recognizance.fleet.worker import Worker
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recognizance.fleet.jobs import News, Opening
    from recognizance.fleet.plan import Camera, Limits
    from recognizance.settings import Settings

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray reads it when it is loaded

try:
    import ray
    from ray.exceptions import RayActorError, RayError
except ImportError as error:
    raise InputError(
        "Ray is not installed on this machine.",
        hint="Install the extra: pip install 'recognizance[fleet]'.",
    ) from error

BEAT_S: Final = 0.5
"""How long a worker waits for something to tell before it tells that there is nothing."""

LOCAL: Final = "local"


@contextmanager
def cluster(address: str) -> Iterator[float]:
    """Join a cluster, or start one here; yields how many cores it has.

    Raises:
        FleetFileError: There is no cluster at the address.
    """
    more: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address == LOCAL:  # a cluster of one, which nobody else reaches
        more |= {"_node_ip_address": "127.0.0.1", "include_dashboard": False}
    try:
        ray.init(address=address, **more)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise FleetFileError(
            f"There is no Ray cluster at {address!r} that this machine can join.",
            hint="Start one with `ray start --head`, and name its address in [ray].",
        ) from error
    try:
        yield float(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
    finally:
        ray.shutdown()


class WorkerActor:
    """A worker as an actor; see `Worker`."""

    def __init__(
        self,
        cameras: tuple[Camera, ...],
        opening: Opening,
        settings: Settings,
        stop_s: float,
    ) -> None:
        self._stop_s = stop_s
        self._cameras = cameras
        self._opened = ExitStack()
        self._worker: Worker | None = None
        self._failure: tuple[str, bool] = ("", False)
        try:
            job_of = self._opened.enter_context(opening(settings))
        except RecognizanceError as error:
            self._failure = (error.code, isinstance(error, RefusedError))
            return
        self._worker = Worker(cameras, job_of)

    def start(self, camera_id: str) -> None:
        """Start a camera."""
        if self._worker is not None:
            self._worker.start(camera_id)

    def news(self) -> tuple[News, ...]:
        """What has happened, after a short wait."""
        time.sleep(BEAT_S)
        if self._worker is not None:
            return self._worker.news()
        code, refused = self._failure
        return tuple(Over(each.id, code, refused=refused) for each in self._cameras)

    def stop(self) -> tuple[News, ...]:
        """Bring every camera to its end."""
        last: tuple[News, ...] = ()
        if self._worker is not None:
            self._worker.stop(self._stop_s)
            last = self._worker.news()
        self._opened.close()
        return last


class Actors:
    """The workers of a fleet on a Ray cluster; see `Crew`.

    Args:
        groups: The cameras of each worker.
        opening: Opens what the jobs of one worker share; found by name on every machine.
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
        self._workers: dict[int, Any] = {}
        self._waited: dict[int, Any] = {}
        self._patience_until_s: dict[int, float] = {}

    def start(self, worker: int, camera_id: str) -> None:
        """As `Crew.start`."""
        if worker not in self._workers:
            group = self._groups[worker]
            cores = round(sum(camera.cores for camera in group), 4)
            made = ray.remote(WorkerActor).options(num_cpus=cores, max_restarts=0)
            self._workers[worker] = made.remote(
                group, self._opening, self._settings, self._limits.stop_s
            )
            self._ask(worker, self._limits.start_s)
        self._workers[worker].start.remote(camera_id)

    def poll(self, wait_s: float) -> Mapping[int, tuple[News, ...] | None]:
        """As `Crew.poll`."""
        if not self._waited:
            time.sleep(wait_s)
            return {}
        numbers = {answer: number for number, answer in self._waited.items()}
        ready, _ = ray.wait(list(numbers), num_returns=1, timeout=wait_s)
        heard: dict[int, tuple[News, ...] | None] = {}
        for answer in ready:
            heard[numbers[answer]] = self._answered(numbers[answer], answer)
        now = time.monotonic()
        for number, until_s in tuple(self._patience_until_s.items()):
            if now > until_s:
                logger().error("worker_silent", index=number)
                self._end(number)
                heard[number] = None
        return heard

    def stop(self) -> Mapping[int, tuple[News, ...] | None]:
        """As `Crew.stop`."""
        last: dict[int, tuple[News, ...] | None] = {}
        answers = {worker.stop.remote(): number for number, worker in self._workers.items()}
        if answers:
            ready, _ = ray.wait(
                list(answers), num_returns=len(answers), timeout=self._limits.stop_s
            )
            for answer in ready:
                last[answers[answer]] = self._answered(answers[answer], answer)
        for number in tuple(self._workers):
            self._end(number)
        return last

    def _ask(self, worker: int, patience_s: float) -> None:
        self._patience_until_s[worker] = time.monotonic() + patience_s
        self._waited[worker] = self._workers[worker].news.remote()

    def _answered(self, worker: int, answer: Any) -> tuple[News, ...] | None:  # noqa: ANN401
        try:
            news: tuple[News, ...] = ray.get(answer)
        except RayError as error:
            if not isinstance(error, RayActorError):
                logger().error("worker_failed", code=type(error).__name__)
            self._end(worker)
            return None
        self._ask(worker, self._limits.silent_s)
        return news

    def _end(self, worker: int) -> None:
        """Make sure that a worker is gone."""
        self._waited.pop(worker, None)
        self._patience_until_s.pop(worker, None)
        ray.kill(self._workers.pop(worker))
