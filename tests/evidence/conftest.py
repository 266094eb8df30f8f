"""Small evidence documents, made of curves that a test can follow by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.evidence.document import (
    DataSet,
    Differential,
    Evidence,
    MatedCell,
    NonMatedCell,
)
from recognizance.types import PPB

EDGES = 101


def falling(start: float, *, decades: float = 9.0) -> np.ndarray:
    """A rate that falls by `decades` powers of ten over the grid, in parts per billion."""
    return np.ceil(start * PPB * 10 ** -np.linspace(0, decades, EDGES)).astype(np.int64)


class Maker:
    """Builds evidence cell by cell."""

    @staticmethod
    def data_set(name: str, *, identities: bool) -> DataSet:
        return DataSet(name, "CC0", identities, 500, 510, 10, "a" * 64, "b" * 64)

    @staticmethod
    def cell(
        data_set: str = "Named",
        *,
        pairs: int = 10**9,
        rate: float = 0.1,
        upper: float = 2.0,
        group: str = "",
        sets_threshold: bool = True,
    ) -> NonMatedCell:
        fmr = falling(rate)
        return NonMatedCell(
            data_set=data_set,
            labels={"group": group} if group else {},
            sets_threshold=sets_threshold,
            people=500,
            images=510,
            failures_to_acquire=10,
            pairs=pairs,
            suspected_pairs=3,
            fmr_ppb=fmr,
            upper_ppb=np.minimum(np.ceil(fmr * upper), PPB).astype(np.int64),
            fmr_with_suspected_ppb=np.minimum(2 * fmr, PPB),
            upper_with_suspected_ppb=np.minimum(4 * fmr, PPB),
        )

    @staticmethod
    def evidence(*cells: NonMatedCell) -> Evidence:
        rising = falling(1.0)[::-1]
        unknown = (None,) * EDGES
        return Evidence(
            model_id="model",
            cohort_id="cohort",
            made_at="2026-01-01T00:00:00.000Z",
            tool="test",
            first_edge=-20,
            edge_count=EDGES,
            data_sets=(
                Maker.data_set("Named", identities=True),
                Maker.data_set("Unnamed", identities=False),
            ),
            non_mated=cells,
            mated=(MatedCell("Named", {"group": "a"}, 40, 60, 1, rising, rising),),
            differentials=(
                Differential("Named", False, 2, unknown, unknown, unknown, (1500, *unknown[1:])),
            ),
        )


@pytest.fixture(scope="session")
def maker() -> type[Maker]:
    return Maker
