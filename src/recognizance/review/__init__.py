"""Review: candidates become decisions of people. Pure, without a store of its own."""

from recognizance.review.document import LeadView, lead_from_bytes, lead_to_bytes, view_for
from recognizance.review.lead import (
    WAITING,
    Lead,
    LeadState,
    Part,
    contest,
    decide,
    part_in,
    set_aside,
)
from recognizance.review.looking import LEAST_VIEWING, check_looked, look_longer, looked_at
from recognizance.review.notes import notes_of
from recognizance.review.verdict import Choice, Contest, LeadCandidate, Showing, Verdict

__all__ = [
    "LEAST_VIEWING",
    "WAITING",
    "Choice",
    "Contest",
    "Lead",
    "LeadCandidate",
    "LeadState",
    "LeadView",
    "Part",
    "Showing",
    "Verdict",
    "check_looked",
    "contest",
    "decide",
    "lead_from_bytes",
    "lead_to_bytes",
    "look_longer",
    "looked_at",
    "notes_of",
    "part_in",
    "set_aside",
    "view_for",
]
