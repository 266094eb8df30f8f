"""A picture of a moving source as arrays: upright, at any scale, never the decoder's own memory."""

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.video.frames import VideoFrame

FORMATS = ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12", "yuv420p10le", "rgb24", "gray")


def smooth(width: int, height: int) -> np.ndarray:
    few = np.random.default_rng(7).integers(60, 200, (4, 5, 3), dtype=np.uint8)
    return cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC)


def picture(format_name: str, width: int = 256, height: int = 192) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(smooth(width, height), format="rgb24").reformat(
        format=format_name
    )


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("scale", [1.0, 0.8, 0.5, 0.3])
def test_a_small_picture_is_the_large_one_made_small(format_name, scale):
    frame = VideoFrame(0, 0.0, picture(format_name))
    for whole, small in ((frame.rgb(), frame.rgb(scale)), (frame.luma(), frame.luma(scale))):
        size = (round(256 * scale), round(192 * scale))
        ideal = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        assert small.shape == ideal.shape
        assert np.abs(small.astype(int) - ideal).mean() < 4


@pytest.mark.parametrize(
    ("turn", "code"),
    [
        (90, cv2.ROTATE_90_CLOCKWISE),
        (180, cv2.ROTATE_180),
        (270, cv2.ROTATE_90_COUNTERCLOCKWISE),
    ],
)
def test_it_is_turned_clockwise_until_it_stands_upright(turn, code):
    made = picture("yuv420p")
    lying, upright = VideoFrame(0, 0.0, made), VideoFrame(0, 0.0, made, rotation_deg=turn)
    assert (upright.rgb() == cv2.rotate(lying.rgb(), code)).all()
    assert (upright.luma(0.5) == cv2.rotate(lying.luma(0.5), code)).all()
    high, wide = upright.rgb().shape[:2]
    assert upright.size_wh == (wide, high)


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_array_is_the_callers_own(format_name):
    frame = VideoFrame(0, 0.0, picture(format_name))
    for make in (frame.rgb, frame.luma):
        first = make()
        assert first.flags.c_contiguous
        before = first.copy()
        first[:] = 0
        assert (make() == before).all()


@given(
    width=st.integers(2, 70),
    height=st.integers(2, 70),
    scale=st.floats(0.01, 1.0),
    format_name=st.sampled_from(FORMATS),
)
def test_any_size_and_scale_gives_arrays_of_the_size_that_was_asked_for(
    width, height, scale, format_name
):
    frame = VideoFrame(0, 0.0, picture(format_name, width, height))
    size = (max(2, round(height * scale)), max(2, round(width * scale)))
    assert frame.luma(scale).shape == size
    assert frame.rgb(scale).shape == (*size, 3)
