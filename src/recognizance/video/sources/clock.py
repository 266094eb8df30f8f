"""A source's own timestamps, made fit for use: from zero, and never falling."""

from __future__ import annotations

import math
from typing import Final

LONGEST_STEP_S: Final = 3600.0
"""A screen that stands still may show nothing new for minutes; a longer step is a wrong one."""


class Clock:
    """Times of pictures, in seconds since the first.

    The rules, in this order:

    1. The first picture is at 0, whatever its timestamp is.
    2. A picture without a timestamp, or with that of the picture before, follows it by as long as
       it was waited for, or where that is not known by the source's interval.
    3. A timestamp that lies before the last time, or more than an hour after it, is wrong: the
       picture gets the last time.
    4. If the next one goes on from the wrong one, the source's clock was set: times go on from the
       last by the source's steps.

    Args:
        interval_s: From one picture to the next, as far as the source says.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_s: float | None = None
        self._stamp_s: float | None = None
        self._shift_s: float | None = None
        self._wrong_s: float | None = None

    def time_s(self, stamp_s: float | None, waited_s: float | None = None) -> float:
        """The time of the next picture.

        Args:
            stamp_s: Its timestamp.
            waited_s: How long after the picture before it came; known for live sources.
        """
        if stamp_s is not None and not math.isfinite(stamp_s):
            stamp_s = None
        self._last_s = self._next_s(stamp_s, self._interval_s if waited_s is None else waited_s)
        self._stamp_s = stamp_s
        return self._last_s

    def restart(self) -> None:
        """The source was found again: its timestamps may begin anew."""
        self._shift_s = self._wrong_s = self._stamp_s = None

    def _next_s(self, stamp_s: float | None, step_s: float) -> float:
        follows_s = 0.0 if self._last_s is None else self._last_s + max(0.0, step_s)
        if stamp_s is None or stamp_s == self._stamp_s:
            return follows_s
        if self._shift_s is None or self._last_s is None:
            self._shift_s = follows_s - stamp_s
            return follows_s
        return self._shifted_s(stamp_s, self._last_s, self._shift_s)

    def _shifted_s(self, stamp_s: float, last_s: float, shift_s: float) -> float:
        if 0 <= stamp_s + shift_s - last_s <= LONGEST_STEP_S:
            self._wrong_s = None
            return stamp_s + shift_s
        wrong_s, self._wrong_s = self._wrong_s, stamp_s
        if wrong_s is None or not 0 < stamp_s - wrong_s <= LONGEST_STEP_S:
            return last_s
        self._wrong_s = None
        self._shift_s = last_s - wrong_s
        return max(last_s, stamp_s + self._shift_s)
