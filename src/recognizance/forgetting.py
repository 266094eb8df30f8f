"""Erasing a person: the gallery's rows and keys, then what the ledger's payloads say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.leads import without_subject
from recognizance.ledger import LogName

if TYPE_CHECKING:
    from typing import Any

    from recognizance.gallery import Erasure, Gallery
    from recognizance.ledger import Ledger


def forget(ledger: Ledger, gallery: Gallery, subject_id: str) -> Erasure:
    """Destroy what is held about a person; may be repeated, and then finds nothing.

    The ledger's entries stay as tombstones: their commitments can no longer be opened. Payloads
    go last, for the intent of the erasure itself names the person until the rest is done.
    """
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
        if isinstance(payload, dict) and subject_id in _named(payload):
            naming.append(entry.index)
    return naming


def _named(payload: dict[str, Any]) -> set[object]:
    return {payload.get("subject"), *payload.get("subjects", ())}
