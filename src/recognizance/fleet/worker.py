"""A worker: cameras in one process, each in a thread, with one workspace and one set of models.

The threads share what the opening gave. Decoding and inference let other threads run, so a
worker that is meant for one core keeps that core busy.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from recognizance.errors import RecognizanceError, RefusedError
from recognizance.fleet.jobs import Counted, Counters, Over
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from recognizance.fleet.jobs import CameraJob, Event, News
    from recognizance.fleet.plan import Camera


class Worker:
    """The cameras of one process.

    Args:
        cameras: The cameras that it may be told to start.
        job_of: Makes the job of a camera.
        deliver: Takes an event; when it returns, the event is on the disk.
    """

    def __init__(
        self,
        cameras: Iterable[Camera],
        job_of: Callable[[Camera], CameraJob],
        deliver: Callable[[Event], None],
    ) -> None:
        self._cameras = {camera.id: camera for camera in cameras}
        self._job_of = job_of
        self._deliver = deliver
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._counted: dict[str, Counters] = {}
        self._over: list[Over] = []
        self._threads: dict[str, threading.Thread] = {}

    def start(self, camera_id: str) -> None:
        """Start a camera in a thread of its own."""
        camera = self._cameras[camera_id]
        thread = threading.Thread(target=self._run, args=(camera,), name=camera_id, daemon=True)
        self._threads[camera_id] = thread
        thread.start()

    def news(self) -> tuple[News, ...]:
        """What has happened since the last call: the latest count of each camera, and every end."""
        with self._lock:
            counted = [Counted(*each) for each in self._counted.items()]
            over, self._over = self._over, []
            self._counted = {}
        return (*counted, *over)

    def stop(self, within_s: float) -> None:
        """Tell every camera to come to its end, and wait for them."""
        self._stop.set()
        until = time.monotonic() + within_s
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, camera: Camera) -> None:
        handed_over = 0
        latest = Counters()

        def emit(event: Event) -> None:
            nonlocal handed_over
            self._deliver(event)
            handed_over += 1
            report(latest)

        def report(counters: Counters) -> None:
            nonlocal latest
            latest = replace(counters, events=handed_over)
            with self._lock:
                self._counted[camera.id] = latest

        try:
            self._job_of(camera).run(self._stop, emit, report)
            over = Over(camera.id)
        except RecognizanceError as error:
            over = Over(camera.id, error.code, refused=isinstance(error, RefusedError))
        except Exception as error:  # noqa: BLE001  # a thread's boundary: one camera ends, not all
            logger().error("camera_failed", code=type(error).__name__)
            over = Over(camera.id, RecognizanceError.code)
        with self._lock:
            self._over.append(over)
