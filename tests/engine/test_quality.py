import numpy as np
import pytest
from engine_pictures import encoded, pattern
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from recognizance.engine import Engine
from recognizance.engine.quality import _HEAD, measure
from recognizance.types import Box, Detection


def seen(yaw: float, pitch: float, roll: float, scale: float = 2.0) -> Detection:
    """The head model, turned by degrees and projected without perspective."""
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    )
    turned = (_HEAD @ (about_x.T @ about_y.T))[:, :2]
    c, s = np.cos(roll), np.sin(roll)
    landmarks = turned @ np.array([[c, s], [-s, c]]) * scale + 300
    return Detection(Box(250, 240, 100, 120), landmarks.astype(np.float32), 0.9)


@given(st.floats(-40, 40), st.floats(-30, 30), st.floats(-60, 60))
def test_the_pose_of_a_turned_head_is_recovered(yaw, pitch, roll):
    measured = measure(seen(yaw, 0, 0), pattern())
    assert measured.yaw_deg == pytest.approx(yaw, abs=0.5)
    assert measured.pitch_deg == pytest.approx(0, abs=0.5)
    measured = measure(seen(0, pitch, roll), pattern())
    assert measured.pitch_deg == pytest.approx(pitch, abs=0.5)
    assert measured.roll_deg == pytest.approx(roll, abs=0.5)


def test_the_signs_are_those_of_the_subject():
    """To the subject's left the nose moves to the right of the picture; looking up, it rises."""
    straight, left, up = (seen(*pose).landmarks for pose in ((0, 0, 0), (20, 0, 0), (0, 20, 0)))
    assert left[2, 0] - left.mean(axis=0)[0] > straight[2, 0] - straight.mean(axis=0)[0]
    assert up[2, 1] - up.mean(axis=0)[1] < straight[2, 1] - straight.mean(axis=0)[1]


def test_sizes_are_in_pixels_of_the_original():
    measured = measure(seen(0, 0, 0), pattern())
    assert measured.face_px == 100
    assert measured.eye_distance_px == pytest.approx(2 * 2 * 18.9, rel=1e-5)


def test_exposure_and_contrast_are_those_of_the_luma():
    crop = np.zeros((112, 112, 3), dtype=np.uint8)
    crop[:, 56:, 1] = 255
    measured = measure(seen(0, 0, 0), crop)
    assert measured.exposure == pytest.approx(0.587 * 255 / 2, rel=1e-4)
    assert measured.contrast == pytest.approx(0.587 * 255 / 2, rel=1e-4)
    assert measure(seen(0, 0, 0), np.full_like(crop, 90)).sharpness == pytest.approx(0, abs=1e-6)


@pytest.fixture(scope="module")
def portraits(faces) -> list[Image.Image]:
    people = sorted((faces / "lfw").glob("A*"))[:12]
    return [Image.open(next(person.glob("*.jpg"))).convert("RGB") for person in people]


def measured(engine: Engine, picture: Image.Image):
    frame = engine.decode(encoded(picture, "PNG"))
    detection = engine.detect(frame)[0]
    return engine.quality(frame, detection, engine.align(frame, detection))


def test_a_mirrored_photograph_has_the_mirrored_pose(engine, portraits):
    mirrored = [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in portraits]
    poses = [
        np.array(
            [(q.yaw_deg, q.pitch_deg, q.roll_deg) for q in (measured(engine, p) for p in pictures)]
        )
        for pictures in (portraits, mirrored)
    ]
    yaw, pitch, roll = (poses[1] - poses[0] * [-1, 1, -1]).T
    assert np.corrcoef(poses[0][:, 0], poses[1][:, 0])[0, 1] < -0.9
    # YuNet itself is not symmetrical: the yaws of these mirrored pairs lie about 5 degrees apart.
    for difference in (yaw, pitch, roll):
        assert np.median(np.abs(difference)) < 8


def test_a_photograph_turned_clockwise_has_more_roll(engine, portraits):
    """Only the sign: YuNet draws a tilted face more upright than it is, in OpenCV as well."""
    rolls = [
        # Pillow turns counter-clockwise; roll is positive clockwise.
        [measured(engine, picture.rotate(-angle, Image.Resampling.BICUBIC)).roll_deg
         for picture in portraits]
        for angle in (-20, 0, 20)
    ]  # fmt: skip
    counter, straight, clockwise = np.mean(rolls, axis=1)
    assert counter < straight - 2
    assert clockwise > straight + 2


def test_blur_lowers_the_sharpness_and_darkness_the_exposure(engine, portraits):
    for picture in portraits[:4]:
        clear = measured(engine, picture)
        assert measured(engine, picture.filter(ImageFilter.GaussianBlur(2))).sharpness < (
            0.5 * clear.sharpness
        )
        assert measured(engine, picture.point(lambda level: level // 2)).exposure == pytest.approx(
            clear.exposure / 2, rel=0.1
        )
        assert clear.algorithm
