"""A picture that was kept, taken anew: the same face, and no byte or row of pixels the same."""

import io

import numpy as np
import pytest
from PIL import Image

from recognizance.engine import Engine
from recognizance.errors import ImageFormatError


def jpeg(seed: int) -> bytes:
    """A picture with some structure, as large as those that are kept."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))
    file = io.BytesIO()
    small.resize((256, 256), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float64)


@pytest.mark.parametrize("seed", range(5))
def test_it_looks_alike_and_is_not_the_same(seed):
    kept = jpeg(seed)
    again = Engine.retaken(None, kept)
    assert again != kept
    assert pixels(again).shape == pixels(kept).shape
    assert not np.array_equal(pixels(again), pixels(kept))
    assert np.corrcoef(pixels(again).ravel(), pixels(kept).ravel())[0, 1] > 0.8
    assert 0.7 < len(again) / len(kept) < 1.4
    assert Image.open(io.BytesIO(again)).info.keys() == Image.open(io.BytesIO(kept)).info.keys()


def test_what_is_no_picture_is_said():
    with pytest.raises(ImageFormatError):
        Engine.retaken(None, b"no picture")
