"""A lead at rest, and as it stands in a list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A lead in a list: nothing of what is sealed.

    No closer time than the hour stands there: it would tell a lead that was planted from its
    neighbours.

    Attributes:
        lead_id: Its id.
        permit_id: Permit under which it was searched.
        gallery_id: The gallery that was searched.
        state: State of the review.
        opened_at: The hour in which it was put.
        expires_at: The hour in which it is to be destroyed.
    """

    lead_id: str
    permit_id: str
    gallery_id: str
    state: str
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """A lead at rest. The store seals `body` and `crop` under a key of the lead's own.

    Attributes:
        lead_id: Its id.
        version: Counts from 1; each replacement is one more.
        gallery_id: The gallery that was searched.
        permit_id: Permit under which it was searched.
        state: State of the review, in the clear so that leads can be listed by it.
        subject_ids: Whom the candidates name; kept as an index, so that an erasure finds them.
        body: The lead as canonical JSON; the store does not look into it.
        crop: The probe's face as JPEG or PNG, or `None`.
        created_at: When it was put.
        expires_at: When it is to be destroyed.
    """

    lead_id: str
    version: int
    gallery_id: str
    permit_id: str
    state: str
    subject_ids: frozenset[str]
    body: bytes = field(repr=False)
    crop: bytes | None = field(repr=False)
    created_at: datetime
    expires_at: datetime

    def with_body(self, body: bytes, state: str) -> LeadRecord:
        """The same lead, one decision later; `version` stays until the store replaces it."""
        return replace(self, body=body, state=state)

    @property
    def line(self) -> LeadLine:
        """The lead as it stands in a list."""
        return LeadLine(
            self.lead_id,
            self.permit_id,
            self.gallery_id,
            self.state,
            _hour(self.created_at),
            _hour(self.expires_at),
        )


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
