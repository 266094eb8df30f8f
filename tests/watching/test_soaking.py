"""What the soak calls growth: a leak is seen, a thread that comes and goes is none."""

from pathlib import Path

import pytest

from scenery.soaking import MOST_GROWTH, Looped, Reading


def grown(name: str, values: list[int]) -> bool:
    """Whether a run of 900 pictures with these readings of one number has grown."""
    looped = Looped(Path("street.mkv"), 900)
    held = {"resident": 500_000_000, "files": 12, "threads": 20, "objects": 145_000}
    looped.readings = [
        Reading(pictures=100 * place, **(held | {name: value}))
        for place, value in enumerate(values, start=1)
    ]
    return looped.growth[name] > MOST_GROWTH[name]


@pytest.mark.parametrize("name", ["files", "threads"])
def test_one_more_than_ever_before_is_growth(name):
    assert grown(name, [12, 12, 12, 12, 13, 12, 12, 12, 12])


@pytest.mark.parametrize("name", ["files", "threads"])
def test_one_that_ends_and_begins_again_is_no_growth(name):
    assert not grown(name, [12, 12, 11, 11, 12, 11, 12, 12, 11])


@pytest.mark.parametrize("name", ["resident", "objects"])
def test_a_slow_leak_of_memory_is_growth(name):
    assert grown(name, [100_000 + 1_000 * place for place in range(9)])


@pytest.mark.parametrize("name", ["resident", "objects"])
def test_what_the_warm_up_took_is_no_growth(name):
    assert not grown(name, [60_000, 80_000, 100_000, *[101_000] * 6])
