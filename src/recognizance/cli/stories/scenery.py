"""What stands on the stage: the clock, the photographs, and words that several scenes use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.cli.demo.photographs import Cast

THE_DAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""The morning on which every scene begins: the day as of which the rules were read."""

REVIEWERS = ("reviewer-1", "reviewer-2", "reviewer-3")
GALLERY = "gallery"
RECEIPTS_SHOWN = 4

TRIAL = {"class": "trial", "purpose": "trial", "cam.kind": ["upload"], "wl.size": 4}
"""What a trial states otherwise than the submission that it rehearses; all else stays."""

LONGER_THAN_A_DAY = frozenset({"publication_rest"})
"""Conditions that a trial of one day cannot rehearse: it is over before they are."""

ATTESTED_WORDS = {
    "public_notice": "the notice at the place shows permit {permit}",
    "other_way": "an equal way without a face is open all day",
    "workers_told": "the staff and their representatives were told in writing",
    "no_sharing": "no list and no template leaves the operator",
    "field_of_view": "the view was turned and checked: own ground only",
    "contest_route": "the form to contest a result hangs at the gate",
    "visitor_lane": "visitors pass by another way, without a camera",
    "notify_authorities": "both authorities were told of every use so far",
}
"""What the people of the stories state, by hook."""


@dataclass(slots=True)
class StageClock:
    """A clock that is told the time."""

    now: datetime = THE_DAY

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def advance(self, **delta: float) -> None:
        """Let time pass; named as in `timedelta`."""
        self.now += timedelta(**delta)

    def set(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        self.now = moment


@dataclass(slots=True)
class Photographs:
    """The pictures that play the parts: four people, of whom two have two pictures."""

    cast: Cast

    def of(self, person: str, number: int = 1) -> bytes:
        """A picture of `A`, `B` (two each), `C` or `D` (one each), as the bytes of its file."""
        enrolled, strangers = self.cast.enrolled, self.cast.strangers
        place = "ABCD".index(person)
        if place < len(enrolled):
            return enrolled[place][number - 1].data
        return strangers[place - len(enrolled)].data

    @property
    def all(self) -> tuple[bytes, ...]:
        """All of them."""
        return tuple(photograph.data for photograph in self.cast.all)


def subject_of(person: str) -> str:
    """The subject id of one of the people A to D."""
    return f"person-{person.lower()}"


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the day on which the scenes play, UTC."""
    return THE_DAY.replace(hour=hour, minute=minute)


def clock_words(moment: datetime) -> str:
    """A time as people say it."""
    return utc_text(moment)[11:16] + " UTC"
