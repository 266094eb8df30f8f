"""Settle what was cut off: every open intent is finished or rolled back.

Ledger and gallery cannot commit together. What the gallery did under an intent that nothing
closed was never released, so an enrollment or a lead is rolled back. An erasure is finished:
somebody was promised it. A verdict is kept if the gallery took it, for it was the reviewer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.checks import reveal_each
from recognizance.forgetting import destroy_gallery, forget
from recognizance.gallery import CHANGES
from recognizance.ledger import LogName
from recognizance.review import LeadState

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from recognizance.gallery import Gallery
    from recognizance.ledger import Entry, Ledger


def settle(
    ledger: Ledger,
    gallery: Gallery,
    *,
    now: datetime,
    only: int | None = None,
    watches: bool = True,
) -> int:
    """Close every open intent, or one.

    Without `only`, whoever calls makes sure that nobody else is at work.

    Args:
        ledger: Where the intents stand.
        gallery: What they changed.
        now: The clock.
        only: Index of the one that is meant.
        watches: Whether those of watches are closed too; not while one may still go on.

    Returns:
        How many were closed.
    """
    found = ledger.open_intents(LogName.USES)
    if only is not None:
        intents = [each for each in found if each.index == only]
    else:
        intents = [each for each in found if watches or not _is_watch(each)]
    for intent in intents:
        # A watch changed nothing by itself: what it counted and held has entries of its own.
        outcome = "cut_off" if _is_watch(intent) else _settle_one(ledger, gallery, intent)
        ledger.append(
            LogName.USES,
            intent.kind,
            {"outcome": outcome, "operation": intent.kind, CHANGES: gallery.changes()},
            closes=intent.index,
            now=now,
        )
    return len(intents)


def _is_watch(intent: Entry) -> bool:
    """Whether this began a watch; a lead of one is an intent of its own."""
    return intent.kind == "watch" and intent.public.get("outcome") == "started"


def _settle_one(ledger: Ledger, gallery: Gallery, intent: Entry) -> str:
    payload: Any = ledger.private(LogName.USES, intent.index) or {}
    match intent.kind:
        case "enroll":
            gallery.remove_intent(f"uses/{intent.index}")
            return "rolled_back"
        case "search" | "verify" | "watch":
            if "lead" in payload:  # gone with everything else where a permit was wiped meanwhile
                gallery.destroy_lead(payload["lead"])
            return "rolled_back"
        case "decide" | "contest":
            if "lead" not in payload:
                return "rolled_back"
            lead = gallery.lead(payload["lead"])
            if lead.state == LeadState.CHECK:
                reveal_each(ledger, [lead])
            return "finished" if lead.version > payload["version"] else "rolled_back"
        case "erase" | "take_out" | "empty":
            _finish_erasure(ledger, gallery, payload)
            return "finished"
    return "rolled_back"


def _finish_erasure(ledger: Ledger, gallery: Gallery, payload: dict[str, Any]) -> None:
    """An erasure wipes its own payload last: without one, it had nothing left to do."""
    if "emptied" in payload:
        destroy_gallery(gallery, payload["emptied"])
    elif "references" in payload:
        gallery.destroy(payload["references"])
    elif "subject" in payload:
        forget(ledger, gallery, payload["subject"])
