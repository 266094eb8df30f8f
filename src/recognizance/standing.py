"""How each permit and each person stands, as the decisions log tells it.

A permit says what the rules and the officers decided on one day. What has happened since (a duty
attested, a use suspended, an order that came or did not, a reviewer trained, an assembly
announced, statistics published) stands in the same log, and a use is checked against both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.ledger import Entry


@dataclass(slots=True)
class Standing:
    """What the decisions log has said since the permits were issued."""

    def replay(self, entry: Entry) -> None:
        """Take one entry of the decisions log into account."""
