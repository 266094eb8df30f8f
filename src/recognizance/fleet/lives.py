"""How a camera of a fleet stands: it runs, waits for its next start, or has ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from recognizance.fleet.plan import Limits

_DOUBLINGS: Final = 32  # a wait doubled so often is longer than any that can be set


class State(StrEnum):
    """What a camera of a fleet does."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    REFUSED = "refused"
    STOPPED = "stopped"


OVER: Final = frozenset({State.ENDED, State.REFUSED, State.STOPPED})
"""States after which nothing is started again."""


@dataclass(frozen=True, slots=True)
class Life:
    """How one camera stands. Each change makes a new value.

    Attributes:
        state: What it does.
        since_s: Since when, on a clock that only rises.
        due_s: When it is to be started, if it waits.
        failures: How often it failed since it last ran steadily.
        restarts: How often it was started again.
        code: Code of the error that ended it last, if one did.
    """

    state: State
    since_s: float
    due_s: float
    failures: int = 0
    restarts: int = 0
    code: str | None = None

    @classmethod
    def new(cls, now_s: float) -> Life:
        """A camera that is to be started now."""
        return cls(State.WAITING, since_s=now_s, due_s=now_s)

    def is_due(self, now_s: float) -> bool:
        """Whether it waits no longer."""
        return self.state is State.WAITING and now_s >= self.due_s

    def started(self, now_s: float) -> Life:
        """It was started, or started again."""
        again = self.restarts + (1 if self.failures else 0)
        return replace(self, state=State.RUNNING, since_s=now_s, restarts=again)

    def failed(self, code: str, now_s: float, limits: Limits, draw: float) -> Life:
        """It failed, and is started again later; a random draw keeps cameras from all at once.

        Args:
            code: Code of the error.
            now_s: The clock.
            limits: How long to wait.
            draw: From 0 to 1.
        """
        if self.state in OVER:
            return self
        recovered = self.state is State.RUNNING and now_s - self.since_s >= limits.steady_s
        failures = 1 if recovered else self.failures + 1
        wait_s = back_off(failures, limits, draw)
        return replace(
            self,
            state=State.WAITING,
            since_s=now_s,
            due_s=now_s + wait_s,
            failures=failures,
            code=code,
        )

    def over(self, state: State, now_s: float, code: str | None = None) -> Life:
        """It ended for good; what ended first counts. Stopped, it keeps why it waited."""
        if self.state in OVER:
            return self
        code = self.code if state is State.STOPPED else code
        return replace(self, state=state, since_s=now_s, code=code)


def back_off(failures: int, limits: Limits, draw: float) -> float:
    """How long to wait after so many failures: doubled each time, half of it by chance."""
    doubled = limits.restart_after_s * 2.0 ** min(failures - 1, _DOUBLINGS)
    return min(limits.restart_at_most_s, doubled) * (0.5 + draw / 2)
