import io

import numpy as np
import pytest
from engine_pictures import encoded, jpeg, pattern, smooth
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from recognizance.engine.detect import (
    MIN_SCORE,
    MIN_SCORE_ALONE,
    _certain,
    _Found,
    decode_head,
    overlap,
    overlap_free,
)
from recognizance.types import Frame

heads = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(16)),
    elements=st.floats(-6, 6, width=32),
)  # fmt: skip
boxes = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 12), st.just(4)), elements=st.floats(1, 60, width=32)
)


@given(heads, st.sampled_from([8, 16, 32]), st.floats(0.05, 0.95))
def test_a_head_is_decoded_as_opencv_does_place_by_place(head, stride, least):
    found = decode_head(head, stride, least)
    expected = []
    for row in range(head.shape[0]):
        for column in range(head.shape[1]):
            cls, obj, dx, dy, log_width, log_height, *kps = head[row, column].astype(float)
            score = np.sqrt(1 / (1 + np.exp(-cls)) / (1 + np.exp(-obj)))
            if abs(score - least) < 1e-5:
                return  # float32 and float64 may disagree on the edge
            if score < least:
                continue
            width, height = np.exp(log_width) * stride, np.exp(log_height) * stride
            left = (column + dx) * stride - width / 2
            top = (row + dy) * stride - height / 2
            marks = [
                [(column + kps[2 * i]) * stride, (row + kps[2 * i + 1]) * stride] for i in range(5)
            ]
            expected.append((score, [left, top, width, height], marks))
    assert len(found.scores) == len(expected)
    for index, (score, box, marks) in enumerate(expected):
        assert found.scores[index] == pytest.approx(score, rel=1e-5)
        np.testing.assert_allclose(found.boxes[index], box, rtol=1e-4, atol=1e-2)
        np.testing.assert_allclose(found.landmarks[index], marks, rtol=1e-4, atol=1e-3)


def test_a_hopeless_place_scores_zero_without_a_warning():
    head = np.full((1, 1, 16), -200, dtype=np.float32)
    assert len(decode_head(head, 8, 0.01).scores) == 0


@given(boxes, st.data())
def test_no_two_kept_boxes_overlap_and_every_dropped_one_overlaps_a_better_kept_one(boxes, data):
    scores = np.array(data.draw(st.permutations(range(len(boxes)))), dtype=np.float32)
    kept = overlap_free(boxes, scores, 0.3)
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    for place, one in enumerate(kept):
        assert (overlap(boxes[one], boxes[kept[place + 1 :]]) <= 0.3).all()
    for dropped in set(range(len(boxes))) - set(kept.tolist()):
        better = kept[scores[kept] > scores[dropped]]
        assert (overlap(boxes[dropped], boxes[better]) > 0.3).any()


@given(boxes)
def test_overlap_is_a_share_and_one_with_itself(boxes):
    for index, box in enumerate(boxes):
        shares = overlap(box, boxes)
        assert ((shares >= 0) & (shares <= 1 + 1e-5)).all()
        assert shares[index] == pytest.approx(1, abs=1e-5)


@given(st.lists(st.floats(0, 1, width=32), max_size=6))
def test_a_doubtful_face_counts_only_where_no_face_is_certain(scores):
    count = len(scores)
    found = _Found(
        np.zeros((count, 4), np.float32),
        np.zeros((count, 5, 2), np.float32),
        np.array(scores, np.float32),
    )
    # At equality in the scores' own precision.
    certain = [score for score in scores if score >= np.float32(MIN_SCORE)]
    best = max(scores, default=0)
    alone = [score for score in scores if score == best >= np.float32(MIN_SCORE_ALONE)]
    assert list(_certain(found).scores) == (certain or alone)


@pytest.mark.parametrize("size", [(32, 32), (33, 1000), (540, 960)])
def test_a_picture_without_a_face_has_none(engine, size):
    assert engine.detect(Frame(pattern(*size), "0" * 64)) == ()
    assert engine.detect(Frame(np.zeros((*size, 3), np.uint8), "0" * 64)) == ()


@pytest.fixture(scope="module")
def portrait(faces) -> Image.Image:
    return Image.open(faces / "lfw/Aaron_Sorkin/Aaron_Sorkin_0001.jpg").convert("RGB")


def placed(portrait: Image.Image, size: int, left: int, top: int) -> Image.Image:
    """The portrait, whose face is about half as wide, in a picture of 1920x1080."""
    ground = Image.fromarray(smooth(1080, 1920))
    ground.paste(portrait.resize((size, size), Image.Resampling.LANCZOS), (left, top))
    return ground


def middle(box) -> np.ndarray:
    return np.array([box.left + box.width / 2, box.top + box.height / 2])


@pytest.mark.parametrize("size", [90, 250, 900])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_face_is_found_where_it_was_put_at_any_size(engine, portrait, size, kind):
    (alone,) = engine.detect(engine.decode(encoded(portrait, "PNG")))
    data = encoded(placed(portrait, size, 700, 100), kind)
    (found,) = engine.detect(engine.decode(data))
    assert found.score >= MIN_SCORE
    factor = size / 250
    expected = alone.landmarks * factor + (700, 100)
    eye_distance = np.hypot(*(expected[0] - expected[1]))
    assert np.abs(found.landmarks - expected).max() < 0.15 * eye_distance
    np.testing.assert_allclose(middle(found.box), middle(alone.box) * factor + (700, 100), atol=9)


def test_the_largest_face_comes_first(engine, portrait):
    picture = placed(portrait, 150, 100, 100)
    picture.paste(portrait.resize((400, 400)), (900, 300))
    picture.paste(portrait.resize((250, 250)), (300, 700))
    found = engine.detect(engine.decode(encoded(picture, "JPEG", quality=95)))
    areas = [each.box.width * each.box.height for each in found]
    assert len(found) == 3
    assert areas == sorted(areas, reverse=True)
    assert 900 < middle(found[0].box)[0] < 1300


def test_a_turned_photograph_is_searched_upright(engine, portrait):
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = portrait.resize((1500, 1500))
    lying = whole.transpose(Image.Transpose.ROTATE_90)
    upright = engine.detect(engine.decode(encoded(whole, "JPEG")))[0]
    turned = engine.detect(engine.decode(encoded(lying, "JPEG", exif=exif)))[0]
    np.testing.assert_allclose(turned.landmarks, upright.landmarks, atol=30)


def test_a_very_large_photograph_works(engine, portrait):
    ground = Image.fromarray(smooth(3000, 4000))
    ground.paste(portrait.resize((700, 700), Image.Resampling.LANCZOS), (2000, 1500))
    frame = engine.decode(encoded(ground, "JPEG", quality=95))
    (found,) = engine.detect(frame)
    assert 2000 < middle(found.box)[0] < 2700
    assert 1500 < middle(found.box)[1] < 2200
    assert engine.align(frame, found).std() > 20


def test_the_picture_for_people_shows_the_face_in_its_middle(engine, portrait):
    frame = engine.decode(jpeg(np.asarray(portrait)))
    (found,) = engine.detect(frame)
    shown = Image.open(io.BytesIO(engine.picture(frame, found)))
    assert (shown.format, shown.size) == ("JPEG", (256, 256))
    (again,) = engine.detect(engine.decode(engine.picture(frame, found)))
    np.testing.assert_allclose(middle(again.box), (128, 128), atol=8)
