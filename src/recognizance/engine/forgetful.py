"""A network that keeps nothing of a face for long, whatever runs it.

What goes into a runtime and what comes out of it can be reached, and is zeroed at once. What it
computes on the way lies out of reach in memory of its own, and the last of that is as good as the
features themselves. The same arithmetic on another picture overwrites all of it: so the next face
wipes the last one, and where none comes soon, a black picture does.
"""

from __future__ import annotations

import atexit
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

import numpy as np

from recognizance.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.engine.runtime import Network

STAYS_S: Final = 0.25
"""House number: how long the next face has time to come, well within the least `wipe_nonmatch`."""

_ending = Event()
_keepers: WeakSet[Thread] = WeakSet()


class Forgetful:
    """A network, and a thread that runs it on black when it has rested for a while.

    Nobody waits for that thread but a face that comes while it is at it: a run for each size due.
    """

    def __init__(self, network: Network, *, stays_s: float = STAYS_S) -> None:
        self._network = network
        self._stays_s = stays_s
        self._left: dict[tuple[int, int, int], float] = {}
        """Sizes of input that have buffers with traces, and since when."""
        self._lock = Lock()
        self._keeper: Thread | None = None
        self._failed: Exception | None = None

    def run(
        self, pictures: Sequence[NDArray[np.uint8]], height: int, width: int
    ) -> list[NDArray[np.float32]]:
        """As `Network.run`.

        Raises:
            ModelError: The last face could not be overwritten, so no other one is looked at.
        """
        with self._lock:
            if self._failed is not None:
                raise ModelError(
                    "What a face left in the recogniser could not be overwritten.",
                    hint="Start the program again; if it happens again, report the runtime.",
                ) from self._failed
            try:
                return self._network.run(pictures, height, width)
            finally:
                self._left[len(pictures), height, width] = monotonic()
                if self._keeper is None:
                    self._keeper = Thread(target=self._keep, name="forgetful", daemon=True)
                    _keepers.add(self._keeper)
                    self._keeper.start()

    def _keep(self) -> None:
        wait_s = self._stays_s
        while not _ending.wait(wait_s):
            with self._lock:
                try:
                    self._overwrite(before=monotonic() - self._stays_s)
                except Exception as error:  # noqa: BLE001  # whatever it is, the next run tells
                    self._failed = error
                if not self._left or self._failed:
                    self._keeper = None
                    return
                wait_s = max(min(self._left.values()) + self._stays_s - monotonic(), 0)

    def _overwrite(self, *, before: float) -> None:
        for size, since in list(self._left.items()):
            if since <= before:
                count, height, width = size
                black = np.zeros((height, width, 3), dtype=np.uint8)
                self._network.run([black] * count, height, width)
                del self._left[size]


@atexit.register
def _end() -> None:
    # The memory ends with the program. But no thread may be inside a runtime, or be the last to let
    # go of one, while the interpreter is taken down around it.
    _ending.set()
    for each in list(_keepers):
        each.join()
