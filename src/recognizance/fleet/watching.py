"""What a worker of a fleet runs: a watch at the desk for each of its cameras."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from recognizance.fleet.admitting import request_of
from recognizance.fleet.jobs import Counters
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event as Signal

    from recognizance.fleet.jobs import CameraJob, Report
    from recognizance.fleet.plan import Camera
    from recognizance.settings import Settings
    from recognizance.video.frames import SourceCounters
    from recognizance.watching import Status


@contextmanager
def watching(settings: Settings) -> Iterator[Callable[[Camera], CameraJob]]:
    """Open the workspace and the models, once for all cameras of a worker."""
    with Workspace.open(settings) as workspace:
        _ = workspace.engine  # before the threads that share it ask for it
        yield lambda camera: CameraWatch(workspace, camera)


class CameraWatch:
    """One camera, watched at the desk as `recognizance watch` does it; see `CameraJob`.

    Args:
        workspace: The workspace, open.
        camera: The camera.
    """

    def __init__(self, workspace: Workspace, camera: Camera) -> None:
        self._workspace = workspace
        self._camera = camera

    def run(self, stop: Signal, report: Report) -> None:
        """As `CameraJob.run`."""
        from recognizance.watching import (  # noqa: PLC0415  # video libraries are slow to load
            Plan,
            open_cameras,
            watch_cameras,
        )

        camera = self._camera
        opened = open_cameras([camera.address()], [camera.id], camera.captured_at)
        (only,) = opened.cameras

        def tell(status: Status) -> None:
            held = status.stopped.code if status.stopped else None
            report(counted(only.source.counters, leads=status.counts.leads), held)

        # A path below /dev may be that of a file, which is a recording whatever it looks like.
        request = request_of(self._workspace, camera, footage=opened.footage)
        request = replace(request, live=opened.live)
        plan = Plan(request, opened.cameras, hear=lambda _: None, tell=tell)
        watch_cameras(self._workspace, plan, stop=stop)


def counted(source: SourceCounters, *, leads: int) -> Counters:
    """What a fleet counts of a watch."""
    return Counters(
        frames=source.read,
        dropped=source.dropped,
        damaged=source.damaged,
        reconnects=source.reconnects,
        stalls=source.stalls,
        leads=leads,
    )
