"""What a worker of a fleet runs, and what it hears of it. Nothing here knows a face or a name."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from threading import Event as Signal

    from recognizance.fleet.plan import Camera
    from recognizance.settings import Settings


@dataclass(frozen=True, slots=True)
class Counters:
    """What a camera did so far; each only counts up.

    Attributes:
        frames: Pictures that its source decoded.
        dropped: Pictures that were thrown away, the oldest first, because nobody took them.
        damaged: Packets that could not be decoded.
        reconnects: How often a lost source was found again.
        stalls: How often nothing came for longer than the source's patience.
        leads: Candidates that were recorded and wait for review.
    """

    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    stalls: int = 0
    leads: int = 0

    def __add__(self, other: Counters) -> Counters:
        return Counters(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


class CameraJob(Protocol):
    """One camera at work.

    What it finds it records in the ledger of the workspace, and nowhere else: what others are told
    is read from there. So an event is acknowledged when it is recorded, and no worker that dies
    can take one with it or tell one twice.
    """

    def run(self, stop: Signal, report: Report) -> None:
        """Work until the source ends or `stop` is set.

        Args:
            stop: Set when the job is to come to its end; it looks often.
            report: Tells what was counted since this start, as often as it likes.

        Raises:
            RefusedError: The permit does not allow it, or not any more; it is not started again.
            RecognizanceError: Something else ended it; it is started again.
        """


class Report(Protocol):
    """Takes what a job counted."""

    def __call__(self, counters: Counters, held: str | None = None) -> None:
        """Take it.

        Args:
            counters: Since this start.
            held: Code of why nothing is compared now; None where faces are.
        """


class Opening(Protocol):
    """Opens what all jobs of one worker share, such as the workspace and the models.

    It is a function of a module, because workers on other machines find it by its name.
    """

    def __call__(self, settings: Settings) -> AbstractContextManager[Callable[[Camera], CameraJob]]:
        """Open it; yields what makes the job of a camera."""


@dataclass(frozen=True, slots=True)
class Counted:
    """News: what a camera counted since its start, and why nothing is compared now, if so."""

    camera_id: str
    counters: Counters
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """News: a camera came to an end.

    Attributes:
        camera_id: Which.
        code: Code of the error that ended it; None where its source ended.
        refused: Whether a rule or permit ended it, so that it is not started again.
    """

    camera_id: str
    code: str | None = None
    refused: bool = False


News = Counted | Over
