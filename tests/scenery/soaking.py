"""A watch that goes on and on: does it hold more after a while than at first?"""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psutil

from recognizance.video.frames import SourceCounters
from recognizance.video.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recognizance.video.frames import VideoFrame

WARM_UP = 1 / 3
"""Part of a run in which caches, pools and the allocator's arenas may still grow."""

MOST_GROWTH = {"resident": 0.05, "files": 0.0, "threads": 0.0, "objects": 0.05}
"""How much each number of a reading may grow after the warm-up, as a fraction."""

_READINGS = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """What the process holds after so many pictures.

    Attributes:
        pictures: Pictures taken so far.
        resident: Resident memory in bytes.
        files: Open files and connections.
        threads: Threads.
        objects: Live objects that Python's collector knows of.
    """

    pictures: int
    resident: int
    files: int
    threads: int
    objects: int


class Looped:
    """A clip shown over and over as one recording, and what the process holds meanwhile.

    Each round opens the file anew; it is another view, since nobody walks from its end to its
    beginning.

    Args:
        path: The clip.
        pictures: How many pictures in all.
    """

    def __init__(self, path: Path, pictures: int) -> None:
        self.name = path.name
        self.live = False
        self.counters = SourceCounters()
        self.readings: list[Reading] = []
        self._path = path
        self._pictures = pictures
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[VideoFrame]:
        """The pictures, in a time that never falls."""
        process, began_s, view = psutil.Process(), 0.0, 0
        every = max(1, self._pictures // _READINGS)
        while self.counters.read < self._pictures:
            source, last_s = open_source(str(self._path)), 0.0
            for frame in source:
                if self.counters.read == self._pictures or self._closed.is_set():
                    break
                index, last_s = self.counters.read, frame.time_s
                self.counters.read += 1
                yield replace(frame, index=index, time_s=began_s + last_s, view=view)
                if self.counters.read % every == 0:
                    self.readings.append(_reading(process, self.counters.read))
            source.close()
            began_s, view = began_s + last_s + 1, view + 1
            if self._closed.is_set():
                return

    def close(self) -> None:
        """End it."""
        self._closed.set()

    @property
    def growth(self) -> dict[str, float]:
        """The most of each number after the warm-up above the most of it until then, as a fraction.

        The most, not the last: a decoder's thread that ends between two readings is one less for
        that reading, and its successor is no growth.
        """
        until = WARM_UP * self._pictures
        return {
            name: max(getattr(each, name) for each in self.readings if each.pictures > until)
            / max(getattr(each, name) for each in self.readings if each.pictures <= until)
            - 1
            for name in MOST_GROWTH
        }


def _reading(process: psutil.Process, pictures: int) -> Reading:
    gc.collect()
    return Reading(
        pictures=pictures,
        resident=process.memory_info().rss,
        files=process.num_fds(),
        threads=process.num_threads(),
        objects=len(gc.get_objects()),
    )
