"""What a lead is made of: its candidates, who looked, what they said, what was said against it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Choice(StrEnum):
    """What a reviewer can say."""

    SAME_PERSON = "same_person"
    DIFFERENT_PERSON = "different_person"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True, slots=True)
class LeadCandidate:
    """A reference that the search gave, by rank. Scores are not kept: they would anchor people."""

    reference_id: str
    subject_id: str
    rank: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reviewer decided.

    Attributes:
        reviewer_id: The principal.
        choice: What was said.
        reference_id: Of which candidate, for the same person; else `None`. Also `None` once that
            person is erased.
        reason: Why, in the reviewer's words.
        at: When.
        set_aside: Whether it counts no more, because its reviewer was suspended.
    """

    reviewer_id: str
    choice: Choice
    reference_id: str | None
    reason: str
    at: datetime
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Showing:
    """When a lead was first shown to a reviewer."""

    reviewer_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contest:
    """Why somebody contests a confirmed lead.

    Attributes:
        principal_id: Who took it down; this one does not answer it.
        reason: Why, in words.
        at: When.
    """

    principal_id: str
    reason: str
    at: datetime
