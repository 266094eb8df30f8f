"""What must hold of tracks, whatever the detector sees."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.types import Box, Detection
from recognizance.video.agreement import agreement
from recognizance.video.boxes import overlap
from recognizance.video.motion import Motion
from recognizance.video.tracks import State, Tracker, Tracking

NOWHERE = np.zeros((5, 2), np.float32)


def seen(x: float, y: float, size: float = 60, score: float = 0.9) -> Detection:
    return Detection(Box(x - size / 2, y - size / 2, size, size), NOWHERE, score)


def shifted(x: float, y: float = 0, *, cut: bool = False) -> Motion:
    matrix = np.array([[1.0, 0, x], [0, 1, y]])
    return Motion(matrix=matrix, points=100, support=1.0, likeness=1.0, cut=cut)


coordinates = st.floats(0, 1000)
detections = st.builds(
    seen, coordinates, coordinates, st.floats(10, 200), st.sampled_from([0.1, 0.4, 0.7, 0.95])
)
films = st.lists(
    st.tuples(st.floats(0.01, 0.6), st.lists(detections, max_size=6), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


def play(tracker: Tracker, film, reorder=lambda each: each):
    time_s = 0.0
    for pause, found, event in film:
        time_s += pause
        yield tracker.update(reorder(found), time_s, view=int(event == 9))


@given(films, st.randoms(use_true_random=False))
def test_the_order_of_detections_decides_nothing(film, random):
    def shuffled(found):
        return random.sample(found, len(found))

    def told(answer):
        return [(t.track_id, t.state, t.box, t.hits) for t in (*answer.live, *answer.ended)]

    straight = [told(each) for each in play(Tracker(), film)]
    mixed = [told(each) for each in play(Tracker(), film, shuffled)]
    assert straight == mixed


@given(films)
def test_every_detection_that_counts_is_of_one_track_at_most_and_a_sure_one_of_exactly_one(film):
    tracker = Tracker()
    for (_, found, _), answer in zip(film, play(tracker, film), strict=True):
        given_out = [id(each.detection) for each in answer.live if each.detection is not None]
        assert len(given_out) == len(set(given_out))
        assert {id(each) for each in found if each.score >= 0.6} <= set(given_out)
        assert set(given_out) <= {id(each) for each in found if each.score >= 0.3}


@given(films)
def test_numbers_never_come_back_and_every_track_ends_once(film):
    tracker = Tracker()
    alive, over = set(), set()
    for answer in play(tracker, film):
        live = {each.track_id for each in answer.live}
        ended = {each.track_id for each in answer.ended}
        assert not live & over
        assert not ended & over
        assert not live & ended
        assert alive - ended <= live
        alive, over = live, over | ended
    ended = tracker.finish()
    assert {each.track_id for each in ended} == alive
    assert all(each.state is State.ENDED for each in ended)
    assert tracker.finish() == ()


@given(films)
def test_where_nothing_is_seen_tracks_end(film):
    tracker, time_s = Tracker(), 100.0
    for _ in play(tracker, film):
        pass
    last = tracker.update([], time_s, view=1)
    assert not tracker.update([], time_s + 2, view=1).live
    assert all(each.state is not State.CONFIRMED for each in last.live)


@given(films)
def test_no_track_outlives_a_view_or_a_cut(film):
    tracker = Tracker()
    for answer in play(tracker, film):
        live = answer.live
    again = tracker.update([each.detection for each in live if each.detection], 50, view=7)
    assert {each.track_id for each in again.ended} == {each.track_id for each in live}
    after = tracker.update([seen(5, 5)], 50.1, view=7, motion=shifted(0, cut=True))
    assert {each.track_id for each in after.ended} == {each.track_id for each in again.live}
    assert all(each.hits == 1 for each in after.live)


@given(films, st.floats(0, 1))
def test_to_predict_changes_nothing(film, later):
    tracker = Tracker()
    for answer in play(tracker, film):
        live = answer.live
    now = sum(pause for pause, _, _ in film)
    assert [each.box for each in tracker.predict(now)] == [
        Box(*map(pytest.approx, (b.left, b.top, b.width, b.height))) for b in (t.box for t in live)
    ]
    first = [(each.track_id, each.box) for each in tracker.predict(now + later)]
    assert first == [(each.track_id, each.box) for each in tracker.predict(now + later)]
    assert all(each.detection is None for each in tracker.predict(now + later))


@given(
    st.floats(0, 2 * math.pi),
    st.floats(0.6, 2.4),
    st.floats(100, 400),
    st.sampled_from([0.04, 0.1, 0.16, 0.2]),
)
def test_two_who_cross_on_straight_lines_keep_their_numbers(way, between, speed, pause):
    """Both walk through one point, the one a little later, so that each can still be seen."""
    tracker = Tracker()
    pictures = []
    for step in range(int(4 / pause)):
        time_s = step * pause
        places = {
            "one": (way, speed * (time_s - 2.0)),
            "other": (way + between, speed * (time_s - 2.0) - 75),
        }
        truth = {
            name: seen(500 + far * math.cos(turn), 500 + far * math.sin(turn))
            for name, (turn, far) in places.items()
        }
        live = tracker.update(truth.values(), time_s).live
        pictures.append(
            ({name: each.box for name, each in truth.items()}, {t.track_id: t.box for t in live})
        )
    met = agreement(pictures)
    assert met.switches == 0
    assert (met.people_found, met.found) == (2, met.faces)


def pan(*, compensated: bool, step_px: float = 400, looks: int = 12):
    """A camera swings to and fro before three people who stand in a row."""
    tracker, pictures, at = Tracker(), [], 0.0
    for look in range(looks):
        shift = 0.0 if look == 0 else step_px * (-1) ** (look // 3)
        at += shift
        truth = {str(place): seen(at + 400 * place, 300) for place in range(3)}
        motion = shifted(shift) if compensated else None
        live = tracker.update(truth.values(), 0.16 * look, motion=motion).live
        pictures.append(
            ({name: each.box for name, each in truth.items()}, {t.track_id: t.box for t in live})
        )
    return agreement(pictures, least_overlap=0.5)


def test_a_camera_that_swings_keeps_numbers_only_if_its_motion_is_taken_out():
    assert pan(compensated=True).switches == 0
    assert pan(compensated=False).switches > 0


def test_a_weak_sighting_keeps_a_track_alive_and_starts_none():
    tracker = Tracker()
    tracker.update([seen(100, 100)], 0.0)
    tracker.update([seen(102, 100)], 0.2)
    for look in range(2, 30):
        live = tracker.update([seen(100 + look, 100, score=0.35)], 0.2 * look).live
        assert [(each.track_id, each.state) for each in live] == [(1, State.CONFIRMED)]
    assert not Tracker().update([seen(100, 100, score=0.35)], 0.0).live


def test_a_weak_sighting_goes_to_nobody_whom_a_sure_one_fits():
    tracker = Tracker()
    tracker.update([seen(100, 100)], 0.0)
    (track,) = tracker.update([seen(100, 100, score=0.4), seen(106, 100, score=0.9)], 0.2).live
    assert track.detection is not None
    assert track.detection.score == 0.9


def test_a_face_that_was_hidden_for_a_moment_comes_back_as_itself():
    tracker = Tracker(Tracking(lost_s=1.5))
    for look in range(10):
        tracker.update([seen(100 + 20 * look, 100)], 0.1 * look)
    hidden = [tracker.update([], 0.1 * look).live[0].state for look in range(10, 20)]
    assert set(hidden) == {State.LOST}
    (track,) = tracker.update([seen(100 + 20 * 20, 100)], 2.0).live
    assert (track.track_id, track.state, track.hits) == (1, State.CONFIRMED, 11)


def test_what_was_seen_once_does_not_count_and_is_soon_forgotten():
    tracker = Tracker()
    assert tracker.update([seen(0, 0)], 0.0).live[0].state is State.TENTATIVE
    assert tracker.update([], 0.2).live[0].state is State.TENTATIVE
    ended = tracker.update([], 0.4)
    assert not ended.live
    assert [each.state for each in ended.ended] == [State.ENDED]


def test_agreement_counts_switches_misses_and_what_lies_nowhere():
    a, b = Box(0, 0, 10, 10), Box(100, 0, 10, 10)
    met = agreement(
        [
            ({"a": a, "b": b}, {1: a, 2: b}),
            ({"a": a, "b": b}, {1: b, 2: a}),  # two switches
            ({"a": a, "b": b}, {2: a}),  # b is missed
            ({"a": a}, {2: a, 7: b}),  # 7 lies nowhere
        ]
    )
    assert (met.faces, met.found, met.extra) == (7, 6, 1)
    assert (met.people, met.people_found, met.switches) == (2, 2, 2)


@given(detections, detections)
def test_overlap_is_a_part_and_the_same_from_both_sides(one, other):
    assert 0 <= overlap(one.box, other.box) <= 1 + 1e-9
    assert overlap(one.box, other.box) == pytest.approx(overlap(other.box, one.box))
    assert overlap(one.box, one.box) == pytest.approx(1)
