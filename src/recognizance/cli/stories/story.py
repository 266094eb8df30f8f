"""What a story is made of: a setting, what was asked, and how each request has to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.types import ErrorRate, Outcome


@dataclass(frozen=True, slots=True)
class Measured:
    """How a request ends when it is made in earnest, with measured figures.

    Attributes:
        rate: What the error-rate target is a rate of.
        target_ppb: The target, in parts per billion.
        gallery_size: How many references a search meets.
        outcome: What the gate must answer.
        rules: Rules that must be among those that decide.
        permit_class: The class of the permit that is asked for.
    """

    rate: ErrorRate
    target_ppb: int
    gallery_size: int
    outcome: Outcome
    rules: tuple[str, ...] = ()
    permit_class: str = "standard"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a story.

    Attributes:
        asked: What was asked, in one line.
        case: The case that holds the submission; None where no permit is needed at all.
        outcome: What the gate must answer; None where it is not asked.
        rules: Rules that must be among those that decide, the ones to read first.
        measured: The same with measured figures; None where no figure decides.
        scene: What is run; None where there is nothing to run.
    """

    asked: str
    case: str | None = None
    outcome: Outcome | None = None
    rules: tuple[str, ...] = ()
    measured: Measured | None = None
    scene: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A setting.

    Attributes:
        setting: Its name in the table.
        title: What it comes down to.
        told: Who asks and what for, in a paragraph.
        asks: The requests, in the order of telling.
    """

    setting: str
    title: str
    told: str
    asks: tuple[Ask, ...]
