"""Upper bounds of false match rates, for pairs that share people.

Two pairs with a person in common are not independent, so the bound is the larger of two: a
bootstrap that draws people instead of pairs, and the exact bound of a rare count. The first knows
the dependence but nothing of what was never seen, and says zero after no error; the second is
the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIDENCE = 0.95
NORMAL_QUANTILE = 1.6448536269514722
"""The 95 % point of the normal distribution."""


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The pairs of one group that score at or above the lowest edge.

    Attributes:
        first: ndarray of shape (n,), dtype=np.int64: index of one person of the pair.
        second: Same shape: index of the other.
        edge: Same shape: index of the highest edge that the score reaches.
        vote: ndarray of shape (n,), dtype=np.float64: the share of one vote that this pair of
            images has among all image pairs of the same two people.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    edge: NDArray[np.int64]
    vote: NDArray[np.float64]

    def only(self, kept: NDArray[np.bool_]) -> Tail:
        """The pairs for which `kept` holds."""
        return Tail(self.first[kept], self.second[kept], self.edge[kept], self.vote[kept])

    def votes_at_or_above(
        self, edges: int, weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Count the votes at or above each edge.

        Args:
            edges: How many edges there are.
            weights: ndarray of shape (people,): how often each person was drawn; None = once.

        Returns:
            ndarray of shape (edges,), dtype=np.float64.
        """
        votes = self.vote
        if weights is not None:
            votes = votes * weights[self.first] * weights[self.second]
        at_edge = np.bincount(self.edge, weights=votes, minlength=edges)
        return at_edge[::-1].cumsum()[::-1]


def bootstrap_rates(
    tail: Tail, people: int, edges: int, *, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rates at each edge when the people of the group are drawn anew, with replacement.

    A vertex bootstrap (after Snijders and Borgatti 1999): with `w` from a multinomial distribution
    the rate is `w'Aw / w'Mw` with a zero diagonal. Somebody drawn twice makes no pair with
    themselves.

    Returns:
        ndarray of shape (draws, edges), dtype=np.float64, each row falling.
    """
    rates = np.empty((draws, edges))
    chances = np.full(people, 1 / people)
    for row in rates:
        weights = rng.multinomial(people, chances).astype(np.float64)
        pairs = (people**2 - np.square(weights).sum()) / 2
        row[:] = tail.votes_at_or_above(edges, weights) / pairs
    return rates


def rare_count_upper(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper 95 % bound of the expected number of events when `counts` were seen.

    Wilson and Hilferty's (1931) cube-root form of the exact Poisson bound, which it misses by at
    most 0.016 events from one event on; 0.02 is added so that it is never below. For none, the
    rule of three. The Poisson bound itself is never below the binomial one of Clopper and Pearson.
    """
    shape = counts + 1
    bound = shape * (1 - 1 / (9 * shape) + NORMAL_QUANTILE / (3 * np.sqrt(shape))) ** 3
    return np.maximum(bound + 0.02, 3.0)


def upper_rates(
    votes: NDArray[np.float64], pairs: int, resampled: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One-sided upper 95 % bound of the rate at each edge, at most 1.

    Args:
        votes: ndarray of shape (edges,): false matches at or above each edge.
        pairs: Pairs of distinct people.
        resampled: ndarray of shape (draws, edges) from `bootstrap_rates`.
    """
    by_people = np.quantile(resampled, CONFIDENCE, axis=0, method="higher")
    by_count = rare_count_upper(votes) / pairs
    return np.minimum(np.maximum(by_people, by_count), 1.0)
