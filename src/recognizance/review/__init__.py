"""Review: candidates become decisions of people. Pure, without a store of its own."""

from recognizance.review.document import LeadView, lead_from_bytes, lead_to_bytes, view_for
from recognizance.review.lead import Choice, Lead, LeadCandidate, LeadState, Verdict, decide

__all__ = [
    "Choice",
    "Lead",
    "LeadCandidate",
    "LeadState",
    "LeadView",
    "Verdict",
    "decide",
    "lead_from_bytes",
    "lead_to_bytes",
    "view_for",
]
