"""The loop of a watch: each source in a thread, one engine, one session at the desk.

Threads read and look; what they see goes to the desk, which lets one face at a time be compared. A
source that fails ends the watch, and so does a permit that ends: half a watch is none.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from recognizance.conditions import read_meter
from recognizance.video.sight import Sight
from recognizance.watching.gaze import Gaze

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recognizance.conditions import Meter
    from recognizance.errors import RefusedError
    from recognizance.sightings import Counts, Sighting
    from recognizance.uses import Answer, Request
    from recognizance.video.sight import Eyes
    from recognizance.watches import Watch
    from recognizance.watching.cameras import Camera
    from recognizance.workspace import Workspace

TELL_S = 0.5
DUTIES_S = 60.0


@dataclass(frozen=True, slots=True)
class Status:
    """How a watch goes.

    Attributes:
        faces_in_view: At the last look, over all its cameras.
        counts: What was counted so far.
        meter: The meter of false alerts, if the permit has one.
        stopped: Why nothing is compared now; None while it runs.
    """

    faces_in_view: int
    counts: Counts
    meter: Meter | None
    stopped: RefusedError | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be watched.

    Attributes:
        request: What is asked of the desk.
        cameras: The sources; they are closed at the end.
        hear: Told of every face that was compared; threads take turns.
        tell: Told now and then how it goes.
    """

    request: Request
    cameras: Sequence[Camera]
    hear: Callable[[Sighting], None]
    tell: Callable[[Status], None]


def watch_cameras(workspace: Workspace, plan: Plan, *, stop: threading.Event) -> Answer:
    """Watch until every source is over, or somebody says stop.

    Args:
        workspace: The workspace, open.
        plan: What is to be watched.
        stop: Set from another thread, or by a signal, it ends the watch cleanly.

    Returns:
        The end of the watch, as it is recorded.

    Raises:
        RefusedError: The permit does not allow it, or not any more; or recordings are watched, and
            the watch was stopped: they do not wait.
        SourceError: A source cannot be read.
    """
    with ExitStack() as stack:
        for camera in plan.cameras:
            stack.enter_context(closing(camera.source))
        eyes = cast("Eyes", workspace.engine)
        with workspace.desk.watch(plan.request) as watch:
            for camera in plan.cameras:
                watch.admit(camera.camera_id)
            _Loop(workspace, plan, watch, eyes, stop).run()
        assert watch.answer is not None  # noqa: S101  # the session is over
        return watch.answer


class _Loop:
    """The threads of a watch, and who waits for them."""

    def __init__(
        self,
        workspace: Workspace,
        plan: Plan,
        watch: Watch,
        eyes: Eyes,
        stop: threading.Event,
    ) -> None:
        self._workspace = workspace
        self._plan = plan
        self._watch = watch
        self._eyes = eyes
        self._stop = stop
        self._done = threading.Event()
        self._turn = threading.Event()
        self._hearing = threading.Lock()
        self._errors: list[BaseException] = []
        self._waits = any(camera.source.live for camera in plan.cameras)
        self._gazes = [
            Gaze(
                number,
                camera,
                watch,
                clock=workspace.clock,
                hear=self._hear,
            )
            for number, camera in enumerate(plan.cameras)
        ]

    def run(self) -> None:
        """Start the threads, wait for them, and say how it goes."""
        threads = [
            threading.Thread(target=self._look, args=(camera, gaze), daemon=True)
            for camera, gaze in zip(self._plan.cameras, self._gazes, strict=True)
        ]
        for thread in threads:
            thread.start()
        rounds = 0
        try:
            while any(thread.is_alive() for thread in threads) and not self._over():
                self._turn.wait(TELL_S)
                self._turn.clear()
                self._watch.tick()
                self._plan.tell(self._status())
                rounds += 1
                if rounds % round(DUTIES_S / TELL_S) == 0:
                    self._workspace.run_duties()
        finally:
            self._done.set()
            for camera in self._plan.cameras:
                camera.source.close()
            for thread in threads:
                thread.join()
        self._plan.tell(self._status())
        if self._errors:
            raise self._errors[0]
        if self._watch.stopped is not None and not self._waits:
            raise self._watch.stopped

    def _over(self) -> bool:
        stopped = self._watch.stopped is not None and not self._waits
        return self._stop.is_set() or stopped or bool(self._errors)

    def _look(self, camera: Camera, gaze: Gaze) -> None:
        """One source, in a thread of its own."""
        try:
            sight = Sight(self._eyes, gaze)
            for frame in camera.source:
                if self._done.is_set():
                    return
                sight.take(frame)
            sight.finish()
        except BaseException as error:  # noqa: BLE001  # a thread's end; raised again where it began
            if not self._done.is_set():
                self._errors.append(error)
        finally:
            gaze.faces_in_view = 0
            self._turn.set()

    def _hear(self, sighting: Sighting) -> None:
        with self._hearing:
            self._plan.hear(sighting)

    def _status(self) -> Status:
        permit, shelf = self._watch.permit, self._workspace.shelf
        return Status(
            faces_in_view=sum(each.faces_in_view for each in self._gazes),
            counts=self._watch.counts,
            meter=read_meter(permit, shelf.tally(permit.permit_id), shelf.standing),
            stopped=self._watch.stopped,
        )
