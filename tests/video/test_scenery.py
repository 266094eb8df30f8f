"""Composed clips: what they say about who is where is so, and one seed gives one clip."""

import hashlib

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from recognizance.types import Box
from scenery import Scene, mini, scenes
from scenery.people import Cutout, Portrait, halves, premultiplied
from scenery.stage import Actor, Camera, Key, Stage

SCRIPTS = [mini.three_faces, mini.street, mini.first_person, mini.crowd, mini.entering, mini.cuts]
SIZE_WH = (320, 240)
CARD_PX = 64


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0.0, wide) * max(0.0, high)
    return shared / (one.width * one.height + other.width * other.height - shared)


def card(person: str | None = "card") -> Cutout:
    """A white card with an even edge, which is all face."""
    picture = premultiplied(
        np.full((CARD_PX, CARD_PX, 3), 255, dtype=np.uint8),
        np.ones((CARD_PX, CARD_PX), dtype=np.float32),
    )
    return Cutout(person, halves(picture), Box(0, 0, CARD_PX, CARD_PX))


def standing(x: float, y: float, size: float, roll_deg: float = 0, yaw_deg: float = 0) -> Actor:
    return Actor(card(), tuple(Key(time, x, y, size, roll_deg, yaw_deg) for time in (0.0, 9.0)))


@pytest.mark.faces
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_the_engine_finds_the_faces_where_the_truth_says_and_nowhere_else(script, album, clips):
    clip = script(album).write(clips)
    overlaps, strays = [], []
    with av.open(str(clip.path)) as file:
        for frame, truth in zip(file.decode(video=0), clip.truth, strict=True):
            assert frame.time == pytest.approx(truth.time_s, abs=1e-3)
            if truth.index % 4:
                continue
            seen = album.engine.glance(frame.to_ndarray(format="rgb24"))
            found = [each.box for each in seen]
            overlaps += [
                max((overlap(face.box, box) for box in found), default=0)
                for face in truth.faces
                if face.visible > 0.95
            ]
            strays += [
                box for box in found if all(overlap(face.box, box) < 0.1 for face in truth.faces)
            ]
    assert len(overlaps) >= 10
    assert np.mean(np.array(overlaps) > 0.5) > 0.95
    assert np.median(overlaps) > 0.8
    assert not strays


@pytest.mark.faces
def test_a_person_on_a_watchlist_is_never_seen_in_the_photograph_that_was_enrolled(album):
    """Found here by another way than the album's: tiny pictures that are alike."""

    def alike(one: Portrait, other: Portrait, *, faces_only: bool) -> float:
        tiny = []
        for portrait in (one, other):
            with Image.open(portrait.path) as picture:
                whole = picture.convert("L")
            if faces_only:
                face = album.cutout(portrait).face
                right, bottom = face.left + face.width, face.top + face.height
                whole = whole.crop(tuple(map(round, (face.left, face.top, right, bottom))))
            small = np.asarray(whole.resize((32, 32)), dtype=np.float64)
            tiny.append((small - small.mean()) / small.std())
        return float((tiny[0] * tiny[1]).mean())

    earlier, later = map(album.portraits, (scenes.ENROLLED_FROM, scenes.SEEN_IN))
    pairs = {each: (earlier[each][0], later[each][0]) for each in earlier.keys() & later.keys()}
    copies = {each for each, pair in pairs.items() if alike(*pair, faces_only=False) > 0.98}
    assert len(copies) >= 3
    assert all(album.same_photograph(*pairs[each]) for each in copies)
    street = scenes.street(album, 0, watchlisted=10, others=0)
    assert len(street.enrolled) == 10
    assert max(alike(*pairs[each], faces_only=True) for each in street.enrolled) < 0.85


@pytest.mark.faces
def test_nobody_is_on_the_street_twice_and_everybody_who_is_cast_walks_by(album):
    street = scenes.street(album, 1, watchlisted=3, others=15)
    actors = [actor.cutout.person_id for actor in street.stages[0].actors]
    assert len(set(actors)) == len(actors) == 18
    assert street.people == set(actors) > street.enrolled.keys()
    sizes = [min(face.box.width, face.box.height) for each in street.truth for face in each.faces]
    assert min(sizes) >= 50 - 1e-6
    assert max(sizes) <= 120 + 1e-6


@pytest.mark.faces
def test_a_crowd_grows_by_one_person_after_the_other(album):
    scene = mini.crowd(album, most=6)
    counts = [sum(face.visible > 0.95 for face in each.faces) for each in scene.truth]
    assert max(counts) == 6
    growing = counts[: counts.index(6) + 1]
    assert growing == sorted(growing)
    assert max(np.diff(growing)) == 1
    assert counts[-1] == 0


@pytest.mark.faces
def test_one_seed_gives_one_clip_to_the_last_byte(album, tmp_path):
    digests = [
        hashlib.sha256(mini.cuts(album, seed).write(tmp_path / place, ending).path.read_bytes())
        for ending in ("mkv", "mp4")
        for place, seed in (("one", 0), ("other", 0), ("another", 1))
    ]
    for same, again, different in (digests[:3], digests[3:]):
        assert same.digest() == again.digest() != different.digest()


def test_a_clip_that_lies_there_is_not_written_again(tmp_path):
    scene = Scene("cards", (Stage(SIZE_WH, 0.5, (standing(99, 99, 60),)),))
    path = scene.write(tmp_path).path
    path.write_bytes(b"as it was")
    assert scene.write(tmp_path).path.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [path]
    other = Scene("cards", (Stage(SIZE_WH, 0.5, (standing(99, 99, 61),)),))
    assert other.write(tmp_path).path != path


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_camera_at_its_limit_loses_pictures_and_its_timestamps_say_so(ending, tmp_path):
    steady, varying = (
        Scene(f"cards-{lost}", (Stage(SIZE_WH, 2, (standing(99, 99, 60),)),), varying=lost)
        for lost in (False, True)
    )
    with av.open(str(varying.write(tmp_path, ending).path)) as file:
        times = [frame.time for frame in file.decode(video=0)]
    assert times == pytest.approx([each.time_s for each in varying.truth], abs=1e-3)
    assert [each.index for each in varying.truth] == list(range(len(times)))
    assert len(times) < len(steady.truth) == 50
    assert len(np.unique(np.diff(times).round(3))) > 1


def test_after_a_cut_the_truth_is_the_next_stage_s():
    first, second = Stage(SIZE_WH, 1, (standing(80, 99, 60),)), Stage(SIZE_WH, 1, ())
    truth = Scene("cut", (first, second), fps=10).truth
    assert [len(each.faces) for each in truth] == [1] * 10 + [0] * 10
    assert [each.time_s for each in truth] == pytest.approx(np.arange(20) / 10)


@given(
    actor=st.builds(
        standing,
        x=st.floats(80, 240),
        y=st.floats(80, 160),
        size=st.floats(24, 60),
        roll_deg=st.floats(-30, 30),
        yaw_deg=st.floats(0, 50),
    ),
    time_s=st.floats(0, 5),
    shake_px=st.floats(0, 12),
    zoom=st.floats(0, 0.2),
)
@hypothesis_settings(max_examples=40)
def test_the_box_lies_where_the_paint_lies_however_the_camera_moves(actor, time_s, shake_px, zoom):
    camera = Camera((6.0, -4.0), shake_px=shake_px, roll_deg=5, zoom=zoom)
    with_card, without = (
        Stage(SIZE_WH, 9, actors, camera=camera, noise=0) for actors in ((actor,), ())
    )
    painted = with_card.picture(0, time_s).astype(int) - without.picture(0, time_s)
    rows, columns = np.nonzero(np.abs(painted).sum(axis=2))
    (face,) = with_card.truth(0, time_s).faces
    if face.visible == 1 and min(rows.min(), columns.min()) > 0:
        middle = face.box.left + face.box.width / 2, face.box.top + face.box.height / 2
        # The paint is whiter than every wall; its edge may be a pixel wider than the card.
        assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(middle[0], abs=1.6)
        assert (rows.min() + rows.max() + 1) / 2 == pytest.approx(middle[1], abs=1.6)


@given(across=st.floats(-80, 80), down=st.floats(-80, 80))
def test_what_is_visible_is_what_no_nearer_card_and_no_edge_hides(across, down):
    far, near = standing(160, 120, 60), standing(160 + across, 120 + down, 61)
    *behind, before = Stage(SIZE_WH, 9, (near, far)).truth(0, 1.0).faces
    hidden = max(0.0, 60.5 - abs(across)) * max(0.0, 60.5 - abs(down)) / 60**2
    visible = sum(face.visible for face in behind)
    assert visible == pytest.approx(max(0.0, 1 - min(1.0, hidden)), abs=0.16)
    assert before.visible == 1


def test_a_face_that_is_half_outside_is_half_visible_and_then_gone():
    walker = Actor(card(), (Key(0, 0, 120, 60), Key(2, -60, 120, 60)))
    stage = Stage(SIZE_WH, 2, (walker,))
    (half,) = stage.truth(0, 0.0).faces
    assert half.visible == 0.5
    assert half.box.left == pytest.approx(-30)
    assert not stage.truth(1, 1.5).faces


def test_things_hide_people_and_are_nobody():
    post = Actor(card(None), tuple(Key(time, 160, 120, 80) for time in (0.0, 2.0)))
    stage = Stage(SIZE_WH, 2, (standing(160, 120, 60), post))
    assert stage.truth(0, 1.0).faces == ()


def test_by_night_there_is_less_light():
    day, night = (Stage(SIZE_WH, 1, (), light=light).picture(0, 0) for light in (1.0, 0.3))
    assert night.mean() == pytest.approx(0.3 * day.mean(), rel=0.1)


def test_whoever_runs_is_drawn_out_along_the_way():
    def sharpness(speed: float) -> tuple[float, float]:
        runner = Actor(card(), (Key(0, 100, 120, 60), Key(1, 100 + speed, 120, 60)))
        picture = cv2.cvtColor(
            Stage(SIZE_WH, 1, (runner,), noise=0).picture(0, 0.1), cv2.COLOR_RGB2GRAY
        ).astype(int)
        return np.abs(np.diff(picture, axis=1)).max(), np.abs(np.diff(picture, axis=0)).max()

    still, running = sharpness(0), sharpness(800)
    assert running[0] < still[0] / 2
    assert running[1] == pytest.approx(still[1], rel=0.2)
