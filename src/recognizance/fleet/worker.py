"""A worker: cameras in one process, each in a thread, with one workspace and one set of models.

The threads share what the opening gave. Decoding and inference let other threads run, so a
worker that is meant for one core keeps that core busy.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from recognizance.errors import RecognizanceError, RefusedError
from recognizance.fleet.jobs import Counted, Over
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from recognizance.fleet.jobs import CameraJob, Counters, News
    from recognizance.fleet.plan import Camera


class Worker:
    """The cameras of one process.

    Args:
        cameras: The cameras that it may be told to start.
        job_of: Makes the job of a camera.
    """

    def __init__(
        self,
        cameras: Iterable[Camera],
        job_of: Callable[[Camera], CameraJob],
    ) -> None:
        self._cameras = {camera.id: camera for camera in cameras}
        self._job_of = job_of
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._counted: dict[str, Counted] = {}
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
            counted, self._counted = self._counted, {}
            over, self._over = self._over, []
        return (*counted.values(), *over)

    def stop(self, within_s: float) -> None:
        """Tell every camera to come to its end, and wait for them."""
        self._stop.set()
        until = time.monotonic() + within_s
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, camera: Camera) -> None:
        def report(counters: Counters, held: str | None = None) -> None:
            with self._lock:
                self._counted[camera.id] = Counted(camera.id, counters, held)

        try:
            self._job_of(camera).run(self._stop, report)
            over = Over(camera.id)
        except RecognizanceError as error:
            over = Over(camera.id, error.code, refused=isinstance(error, RefusedError))
        except Exception as error:  # noqa: BLE001  # a thread's boundary: one camera ends, not all
            logger().error("camera_failed", code=type(error).__name__)
            over = Over(camera.id, RecognizanceError.code)
        with self._lock:
            self._over.append(over)
