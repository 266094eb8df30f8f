"""How unequal error rates are: one number over the rates of several groups at one threshold.

No single measure will do: each has a defect of scale, said with it in `DEFECTS`. A measure that is
undefined is `None`, never infinite, never not-a-number, never zero. Print the rates, their counts
and their intervals next to any of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALPHA: Final = 0.5
"""How much the false match rate weighs against the false non-match rate, where both enter."""

DEFECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "max_over_min": "Explodes as the smallest rate nears zero, and is undefined at zero.",
        "max_over_geomean": "Undefined as soon as one group shows no error at all.",
        "gini": "Says how unequal, not which way, and not how large the rates are.",
        "garbe": "Averages two coefficients, so equal misses can hide unequal false matches.",
        "inequity_rate": "Explodes near zero as the ratios it is made of; undefined at zero.",
        "fdr": "Barely moves at realistic rates: differences of small numbers look fair.",
        "ser": "Takes errors of both kinds as one and is undefined where a group has none.",
        "deviation": "Shrinks with the rates, so a stricter threshold looks fairer.",
    }
)
"""The defect of scale of each measure, in one sentence."""


@dataclass(frozen=True, slots=True)
class Differentials:
    """Every measure over the same groups; `None` where it is undefined.

    Attributes:
        max_over_min: Of false match rates.
        max_over_geomean: Of false match rates; the lead measure of NISTIR 8429.
        gini: Bias-corrected, of false match rates.
        fnmr_max_over_min: Of false non-match rates.
        fnmr_max_over_geomean: Likewise.
        fnmr_gini: Likewise.
        garbe: Both kinds, weighted by `ALPHA`.
        inequity_rate: Both kinds, weighted by `ALPHA`.
        fdr: Fairness Discrepancy Rate, both kinds; 1 is equal.
        ser: Skewed error ratio, where as many comparisons are mated as not.
        deviation: Standard deviation of the false match rates, ddof=1.
    """

    max_over_min: float | None
    max_over_geomean: float | None
    gini: float | None
    fnmr_max_over_min: float | None
    fnmr_max_over_geomean: float | None
    fnmr_gini: float | None
    garbe: float | None
    inequity_rate: float | None
    fdr: float | None
    ser: float | None
    deviation: float | None


def differentials(fmr: Sequence[float], fnmr: Sequence[float]) -> Differentials:
    """Every measure of two lists of rates, one value a group, both in the same order.

    Raises:
        InputError: A rate is none, or the lists have other lengths.
    """
    if len(fmr) != len(fnmr):
        raise InputError(
            f"{len(fmr)} groups have a false match rate and {len(fnmr)} a false non-match rate.",
            hint="Give both rates for every group.",
        )
    return Differentials(
        max_over_min=max_over_min(fmr),
        max_over_geomean=max_over_geomean(fmr),
        gini=gini(fmr),
        fnmr_max_over_min=max_over_min(fnmr),
        fnmr_max_over_geomean=max_over_geomean(fnmr),
        fnmr_gini=gini(fnmr),
        garbe=garbe(fmr, fnmr),
        inequity_rate=inequity_rate(fmr, fnmr),
        fdr=fdr(fmr, fnmr),
        ser=ser([1 - (one + other) / 2 for one, other in zip(fmr, fnmr, strict=True)]),
        deviation=deviation(fmr, ddof=1),
    )


def max_over_min(rates: Sequence[float]) -> float | None:
    """Largest over smallest rate, 1 is equal. Undefined where the smallest is zero."""
    values = _rates(rates)
    return float(values.max() / values.min()) if values.min() > 0 else None


def max_over_geomean(rates: Sequence[float]) -> float | None:
    """Largest rate over the geometric mean, 1 is equal (NISTIR 8429). Undefined with any zero."""
    values = _rates(rates)
    if values.min() <= 0:
        return None
    return float(values.max() / math.exp(float(np.log(values).mean())))


def gini(rates: Sequence[float]) -> float | None:
    """Bias-corrected Gini coefficient: 0 is equal, 1 is all error in one group.

    `n/(n-1) * sum|x_i - x_j| / (2 n^2 mean)` (Howard et al., arXiv 2203.05051). Undefined where
    every rate is zero, and for a single group.
    """
    values = _rates(rates)
    n, mean = len(values), float(values.mean())
    if n < 2 or mean == 0:  # noqa: PLR2004  # one group is unequal to nothing
        return None
    spread = float(np.abs(values[:, None] - values[None, :]).sum())
    return spread / (2 * n * (n - 1) * mean)


def garbe(fmr: Sequence[float], fnmr: Sequence[float], *, alpha: float = ALPHA) -> float | None:
    """Gini Aggregation Rate for Biometric Equitability: `a G(FMR) + (1 - a) G(FNMR)`, 0 is equal.

    Source: Howard et al., arXiv 2203.05051. Undefined where either coefficient is.
    """
    false_match, false_non_match = gini(fmr), gini(fnmr)
    if false_match is None or false_non_match is None:
        return None
    return alpha * false_match + (1 - alpha) * false_non_match


def inequity_rate(
    fmr: Sequence[float], fnmr: Sequence[float], *, alpha: float = ALPHA
) -> float | None:
    """Inequity Rate: `(max/min FMR)^a * (max/min FNMR)^(1-a)`, 1 is equal (Grother, 2021)."""
    false_match, false_non_match = max_over_min(fmr), max_over_min(fnmr)
    if false_match is None or false_non_match is None:
        return None
    return float(false_match**alpha * false_non_match ** (1 - alpha))


def fdr(fmr: Sequence[float], fnmr: Sequence[float], *, alpha: float = ALPHA) -> float:
    """Fairness Discrepancy Rate: 1 minus the weighted largest differences, 1 is equal.

    Source: de Freitas Pereira and Marcel, IEEE TBIOM, doi 10.1109/TBIOM.2021.3102862.
    """
    false_match, false_non_match = _rates(fmr), _rates(fnmr)
    widest = alpha * np.ptp(false_match) + (1 - alpha) * np.ptp(false_non_match)
    return float(1 - widest)


def ser(accuracies: Sequence[float]) -> float | None:
    """Skewed error ratio: largest over smallest error of accuracies in [0, 1] (Wang, Deng 2020)."""
    return max_over_min([1 - value for value in _rates(accuracies)])


def deviation(rates: Sequence[float], *, ddof: int) -> float | None:
    """Standard deviation of the rates. `ddof` has no default: papers differ and rarely say."""
    values = _rates(rates)
    return float(values.std(ddof=ddof)) if len(values) > ddof else None


def _rates(rates: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.asarray(rates, dtype=np.float64).reshape(-1)
    if not values.size or not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        raise InputError(
            "A rate is missing or is no number from 0 to 1.",
            hint="Give one rate a group, as a fraction.",
        )
    return values
