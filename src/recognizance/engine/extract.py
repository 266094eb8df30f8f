"""Aligned crops to vectors: SFace, several crops at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognizance.engine.align import CROP_PX
from recognizance.errors import InputError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.engine.runtime import Network

DIMENSION = 128

# Crops in one run. Only whole batches and single crops are run, because each size of input costs
# a compiled network of its own.
_BATCH = 8


def embed(network: Network, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Turn aligned crops into vectors of unit length.

    Args:
        network: The prepared SFace.
        crops: ndarrays of shape (112, 112, 3), dtype=np.uint8, RGB.

    Returns:
        ndarray of shape (n, 128), dtype=np.float32, in the order of the crops.

    Raises:
        InputError: A crop has another shape.
        ModelError: The network gave a vector without direction.
    """
    for crop in crops:
        if crop.shape != (CROP_PX, CROP_PX, 3) or crop.dtype != np.uint8:
            raise InputError(
                f"A crop must have shape (112, 112, 3) and dtype uint8, but has {crop.shape} "
                f"and {crop.dtype}.",
                hint="Make crops with align().",
            )
    vectors = np.empty((len(crops), DIMENSION), dtype=np.float32)
    whole = len(crops) - len(crops) % _BATCH
    starts = [*range(0, whole, _BATCH), *range(whole, len(crops))]
    for start, end in zip(starts, [*starts[1:], len(crops)], strict=True):
        (raw,) = network.run(crops[start:end], CROP_PX, CROP_PX)
        vectors[start:end] = raw
        raw.fill(0)
    unit = unit_length(vectors)
    vectors.fill(0)  # what is returned is the one copy, and whoever has it wipes it
    return unit


def unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divide each row by its length.

    Raises:
        ModelError: A row is zero or not finite; such a vector compares with nothing.
    """
    # In float64, where the square of no finite float32 overflows.
    wide = vectors.astype(np.float64)
    # Not `numpy.linalg.norm`, which does the same and leaves a copy of a row behind.
    norms = np.sqrt(np.add.reduce(wide * wide, axis=1, keepdims=True))
    if not np.isfinite(norms).all() or (norms == 0).any():
        raise ModelError(
            "The recogniser gave a vector without direction.",
            hint="Run `recognizance models verify`; if it passes, report the processor and "
            "the runtime.",
        )
    wide /= norms
    unit: NDArray[np.float32] = wide.astype(np.float32)
    wide.fill(0)
    return unit
