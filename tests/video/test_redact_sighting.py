import threading
import time
from itertools import count

import av
import numpy as np
import pytest

from recognizance.types import Box, Detection
from recognizance.video.frames import VideoFrame
from recognizance.video.redaction import sighting
from recognizance.video.redaction.looking import look_through
from recognizance.video.redaction.sighting import FIRST_LOOK, SECOND_LOOK, Due, looks_at

SIZE_WH = (1280, 720)


def pictures(number, *, size_wh=SIZE_WH, rate=25):
    """Each as bright as its number says."""
    wide, high = size_wh
    for index in range(number):
        pixels = np.full((high, wide, 3), index, np.uint8)
        pixels[: high // 2, :, 0] = 200
        picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        yield VideoFrame(index, index / rate, picture)


class Slow:
    """Sees a face whose place tells how bright the picture is; later pictures are seen sooner."""

    def __init__(self, *, fails_at=None):
        self.at_once = self.most_at_once = 0
        self._fails_at = fails_at
        self._calls = count()
        self._lock = threading.Lock()

    def glance(self, pixels, *, min_score=0.0):
        assert min_score == sighting.CONTINUE_SCORE
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            call = next(self._calls)
        time.sleep(0.002 * (call % 3))
        with self._lock:
            self.at_once -= 1
        if call == self._fails_at:
            raise RuntimeError("it broke")
        box = Box(float(pixels[-1, -1, 1]), 10.0, 40.0, 40.0)
        return (Detection(box, np.zeros((5, 2), np.float32), 0.9),)


@pytest.mark.parametrize("sizes", [FIRST_LOOK, SECOND_LOOK])
def test_what_is_sighted_does_not_depend_on_how_many_look(monkeypatch, sizes):
    def tracks(cores):
        monkeypatch.setattr(sighting.cv2, "getNumberOfCPUs", lambda: cores)
        port = Slow()
        found = look_through(pictures(14), port, sizes)
        assert port.most_at_once <= cores
        return [(each.number, each.spots, each.sightings) for each in found]

    assert tracks(1) == tracks(4)


def test_looks_come_in_the_order_of_the_film_and_few_pictures_wait(monkeypatch):
    monkeypatch.setattr(sighting.cv2, "getNumberOfCPUs", lambda: 3)
    read = []

    def noted():
        for frame in pictures(16):
            read.append(frame.index)
            yield frame

    looked = []
    for each in looks_at(Due(noted()), Slow(), FIRST_LOOK):
        looked.append(each.frame.index)
        assert len(range(each.frame.index, read[-1], 2)) <= 3 + 1
    assert looked == list(range(0, 16, 2))


def test_no_two_looks_are_further_apart_than_is_said():
    looked = [frame.time_s for frame, _ in Due(pictures(20, rate=30))]
    assert max(np.diff(looked)) <= sighting.MOST_BETWEEN_S
    small = Due(pictures(9, size_wh=(320, 240)))
    assert [frame.index for frame, _ in small] == list(range(9))
    assert small.newest is not None
    assert small.newest.index == 8


def test_a_look_that_fails_ends_the_whole():
    with pytest.raises(RuntimeError, match="it broke"):
        look_through(pictures(14), Slow(fails_at=9), FIRST_LOOK)
