"""Who does the work: processes of this machine, or actors of a Ray cluster. One port for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.fleet.jobs import News


class Crew(Protocol):
    """The workers of a fleet, known by their numbers."""

    def start(self, worker: int, camera_id: str) -> None:
        """Start a camera on its worker, and before that the worker, if it is not there."""

    def poll(self, wait_s: float) -> Mapping[int, tuple[News, ...] | None]:
        """Wait a while for news of any worker; None for one that is gone.

        A worker of which nothing was heard for too long is ended and gone.
        """

    def stop(self) -> Mapping[int, tuple[News, ...] | None]:
        """Bring every worker to its end, in order if it comes to it in time; their last news."""
