"""Duties without a daemon: what is overdue is done before anything else, and recorded.

Destroying or publishing twice does no harm, so the entry follows the deed: a process that dies in
between leaves nothing behind but an entry that the next one writes. Only a revocation comes first,
so that nothing more comes in while the old is destroyed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.checks import destroy_orphans, reveal_each
from recognizance.conditions import (
    end_of_deployment,
    end_of_purpose,
    has,
    numbers,
    order_missing,
    rules_of,
)
from recognizance.forgetting import destroy_leads, destroy_list, wipe_permit
from recognizance.gallery import CHANGES
from recognizance.ledger import LogName
from recognizance.registry.standing import PROGRAM
from recognizance.registry.tally import RETENTION

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from recognizance.gallery import Gallery
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Ledger
    from recognizance.registry import Registry


def run_due(
    ledger: Ledger,
    gallery: Gallery,
    registry: Registry,
    find: Callable[[str], Permit],
    *,
    now: datetime,
) -> int:
    """Do everything that is overdue at `now`.

    Args:
        ledger: Where it is recorded.
        gallery: Where it is destroyed.
        registry: What the decisions log says.
        find: A permit by its id, also one whose file is lost: duties outlive files.
        now: The time.

    Returns:
        How many references and leads were destroyed because their own time was over.

    Raises:
        LedgerDamagedError: What a permit asks for can no longer be known.
    """
    registry.refresh()
    permits = tuple(map(find, registry.issued))
    enforce_orders(ledger, gallery, registry, permits, now=now)
    destroy_lists(ledger, gallery, registry, permits, now=now)
    publish(registry, permits, now=now)
    return destroy_expired(ledger, gallery, now=now)


def enforce_orders(
    ledger: Ledger,
    gallery: Gallery,
    registry: Registry,
    permits: Collection[Permit],
    *,
    now: datetime,
) -> None:
    """Where no order came in time, or it was refused: the permit ends, and all that came of it.

    Regulation (EU) 2024/1689, Art. 5(3) and 26(10) (rules LE-04, LE-08).
    """
    for permit in permits:
        permit_id = permit.permit_id
        if permit_id in registry.standing.wiped:
            continue
        if not order_missing(permit, registry.standing, now=now):
            continue
        if permit_id not in registry.revoked:
            registry.record(
                "permit_revoked",
                {
                    "permit": permit_id,
                    "by": PROGRAM,
                    "rules": list(rules_of(permit, "order_timer")),
                },
                now=now,
            )
        wiped = wipe_permit(ledger, gallery, permit_id)
        registry.record(
            "permit_wiped",
            {
                "permit": permit_id,
                "references": wiped.references,
                "leads": wiped.leads,
                "payloads": wiped.payloads,
                CHANGES: gallery.changes(),
            },
            now=now,
        )


def destroy_lists(
    ledger: Ledger,
    gallery: Gallery,
    registry: Registry,
    permits: Collection[Permit],
    *,
    now: datetime,
) -> None:
    """Destroy lists at the end of their deployment, and what a revoked permit may not leave.

    A list passes to a permit that renews its own: from its issue on, also while it rests, until it
    is revoked or its deployment ends.
    """
    renewed = {
        each.renews
        for each in permits
        if each.permit_id not in registry.revoked and now < end_of_deployment(each, None)
    }
    for permit in permits:
        permit_id = permit.permit_id
        revoked_at = registry.standing.revoked_at.get(permit_id)
        ended = end_of_deployment(permit, revoked_at)
        if has(permit, "list_destroyed") and now >= ended and permit_id not in renewed:
            latest = ended + timedelta(hours=min(numbers(permit, "list_destroyed", "hours") or [0]))
            references = destroy_list(gallery, permit_id)
            if references:
                destroy_orphans(ledger, gallery)
                _record_destroyed(
                    ledger,
                    gallery,
                    "list_destroyed",
                    permit,
                    references,
                    now=now,
                    late=now > latest,
                )
        kept_until = end_of_purpose(permit, revoked_at) if revoked_at else None
        if kept_until is not None and now >= kept_until and permit_id not in renewed:
            held = destroy_list(gallery, permit_id) + destroy_leads(ledger, gallery, permit_id)
            if held:
                destroy_orphans(ledger, gallery)
                _record_destroyed(ledger, gallery, RETENTION, permit, held, now=now)


def publish(registry: Registry, permits: Collection[Permit], *, now: datetime) -> None:
    """Publish what an order kept quiet, once its window is over (rule GV-05)."""
    for permit in permits:
        permit_id = permit.permit_id
        hours = numbers(permit, "publication_after", "hours")
        if not hours or registry.standing.published(permit_id) is not None:
            continue
        ended = end_of_deployment(permit, registry.standing.revoked_at.get(permit_id))
        if now >= ended:
            registry.record(
                "permit_published",
                {
                    "permit": permit_id,
                    "digest": permit.digest,
                    "purpose": permit.purpose,
                    "by": PROGRAM,
                    "late": now > ended + timedelta(hours=min(hours)),
                },
                now=now,
            )


def destroy_expired(ledger: Ledger, gallery: Gallery, *, now: datetime) -> int:
    """Destroy references and leads whose own time is over; how many there were."""
    references, leads = gallery.expired(now), gallery.expired_leads(now)
    if not references and not leads:
        return 0
    gallery.destroy(each.reference_id for each in references)
    reveal_each(ledger, leads)
    for lead in leads:
        gallery.destroy_lead(lead.lead_id)
    if references:
        destroy_orphans(ledger, gallery)
    ledger.append(
        LogName.USES,
        RETENTION,
        {
            "outcome": "destroyed",
            "references": len(references),
            "leads": len(leads),
            CHANGES: gallery.changes(),
        },
        now=now,
    )
    return len(references) + len(leads)


def _record_destroyed(
    ledger: Ledger,
    gallery: Gallery,
    kind: str,
    permit: Permit,
    number: int,
    *,
    now: datetime,
    late: bool = False,
) -> None:
    ledger.append(
        LogName.USES,
        kind,
        {
            "outcome": "destroyed",
            "permit": permit.permit_id,
            "number": number,
            "late": late,
            CHANGES: gallery.changes(),
        },
        now=now,
    )
