"""Pictures made from code, for tests that need no face."""

import io

import numpy as np
from PIL import Image


def pattern(height: int = 112, width: int = 112, seed: int = 0) -> np.ndarray:
    """Whole-number waves of several lengths: the same bytes on every machine."""
    y, x = np.indices((height, width))
    planes = [
        np.abs((x * (3 + c) + y * (5 - c) + 37 * seed) % 256 - 128)
        + np.abs((x * x // (16 + c) + y * 7 + seed * 11) % 254 - 127)
        for c in range(3)
    ]
    return np.stack(planes, axis=2).clip(0, 255).astype(np.uint8)


def smooth(height: int, width: int) -> np.ndarray:
    """A slow gradient that survives JPEG and scaling."""
    y, x = np.indices((height, width))
    planes = [255 * x // width, 255 * y // height, 255 * (x + y) // (width + height)]
    return np.stack(planes, axis=2).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpeg(pixels: np.ndarray, **options) -> bytes:
    return encoded(Image.fromarray(pixels), "JPEG", **({"quality": 95} | options))
