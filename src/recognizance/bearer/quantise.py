"""A template in few bits, and by how much a score against it can be off.

With template `v`, quantised `w` and a probe `p` of unit length, `|p.v - p.w| <= |v - w|` (Cauchy-
Schwarz), and `|v - w|` is known when `w` is made. Whoever compares with `w` subtracts that bound:
what then matches would have matched `v` too, so the false match rate stays at or below what the
evidence measured without quantisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.compare import DIMENSION
from recognizance.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODE_BITS = 11
"""Bits of one dimension; `benchmarks/bench_bearer.py` prints what 8 to 12 cost."""

CODES_BYTES = DIMENSION * CODE_BITS // 8

ROUNDING = 2e-5
"""Bounds what float32 arithmetic adds to the change of a score: each of the two inner products of
128 terms errs by at most 128 * 2^-24 = 7.6e-6 for vectors of unit length (the standard bound on
inner products, Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1), and the two
subtractions of the cohort correction by less than 2e-7 each."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """A template in whole numbers.

    Attributes:
        codes: ndarray of shape (128,), dtype=np.int32, between `-limit` and `limit` of `quantise`.
        scale: What one code stands for; a float32 value.
        residual: Length of template less `vector`, rounded up to a float32 value.
    """

    codes: NDArray[np.int32]
    scale: float
    residual: float

    @property
    def vector(self) -> NDArray[np.float32]:
        """What the codes stand for: ndarray of shape (128,), dtype=np.float32.

        It is left as it is and not brought to unit length: the bound is about exactly this vector.
        """
        return self.codes.astype(np.float32) * np.float32(self.scale)

    @property
    def bound(self) -> float:
        """By how much a score against this template can differ from one against the original."""
        return self.residual + ROUNDING


def quantise(vector: NDArray[np.float32], bits: int = CODE_BITS) -> Quantised:
    """Round every dimension to one of `2^bits - 1` values, evenly spaced about zero.

    Args:
        vector: ndarray of shape (128,), dtype=np.float32, of unit length.
        bits: Bits of a code.

    Raises:
        InputError: The vector has no direction or another shape.
    """
    largest = float(np.max(np.abs(vector))) if vector.shape == (DIMENSION,) else 0.0
    if not (np.isfinite(largest) and largest > 0):
        raise InputError(
            "A template without a direction cannot be carried.",
            hint="Hand in what the engine extracted.",
        )
    limit = 2 ** (bits - 1) - 1
    scale = float(np.float32(largest / limit))
    codes = np.clip(np.rint(vector.astype(np.float64) / scale), -limit, limit).astype(np.int32)
    made = Quantised(codes, scale, 0.0)
    lost = float(np.linalg.norm(vector.astype(np.float64) - made.vector.astype(np.float64)))
    return Quantised(codes, scale, float(np.nextafter(np.float32(lost), np.float32(np.inf))))


def pack_codes(codes: NDArray[np.int32]) -> bytes:
    """Write the codes of a template, `CODE_BITS` bits each, the highest bit first."""
    places = np.arange(CODE_BITS - 1, -1, -1)
    above_zero = codes + 2 ** (CODE_BITS - 1)
    bits = (above_zero[:, np.newaxis] >> places & 1).astype(np.uint8)
    return np.packbits(bits).tobytes()


def unpack_codes(data: bytes) -> NDArray[np.int32]:
    """Read what `pack_codes` wrote."""
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8)).reshape(DIMENSION, CODE_BITS)
    weights = 2 ** np.arange(CODE_BITS - 1, -1, -1)
    codes: NDArray[np.int32] = (bits @ weights - 2 ** (CODE_BITS - 1)).astype(np.int32)
    return codes
