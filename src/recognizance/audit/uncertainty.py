"""How sure a rate is, when the comparisons share people.

Ten thousand comparisons among a hundred and fifty people are not ten thousand observations: one
person who resembles many gives many errors at once. So people are drawn, not pairs.

- The vertex bootstrap (Snijders and Borgatti, 1999) is the main method: with `w` from a
  multinomial distribution the rate is `w'Aw / w'Mw` with a zero diagonal. Where people hardly
  differ in how much they resemble others, it is wider than it need be, never narrower.
- The plug-in variance of Fogliato, Patil and Perona (IJCV 2024, arXiv 2306.01198) with a Wilson
  interval of an effective sample size is the fast one, here in closed form: O(n^2), not O(n^3).
- Where no error was seen both are blind; there the exact binomial bound counts people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONFIDENCE = 0.95
DRAWS = 1000
_DRAWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Interval:
    """A rate with its two-sided 95 % interval, and the one-sided 95 % upper bound."""

    rate: float
    lower: float
    upper: float
    bound: float


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Non-mated comparisons among the people of one group, and which of them were errors.

    Attributes:
        images: ndarray of shape (people,), dtype=np.int64: images of each person; every image is
            compared with every image of everybody else.
        first: ndarray of shape (n,), dtype=np.int64: one person of a pair with errors.
        second: Same shape: the other.
        errors: ndarray of shape (n,), dtype=np.float64: false matches between the two.
    """

    images: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    errors: NDArray[np.float64]

    @property
    def people(self) -> int:
        """How many people there are."""
        return int(self.images.size)

    @cached_property
    def pairs(self) -> float:
        """How many comparisons there were."""
        return (float(self.images.sum()) ** 2 - float(np.square(self.images).sum())) / 2

    @property
    def rate(self) -> float:
        """Share of the comparisons that were errors.

        Raises:
            InputError: There is nobody to compare.
        """
        if self.pairs == 0:
            raise InputError("A rate of no pairs is undefined.", hint="Add people to the group.")
        return float(self.errors.sum()) / self.pairs

    def drawn(self, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Rates when the people are drawn anew, with replacement.

        Somebody drawn twice makes no pair with themselves; a draw without any pair is drawn again
        by leaving it out.

        Returns:
            ndarray of shape (draws,) or a little less, dtype=np.float64.
        """
        rates = []
        chances = np.full(self.people, 1 / self.people)
        for start in range(0, draws, _DRAWS_AT_ONCE):
            count = min(_DRAWS_AT_ONCE, draws - start)
            weights = rng.multinomial(self.people, chances, size=count).astype(np.float64)
            wrong = (weights[:, self.first] * weights[:, self.second]) @ self.errors
            weighted = weights * self.images
            pairs = (weighted.sum(axis=1) ** 2 - np.square(weighted).sum(axis=1)) / 2
            kept = pairs > 0
            rates.append(wrong[kept] / pairs[kept])
        return np.concatenate(rates)

    def variance(self) -> float:
        """Plug-in variance of the rate, with the covariance of pairs that share a person.

        With `X_ij = e_ij - FMR m_ij` over ordered pairs of people, it is
        `(2 sum X_ij^2 + 4 max(C, 0)) / (sum m)^2`, `C = sum_i [(sum_j X_ij)^2 - sum_j X_ij^2]`
        (cis-matching-tasks, Apache-2.0, in closed form).
        """
        rate, m = self.rate, self.images.astype(np.float64)
        total = m.sum()
        # Row sums and sums of squares of X, from its dense part -rate*m_i*m_j and its few errors.
        rows = -rate * m * (total - m)
        np.add.at(rows, self.first, self.errors)
        np.add.at(rows, self.second, self.errors)
        squares = rate**2 * m**2 * (np.square(m).sum() - m**2)
        each = self.errors**2 - 2 * rate * self.errors * m[self.first] * m[self.second]
        np.add.at(squares, self.first, each)
        np.add.at(squares, self.second, each)
        shared = float((rows**2 - squares).sum())
        ordered = 2 * self.pairs
        return (2 * float(squares.sum()) + 4 * max(shared, 0.0)) / ordered**2


@dataclass(frozen=True, slots=True, eq=False)
class PersonCounts:
    """Mated comparisons: how many of each person, and how many were missed.

    Attributes:
        errors: ndarray of shape (people,), dtype=np.float64.
        trials: ndarray of shape (people,), dtype=np.float64, each at least 1.
    """

    errors: NDArray[np.float64]
    trials: NDArray[np.float64]

    @property
    def people(self) -> int:
        """How many people there are."""
        return int(self.trials.size)

    @property
    def rate(self) -> float:
        """Share of the comparisons that were missed.

        Raises:
            InputError: There are none.
        """
        if not self.trials.size:
            raise InputError("A rate of no pairs is undefined.", hint="Add people to the group.")
        return float(self.errors.sum() / self.trials.sum())

    def drawn(self, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Rates when the people are drawn anew; ndarray of shape (draws,), dtype=np.float64."""
        chances = np.full(self.people, 1 / self.people)
        rates = []
        # In parts, for the weights of all draws at once would not fit into memory.
        for start in range(0, draws, _DRAWS_AT_ONCE):
            count = min(_DRAWS_AT_ONCE, draws - start)
            weights = rng.multinomial(self.people, chances, size=count).astype(np.float64)
            rates.append((weights @ self.errors) / (weights @ self.trials))
        return np.concatenate(rates)

    def variance(self) -> float:
        """Plug-in variance: `sum_i (e_i - FNMR m_i)^2 / (sum m_i)^2`."""
        off = self.errors - self.rate * self.trials
        return float(np.square(off).sum() / self.trials.sum() ** 2)


def bootstrap_interval(
    counts: PairCounts | PersonCounts, rng: np.random.Generator, *, draws: int = DRAWS
) -> Interval:
    """The interval by drawing people; where no error was seen, the exact bound of `unseen_bound`.

    The one-sided bound is never below the exact one either: a bootstrap of few errors is blind to
    what the next person would have brought.
    """
    rate = counts.rate
    unseen = unseen_bound(counts.people)
    if rate == 0:
        return Interval(0.0, 0.0, unseen_bound(counts.people, confidence=0.975), unseen)
    drawn = counts.drawn(draws, rng)
    tail = (1 - CONFIDENCE) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail])
    bound = max(float(np.quantile(drawn, CONFIDENCE)), rate)
    return Interval(rate, min(float(lower), rate), max(float(upper), rate), bound)


def plug_in_interval(counts: PairCounts | PersonCounts) -> Interval:
    """The fast interval: Wilson's, with the effective sample size `p(1-p) / variance`."""
    rate, variance = counts.rate, counts.variance()
    if rate in {0.0, 1.0} or variance <= 0:
        bound = unseen_bound(counts.people)
        wide = unseen_bound(counts.people, confidence=0.975)
        return Interval(0.0, 0.0, wide, bound) if rate == 0 else Interval(rate, 1 - wide, 1.0, 1.0)
    effective = rate * (1 - rate) / variance
    lower, upper = wilson(rate, effective)
    _, bound = wilson(rate, effective, z=_ONE_SIDED)
    return Interval(rate, lower, upper, bound)


_TWO_SIDED = 1.959963984540054
_ONE_SIDED = 1.6448536269514722


def wilson(rate: float, n: float, *, z: float = _TWO_SIDED) -> tuple[float, float]:
    """Wilson's score interval of a share.

    Args:
        rate: The share, in [0, 1].
        n: How many independent observations; may be fractional.
        z: Normal quantile; 1.96 for two-sided 95 %.

    Raises:
        InputError: There is no observation.
    """
    if n <= 0:
        raise InputError("An interval of no observation is undefined.", hint="Add data.")
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # At 0 and 1 the interval touches the end; rounding must not push it past.
    return max(0.0, centre - half), min(1.0, centre + half)


def unseen_bound(people: int, *, confidence: float = CONFIDENCE) -> float:
    """One-sided exact upper bound of a rate of which no error was seen among so many people.

    `1 - (1 - confidence)^(1/people)`, about `3 / people` (the rule of three). Pairs are not
    counted: a person compared with a thousand others is still one person.
    """
    return 1.0 if people < 1 else 1 - (1 - confidence) ** (1 / people)


def people_for(target: float) -> int:
    """How many people without an error it takes before the bound is at most `target`.

    Raises:
        InputError: The target is not between 0 and 1.
    """
    if not 0 < target < 1:
        raise InputError("The target is no rate.", hint="Give a fraction, such as 1e-3.")
    return math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-target))


# ---- ratios ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ratio:
    """Largest over smallest rate of several groups.

    Attributes:
        value: The ratio; `None` where the smallest rate is zero.
        lower: Lower end of the joint 95 % bootstrap interval.
        upper: Upper end; `None` where it has no end, since a group could as well have no error.
        p_value: Share of label permutations with at least this ratio; `None` without them.
        by_chance: Median ratio under permuted labels: what a system without any differential
            shows on these data.
    """

    value: float | None
    lower: float
    upper: float | None
    p_value: float | None = None
    by_chance: float | None = None


def ratio_interval(
    groups: Sequence[PairCounts | PersonCounts],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
) -> Ratio:
    """Largest over smallest rate with its joint interval; each draw draws every group anew.

    Raises:
        InputError: There are fewer than two groups.
    """
    if len(groups) < 2:  # noqa: PLR2004  # a ratio needs two
        raise InputError("A ratio needs at least two groups.", hint="Add another group.")
    rates = np.array([group.rate for group in groups])
    drawn = [group.drawn(draws, rng) for group in groups]
    shortest = min(map(len, drawn))
    ratios = _max_over_min(np.stack([rates_of[:shortest] for rates_of in drawn]))
    tail = (1 - CONFIDENCE) / 2
    # `lower` and `higher` pick a drawn value; between a number and infinity there is none.
    low = float(np.quantile(ratios, tail, method="lower"))
    high = float(np.quantile(ratios, 1 - tail, method="higher"))
    value = float(_max_over_min(rates[:, None])[0])
    return Ratio(
        value=value if math.isfinite(value) else None,
        lower=low,
        upper=high if math.isfinite(high) else None,
    )


def permutation_null(
    labels: NDArray[np.integer],
    errors: PairCounts,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
) -> NDArray[np.float64]:
    """Ratios of the largest to the smallest within-group rate when labels mean nothing.

    Args:
        labels: ndarray of shape (people,): group of each person, from 0.
        errors: The comparisons among all people, within and across groups.
        rng: Where chance comes from.
        draws: How often the labels are dealt anew among the people.

    Returns:
        ndarray of shape (draws,), dtype=np.float64; infinite where a group had no error.
    """
    groups = int(labels.max()) + 1
    # Small numbers stay in the cache while millions of them are looked up.
    labels = labels.astype(np.int16 if groups < np.iinfo(np.int16).max else np.int64)
    images = errors.images.astype(np.float64)
    ratios = np.empty(draws)
    for draw in range(draws):
        dealt = rng.permutation(labels)
        one, other = dealt[errors.first], dealt[errors.second]
        inside = one == other
        wrong = np.bincount(one[inside], weights=errors.errors[inside], minlength=groups)
        held = np.bincount(dealt, weights=images, minlength=groups)
        squares = np.bincount(dealt, weights=images**2, minlength=groups)
        pairs = (held**2 - squares) / 2
        rates = np.divide(wrong, pairs, out=np.zeros(groups), where=pairs > 0)
        ratios[draw] = _max_over_min(rates[:, None])[0]
    return ratios


def _max_over_min(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per column; infinite where the smallest is zero and the largest is not, 1 where all are."""
    largest, smallest = rates.max(axis=0), rates.min(axis=0)
    ratios: NDArray[np.float64] = np.divide(
        largest, smallest, out=np.where(largest > 0, np.inf, 1.0), where=smallest > 0
    )
    return ratios
