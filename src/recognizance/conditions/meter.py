"""The meter of false alerts: leads that reviewers rejected, against faces that were searched.

A use stops when the rate is above the limit beyond reasonable doubt: when the exact one-sided
lower 95 % bound of a binomial rate (Clopper and Pearson 1934, Biometrika 26) exceeds it. After an
officer lets the use go on, it counts anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.conditions.parameters import numbers
from recognizance.types import PPB

if TYPE_CHECKING:
    from recognizance.gate.permit import Permit
    from recognizance.registry.standing import Standing
    from recognizance.registry.tally import PermitTally

DOUBT = 0.05
"""One-sided: the lower bound is passed in one of twenty uses whose true rate is the limit."""

_BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Meter:
    """What the meter of one permit shows.

    Attributes:
        false_alerts: Leads that reviewers rejected, or a third one overturned.
        faces: Faces searched, never fewer than the false alerts.
        limit_ppb: Most false alerts in a billion faces.
    """

    false_alerts: int
    faces: int
    limit_ppb: int

    @property
    def lower_ppb(self) -> int:
        """Lower 95 % bound of the rate, in parts per billion, rounded down."""
        return math.floor(lower_bound(self.false_alerts, self.faces) * PPB)

    @property
    def over(self) -> bool:
        """Whether the use has to stop."""
        return self.lower_ppb > self.limit_ppb


def read_meter(permit: Permit, tally: PermitTally, standing: Standing) -> Meter | None:
    """What the meter shows; None where the permit has none."""
    limits = numbers(permit, "false_alert_meter", "ppb")
    if not limits:
        return None
    since = standing.resumed_at(permit.permit_id)
    false_alerts = tally.false_alerts.since(since)
    return Meter(false_alerts, max(tally.faces.since(since), false_alerts), min(limits))


def lower_bound(events: int, trials: int) -> float:
    """Exact one-sided lower 95 % bound of a rate, by bisection; 0 where nothing happened.

    It is the rate at which so many events, or more, would be seen in one of twenty tries.
    """
    if events <= 0:
        return 0.0
    low, high = 0.0, events / trials
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _at_least(events, trials, middle) < DOUBT:
            low = middle
        else:
            high = middle
    return low


def _at_least(events: int, trials: int, rate: float) -> float:
    """Chance of at least so many events, from the chances of fewer; 0 < rate <= events / trials."""
    if rate >= 1:
        return 1.0
    hit, miss = math.log(rate), math.log1p(-rate)
    ways = math.lgamma(trials + 1)
    fewer = math.fsum(
        math.exp(
            ways
            - math.lgamma(each + 1)
            - math.lgamma(trials - each + 1)
            + each * hit
            + (trials - each) * miss
        )
        for each in range(events)
    )
    return 1 - fewer
