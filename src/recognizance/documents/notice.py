"""The notice at the place: large, short, with a way to object and a QR code to the register.

Source: rule GV-02 (the notice shows the permit and its rules); GDPR Art. 13 (who processes, what
for, how long, which rights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents import items
from recognizance.documents.items import stated
from recognizance.documents.model import Document, Section

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources

TITLE: Final = "Face recognition"
INTRO: Final = "At this place a computer may compare your face. How to ask or object stands below."


def make(facts: Sources) -> Document:
    """Make the notice. Its code holds the register's address, or else the permit's id."""
    permit = None if facts.permit is None else facts.permit.permit_id
    return Document(
        "notice",
        TITLE,
        INTRO,
        (
            Section(
                "What for",
                (
                    stated(facts, "purpose", "Purpose"),
                    stated(facts, "operator", "Operator"),
                    stated(facts, "pop.kind", "Whose faces"),
                    stated(facts, "ret.nonmatch_s", "If you match nobody, wiped after"),
                ),
            ),
            Section(
                "Your rights",
                (
                    items.contact(facts, "Object, see, erase"),
                    stated(facts, "alternative", "Equal way without your face"),
                ),
            ),
            Section(
                "Permit",
                (
                    items.permit_id(facts, "Permit"),
                    items.permit_until(facts, "Ends"),
                    items.standing(facts, "Approved by"),
                    items.rule_ids(facts, "Rules"),
                    items.register_address(facts, "Register"),
                ),
            ),
        ),
        code=facts.register_url or permit,
        large=True,
    )
