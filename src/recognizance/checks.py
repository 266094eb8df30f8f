"""Planted leads once they end, and what they tell of each reviewer.

Until it ends, a planted lead is counted as any other, for a count that leaves it out would tell
which one it is. When it ends (decided, expired, erased or destroyed) one entry of the uses log says
that it was planted, and takes it out of every count again; that entry keeps, in its private part,
what each reviewer said of it. Of the people on it nothing stands there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.conditions.meter import lower_bound
from recognizance.errors import NotFoundError
from recognizance.ledger import LogName
from recognizance.registry.tally import CHECK
from recognizance.review import Choice, LeadState, lead_from_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognizance.gallery import Gallery, LeadRecord
    from recognizance.ledger import Ledger
    from recognizance.registry.standing import Standing
    from recognizance.review import Lead

FALSE_ACCEPTS = 0.05
"""House number: most false accepts of planted leads. Whoever's rate is above it beyond reasonable
doubt is suspended."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How a reviewer did on planted leads, since the first or since a suspension was lifted.

    Attributes:
        reviewer_id: The principal.
        seen: Planted leads on which the reviewer spoke.
        false_accepts: How often the reviewer said that it is the same person.
    """

    reviewer_id: str
    seen: int
    false_accepts: int

    @property
    def lower(self) -> float:
        """Exact one-sided lower 95 % bound of the rate (Clopper and Pearson 1934)."""
        return lower_bound(self.false_accepts, self.seen)

    @property
    def upper(self) -> float:
        """Exact one-sided upper 95 % bound; 1 where nothing was seen."""
        return 1 - lower_bound(self.seen - self.false_accepts, self.seen)

    @property
    def over(self) -> bool:
        """Whether the reviewer is suspended; one false accept alone never does it."""
        return self.false_accepts > 1 and self.lower > FALSE_ACCEPTS


def reveal(ledger: Ledger, lead: Lead) -> None:
    """Record that a lead was planted, and what was said of it; may be repeated."""
    entries = ledger.entries(LogName.USES, kinds={CHECK})
    now = ledger.latest_time()
    if lead.planted is None or now is None:
        return
    if any(entry.public.get("lead") == lead.lead_id for entry in entries):
        return
    said = [{"reviewer": each.reviewer_id, "choice": each.choice.value} for each in lead.verdicts]
    ledger.append(
        LogName.USES,
        CHECK,
        {"operation": CHECK, "outcome": CHECK, "lead": lead.lead_id},
        private={"said": said},
        now=now,
    )


def reveal_each(ledger: Ledger, records: Iterable[LeadRecord]) -> None:
    """`reveal` for those of the leads that were planted, before they are destroyed."""
    for record in records:
        reveal(ledger, lead_from_bytes(record.body))


def destroy_orphans(ledger: Ledger, gallery: Gallery) -> int:
    """Destroy planted leads whose probe shows somebody whose reference is gone; how many."""
    orphans = [
        record
        for state in LeadState
        for record in gallery.leads(state)
        if not _has_source(gallery, lead_from_bytes(record.body))
    ]
    reveal_each(ledger, orphans)
    for record in orphans:
        gallery.destroy_lead(record.lead_id)
    return len(orphans)


def _has_source(gallery: Gallery, lead: Lead) -> bool:
    if lead.planted is None:
        return True
    try:
        gallery.reference(lead.planted)
    except NotFoundError:
        return False
    return True


def measured(ledger: Ledger, standing: Standing) -> Mapping[str, Measured]:
    """What planted leads that have ended tell of each reviewer who spoke on one.

    Whoever was suspended and let back is measured anew from then on.
    """
    counts: dict[str, list[int]] = {}
    for entry in ledger.entries(LogName.USES, kinds={CHECK}):
        payload = ledger.private(LogName.USES, entry.index)
        for said in payload.get("said", ()) if isinstance(payload, dict) else ():
            restored = standing.restored_at(said["reviewer"])
            if restored is None or entry.time > restored:
                count = counts.setdefault(said["reviewer"], [0, 0])
                count[0] += 1
                count[1] += said["choice"] == Choice.SAME_PERSON
    return {who: Measured(who, *count) for who, count in counts.items()}
