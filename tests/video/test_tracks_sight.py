"""From pictures to tracks and shots: with a detector that follows a script, and on real clips."""

from dataclasses import replace
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.settings import Settings
from recognizance.types import Box, Detection, Frame, Quality
from recognizance.video.best_shot import BestShots, Choosing, rank, turned
from recognizance.video.boxes import overlap
from recognizance.video.frames import VideoFrame
from recognizance.video.parts import part
from recognizance.video.sight import Pace, Sight
from recognizance.workspace import load_engine

GOOD = Quality(
    face_px=80,
    eye_distance_px=35,
    sharpness=100,
    exposure=120,
    contrast=40,
    yaw_deg=3,
    pitch_deg=2,
    roll_deg=0,
    algorithm="told",
)
AHEAD = np.array([[20, 20], [40, 20], [30, 30], [22, 42], [38, 42]], np.float32)


def picture(seed: int, wide: int = 640, high: int = 360, pixel_format: str = "yuv420p"):
    rng = np.random.default_rng(seed)
    few = rng.integers(0, 255, (high // 8 + 1, wide // 8 + 1, 3), dtype=np.uint8)
    pixels = np.kron(few, np.ones((8, 8, 1), np.uint8))[:high, :wide]
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(
        format=pixel_format
    )


# Parts


@settings(max_examples=60)
@given(
    st.sampled_from(["yuv420p", "yuvj420p", "yuv444p", "rgb24", "gray"]),
    st.sampled_from([0, 90, 180, 270]),
    st.sampled_from([(96, 64), (97, 65), (130, 51)]),
    st.tuples(*[st.integers(0, 200)] * 4),
)
def test_a_part_is_what_the_whole_picture_shows_there(pixel_format, rotation_deg, size, corner):
    frame = VideoFrame(0, 0.0, picture(3, *size, pixel_format), rotation_deg)
    wide, high = frame.size_wh
    left, right = sorted((corner[0] % (wide - 1), corner[1] % (wide - 1)))
    top, bottom = sorted((corner[2] % (high - 1), corner[3] % (high - 1)))
    cut = part(frame, left, top, right + 1, bottom + 1)
    whole = frame.rgb()[top : bottom + 1, left : right + 1]
    np.testing.assert_array_equal(cut, whole)
    assert cut.flags.c_contiguous
    assert cut.flags.writeable


# Choosing


def test_the_order_of_facts_decides_and_no_sum_does():
    ahead_small = replace(GOOD, face_px=30, sharpness=5)
    turned_large = replace(GOOD, yaw_deg=40, face_px=300, sharpness=900)
    dark_large = replace(GOOD, exposure=20, face_px=300, sharpness=900)
    assert rank(ahead_small) > rank(dark_large) > rank(turned_large)
    assert rank(replace(GOOD, face_px=120)) > rank(replace(GOOD, sharpness=900)) > rank(GOOD)
    assert rank(replace(GOOD, face_px=81, yaw_deg=5)) == rank(GOOD)


def face(size: float = 80, landmarks: np.ndarray = AHEAD) -> Detection:
    return Detection(Box(100, 100, size, size), landmarks, 0.9)


def test_the_nose_tells_who_looks_away():
    away = AHEAD.copy()
    away[2] = [42, 30]
    assert not turned(face())
    assert turned(face(landmarks=away))
    assert turned(face(landmarks=np.zeros((5, 2), np.float32)))


def test_the_first_good_picture_is_taken_at_once_and_a_like_one_only_after_a_while():
    best = BestShots(Choosing(again_s=2.0))
    assert best.due(1, face(), 0.0)
    assert best.worth(1, GOOD, 0.0)
    assert not best.due(1, face(), 0.1)
    assert not best.due(1, face(), 1.0)
    assert best.due(1, face(120), 1.0)
    assert best.worth(1, replace(GOOD, face_px=120), 1.0)
    assert not best.due(1, face(120), 2.5)
    assert best.due(1, face(120), 3.1)
    assert best.worth(1, GOOD, 3.1)
    assert best.number(1) == 3
    assert not best.due(1, face(120), 60.0)
    assert best.due(1, face(200), 60.0)


def test_who_turns_round_at_last_is_looked_at_within_two_seconds():
    best, time_s = BestShots(), 0.0
    while time_s < 60:
        if best.due(1, face(), time_s):
            best.missed(1, time_s)
        time_s += 0.2
    assert any(best.due(1, face(), 60 + wait) for wait in (0, 0.5, 1, 1.5, 2))


def test_a_face_that_never_looks_here_is_taken_once_it_would_be_too_late():
    best = BestShots(Choosing(hurry_s=0.6))
    away = AHEAD.copy()
    away[2] = [45, 30]
    looks = [best.due(1, face(landmarks=away), time_s) for time_s in (0.0, 0.2, 0.4, 0.6)]
    assert looks == [False, False, False, True]
    assert best.worth(1, replace(GOOD, yaw_deg=60), 0.6)


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 2.0), st.floats(20, 300), st.floats(0, 80), st.booleans(), st.booleans()
        ),
        max_size=60,
    )
)
def test_a_track_has_few_shots_and_close_looks_seldom_whatever_happens(film):
    choosing = Choosing()
    best, time_s, closer, shots = BestShots(choosing), 0.0, [], []
    for pause, face_px, yaw_deg, found, away in film:
        time_s += pause
        landmarks = AHEAD + np.array([[0, 0], [0, 0], [15 * away, 0], [0, 0], [0, 0]], np.float32)
        if not best.due(1, face(face_px, landmarks), time_s):
            continue
        closer.append(time_s)
        if not found:
            best.missed(1, time_s)
        elif best.worth(1, replace(GOOD, face_px=face_px, yaw_deg=yaw_deg), time_s):
            shots.append(time_s)
    assert len(shots) == best.number(1) <= choosing.most_shots
    assert all(later - sooner >= choosing.closer_s for sooner, later in pairwise(closer))


def test_nothing_is_kept_of_a_track_that_is_over():
    best = BestShots()
    best.due(1, face(), 0.0)
    best.worth(1, GOOD, 0.0)
    best.forget([1, 2])
    assert best.number(1) == 0
    assert not best._past


# The loop


class Script:
    """Finds faces where it is told to, in a picture of 640x360 looked at as it is."""

    def __init__(self, faces) -> None:
        self.faces = faces
        self.looks = 0
        self.cuts: list[np.ndarray] = []

    def glance(self, pixels, *, min_score):
        assert min_score == 0.3
        self.looks += 1
        factor = pixels.shape[1] / 640
        return tuple(
            Detection(
                Box(*(side * factor for side in (x - 30, y - 30, 60, 60))),
                (AHEAD + np.float32([x - 30, y - 30])) * np.float32(factor),
                0.9,
            )
            for x, y in self.faces
        )

    def detect(self, frame: Frame):
        self.cuts.append(frame.pixels)
        high, wide = frame.pixels.shape[:2]
        # Where a face in the middle of the part is; near the edge of the picture it is not.
        return (Detection(Box(wide / 2 - 30, high / 2 - 30, 60, 60), AHEAD, 0.9),)

    def align(self, frame, detection):
        return np.full((112, 112, 3), 7, np.uint8)

    def quality(self, frame, detection, crop):
        assert crop.all()
        return GOOD


class Onlooker:
    def __init__(self, *, closely=True) -> None:
        self.closely = closely
        self.told = []
        self.shots = []

    def seen(self, seen):
        self.told.append(seen)
        return self.closely

    def shot(self, shot):
        assert shot.frame.pixels.any()
        self.shots.append(shot)


def frames(seconds: float, rate: float = 25, view=lambda _: 0):
    still = picture(1)
    for index in range(int(seconds * rate)):
        yield VideoFrame(index, index / rate, still, view=view(index))


CENTRE = [(320, 180)]


def test_most_pictures_are_not_looked_at_and_no_fewer_than_the_pace_says():
    onlooker = Onlooker()
    sight = Sight(Script([]), onlooker)
    sight.watch(frames(4))
    assert sight.counters.frames == 100
    times = [each.time_s for each in onlooker.told]
    assert all(0.23 < later - sooner < 0.29 for sooner, later in pairwise(times))
    eyes = Script(CENTRE)
    Sight(eyes, Onlooker()).watch(frames(4))
    assert eyes.looks == 4 / 0.16


def test_a_shot_comes_within_two_looks_and_its_pixels_are_gone_after_it():
    eyes, onlooker = Script(CENTRE), Onlooker()
    sight = Sight(eyes, onlooker)
    sight.watch(frames(5))
    first = onlooker.shots[0]
    assert first.time_s == pytest.approx(0.16)
    assert (first.track_id, first.number) == (1, 1)
    assert first.box == Box(*map(pytest.approx, (290, 150, 60, 60)))
    assert first.quality == GOOD
    assert [each.number for each in onlooker.shots] == [1, 2, 3]
    for pixels in eyes.cuts:
        assert not pixels.any()
    assert not any(each.frame.pixels.any() for each in onlooker.shots)


def test_pixels_are_gone_though_the_onlooker_fails():
    class Failing(Onlooker):
        def shot(self, shot):
            raise RuntimeError

    eyes = Script(CENTRE)
    with pytest.raises(RuntimeError):
        Sight(eyes, Failing()).watch(frames(1))
    assert len(eyes.cuts) == 1
    assert not eyes.cuts[0].any()


def test_who_does_not_want_faces_looked_at_closely_gets_none_and_still_sees():
    eyes, onlooker = Script(CENTRE), Onlooker(closely=False)
    Sight(eyes, onlooker).watch(frames(3))
    assert not eyes.cuts
    assert not onlooker.shots
    assert {each.faces_in_view for each in onlooker.told[:-1]} == {1}


def test_in_one_picture_only_so_many_faces_are_looked_at_closely_and_all_in_turn():
    crowd = [(x, 180) for x in range(170, 480, 60)]
    onlooker = Onlooker()
    sight = Sight(Script(crowd), onlooker, pace=Pace(most_closer=2))
    sight.watch(frames(3))
    assert sight.counters.most_faces == len(crowd)
    by_picture = [sum(s.index == seen.index for s in onlooker.shots) for seen in onlooker.told]
    assert max(by_picture) == 2
    assert {each.track_id for each in onlooker.shots[: len(crowd)]} == set(range(1, 7))


def test_a_new_view_is_looked_at_at_once_and_has_new_tracks():
    onlooker = Onlooker()
    sight = Sight(Script(CENTRE), onlooker)
    sight.watch(frames(3, view=lambda index: index // 30))
    starts = [each for each in onlooker.told if each.index % 30 == 0]
    assert [each.view for each in starts] == [0, 1, 2]
    assert [each.tracks[0].track_id for each in starts] == [1, 2, 3]
    assert [[t.track_id for t in each.ended] for each in starts] == [[], [1], [2]]
    assert [t.track_id for t in onlooker.told[-1].ended] == [3]
    assert sight.counters.tracks == 3
    assert {each.view for each in onlooker.shots} == {0, 1, 2}


def test_two_streams_share_their_eyes_and_nothing_else():
    eyes, one, other = Script(CENTRE), Onlooker(), Onlooker()
    sights = [Sight(eyes, one), Sight(eyes, other)]
    for frame in frames(2):
        for sight in sights:
            sight.take(frame)
    assert [s.track_id for s in one.shots] == [s.track_id for s in other.shots]
    assert [s.time_s for s in one.shots] == [s.time_s for s in other.shots]
    assert sights[0].finish()
    assert sights[1].predict(2.0)[0].track_id == 1


# Real clips


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    return load_engine(Settings(cache=tmp_path_factory.mktemp("models")))


def film(path, seconds: float = 1e9, start_s: float = 0):
    with av.open(str(path)) as container:
        for index, shown in enumerate(container.decode(video=0)):
            if start_s <= shown.time < start_s + seconds:
                yield VideoFrame(index, shown.time, shown)


@pytest.mark.faces
def test_two_people_who_turn_their_heads_are_two_tracks_at_every_pace(faces, engine):
    for look_s in (0.01, 0.16, 0.3):
        onlooker = Onlooker()
        sight = Sight(engine, onlooker, pace=Pace(look_s=look_s))
        sight.watch(film(faces / "clips" / "two-people-head-pose.gif"))
        assert sight.counters.tracks == 2
        assert sight.counters.most_faces == 2
        assert {each.track_id for each in onlooker.shots} == {1, 2}


@pytest.mark.faces
def test_people_who_walk_by_one_by_one_are_a_few_tracks_at_every_pace(faces, engine):
    """Two come and go in these twenty seconds; both show little more than ears and cheeks.

    A track that breaks is let be: what was two tracks is two decisions about one person, but what
    was one track of two people would be one decision about both. Looked at half as often, whoever
    starts to run at the end of it is a track anew.
    """
    for look_s, most in ((0.1, 3), (0.2, 4)):
        onlooker = Onlooker()
        sight = Sight(engine, onlooker, pace=Pace(look_s=look_s))
        sight.watch(film(faces / "clips" / "people-one-by-one.mp4", 20, 67))
        assert 2 <= sight.counters.tracks <= most
        assert sight.counters.most_faces <= 2
        assert sight.counters.shots <= 6


@pytest.mark.faces
def test_features_of_a_shot_are_those_of_the_whole_picture(faces, engine):
    """The evidence was measured with `detect` on photographs: a shot may differ by no more than
    photographs of other sizes do."""

    class Extracting(Onlooker):
        def shot(self, shot):
            crop = engine.align(shot.frame, shot.detection)
            self.shots.append((shot, engine.extract([crop])[0]))

    onlooker = Extracting()
    sight = Sight(engine, onlooker)
    whole = {}
    for frame in film(faces / "clips" / "sign-again.mkv"):
        before = len(onlooker.shots)
        sight.take(frame)
        if len(onlooker.shots) > before:
            whole[frame.index] = Frame(frame.rgb(), "")
    assert len(whole) >= 2
    for shot, features in onlooker.shots:
        frame = whole[shot.index]
        overlaps = {overlap(each.box, shot.box): each for each in engine.detect(frame)}
        detection = overlaps[max(overlaps)]
        (other,) = engine.extract([engine.align(frame, detection)])
        assert features.vector @ other.vector > 0.95
        assert shot.box.left == pytest.approx(detection.box.left, abs=4)
        assert shot.box.top == pytest.approx(detection.box.top, abs=4)
