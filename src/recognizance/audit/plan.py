"""What an audit is asked to measure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.audit.comparisons import LOOSEST_RATE, groupings_of
from recognizance.audit.data import ANALYSED_TOGETHER
from recognizance.audit.uncertainty import DRAWS
from recognizance.audit.values import Basis, Disclosure
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS: Final = (1e-2, 1e-3, 1e-4)
FNMR_TARGET: Final = 0.02
"""Rule EV-04: a true-positive rate of at least 0.98 in every group (Virginia, 2022)."""
FPIR_TARGET: Final = 1e-2


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions, and how they are to be answered.

    Attributes:
        attributes: Labels to split people by.
        main: Grouping of matrices, curves and differentials; empty = the first two attributes.
        together: Most attributes of one intersection, up to three.
        targets: False match rates, each at most 0.01.
        basis: What they are targets of; without groups always all pairs.
        thresholds: Further operating points, given.
        fnmr_target: What verdicts on false non-match rates are about; `None` = no verdict.
        fpir_target: What verdicts on searches are about, likewise.
        gallery_sizes: Searches of galleries of so many people; empty = one that the data allows.
        galleries: How many galleries to draw for each size.
        rank: Longest candidate list.
        draws: Bootstrap replicates.
        seed: Of every random choice.
        disclosure: How much the figures may show.
        threads: Blocks of comparisons at a time; `None` = one a core.
        progress: Told the stage, and how much of how much of it is done.
    """

    attributes: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    together: int = ANALYSED_TOGETHER
    targets: tuple[float, ...] = TARGETS
    basis: Basis = Basis.GROUP_MEAN
    thresholds: tuple[float, ...] = ()
    fnmr_target: float | None = FNMR_TARGET
    fpir_target: float | None = FPIR_TARGET
    gallery_sizes: tuple[int, ...] = ()
    galleries: int = 10
    rank: int = 10
    draws: int = DRAWS
    seed: int = 19795
    disclosure: Disclosure = Disclosure.COUNTS
    threads: int | None = None
    progress: Callable[[str, int, int], None] | None = None

    def __post_init__(self) -> None:
        for target in self.targets:
            if not 0 < target <= LOOSEST_RATE / 2:
                raise InputError(
                    f"A target of {target} is not above 0 and at most {LOOSEST_RATE / 2}.",
                    hint="Give false match rates such as 1e-2 or 1e-4.",
                )
        if not all(map(math.isfinite, self.thresholds)):
            raise InputError("A threshold is no number.", hint="Give scores such as 0.3.")
        if not set(self.main) <= set(self.attributes) or len(self.main) > self.together:
            raise InputError(
                "The main grouping has an attribute that people are not split by, or too many.",
                hint="Choose it among the attributes of the audit.",
            )
        if self.draws < 100 or not 1 <= self.together <= ANALYSED_TOGETHER:  # noqa: PLR2004  # a tail of 2.5 % needs them
            raise InputError(
                "An audit needs at least 100 draws and intersections of one to three attributes.",
                hint="Leave both as they are unless you know why.",
            )
        if self.galleries < 1 or self.rank < 1 or any(size < 1 for size in self.gallery_sizes):
            raise InputError(
                "Galleries, their sizes and the rank must be at least 1.",
                hint="Give whole numbers.",
            )

    @property
    def groupings(self) -> tuple[tuple[str, ...], ...]:
        """Every grouping that is reported."""
        return groupings_of(self.attributes, self.together)

    @property
    def main_grouping(self) -> tuple[str, ...]:
        """The grouping of matrices, curves and differentials."""
        if self.main:
            # In the order of the attributes, as the groupings are.
            return tuple(each for each in self.attributes if each in self.main)
        return self.attributes[: min(2, self.together)]

    def report(self, stage: str) -> Callable[[int, int], None]:
        """A callback for one stage."""

        def told(done: int, total: int) -> None:
            if self.progress is not None:
                self.progress(stage, done, total)

        return told
