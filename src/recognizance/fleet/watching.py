"""What a worker of a fleet runs: the watch of `recognizance.watching`, one for each camera."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from recognizance.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recognizance.fleet.jobs import CameraJob
    from recognizance.fleet.plan import Camera
    from recognizance.settings import Settings


@contextmanager
def watching(settings: Settings) -> Iterator[Callable[[Camera], CameraJob]]:
    """Open the workspace and the models, once for all cameras of a worker."""
    raise ConflictError(f"Nothing watches yet in {settings.home}.", hint="Wait for the watch.")
    yield
