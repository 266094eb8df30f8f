"""Signatures that were used already: a request that changes something counts once.

Clients sign anew when they try again, so the very same signature twice is a copy. It is remembered
for as long as it would be taken, in the memory of this process; what was signed before the process
began is not taken for a change, for nobody remembers it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from recognizance.errors import ServiceBusyError

if TYPE_CHECKING:
    from datetime import datetime

MOST_KNOWN: Final = 100_000
"""House number: twice what one caller can send within the time that a signature is taken."""


@dataclass(slots=True)
class Signatures:
    """Those that were used; who asks for one first has it.

    Attributes:
        since: When this process began.
    """

    since: datetime
    _until: dict[str, datetime] = field(default_factory=dict)

    def take(self, signature: str, *, signed: datetime, until: datetime, now: datetime) -> bool:
        """Use a signature; False where it was used before, or may have been.

        Args:
            signature: The signature.
            signed: When it was made.
            until: Until when it would be taken.
            now: The clock.

        Raises:
            ServiceBusyError: More are remembered than there is room for; none is forgotten early.
        """
        if signed < self.since.replace(microsecond=0):
            return False
        if len(self._until) >= MOST_KNOWN:
            self._until = {each: end for each, end in self._until.items() if end >= now}
            if len(self._until) >= MOST_KNOWN:
                raise ServiceBusyError(
                    "More changes are asked of this server than it can remember.",
                    hint="Ask again in a few minutes.",
                )
        if self._until.get(signature, now) > now:
            return False
        self._until[signature] = until
        return True

    def give_back(self, signature: str) -> None:
        """Forget a signature whose request changed nothing, for its client will try again."""
        self._until.pop(signature, None)
