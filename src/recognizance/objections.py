"""Objections: anybody can lodge one against a decision, and a permit is not renewed over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.ledger import Entry


@dataclass(slots=True)
class Objections:
    """The objections that the decisions log holds, and which of them were answered."""

    def replay(self, entry: Entry) -> None:
        """Take one entry of the decisions log into account."""
