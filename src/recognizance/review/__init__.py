"""Review: candidates become decisions of people. Pure, without a store of its own."""

from recognizance.review.document import LeadView, lead_from_bytes, lead_to_bytes, view_for
from recognizance.review.lead import (
    WAITING,
    Choice,
    Contest,
    Lead,
    LeadCandidate,
    LeadState,
    Verdict,
    contest,
    decide,
)

__all__ = [
    "WAITING",
    "Choice",
    "Contest",
    "Lead",
    "LeadCandidate",
    "LeadState",
    "LeadView",
    "Verdict",
    "contest",
    "decide",
    "lead_from_bytes",
    "lead_to_bytes",
    "view_for",
]
