"""A queue that never makes its writer wait: when it is full, the oldest picture goes."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.video.frames import VideoFrame


class NewestQueue:
    """The newest pictures, from one thread to another.

    Args:
        size: How many at most.
    """

    def __init__(self, size: int) -> None:
        self._frames: deque[VideoFrame] = deque()
        self._size = size
        self._changed = threading.Condition()
        self._over = False
        self._error: Exception | None = None

    def put(self, frame: VideoFrame) -> bool:
        """Add a picture; whether the oldest was thrown away for it."""
        with self._changed:
            full = len(self._frames) >= self._size
            if full:
                self._frames.popleft()
            self._frames.append(frame)
            self._changed.notify()
            return full

    def take(self) -> VideoFrame | None:
        """The oldest picture there is; waits for one. `None` when no more will come.

        Raises:
            Exception: Whatever ended it, once the pictures before are taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._over)
            if self._frames:
                return self._frames.popleft()
            if self._error is not None:
                raise self._error
            return None

    def end(self, error: Exception | None = None) -> None:
        """No picture will come after those that are here."""
        with self._changed:
            if not self._over:
                self._over, self._error = True, error
            self._changed.notify_all()

    def clear(self) -> None:
        """End at once: what was not taken is gone, and no error is left to raise."""
        with self._changed:
            self._frames.clear()
            self._over, self._error = True, None
            self._changed.notify_all()
