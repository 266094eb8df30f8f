"""What a worker of a fleet runs, and what it hears of it. Nothing here knows a face or a name."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
        events: Events that were handed over and acknowledged.
    """

    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    stalls: int = 0
    events: int = 0

    def __add__(self, other: Counters) -> Counters:
        return Counters(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that others are to be told, once.

    Attributes:
        event_id: Made of the ledger entry that it tells of, so that it is the same each time.
        camera_id: Which camera saw it.
        body: What is told; no name, category or reason.
    """

    event_id: str
    camera_id: str
    body: Mapping[str, object]


class CameraJob(Protocol):
    """One camera at work."""

    def run(
        self, stop: Signal, emit: Callable[[Event], None], report: Callable[[Counters], None]
    ) -> None:
        """Work until the source ends or `stop` is set.

        Args:
            stop: Set when the job is to come to its end; it looks often.
            emit: Hands an event over. When it returns, the event is on the disk; when it raises,
                the event may be handed over again, under the same id.
            report: Tells what was counted since this start, as often as it likes.

        Raises:
            RefusedError: The permit does not allow it, or not any more; it is not started again.
            RecognizanceError: Something else ended it; it is started again.
        """


class Opening(Protocol):
    """Opens what all jobs of one worker share, such as the workspace and the models.

    It is a function of a module, because workers on other machines find it by its name.
    """

    def __call__(self, settings: Settings) -> AbstractContextManager[Callable[[Camera], CameraJob]]:
        """Open it; yields what makes the job of a camera."""


@dataclass(frozen=True, slots=True)
class Counted:
    """News: what a camera counted since its start."""

    camera_id: str
    counters: Counters


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
