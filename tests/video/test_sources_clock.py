"""Timestamps, waits and the queue: rules that hold whatever a source sends."""

import math
import threading

from hypothesis import given
from hypothesis import strategies as st

from recognizance.video.sources.backoff import FIRST_S, MOST_S, delay_s
from recognizance.video.sources.clock import LONGEST_STEP_S, Clock
from recognizance.video.sources.framing import turn_deg
from recognizance.video.sources.newest import NewestQueue

STAMPS = st.one_of(st.none(), st.floats(), st.floats(-1e4, 1e4), st.just(5.0))


def times(stamps, interval_s: float = 0.1):
    clock = Clock(interval_s)
    return [round(clock.time_s(each), 6) for each in stamps]


@given(arrivals=st.lists(st.tuples(STAMPS, st.none() | st.floats(0, 10)), max_size=20))
def test_times_begin_at_zero_and_never_fall_whatever_comes(arrivals):
    clock = Clock(0.04)
    got = []
    for stamp, waited in arrivals:
        if waited is not None and waited > 9:
            clock.restart()
        got.append(clock.time_s(stamp, waited))
    assert all(map(math.isfinite, got))
    assert got == sorted(got)
    assert got[:1] in ([], [0.0])


@given(
    start=st.integers(-(10**9), 10**9),
    steps=st.lists(st.integers(1, int(LONGEST_STEP_S)), min_size=1),
)
def test_good_timestamps_are_kept_to_the_last_step(start, steps):
    stamps = [float(start)]
    for step in steps:
        stamps.append(stamps[-1] + step)
    assert times(stamps) == [stamp - start for stamp in stamps]


def test_what_has_no_timestamp_follows_at_the_interval():
    assert times([None, None, None]) == [0, 0.1, 0.2]
    assert times([7, None, 7.2, math.nan, 7.4]) == [0, 0.1, 0.2, 0.3, 0.4]


def test_timestamps_that_are_all_the_same_count_as_none():
    assert times([3, 3, 3, 3]) == [0, 0.1, 0.2, 0.3]


def test_one_wrong_timestamp_changes_no_other_time():
    assert times([10, 10.1, 2, 10.3, 10.4]) == [0, 0.1, 0.1, 0.3, 0.4]
    assert times([10, 10.1, 95443.7, 10.3, 10.4]) == [0, 0.1, 0.1, 0.3, 0.4]


def test_after_its_clock_was_set_the_sources_own_steps_go_on():
    assert times([10, 10.1, 0, 0.1, 0.2, 0.5]) == [0, 0.1, 0.1, 0.2, 0.3, 0.6]


def test_a_source_that_was_found_again_goes_on_after_the_time_it_was_away():
    clock = Clock(0.1)
    assert clock.time_s(100.0, None) == 0
    assert round(clock.time_s(100.1, 0.1), 6) == 0.1
    clock.restart()
    assert round(clock.time_s(0.0, 7.5), 6) == 7.6
    assert round(clock.time_s(0.1, 0.1), 6) == 7.7


@given(attempt=st.integers(0, 10**6), chance=st.floats(0, 1))
def test_a_wait_grows_to_its_bound_and_random_takes_half_of_it_at_most(attempt, chance):
    longest = min(MOST_S, FIRST_S * 2.0 ** min(attempt, 50))
    assert longest / 2 <= delay_s(attempt, chance) <= longest
    assert delay_s(attempt, chance) <= delay_s(attempt + 1, chance)


@given(rotation=st.integers(-360, 360))
def test_a_rotation_becomes_the_nearest_of_four_turns(rotation):
    turn = turn_deg(rotation)
    assert turn in {0, 90, 180, 270}
    assert abs((turn + rotation + 180) % 360 - 180) <= 45


@given(size=st.integers(1, 5), sent=st.integers(0, 12))
def test_a_full_queue_loses_its_oldest(size, sent):
    queue = NewestQueue(size)
    lost = sum(queue.put(number) for number in range(sent))
    queue.end()
    kept = []
    while (number := queue.take()) is not None:
        kept.append(number)
    assert kept == list(range(sent))[-size:]
    assert lost == sent - len(kept)


def test_whoever_waits_at_a_queue_is_told_of_its_end():
    for finish in (NewestQueue.end, NewestQueue.clear):
        queue, got = NewestQueue(2), []
        waiting = threading.Thread(target=lambda to=got, q=queue: to.append(q.take()))
        waiting.start()
        finish(queue)
        waiting.join(60)
        assert got == [None]


def test_an_error_comes_after_the_pictures_before_it_and_only_while_anybody_cares():
    queue, error = NewestQueue(2), ValueError("lost")
    queue.put(1)
    queue.end(error)
    assert queue.take() == 1
    caught = []
    try:
        queue.take()
    except ValueError as raised:
        caught.append(raised)
    assert caught == [error]
    queue.clear()
    assert queue.take() is None
