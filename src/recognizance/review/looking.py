"""Nobody decides on a face that they have not looked at, for a few seconds at least.

A verdict that comes faster than the pictures can be compared is a rubber stamp: meaningful review
means that the reviewer really looks (Regulation (EU) 2024/1689, Art. 14(4)(b): automation bias).
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.errors import NotSeenError
from recognizance.review.verdict import Showing

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.review.lead import Lead
    from recognizance.types import Principal

LEAST_VIEWING = timedelta(seconds=5)
"""House number: less time than this, and nobody has compared two faces feature by feature."""


def looked_at(lead: Lead, reviewer: Principal, *, now: datetime) -> Lead:
    """The lead once it was shown to this reviewer; the same one if it was shown before."""
    if _first_shown(lead, reviewer) is not None:
        return lead
    return replace(lead, showings=(*lead.showings, Showing(reviewer.principal_id, now)))


def look_longer(lead: Lead, reviewer: Principal, *, now: datetime) -> timedelta:
    """How long the reviewer still has to look before a verdict of theirs is taken."""
    shown = _first_shown(lead, reviewer) or now
    return max(LEAST_VIEWING - (now - shown), timedelta())


def check_looked(lead: Lead, reviewer: Principal, *, now: datetime) -> None:
    """Has the reviewer had this lead before their eyes for long enough?

    Raises:
        NotSeenError: It was never shown to them, or only a moment ago.
    """
    shown = _first_shown(lead, reviewer)
    if shown is None:
        raise NotSeenError(
            "This lead was not shown to you yet.",
            hint="Look at it first: recognizance review show, with --pictures.",
        )
    left = look_longer(lead, reviewer, now=now)
    if left:
        seconds = math.ceil(left.total_seconds())
        raise NotSeenError(
            f"This lead was shown to you a moment ago; look {seconds} s longer.",
            hint=f"Compare the faces, then give the same verdict again in {seconds} s.",
        )


def _first_shown(lead: Lead, reviewer: Principal) -> datetime | None:
    who = reviewer.principal_id
    return next((each.at for each in lead.showings if each.reviewer_id == who), None)
