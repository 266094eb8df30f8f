"""Keeps the cameras of a fleet running: starts, counts, starts again, stops.

One thread, one loop; what a camera does next is decided in `lives`, who works is a port (`crew`).
"""

from __future__ import annotations

import random
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from recognizance.errors import WorkerLostError
from recognizance.fleet.jobs import Counted, Counters
from recognizance.fleet.lives import OVER, Life, State
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event as Signal

    from recognizance.fleet.crew import Crew
    from recognizance.fleet.jobs import News
    from recognizance.fleet.plan import Camera, Limits

POLL_S: Final = 0.5
"""Longest wait for news, after which cameras that are due are started."""

TELL_S: Final = 1.0
"""How often the table is told."""

_RATE_OVER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """One camera in the table of a fleet.

    Attributes:
        camera: Its id.
        site: Where it hangs.
        permit: Under which permit.
        worker: Number of its worker.
        state: What it does.
        code: Why nothing is compared now, or what ended it last: the code of an error.
        restarts: How often it was started again.
        frames_per_s: Pictures a second, over the last few seconds.
        counters: Since the fleet began, over all its starts.
    """

    camera: str
    site: str
    permit: str
    worker: int
    state: State
    code: str | None
    restarts: int
    frames_per_s: float
    counters: Counters

    def as_dict(self) -> dict[str, object]:
        """The row as JSON: flat."""
        row: dict[str, object] = asdict(self)
        del row["counters"]
        return row | asdict(self.counters)


class _Tracked:
    """One camera: how it stands, and its counts over all its starts."""

    def __init__(self, camera: Camera, worker: int, now_s: float) -> None:
        self.camera = camera
        self.worker = worker
        self.life = Life.new(now_s)
        self.held: str | None = None
        self._before = Counters()
        self._since_start = Counters()
        self._rate = 0.0
        self._marked = (now_s, 0)

    @property
    def counters(self) -> Counters:
        return self._before + self._since_start

    def counted(self, news: Counted, now_s: float) -> None:
        self._since_start, self.held = news.counters, news.held
        then_s, then_frames = self._marked
        if now_s - then_s >= _RATE_OVER_S:
            frames = self.counters.frames
            self._rate = (frames - then_frames) / (now_s - then_s)
            self._marked = (now_s, frames)

    def keep_counts(self) -> None:
        """What was counted since the start is kept; the next start counts from nothing."""
        self._before, self._since_start, self.held = self.counters, Counters(), None

    def row(self) -> Row:
        running = self.life.state is State.RUNNING
        return Row(
            camera=self.camera.id,
            site=self.camera.site,
            permit=self.camera.permit,
            worker=self.worker,
            state=self.life.state,
            code=(self.held or self.life.code) if running else self.life.code,
            restarts=self.life.restarts,
            frames_per_s=round(self._rate, 1) if running else 0.0,
            counters=self.counters,
        )


class Supervisor:
    """Keeps the cameras of a fleet running.

    Args:
        groups: The cameras of each worker.
        crew: The workers.
        limits: How long to wait.
        clock: Seconds that only rise.
        draw: A number from 0 to 1, by chance.
    """

    def __init__(
        self,
        groups: Sequence[tuple[Camera, ...]],
        crew: Crew,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._crew = crew
        self._limits = limits
        self._clock = clock
        self._draw = draw
        self._stopping = False
        self._tracked = {
            camera.id: _Tracked(camera, worker, clock())
            for worker, group in enumerate(groups)
            for camera in group
        }

    def rows(self) -> tuple[Row, ...]:
        """The table: every camera, in the order of the workers."""
        return tuple(each.row() for each in self._tracked.values())

    def run(self, stop: Signal, tell: Callable[[tuple[Row, ...]], None]) -> None:
        """Run until `stop` is set or every camera has ended; then bring the workers to their end.

        Args:
            stop: Set when the fleet is to come to its end.
            tell: Is given the table every second, and at the end.
        """
        told_s = self._clock()
        try:
            while not stop.is_set() and not self._all_over():
                self.step(POLL_S)
                if self._clock() - told_s >= TELL_S:
                    told_s = self._clock()
                    tell(self.rows())
        finally:
            self._stopping = True
            self._take(self._crew.stop())
            for each in self._tracked.values():
                each.keep_counts()
                each.life = each.life.over(State.STOPPED, self._clock())
            tell(self.rows())

    def step(self, wait_s: float) -> None:
        """Start what is due, and take the news."""
        for each in self._tracked.values():
            if each.life.is_due(self._clock()):
                self._crew.start(each.worker, each.camera.id)
                each.life = each.life.started(self._clock())
        self._take(self._crew.poll(wait_s))

    def _all_over(self) -> bool:
        return all(each.life.state in OVER for each in self._tracked.values())

    def _take(self, heard: Mapping[int, tuple[News, ...] | None]) -> None:
        for worker, news in heard.items():
            if news is None:
                self._lost(worker)
            for each in news or ():
                self._hear(each)

    def _hear(self, news: News) -> None:
        now, tracked = self._clock(), self._tracked[news.camera_id]
        if tracked.life.state is not State.RUNNING:
            return  # a worker that cannot open the workspace says so for all its cameras
        if isinstance(news, Counted):
            tracked.counted(news, now)
            return
        tracked.keep_counts()
        if news.code is None:
            ended = State.STOPPED if self._stopping else State.ENDED
            tracked.life = tracked.life.over(ended, now)
        elif news.refused:
            tracked.life = tracked.life.over(State.REFUSED, now, news.code)
        else:
            tracked.life = tracked.life.failed(news.code, now, self._limits, self._draw())

    def _lost(self, worker: int) -> None:
        logger().warning("worker_lost", index=worker)
        for each in self._tracked.values():
            if each.worker == worker and each.life.state is State.RUNNING:
                each.keep_counts()
                each.life = each.life.failed(
                    WorkerLostError.code, self._clock(), self._limits, self._draw()
                )


def totals(rows: Sequence[Row]) -> Counters:
    """What all cameras counted together."""
    return sum((row.counters for row in rows), Counters())
