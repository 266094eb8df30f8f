"""What a condition switches on when the permit runs: a closed list.

A condition without a hook does not exist: a card that names none, or one that is not here, does
not load. The name travels in the permit; the desk looks it up before, during and after a use.
A hook has its parameters and no others: a number that nobody reads would be kept by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_YEAR_H: Final = 8_784
"""The hours of a leap year."""

HOOKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Before a use
        "age_flag": "Nobody is enrolled without a statement of whether they are a child.",
        "case_id": "Each use names the case, order or report that it serves.",
        "delay_floor": "Footage younger than so many seconds is not searched.",
        "evidence_expiry": "The permit lapses when the evidence is older than so many days.",
        "field_of_view": "The view is fenced to the operator's own ground.",
        "gallery_limit": "The gallery holds at most so many people.",
        "hours": "The use runs only within the hours that the permit or the order names.",
        "legal_check": "A lawyer has to look at the law before anything else happens.",
        "local_gallery": "The gallery stays at the place and is joined with no other.",
        "named_targets": "Only people whom the order names are searched for.",
        "other_way": "An equal way without a face is always offered.",
        "place_fence": "The use runs only at the places that the permit or the order names.",
        "provenance": "Nobody is enrolled without a source and a reason from the closed lists.",
        "publication_rest": "The permit opens so many days after it was published.",
        "release_id": "Nobody is enrolled without the id of a release.",
        "reviewer_training": "Reviewers were trained within so many days.",
        "target_only_gallery": "The gallery holds the people sought and nobody else.",
        "visitor_lane": "Visitors, lawyers and children have a way that no camera compares.",
        "workers_told": "The staff were told before the first use.",
        # During a use
        "density_limit": "Identification stops when more than so many faces are in view at once.",
        "false_alert_meter": "The use suspends itself when false alerts pass the limit.",
        "lead_limit": "A watch raises so many leads in 24 hours, and a person's next one later.",
        "lead_only": "A candidate is released as a lead, never as an identity.",
        "no_group_output": "No output names a trait, a group or a gathering.",
        "quality_floor": "Probes below the quality floor, sketches and edited faces are rejected.",
        "reviewers": "So many people check a candidate, each alone, before anything is released.",
        "stop_button": "A reviewer can stop the use at once.",
        "threshold_floor": "The threshold is at least the one that the evidence supports.",
        "wipe_nonmatch": "Features of people who match nobody are wiped within so many seconds.",
        "worst_group_threshold": "The threshold is set for the worst measured group's upper bound.",
        # After a use
        "contest_route": "Whoever is affected can have the result looked at again.",
        "disclosure_bundle": "System, gallery, candidates and reviewers go to the defence.",
        "entry_expiry": "A watchlist entry ends after so many hours unless it is renewed.",
        "independent_evidence": "A lead is exported only with the id of independent evidence.",
        "list_destroyed": "The watchlist is destroyed at the end of the deployment.",
        "no_second_use": "Nothing is used for any purpose but the permit's.",
        "no_sharing": "Templates and lists are given to nobody else.",
        "notify_authorities": "The supervisory authorities are told of each use.",
        "order_timer": "Without an order in so many hours the use stops and its data are wiped.",
        "public_notice": "The notice at the place shows the permit and its rules.",
        "publication_after": "The use is published so many hours after its window ends.",
        "retention": "Templates and matches are destroyed when their time is over.",
        "use_log": "Each use is in the ledger, and the log is kept so many months.",
        "yearly_audit": "The permit lapses without a yearly audit and statistics.",
    }
)
"""Hook name to what it does, in one sentence."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number or word of a hook.

    Attributes:
        name: How a card and a permit write it.
        least: The least whole number that makes sense; not read where words are listed.
        most: The greatest one. House numbers, wide: they catch slips, they set no rule.
        words: The words that it may be, where it is no number.
        required: Whether the hook means nothing without it.
    """

    name: str
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()
    required: bool = True

    def fits(self, value: object) -> bool:
        """Whether a value can be kept: a whole number in range, or one of the words."""
        if self.words:
            return value in self.words
        # True is a whole number to Python, and to no reader of a permit.
        return type(value) is int and self.least <= value <= self.most

    @property
    def said(self) -> str:
        """What it has to be, in words."""
        if self.words:
            return " or ".join(self.words)
        return f"a whole number from {self.least} to {self.most}"


_MEASURED: Final = (
    *("face_px", "eye_distance_px", "sharpness", "exposure", "contrast"),
    *("yaw_deg", "pitch_deg", "roll_deg"),
)
"""What `recognizance.types.Quality` states of a face."""

PARAMETERS: Final[Mapping[str, tuple[Parameter, ...]]] = MappingProxyType(
    {
        "delay_floor": (Parameter("seconds", 1, _YEAR_H * 3600),),
        "density_limit": (
            Parameter("faces", 1, 1000),
            Parameter("resume_after_minutes", 1, 1440, required=False),
        ),
        "entry_expiry": (Parameter("hours", 1, 10 * _YEAR_H),),
        "evidence_expiry": (Parameter("days", 0, 3660),),
        "false_alert_meter": (Parameter("ppb", 1, 1_000_000_000),),
        "gallery_limit": (Parameter("n", 1, 10_000_000),),
        "lead_limit": (
            Parameter("per_day", 1, 10_000),
            Parameter("hold_off_seconds", 1, 86_400),
        ),
        "list_destroyed": (Parameter("hours", 0, _YEAR_H),),
        "order_timer": (Parameter("hours", 1, _YEAR_H),),
        "place_fence": (Parameter("closed_by", words=("assembly_calendar",), required=False),),
        "publication_after": (Parameter("hours", 0, _YEAR_H),),
        "publication_rest": (Parameter("days", 1, 366),),
        "quality_floor": tuple(
            Parameter(f"{bound}_{what}", 0, 100_000, required=False)
            for bound, what in product(("min", "max"), _MEASURED)
        ),
        "retention": (
            Parameter("hours", 1, 10 * _YEAR_H, required=False),
            Parameter("after_purpose_days", 0, 3660, required=False),
            Parameter("after_last_contact_days", 0, 3660, required=False),
        ),
        "reviewer_training": (Parameter("days", 1, 3660),),
        "reviewers": (Parameter("n", 1, 20),),
        "use_log": (Parameter("months", 1, 1200),),
        "wipe_nonmatch": (Parameter("seconds", 0, 86_400),),
        "yearly_audit": (Parameter("days", 1, 366),),
    }
)
"""Hook to its parameters; a hook that is not here has none."""

MEANT_BY_ITS_PARAMETERS: Final = frozenset({"quality_floor", "retention"})
"""Hooks that say nothing unless at least one of their parameters is there."""


def check_parameters(hook: str, parameters: Mapping[str, object]) -> str | None:
    """Why nobody could keep a condition with these parameters; None where it can be kept.

    Args:
        hook: The hook that the condition names.
        parameters: Its numbers and words.

    Returns:
        A phrase that names the hook, and what is wrong and would be right.
    """
    if hook not in HOOKS:
        return f"there is no condition {hook!r}"
    listed = {each.name: each for each in PARAMETERS.get(hook, ())}
    if unlisted := sorted(parameters.keys() - listed.keys()):
        taken = f"it takes {', '.join(listed)}" if listed else "it takes nothing"
        return f"{hook} does not know {', '.join(unlisted)} ({taken})"
    missing = [each for each in listed.values() if each.required and each.name not in parameters]
    if missing:
        return f"{hook} lacks {missing[0].name} ({missing[0].said})"
    if hook in MEANT_BY_ITS_PARAMETERS and not parameters:
        return f"{hook} says nothing without one of {', '.join(listed)}"
    for name, value in parameters.items():
        if not listed[name].fits(value):
            return f"{hook} has {value!r} in {name}, not {listed[name].said}"
    return None
