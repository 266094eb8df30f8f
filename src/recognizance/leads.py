"""Leads between the desk, the review, which is pure, and the gallery, which keeps them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from recognizance.errors import NotFoundError, ReviewPendingError
from recognizance.gallery import LeadRecord
from recognizance.review import (
    WAITING,
    Lead,
    LeadCandidate,
    LeadState,
    Part,
    lead_from_bytes,
    lead_to_bytes,
    part_in,
)
from recognizance.uses import gallery_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from recognizance.gallery import Gallery, LeadLine
    from recognizance.gate.permit import Permit
    from recognizance.types import Candidate, Principal
    from recognizance.uses import Request, UseNote

_LOOKED_AT = 300
"""House number: how many leads are opened to find the next one, a tenth of a second."""

_AT_ONCE = 10

UNDECIDED = frozenset({LeadState.EXPIRED, LeadState.WITHDRAWN})
"""States of a lead that ended before people had decided."""


def open_lead(
    note: UseNote, permit: Permit, candidates: Sequence[Candidate], *, reviews: int, now: datetime
) -> Lead:
    """The candidates of a search, as a lead that waits for so many reviewers. Scores stay out."""
    return Lead(
        lead_id=secrets.token_hex(8),
        permit_id=permit.permit_id,
        gallery_id=gallery_of(note.request),
        operator_id=note.request.principal.principal_id,
        case_id=note.request.case_id,
        probe_digest=note.probe_digest or "",
        candidates=tuple(LeadCandidate(c.reference_id, c.subject_id, c.rank) for c in candidates),
        reviews_needed=reviews,
        opened_at=now,
        quality=note.quality,
        searched=note.searched,
        rate_ppb=note.rate_ppb,
    )


def record_of(lead: Lead, picture: bytes, *, expires_at: datetime) -> LeadRecord:
    """A new lead with the probe's picture, as the gallery keeps it."""
    return LeadRecord(
        lead_id=lead.lead_id,
        version=1,
        gallery_id=lead.gallery_id,
        permit_id=lead.permit_id,
        state=lead.state,
        subject_ids=frozenset(each.subject_id for each in lead.candidates),
        body=lead_to_bytes(lead),
        crop=picture,
        created_at=lead.opened_at,
        expires_at=expires_at,
    )


def next_for(gallery: Gallery, reviewer: Principal, *, behind: LeadLine | None) -> str | None:
    """The lead that waits longest for this reviewer, behind that one and then from the beginning.

    It opens a bounded number of them; whoever has decided on so many that wait for others finds
    the next one in the queue.
    """
    places = ((behind.opened_at, behind.lead_id), None) if behind is not None else (None,)
    for place in places:
        lines = gallery.queue(WAITING, behind=place, most=_LOOKED_AT)
        for first in range(0, len(lines), _AT_ONCE):
            ids = [line.lead_id for line in lines[first : first + _AT_ONCE]]
            parts = parts_in(gallery, ids, reviewer)
            for lead_id in ids:
                if parts.get(lead_id) is Part.TO_DECIDE:
                    return lead_id
    return None


def parts_in(gallery: Gallery, lead_ids: Sequence[str], who: Principal) -> dict[str, Part]:
    """What somebody has to do with each lead; one whose time was over a moment ago is left out."""
    records = gallery.leads_of(lead_ids)
    return {each.lead_id: part_in(lead_from_bytes(each.body), who) for each in records}


def without_subject(body: bytes, subject_id: str) -> tuple[str, bytes]:
    """State and body of a kept lead once a person is erased from it."""
    lead = lead_from_bytes(body).without_subject(subject_id)
    return lead.state, lead_to_bytes(lead)


def pending(lead_id: str) -> ReviewPendingError:
    """The answer to a request whose candidate waits for people."""
    return ReviewPendingError(
        f"A candidate was found and waits for reviewers, as lead {lead_id}.",
        hint=f"Ask again once they have decided at /review/{lead_id}; until then neither a match "
        "nor its absence is told.",
        lead_id=lead_id,
    )


def check_asked(lead: Lead, request: Request, samples: Sequence[str]) -> None:
    """Does this lead come of this very request?

    Raises:
        NotFoundError: It comes of another one.
    """
    led = (lead.operator_id, lead.permit_id, lead.gallery_id, lead.case_id, (lead.probe_digest,))
    asked = (
        request.principal.principal_id,
        request.permit_id,
        request.gallery_id,
        request.case_id,
        tuple(samples),
    )
    if led != asked:
        raise _gone()


def decided_on(lead: Lead, *, ended: bool) -> LeadCandidate | None:
    """Whom people confirmed, once they have decided; None for nobody.

    Args:
        lead: The lead.
        ended: Whether its time is over.

    Raises:
        ReviewPendingError: It waits for people, be it that it was contested.
        NotFoundError: It ended before they had decided.
    """
    if ended or lead.state in UNDECIDED:
        raise _gone()
    if lead.state in WAITING:
        raise pending(lead.lead_id)
    return lead.confirmed


def _gone() -> NotFoundError:
    return NotFoundError(
        "No lead of this request is kept.", hint="Ask anew; it is another use, on the record."
    )
