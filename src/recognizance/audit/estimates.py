"""From counts and drawn rates to an estimate that may be published, and a verdict on it.

Under `Disclosure.COUNTS` nothing may tell whether one certain person is in the data or whom they
resemble. So a group of fewer than 30 people gets no rate; fewer than five people in error look like
none; counts of errors are rounded to fives, and bounds to two digits, away from the rate.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.uncertainty import CONFIDENCE, people_for, unseen_bound
from recognizance.audit.values import Cell, Disclosure, Estimate, Group, Verdict
from recognizance.evidence.build import MIN_PEOPLE
from recognizance.evidence.intervals import rare_count_upper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.audit.comparisons import Comparisons

FEW_PEOPLE = 5
"""Fewer people than this are not told from none."""


def estimate(
    *,
    errors: int,
    trials: int,
    people: int,
    in_error: int,
    not_in_error: int,
    drawn: NDArray[np.float64],
    disclosure: Disclosure,
    seen: float | None = None,
    of_comparisons: bool = True,
) -> Estimate:
    """An estimate from counts and the same rate in every bootstrap replicate.

    Args:
        errors: How many.
        trials: Out of how many.
        people: How many people they are of.
        in_error: People who took part in an error; a number from 5 on may be any lower bound.
        not_in_error: People who took part in a trial without an error, likewise.
        drawn: ndarray of shape (draws,): rates of the replicates; NaN = that draw had no trial.
        disclosure: How much may be shown.
        seen: The rate of the people that `drawn` draws from, where these are not all; the interval
            then is theirs in proportion, and wider than it need be.
        of_comparisons: Errors tell who resembles whom, so that their number is rounded. Failures
            to acquire are of single pictures, and are counted as they are.
    """
    if not trials:
        return Estimate(None, None, None, None, None, 0, people)
    if disclosure is Disclosure.COUNTS:
        if people < MIN_PEOPLE:
            return Estimate(None, None, None, None, None, trials, people)
        if in_error < FEW_PEOPLE:
            bound = _outward(float(rare_count_upper(np.array([FEW_PEOPLE - 1.0]))[0]) / people)
            return Estimate(None, None, bound, bound, None, trials, people, few=True)
        if not_in_error < FEW_PEOPLE:
            return Estimate(None, None, None, None, None, trials, people, few=True)
    exact = _exact(errors, trials, people, drawn, seen)
    return _rounded(exact) if disclosure is Disclosure.COUNTS and of_comparisons else exact


def seen_rate(data: Comparisons, drawn: NDArray[np.float64]) -> float | None:
    """Rate of the people that replicates draw from; `None` where these are all people."""
    if data.drawn_from[data.images > 0].all():
        return None
    kept = drawn[~np.isnan(drawn)]
    return float(kept.mean()) if kept.size else 0.0


def verdict_of(given: Estimate, target: float) -> tuple[Verdict, int | None]:
    """What the data can say about "this rate is at most the target", and the people missing.

    - *established*: the upper bound is at most the target;
    - *not established*: the measured rate is above it;
    - *not enough data*: neither. With no error seen it takes `people_for(target)` people; with
      errors, the distance of the bound shrinks at worst with the root of the number of people.
    """
    enough = given.people >= MIN_PEOPLE
    if enough and given.bound is not None and given.bound <= target:
        return Verdict.ESTABLISHED, None
    if enough and given.rate is not None and given.rate > target:
        return Verdict.NOT_ESTABLISHED, None
    needed = max(MIN_PEOPLE, people_for(target) if 0 < target < 1 else MIN_PEOPLE)
    if given.rate and given.bound is not None and given.rate < target:
        shrink = ((given.bound - given.rate) / (target - given.rate)) ** 2
        needed = max(MIN_PEOPLE, math.ceil(given.people * shrink))
    elif given.few:
        # The published bound is of up to four people in error, wherever there are fewer.
        needed = math.ceil(float(rare_count_upper(np.array([FEW_PEOPLE - 1.0]))[0]) / target)
    return Verdict.NOT_ENOUGH_DATA, max(needed - given.people, 1)


def cell(
    group: Group,
    given: Estimate,
    *,
    target: float | None,
    with_suspected: Estimate | None = None,
    against: Group | None = None,
) -> Cell:
    """A cell with its verdict, which is about the figure that leaves suspected pairs out."""
    if target is None:
        return Cell(group, given, with_suspected, against)
    verdict, missing = verdict_of(given, target)
    return Cell(group, given, with_suspected, against, target, verdict, missing)


def _exact(
    errors: int, trials: int, people: int, drawn: NDArray[np.float64], seen: float | None
) -> Estimate:
    rate = errors / trials
    if errors == 0:
        upper = unseen_bound(people, confidence=1 - (1 - CONFIDENCE) / 2)
        return Estimate(0.0, 0.0, upper, unseen_bound(people), 0, trials, people)
    kept = drawn[~np.isnan(drawn)]
    if seen:
        kept = kept * (rate / seen)
    by_count = float(rare_count_upper(np.array([float(errors)]))[0]) / trials
    if not kept.size or seen == 0:
        return Estimate(rate, 0.0, 1.0, 1.0, errors, trials, people)
    tail = (1 - CONFIDENCE) / 2
    lower, upper, bound = (
        float(each) for each in np.quantile(kept, [tail, 1 - tail, CONFIDENCE], method="linear")
    )
    bound = min(max(bound, by_count, rate), 1.0)
    if errors == trials:
        # The mirror of no error at all.
        lower = 1 - unseen_bound(people, confidence=1 - tail)
    return Estimate(
        rate, min(lower, rate), min(max(upper, rate, bound), 1.0), bound, errors, trials, people
    )


def _rounded(exact: Estimate) -> Estimate:
    errors = 5 * round((exact.errors or 0) / 5)
    rate = errors / exact.trials
    lower, upper, bound = exact.lower or 0.0, exact.upper or 0.0, exact.bound or 0.0
    return Estimate(
        rate,
        min(_inward(lower), rate),
        max(_outward(upper), rate),
        max(_outward(bound), rate),
        errors,
        exact.trials,
        exact.people,
    )


def _outward(rate: float) -> float:
    """Rounded up to two digits, at most 1."""
    return min(_two_digits(rate, math.ceil), 1.0)


def _inward(rate: float) -> float:
    return _two_digits(rate, math.floor)


def _two_digits(rate: float, towards: object) -> float:
    if rate <= 0:
        return 0.0
    place = 1 - math.floor(math.log10(rate))
    scaled = rate * 10**place
    # What is whole already must not be moved by the last bit of a float.
    whole = round(scaled) if math.isclose(scaled, round(scaled), rel_tol=1e-9) else towards(scaled)  # type: ignore[operator]  # floor or ceil
    return float(round(whole * 10.0**-place, max(place, 0)))
