"""Error rates of scores, with the conventions stated once.

A score is a similarity; a pair matches when `score >= threshold`. So
`FMR(t) = #{non-mated >= t} / N` and `FNMR(t) = #{mated < t} / M`. A target is met "at most": the
threshold for a false match rate is the lowest that does not exceed it, and scores that are equal
move together. Identification follows ISO/IEC 19795-1: a mate that ties with somebody else has
lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class EqualErrorRate:
    """Where both rates cross; on few scores they do not meet, so it is an interval.

    Attributes:
        low: Smaller bound, as FVC2000 defines it.
        high: Larger bound.
        threshold: The threshold at the crossing.
    """

    low: float
    high: float
    threshold: float

    @property
    def middle(self) -> float:
        """The one number that is usually quoted."""
        return (self.low + self.high) / 2


def false_match_rate(non_mated: ArrayLike, threshold: float) -> float:
    """Share of non-mated scores at or above the threshold.

    Raises:
        InputError: There are no scores, or one is not a number.
    """
    scores = _scores(non_mated, "non-mated")
    return float(np.count_nonzero(scores >= threshold) / scores.size)


def false_non_match_rate(mated: ArrayLike, threshold: float) -> float:
    """Share of mated scores below the threshold.

    Raises:
        InputError: As `false_match_rate`.
    """
    scores = _scores(mated, "mated")
    return float(np.count_nonzero(scores < threshold) / scores.size)


def threshold_at_most(non_mated: ArrayLike, target: float) -> float:
    """The lowest threshold whose false match rate is at most `target`.

    It is one of the scores, or the next number above the largest one where even that would be one
    false match too many.

    Args:
        non_mated: Scores of non-mated pairs.
        target: A rate in [0, 1].

    Raises:
        InputError: There are no scores, or the target is no rate.
    """
    scores = np.sort(_scores(non_mated, "non-mated"))
    if not 0 <= target <= 1:
        raise InputError("The target is no rate.", hint="Give a fraction from 0 to 1, as 1e-3.")
    # A product of a rate and a count may fall just short of the whole number that it stands for.
    allowed = int(np.floor(target * scores.size * (1 + 1e-12)))
    if allowed >= scores.size:
        return float(scores[0])
    # The highest score that must not match, and everything equal to it, stays below.
    barrier = scores[scores.size - allowed - 1]
    above = scores[np.searchsorted(scores, barrier, side="right") :]
    return float(above[0]) if above.size else float(np.nextafter(scores[-1], np.inf))


def equal_error_rate(mated: ArrayLike, non_mated: ArrayLike) -> EqualErrorRate:
    """The equal error rate as FVC2000 defines it (Maio et al., 2002), on the observed scores.

    Raises:
        InputError: As `false_match_rate`.
    """
    same, other = _scores(mated, "mated"), _scores(non_mated, "non-mated")
    thresholds = np.unique(np.concatenate([same, other]))
    thresholds = np.append(thresholds, np.nextafter(thresholds[-1], np.inf))
    fmr = (other.size - np.searchsorted(np.sort(other), thresholds, side="left")) / other.size
    fnmr = np.searchsorted(np.sort(same), thresholds, side="left") / same.size
    right = int(np.argmax(fnmr >= fmr))
    # Where both rates are equal they have crossed already: both ends are that one point.
    left = right if fmr[right] == fnmr[right] else max(right - 1, 0)
    if fmr[left] + fnmr[left] <= fmr[right] + fnmr[right]:
        return EqualErrorRate(float(fnmr[left]), float(fmr[left]), float(thresholds[left]))
    return EqualErrorRate(float(fmr[right]), float(fnmr[right]), float(thresholds[right]))


def detection_error_tradeoff(
    mated: ArrayLike, non_mated: ArrayLike, targets: Iterable[float]
) -> NDArray[np.float64]:
    """FNMR at the threshold for each target FMR: the points of a DET curve.

    Returns:
        ndarray of shape (n, 3), dtype=np.float64: FMR that is reached, FNMR, threshold.
    """
    same, other = _scores(mated, "mated"), np.sort(_scores(non_mated, "non-mated"))
    rows = []
    for target in targets:
        threshold = threshold_at_most(other, target)
        rows.append(
            (false_match_rate(other, threshold), false_non_match_rate(same, threshold), threshold)
        )
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """What searches of one gallery gave.

    Attributes:
        best_other: ndarray of shape (n,): the best score of anybody but the mate.
        mate: ndarray of shape (n,): the mate's best score; NaN for a non-mated search.
        better: ndarray of shape (n,): how many others score at least as high as the mate.
    """

    best_other: Floats
    mate: Floats
    better: NDArray[np.integer]

    @property
    def mated(self) -> NDArray[np.bool_]:
        """Which searches had a mate in the gallery."""
        return ~np.isnan(self.mate)


def searches_of(scores: ArrayLike, probes: ArrayLike, references: ArrayLike) -> Searches:
    """Read a matrix of scores as one search a row.

    Args:
        scores: (probes, references).
        probes: Whose each row is.
        references: Whose each column is; people may have several.

    Raises:
        InputError: The sizes do not fit, or somebody is alone in the gallery with no other.
    """
    matrix = np.asarray(scores)
    rows, columns = np.asarray(probes), np.asarray(references)
    if matrix.shape != (rows.size, columns.size) or not matrix.size:
        raise InputError(
            f"A matrix of {matrix.shape} cannot hold {rows.size} probes and {columns.size} "
            "references.",
            hint="Give one row a probe and one column a reference.",
        )
    own = rows[:, None] == columns[None, :]
    lowest = np.array(-np.inf, dtype=matrix.dtype)
    best_other = np.where(own, lowest, matrix).max(axis=1)
    mate = np.where(own, matrix, lowest).max(axis=1)
    people = np.unique(columns)
    best_of = np.stack([matrix[:, columns == each].max(axis=1) for each in people], axis=1)
    others = people[None, :] != rows[:, None]
    better = ((best_of >= mate[:, None]) & others).sum(axis=1)
    return Searches(best_other, np.where(own.any(axis=1), mate, np.nan), better)


def false_positive_identification_rate(searches: Searches, threshold: float) -> float:
    """Share of non-mated searches that give at least one candidate at or above the threshold.

    Raises:
        InputError: Every search had a mate.
    """
    scores = searches.best_other[~searches.mated]
    return false_match_rate(scores, threshold)


def false_negative_identification_rate(searches: Searches, threshold: float, *, rank: int) -> float:
    """Share of mated searches whose mate is below the threshold or not among the first `rank`.

    A mate that ties with others stands behind them.

    Raises:
        InputError: No search had a mate.
    """
    mated = searches.mated
    if not mated.any():
        raise InputError("No search had a mate.", hint="Add probes of people who are enrolled.")
    found = (searches.mate[mated] >= threshold) & (searches.better[mated] < rank)
    return float(1 - found.mean())


def cumulative_match_characteristic(searches: Searches, ranks: int) -> NDArray[np.float64]:
    """Share of mated searches whose mate is among the first 1, 2, ... `ranks`, at any score."""
    return np.array(
        [
            1 - false_negative_identification_rate(searches, -np.inf, rank=rank)
            for rank in range(1, ranks + 1)
        ]
    )


def _scores(values: ArrayLike, what: str) -> Floats:
    scores = np.asarray(values)
    if scores.dtype.kind not in "fiu":
        raise InputError(f"The {what} scores are no numbers.", hint="Give one number a pair.")
    scores = scores.astype(np.float64) if scores.dtype.kind in "iu" else scores
    if not scores.size:
        raise InputError(
            f"There are no {what} scores.", hint="A rate of nothing is undefined; add pairs."
        )
    if np.isnan(scores).any():
        raise InputError(
            f"One of the {what} scores is not a number.", hint="Leave out pairs without a score."
        )
    return scores.reshape(-1)
