"""Duties without a daemon: what is overdue is done before anything else, and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.ledger import LogName

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gallery import Gallery
    from recognizance.ledger import Ledger


def run_due(ledger: Ledger, gallery: Gallery, *, now: datetime) -> int:
    """Destroy references and leads whose time is over.

    Destroying twice does no harm, so the entry follows the deed: a process that dies in between
    leaves nothing behind but an entry that the next one writes.

    Returns:
        How many references and leads were destroyed.
    """
    references, leads = gallery.expired(now), gallery.expired_leads(now)
    if not references and not leads:
        return 0
    gallery.destroy(each.reference_id for each in references)
    for lead in leads:
        gallery.destroy_lead(lead.lead_id)
    ledger.append(
        LogName.USES,
        "retention",
        {"outcome": "destroyed", "references": len(references), "leads": len(leads)},
        now=now,
    )
    return len(references) + len(leads)
