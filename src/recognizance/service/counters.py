"""Counters: each is one thread with a workspace of its own, and people queue before it.

The stores are made for one user at a time, and several workspaces on one folder get along as
several processes do. So nothing here is locked: whoever wants something done hands a function to a
counter and waits. The line is bounded; who finds it full is told to come back.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from recognizance.errors import ServiceBusyError
from recognizance.keys.locks import forget_passphrases

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.workspace import Workspace

T = TypeVar("T")

MOST_WAITING: Final = 64
"""House number: at some 30 ms a use, who is last in a full line waits about two seconds."""


class Counter:
    """One thread that owns a workspace.

    Args:
        name: What it is called in metrics and thread lists.
        opening: Opens the workspace; called in the thread, when the first request comes.
    """

    def __init__(self, name: str, opening: Callable[[], Workspace]) -> None:
        self.name = name
        self.waiting = 0
        self._opening = opening
        self._workspace: Workspace | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"counter-{name}")

    async def ask(self, do: Callable[[Workspace], T]) -> T:
        """Have something done; the answer comes even if the caller has gone: it was recorded.

        Raises:
            ServiceBusyError: The line is full.
        """
        if self.waiting >= MOST_WAITING:
            raise ServiceBusyError(
                "More is asked of this server than it can answer.", hint="Ask again in a moment."
            )
        self.waiting += 1
        job = asyncio.wrap_future(self._thread.submit(self._do, do))
        job.add_done_callback(self._done)
        # Who hangs up does not cancel what the desk has begun.
        return await asyncio.shield(job)

    def _done(self, job: asyncio.Future[T]) -> None:
        self.waiting -= 1
        if not job.cancelled():
            job.exception()  # looked at, also where nobody waits for it any more

    def _do(self, do: Callable[[Workspace], T]) -> T:
        try:
            if self._workspace is None:
                self._workspace = self._opening()
            return do(self._workspace)
        finally:
            forget_passphrases()  # whoever signed with a key of their own has gone

    def close(self) -> None:
        """Finish what has begun, turn away what waits, and close the workspace."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None
