"""Every pair of templates compared, block by block, on every core; only what is needed is kept.

Memory does not depend on the number of pairs: a block of scores is computed, what lies at or above
the lowest edge is picked out, and the block is forgotten. The cohort term costs nothing: it enters
as two more dimensions, `[v, -m/2, 1] . [v, 1, -m/2]` (as in the gallery's search).

Counts are the same whatever the size of the blocks and whichever device multiplies. A float32
product rounds differently from block to block, so a score that lies within its rounding error of
an edge is computed again in float64, in one order: `v . w - (m_v + m_w) / 2`. That is the score
which the counts are of, to the last pair.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recognizance.audit.blas import single_threaded
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

EDGES_PER_UNIT = 1024
"""Edges lie on a grid of 1/1024, exact in float32 and in JSON, as in `evidence`."""

ROWS_AT_ONCE = 512
COLUMNS_AT_ONCE = 2048
_KEYS_AT_ONCE = 1 << 20


class Multiply(Protocol):
    """`left @ right.T`; what another device may do in NumPy's place."""

    def __call__(
        self, left: NDArray[np.float32], right: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Scores of shape (rows of left, rows of right), each within float32 rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """The templates that are compared with each other.

    Attributes:
        vectors: ndarray of shape (n, d), dtype=np.float32, rows of unit length.
        means: ndarray of shape (n,), dtype=np.float32: cohort means; zeros for plain cosine.
        person: ndarray of shape (n,), dtype=np.int64: whose each is; no pair of one person is
            compared.
        cell: ndarray of shape (n,), dtype=np.int64: the group of each, from 0.
    """

    vectors: NDArray[np.float32]
    means: NDArray[np.float32]
    person: NDArray[np.int64]
    cell: NDArray[np.int64]

    @property
    def cells(self) -> int:
        """How many groups there are."""
        return int(self.cell.max()) + 1 if self.cell.size else 0

    def scores(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """The score of each pair of rows, in float64 and in one order."""
        result = np.empty(one.size)
        for start in range(0, one.size, _KEYS_AT_ONCE // 8):
            part = slice(start, start + _KEYS_AT_ONCE // 8)
            left = self.vectors[one[part]].astype(np.float64)
            right = self.vectors[other[part]].astype(np.float64)
            result[part] = np.einsum("ij,ij->i", left, right)
        means = self.means.astype(np.float64)
        result -= (means[one] + means[other]) / 2
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Survivors:
    """Pairs of distinct people at or above the floor.

    Attributes:
        one: ndarray of shape (n,), dtype=np.int64: rows of the templates, the lower of each pair.
        other: Same shape.
        edge: Same shape: the highest edge that the score reaches, counted from the floor.
        suspected: ndarray of shape (n,), dtype=np.bool_: plain cosine at or above `suspected_from`.
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    edge: NDArray[np.int64]
    suspected: NDArray[np.bool_]


def pair_index(
    one: NDArray[np.int64] | int, other: NDArray[np.int64] | int, cells: int
) -> NDArray[np.int64]:
    """Number of an unordered pair of cells among the `cells * (cells + 1) / 2` of them."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    index: NDArray[np.int64] = np.asarray(low * cells - low * (low - 1) // 2 + high - low)
    return index


def survivors(
    templates: Templates,
    *,
    floor: int,
    suspected_from: float = np.inf,
    rows_at_once: int = ROWS_AT_ONCE,
    columns_at_once: int = COLUMNS_AT_ONCE,
    threads: int | None = None,
    multiply: Multiply | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Survivors]:
    """Compare everybody with everybody and give the pairs at or above the floor, by blocks.

    Args:
        templates: At least two.
        floor: The lowest edge: its score times `EDGES_PER_UNIT`.
        suspected_from: Plain cosine from which two people are suspected to be one.
        rows_at_once: Of a block; changes the speed, never the pairs.
        columns_at_once: Likewise.
        threads: How many blocks at a time; `None` = one a core.
        multiply: Another device; `None` = NumPy.
        progress: Told how many pairs of how many are done.

    Raises:
        InputError: The templates are no such arrays.
    """
    _check(templates)
    scan = _Scan(templates, floor, suspected_from, (rows_at_once, columns_at_once), multiply)
    n = len(templates.vectors)
    starts = range(0, n, rows_at_once)
    total, done = n * (n - 1) // 2, 0
    with single_threaded(), ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        # Rows are long at first and short at the end: in order, no core waits for a long last one.
        for start, found in zip(starts, pool.map(scan.rows, starts), strict=True):
            yield from found
            end = min(start + rows_at_once, n)
            done += (n - start) * (n - start - 1) // 2 - (n - end) * (n - end - 1) // 2
            if progress is not None:
                progress(done, total)


def tail_counts(
    templates: Templates,
    *,
    floor: int,
    edges: int,
    cells: int | None = None,
    suspected_from: float = np.inf,
    **how: object,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many pairs of each pair of groups are at or above each edge.

    Args:
        templates: As in `survivors`.
        floor: The lowest edge, times `EDGES_PER_UNIT`.
        edges: How many edges there are; higher scores count for the last.
        cells: How many groups there are; `None` = as many as occur.
        suspected_from: As in `survivors`.
        how: The remaining arguments of `survivors`.

    Returns:
        Two ndarrays of shape (pairs of groups, edges), dtype=np.int64, rows as `pair_index` says:
        all pairs, and the suspected ones among them.
    """
    cells = cells or templates.cells
    everybody, suspected = (_Tally(cells * cells * edges) for _ in range(2))
    row_key, column_key = templates.cell * (cells * edges), templates.cell * edges
    for found in survivors(templates, floor=floor, suspected_from=suspected_from, **how):  # type: ignore[arg-type]  # handed on as they are
        keys = row_key[found.one] + column_key[found.other] + np.minimum(found.edge, edges - 1)
        everybody.add(keys)
        suspected.add(keys[found.suspected])
    one, other = (_at_or_above(tally.counts(), cells, edges) for tally in (everybody, suspected))
    return one, other


def _at_or_above(counts: NDArray[np.int64], cells: int, edges: int) -> NDArray[np.int64]:
    """Counts at each edge of ordered pairs of groups, to counts at or above of unordered ones."""
    ordered = counts.reshape(cells, cells, edges)
    both = ordered + ordered.transpose(1, 0, 2)
    both[np.arange(cells), np.arange(cells)] = ordered[np.arange(cells), np.arange(cells)]
    low, high = np.triu_indices(cells)
    unordered = both[low, high]
    result: NDArray[np.int64] = unordered[:, ::-1].cumsum(axis=1)[:, ::-1]
    return result


class _Tally:
    """Counts keys, many at a time."""

    def __init__(self, size: int) -> None:
        self._counts = np.zeros(size, dtype=np.int64)
        self._waiting: list[NDArray[np.int64]] = []
        self._keys = 0

    def add(self, keys: NDArray[np.int64]) -> None:
        self._waiting.append(keys)
        self._keys += keys.size
        if self._keys >= _KEYS_AT_ONCE:
            self._flush()

    def counts(self) -> NDArray[np.int64]:
        self._flush()
        return self._counts

    def _flush(self) -> None:
        if self._waiting:
            keys = np.concatenate(self._waiting)
            self._counts += np.bincount(keys, minlength=self._counts.size)
        self._waiting, self._keys = [], 0


class _Scan:
    """The comparison of some rows with all later ones."""

    def __init__(
        self,
        templates: Templates,
        floor: int,
        suspected_from: float,
        block: tuple[int, int],
        multiply: Multiply | None,
    ) -> None:
        half = np.float32(-0.5) * templates.means
        ones = np.ones_like(half)
        self._half_means = -half
        self._shared = np.unique(templates.person).size < templates.person.size
        self._left = np.column_stack((templates.vectors, half, ones))
        self._right = np.column_stack((templates.vectors, ones, half))
        self._templates = templates
        self._floor, self._suspected_from = floor, suspected_from
        self._rows, self._columns = block
        self._multiply = multiply
        self._buffers = local()
        # Rounding of a float32 sum of n terms is below n * 2**-24 times the norms, in whatever
        # order it adds (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1).
        # The terms of a score are those of one product of vectors and two halves of a mean.
        norms = np.square(templates.vectors).sum(axis=1).max(initial=1.0)
        norms += np.abs(templates.means).max(initial=0.0)
        self._rounding = float(norms) * (self._left.shape[1] + 2) * 2.0**-24

    def rows(self, start: int) -> list[Survivors]:
        """Pairs of the rows from `start` with all later rows."""
        end, n = min(start + self._rows, len(self._left)), len(self._left)
        blocks = (
            self._block(start, end, column, min(column + self._columns, n))
            for column in range(start, n, self._columns)
        )
        return [found for found in blocks if found is not None]

    def _block(self, top: int, bottom: int, left: int, right: int) -> Survivors | None:
        scores, reached = self._scores(top, bottom, left, right)
        lowest = np.float32(self._floor / EDGES_PER_UNIT - self._rounding)
        np.greater_equal(scores, lowest, out=reached)
        at = np.flatnonzero(reached)
        if not at.size:
            return None
        values = scores.reshape(-1)[at]
        row = at // (right - left)
        one, other = row + top, at - row * (right - left) + left
        if bottom > left or self._shared:
            person = self._templates.person
            kept = (one < other) & (person[one] != person[other])
            one, other, values = one[kept], other[kept], values[kept]
        return self._exact(one, other, values)

    def _scores(
        self, top: int, bottom: int, left: int, right: int
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The scores of a block, in buffers that each thread uses again and again."""
        shape = (bottom - top, right - left)
        if not hasattr(self._buffers, "scores"):
            self._buffers.scores = np.empty(self._rows * self._columns, dtype=np.float32)
            self._buffers.reached = np.empty(self._rows * self._columns, dtype=np.bool_)
        size = shape[0] * shape[1]
        scores = self._buffers.scores[:size].reshape(shape)
        reached = self._buffers.reached[:size].reshape(shape)
        if self._multiply is None:
            np.matmul(self._left[top:bottom], self._right[left:right].T, out=scores)
        else:
            scores[:] = self._multiply(self._left[top:bottom], self._right[left:right])
        return scores, reached

    def _exact(
        self, one: NDArray[np.int64], other: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> Survivors | None:
        # A product with a power of two does not round.
        steps = scores * np.float32(EDGES_PER_UNIT)
        edge = np.floor(steps).astype(np.int64) - self._floor
        unsure = np.abs(steps - np.rint(steps)) <= self._rounding * EDGES_PER_UNIT
        if np.isfinite(self._suspected_from):
            half = self._half_means
            cosine = scores + (half[one] + half[other])
            suspected = cosine >= self._suspected_from
            unsure |= np.abs(cosine - self._suspected_from) <= self._rounding
        else:
            suspected = np.zeros(one.size, dtype=np.bool_)
        at = np.flatnonzero(unsure)
        if at.size:
            exact = self._templates.scores(one[at], other[at])
            edge[at] = np.floor(exact * EDGES_PER_UNIT).astype(np.int64) - self._floor
            means = self._templates.means.astype(np.float64)
            plain = exact + (means[one[at]] + means[other[at]]) / 2
            suspected[at] = plain >= self._suspected_from
            # Only a score that was unsure can lie below the floor.
            kept = edge >= 0
            one, other, edge, suspected = one[kept], other[kept], edge[kept], suspected[kept]
        return Survivors(one, other, edge, suspected)


def _check(templates: Templates) -> None:
    vectors = templates.vectors
    if vectors.ndim != 2 or vectors.dtype != np.float32 or len(vectors) < 2:  # noqa: PLR2004  # a pair
        raise InputError(
            f"Templates must be float32 of shape (n, d) with n at least 2, but got "
            f"{vectors.dtype} of shape {vectors.shape}.",
            hint="Give one row a picture.",
        )
    for name, column in (
        ("means", templates.means),
        ("person", templates.person),
        ("cell", templates.cell),
    ):
        if column.shape != (len(vectors),):
            raise InputError(
                f"`{name}` must have shape ({len(vectors)},), but got {column.shape}.",
                hint="Give one value a template.",
            )
    if not np.isfinite(vectors).all() or not np.isfinite(templates.means).all():
        raise InputError("A template is not a number.", hint="Leave out failed pictures.")
