"""The thread that does jobs, and how others see how far they are."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from recognizance.errors import InterruptedUseError
from recognizance.observe import logger
from recognizance.service.counters import Counter
from recognizance.service.jobs.book import THOUSANDTHS
from recognizance.service.problems import told
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.service.jobs.book import JobBook, JobRow
    from recognizance.service.jobs.spool import Spool
    from recognizance.workspace import Workspace

_WRITTEN_EVERY_S: Final = 1.0
_MAY: Final = {"audit": frozenset({Role.AUDITOR, Role.OPERATOR})}
_OPERATOR: Final = frozenset({Role.OPERATOR})
_SURE_AFTER: Final = 0.02
"""House number: before a fiftieth is done, what is left is a guess."""


class Work(Protocol):
    """What a job does."""

    @property
    def asked(self) -> dict[str, Any]:
        """What is known before it begins; see `JobRow`."""

    def __call__(self, workspace: Workspace, handle: Handle) -> dict[str, Any]:
        """Do it; its result, as JSON."""


@dataclass(slots=True)
class Handle:
    """A job that waits or runs.

    Attributes:
        job_id: Which.
        folder: Where it may write.
        stop: Set where it is to end before its time.
        facts: What is known before its end.
        part: How much is done, from 0 to 1.
        state: Under which state it ends if it is stopped.
    """

    job_id: str
    folder: Path
    write: Callable[[int], None]
    stop: threading.Event = field(default_factory=threading.Event)
    facts: dict[str, Any] = field(default_factory=dict)
    part: float = 0.0
    state: str = "cancelled"
    began: float | None = None
    _written: float = 0.0

    def tell(self, part: float) -> None:
        """Say how far it is.

        Raises:
            InterruptedUseError: It is to stop.
        """
        if self.stop.is_set():
            raise InterruptedUseError("The job was stopped.", hint="Begin it again.")
        self.part = min(max(part, 0.0), 1.0)
        if time.monotonic() - self._written >= _WRITTEN_EVERY_S:
            self._written = time.monotonic()
            self.write(round(self.part * THOUSANDTHS))

    @property
    def time_left_s(self) -> float | None:
        """How long it takes still, if it goes on as before."""
        if self.began is None or self.part < _SURE_AFTER:
            return None
        return round((time.monotonic() - self.began) / self.part * (1 - self.part), 1)


class Worker:
    """Does one job after the other.

    Args:
        opening: Opens the workspace of the thread.
        book: Where jobs are written down.
        spool: Where their files lie.
        clock: The workspace's.
    """

    def __init__(
        self,
        opening: Callable[[], Workspace],
        book: JobBook,
        spool: Spool,
        clock: Callable[[], Any],
    ) -> None:
        self.counter = Counter("jobs", opening)
        self._book = book
        self._spool = spool
        self._clock = clock
        self._handles: dict[str, Handle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        book.interrupt(now=clock())

    def begin(self, row: JobRow, work: Work) -> None:
        """Put a job into the line."""

        def progress(done: int) -> None:
            self._book.progress(row.job_id, done)

        handle = Handle(row.job_id, self._spool.folder_of(row.job_id), progress)
        self._handles[row.job_id] = handle
        task = asyncio.ensure_future(
            self.counter.ask(lambda each: self._do(each, row, handle, work))
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def handle(self, job_id: str) -> Handle | None:
        """A job that waits or runs; None where it is over."""
        return self._handles.get(job_id)

    def cancel(self, job_id: str) -> bool:
        """Have a job end; whether there was one."""
        handle = self._handles.get(job_id)
        if handle is not None:
            handle.stop.set()
        return handle is not None

    def destroy(self, job_id: str) -> None:
        """Destroy a job and what it has made; one that runs ends, and is destroyed then."""
        # In this order: where it ends meanwhile, either it misses its row or it has no handle.
        self._book.forget(job_id)
        if not self.cancel(job_id):
            self._spool.remove(job_id)

    def close(self) -> None:
        """Cut off what runs; it is written down as interrupted."""
        for handle in list(self._handles.values()):
            handle.state = "interrupted"
            handle.stop.set()
        self.counter.close()
        self._book.interrupt(now=self._clock())

    def _do(self, workspace: Workspace, row: JobRow, handle: Handle, work: Work) -> None:
        state, said = handle.state, None
        try:
            if not _still_may(workspace, row):
                handle.stop.set()
            handle.tell(0.0)
            handle.began = time.monotonic()
            self._book.begin(handle.job_id)
            said = work(workspace, handle)
            state = "done"
            self._book.progress(handle.job_id, THOUSANDTHS)
        except Exception as error:  # noqa: BLE001  # the job's boundary: it says what went wrong
            stopped = handle.stop.is_set()
            state = handle.state if stopped else "failed"
            said = None if stopped else told(error).as_dict()
            logger().error("job_failed", code=told(error).code)
        finally:
            self._handles.pop(handle.job_id, None)
            if not self._book.end(handle.job_id, state, said, now=self._clock()):
                self._spool.remove(handle.job_id)


def _still_may(workspace: Workspace, row: JobRow) -> bool:
    """Whether somebody may still have a job done when its turn comes, as registered now."""
    workspace.registry.refresh()
    principal = workspace.registry.principals.get(row.principal_id)
    roles = _MAY.get(row.kind, _OPERATOR)
    return principal is not None and not roles.isdisjoint(principal.roles)
