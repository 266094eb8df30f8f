import numpy as np
import pytest
from engine_pictures import jpeg, pattern, smooth
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recognizance.engine import decode
from recognizance.engine.align import CROP_PX, TEMPLATE, align, similarity
from recognizance.engine.sampling import sample
from recognizance.errors import NoUsableFaceError
from recognizance.types import Box, Detection, Frame

coordinates = st.floats(-500, 500)
points = st.lists(st.tuples(coordinates, coordinates), min_size=5, max_size=5).map(np.array)


def frame_of(pixels: np.ndarray) -> Frame:
    return Frame(pixels=pixels, digest="0" * 64)


def shift(x: float, y: float, scale: float = 1.0) -> np.ndarray:
    return np.array([[scale, 0.0, x], [0.0, scale, y]])


@given(points, st.floats(-3.1, 3.1), st.floats(0.05, 20), coordinates, coordinates)
def test_a_similarity_is_recovered(source, turn, scale, x, y):
    if np.ptp(source, axis=0).max() < 1:
        return
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    matrix = np.array([[c, -s, x], [s, c, y]])
    target = source @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(similarity(source, target), matrix, atol=1e-6 * scale * 1000)


@given(points)
def test_no_small_change_of_a_similarity_fits_better(target):
    source = TEMPLATE
    if np.ptp(target, axis=0).max() < 1:
        return
    try:
        best = similarity(source, target)
    except NoUsableFaceError:
        return

    def error(matrix):
        return ((source @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum()

    a, b = best[0, 0], best[1, 0]
    for da, db, dx, dy in np.vstack([np.eye(4), -np.eye(4)]) * 1e-3:
        near = np.array([[a + da, -b - db, best[0, 2] + dx], [b + db, a + da, best[1, 2] + dy]])
        assert error(near) >= error(best) - 1e-6


@pytest.mark.parametrize("landmarks", [np.zeros((5, 2)), np.full((5, 2), np.nan)])
def test_landmarks_in_one_point_are_no_face(landmarks):
    with pytest.raises(NoUsableFaceError):
        similarity(landmarks, TEMPLATE)


def test_an_aligned_face_shows_its_landmarks_where_the_template_has_them():
    pixels = np.zeros((600, 600, 3), dtype=np.uint8)
    turn = np.exp(0.4j) * 2.5
    placed = (TEMPLATE[:, 0] + 1j * TEMPLATE[:, 1]) * turn + 200 + 100j
    landmarks = np.stack([placed.real, placed.imag], axis=1).astype(np.float32)
    for x, y in landmarks.round().astype(int):
        pixels[y - 4 : y + 5, x - 4 : x + 5] = 255
    crop = align(frame_of(pixels), Detection(Box(0, 0, 1, 1), landmarks, 1.0))
    assert crop.shape == (CROP_PX, CROP_PX, 3)
    for x, y in TEMPLATE.round().astype(int):
        assert crop[y, x].min() > 200
    assert crop.mean() < 10


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_shifted_patch_is_a_slice(left, top):
    pixels = pattern(80, 90)
    patch = sample(frame_of(pixels), shift(-left, -top), 32, 24)
    np.testing.assert_array_equal(patch, pixels[top : top + 24, left : left + 32])


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_smaller_patch_averages_all_its_pixels(factor):
    pixels = pattern(96, 96)
    matrix = shift(-(factor - 1) / 2 / factor, -(factor - 1) / 2 / factor, 1 / factor)
    patch = sample(frame_of(pixels), matrix, 96 // factor, 96 // factor)
    mean = pixels.reshape(96 // factor, factor, 96 // factor, factor, 3).mean(axis=(1, 3))
    assert np.abs(patch - mean).max() <= 1


def test_outside_the_picture_it_is_black():
    patch = sample(frame_of(np.full((50, 50, 3), 200, np.uint8)), shift(25, 0), 50, 50)
    assert (patch[:, :24] == 0).all()
    assert (patch[:, 26:] == 200).all()
    assert (sample(frame_of(pattern(50, 50)), shift(500, 0), 50, 50) == 0).all()


def test_a_patch_from_the_smaller_picture_lies_where_it_does_in_the_original():
    original = smooth(1080, 1920)
    frame = decode(jpeg(original))
    assert frame.scale == 0.5
    matrix = shift(-200.0, -150.0, 0.4)
    small = sample(frame, matrix, 100, 80)
    whole = sample(frame_of(original), matrix, 100, 80)
    assert np.abs(small.astype(int) - whole).max() <= 3


@pytest.mark.parametrize(("scale", "needed"), [(0.3, False), (0.5, False), (0.6, True), (2, True)])
def test_the_original_is_read_only_for_a_patch_that_needs_it(scale, needed):
    read = []

    def region(*rectangle):
        read.append(rectangle)
        left, top, right, bottom = rectangle
        return np.zeros((bottom - top, right - left, 3), np.uint8)

    frame = Frame(np.zeros((540, 960, 3), np.uint8), "0" * 64, scale=0.5, region=region)
    sample(frame, shift(-100, -100, scale), 64, 64)
    assert bool(read) is needed
    for left, top, right, bottom in read:
        assert 0 <= left < right <= 1920
        assert 0 <= top < bottom <= 1080


def test_a_turned_patch_is_the_turned_picture():
    pixels = smooth(64, 64)
    quarter = np.array([[0.0, -1.0, 63.0], [1.0, 0.0, 0.0]])
    turned = np.asarray(Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_270))
    assert np.abs(sample(frame_of(pixels), quarter, 64, 64).astype(int) - turned).max() <= 1
