"""How scores are distributed, in bins of which none is about fewer than five people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.estimates import FEW_PEOPLE
from recognizance.audit.values import Disclosure, Group, Histogram
from recognizance.evidence.build import MIN_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recognizance.audit.counted import Counted
    from recognizance.audit.data import Samples
    from recognizance.audit.plan import Plan
    from recognizance.audit.tablecount import TableComparisons

_BINS_PER_UNIT = 64
_PICTURES = 1200


def sample_histograms(data: Samples, counted: Counted, plan: Plan) -> tuple[Histogram, ...]:
    """Of everybody and each main group: all mated scores, and the non-mated of some pictures."""
    rng = np.random.default_rng([plan.seed, 8])
    # Scores lie within [-2, 2] whatever the cohort; a fixed grid shows no extreme of a pair.
    edges = np.arange(-2 * _BINS_PER_UNIT, 2 * _BINS_PER_UNIT + 1) / _BINS_PER_UNIT
    found: list[Histogram] = []
    for group in _groups(counted, plan):
        cells = counted.data.cells_of(group)
        found += _mated(counted, group, cells, edges)
        rows = np.flatnonzero(
            data.acquired & np.isin(counted.data.person_cell[data.subjects], cells)
        )
        rows = rng.permutation(rows)[:_PICTURES]
        person = data.subjects[rows]
        one, other = np.triu_indices(rows.size, k=1)
        apart = person[one] != person[other]
        one, other = one[apart], other[apart]
        half = data.cohort_means[rows] / 2
        scores = (data.vectors[rows] @ data.vectors[rows].T)[one, other] - half[one] - half[other]
        found += _merged(group, edges, scores, (person[one], person[other]), mated=False)
    return tuple(found)


def table_histograms(
    table: TableComparisons, counted: Counted, plan: Plan
) -> tuple[Histogram, ...]:
    """Of a table: counts were taken while it was read."""
    found: list[Histogram] = []
    for group in _groups(counted, plan):
        cells = counted.data.cells_of(group)
        if plan.disclosure is Disclosure.COUNTS:
            continue
        found += _mated(counted, group, cells, table.histogram_edges)
        counts = table.histogram[counted.within(group)].sum(axis=0)
        if counts.sum():
            found.append(
                Histogram(
                    group, False, tuple(table.histogram_edges.tolist()), tuple(counts.tolist())
                )
            )
    return tuple(found)


def _groups(counted: Counted, plan: Plan) -> tuple[Group, ...]:
    if plan.disclosure is not Disclosure.COUNTS:
        return (Group(), *counted.main)
    everybody = counted.people(np.arange(len(counted.data.cells)))
    return (*((Group(),) if everybody >= MIN_PEOPLE else ()), *counted.large)


def _mated(
    counted: Counted, group: Group, cells: NDArray[np.int64], edges: NDArray[np.float64]
) -> Iterator[Histogram]:
    data = counted.data
    inside = np.isin(data.person_cell[data.mated_person], cells)
    yield from _merged(
        group, edges, data.mated_score[inside], (data.mated_person[inside],), mated=True
    )


def _merged(
    group: Group,
    edges: NDArray[np.float64],
    scores: NDArray[np.floating],
    people: tuple[NDArray[np.int64], ...],
    *,
    mated: bool,
) -> Iterator[Histogram]:
    """One histogram, its bins joined from the left until five people are in each."""
    at = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, edges.size - 2)
    order = np.argsort(at, kind="stable")
    counts = np.bincount(at, minlength=edges.size - 1)
    ends = counts.cumsum()
    kept_edges, kept_counts = [float(edges[0])], []
    start = 0
    for bin_number, end in enumerate(ends.tolist()):
        rows = order[start:end]
        if _enough(rows, people):
            kept_edges.append(float(edges[bin_number + 1]))
            kept_counts.append(end - start)
            start = end
    if not kept_counts:
        return
    # What is left over on the right is too little for a bin of its own.
    kept_counts[-1] += scores.size - start
    kept_edges[-1] = float(edges[-1])
    yield Histogram(group, mated, tuple(kept_edges), tuple(kept_counts))


def _enough(rows: NDArray[np.int64], people: tuple[NDArray[np.int64], ...]) -> bool:
    if rows.size < FEW_PEOPLE // len(people):
        return False
    seen: set[int] = set()
    # Whoever has many scores fills a bin alone, so people are counted, in pieces that grow.
    for start in range(0, rows.size, 1000):
        for column in people:
            seen.update(np.unique(column[rows[start : start + 1000]]).tolist())
        if len(seen) >= FEW_PEOPLE:
            return True
    return False
