"""Damaged files: pictures or a typed error, whatever was cut off or overwritten; never a hang."""

import contextlib
import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filming import clip, number_on
from recognizance.errors import SourceError
from recognizance.video.sources import open_source

KINDS = {
    "mkv": functools.partial(clip, container="matroska"),
    "mp4": functools.partial(clip, container="mp4"),
    "parts.mp4": functools.partial(clip, container="mp4", movflags="frag_keyframe+empty_moov"),
    "ts": functools.partial(clip, container="mpegts", codec="mpeg2video"),
    "avi": functools.partial(clip, container="avi", codec="mjpeg"),
}
PICTURES = 30
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@functools.cache
def whole(kind: str) -> bytes:
    return KINDS[kind](range(PICTURES))


def read(data: bytes, path) -> list:
    """What can be read of it, which is in order whatever happened."""
    path.write_bytes(data)
    frames = []
    with contextlib.suppress(SourceError):
        frames.extend(open_source(str(path)))
    times = [frame.time_s for frame in frames]
    assert times == sorted(times)
    return frames


@given(kind=st.sampled_from(sorted(KINDS)), part=st.floats(0, 1))
@QUICK
def test_a_file_that_was_cut_off(tmp_path, kind, part):
    data = whole(kind)
    frames = read(data[: int(len(data) * part)], tmp_path / f"cut.{kind}")
    assert len(frames) <= PICTURES


@given(
    kind=st.sampled_from(sorted(KINDS)),
    spots=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), min_size=1),
)
@QUICK
def test_a_file_that_was_overwritten_in_places(tmp_path, kind, spots):
    data = bytearray(whole(kind))
    for part, noise in spots:
        at = int(len(data) * part)
        data[at : at + len(noise)] = noise
    read(bytes(data[: len(whole(kind))]), tmp_path / f"noisy.{kind}")


@given(data=st.binary(max_size=400), kind=st.sampled_from(sorted(KINDS)))
@QUICK
def test_a_file_of_noise(tmp_path, data, kind):
    read(data, tmp_path / f"noise.{kind}")
    read(whole(kind)[:200] + data, tmp_path / f"headed.{kind}")


@pytest.mark.parametrize("kind", ["mkv", "parts.mp4", "ts", "avi"])
def test_what_came_before_the_cut_is_read(tmp_path, kind):
    data = whole(kind)
    frames = read(data[: int(len(data) * 0.7)], tmp_path / f"cut.{kind}")
    assert len(frames) > 3
    assert [number_on(frame) for frame in frames[:-1]] == list(range(len(frames) - 1))


def test_one_damaged_packet_is_counted_and_the_rest_is_read(tmp_path):
    data = bytearray(clip(range(20), container="avi", codec="mjpeg"))
    start = -1
    for _ in range(6):  # where the sixth picture starts
        start = data.index(b"\xff\xd8", start + 1)
    data[start : start + 600] = bytes(600)
    path = tmp_path / "clip.avi"
    path.write_bytes(data)
    source = open_source(str(path))
    assert [number_on(frame) for frame in source] == [n for n in range(20) if n != 5]
    assert source.counters.damaged == 1
