"""Erasing: a person, a list, or everything under a permit; the gallery, then the ledger's payloads.

No verb removes an entry of the ledger. What is erased is what an entry commits to, so the record
that there was a use outlives everybody it was about (hook `use_log`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.checks import reveal_each
from recognizance.leads import without_subject
from recognizance.ledger import LogName
from recognizance.registry.naming import named_in
from recognizance.review import LeadState

if TYPE_CHECKING:
    from recognizance.gallery import Erasure, Gallery
    from recognizance.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was destroyed of a permit: references, leads, private payloads of its uses."""

    references: int
    leads: int
    payloads: int


def destroy_list(gallery: Gallery, permit_id: str) -> int:
    """Destroy the galleries of a permit, and what came into others under it; how many there were.

    A permit that renews another enrols into a gallery that is still the other's.
    """
    return gallery.destroy(
        each.reference_id
        for record in gallery.galleries()
        for each in gallery.references(record.gallery_id)
        if permit_id in {record.permit_id, each.permit_id}
    )


def destroy_gallery(gallery: Gallery, gallery_id: str) -> int:
    """Destroy every reference of one gallery; how many there were."""
    return gallery.destroy(each.reference_id for each in gallery.references(gallery_id))


def destroy_leads(ledger: Ledger, gallery: Gallery, permit_id: str) -> int:
    """Destroy every lead of a permit with its pictures; how many there were."""
    under = [
        lead for state in LeadState for lead in gallery.leads(state) if lead.permit_id == permit_id
    ]
    reveal_each(ledger, under)
    for lead in under:
        gallery.destroy_lead(lead.lead_id)
    return len(under)


def wipe_permit(ledger: Ledger, gallery: Gallery, permit_id: str) -> Wiped:
    """Destroy everything that came in or out under a permit; may be repeated."""
    references = destroy_list(gallery, permit_id)
    leads = destroy_leads(ledger, gallery, permit_id)
    payloads = [
        entry.index
        for entry in ledger.entries(LogName.USES)
        if entry.commitment
        and entry.public.get("permit") == permit_id
        and ledger.private(LogName.USES, entry.index) is not None
    ]
    for index in payloads:
        ledger.erase_private(LogName.USES, index)
    return Wiped(references, leads, len(payloads))


def forget(ledger: Ledger, gallery: Gallery, subject_id: str) -> Erasure:
    """Destroy what is held about a person; may be repeated, and then finds nothing.

    The ledger's entries stay as tombstones: their commitments can no longer be opened. Payloads
    go last, for the intent of the erasure itself names the person until the rest is done.
    """
    reveal_each(ledger, gallery.leads_naming(subject_id))
    erased = gallery.erase_subject(subject_id, amend=without_subject)
    for index in _payloads_naming(ledger, subject_id):
        ledger.erase_private(LogName.USES, index)
    return erased


def is_held(ledger: Ledger, gallery: Gallery, subject_id: str) -> bool:
    """Whether anything is held about a person, in a gallery, a lead or a payload of the ledger."""
    return gallery.holds_subject(subject_id) or bool(_payloads_naming(ledger, subject_id))


def _payloads_naming(ledger: Ledger, subject_id: str) -> list[int]:
    naming = []
    for entry in ledger.entries(LogName.USES):
        payload = ledger.private(LogName.USES, entry.index) if entry.commitment else None
        if subject_id in named_in(payload):
            naming.append(entry.index)
    return naming
