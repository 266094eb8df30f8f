"""Signatures that were used already: a request that changes something counts once.

The time in a signature has no finer grain than a second, so a client that asks the same twice
within one signs both alike. The second is then answered as the first was; nothing is done again.
Later it is a copy, for whoever tries again signs anew, and is refused for as long as its signature
would be taken. All this is remembered by this process; what was signed before it began changes
nothing, for nobody remembers it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from recognizance.errors import ServiceBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

T = TypeVar("T")

ALIKE_S = 2.0
"""So long after the first a request that was signed alike may be its client's own: a second, and
the time that it took to come."""

MOST_KNOWN: Final = 100_000
"""House number: twice what one caller can send within the time that a signature is taken."""


@dataclass(slots=True)
class _Used:
    until: datetime
    doing: asyncio.Task[Any] | None


@dataclass(slots=True)
class Signatures:
    """Those that were used.

    Attributes:
        since: When this process began.
    """

    since: datetime
    _used: dict[str, _Used] = field(default_factory=dict)

    async def once(
        self,
        signature: str,
        do: Callable[[], Coroutine[Any, Any, T]],
        *,
        signed: datetime,
        until: datetime,
        now: datetime,
    ) -> T | None:
        """Make a change, unless it was made; None for a copy.

        Args:
            signature: The signature.
            do: Makes the change.
            signed: When the signature was made.
            until: Until when it would be taken.
            now: The clock.

        Raises:
            ServiceBusyError: More are remembered than there is room for; none is forgotten early.
        """
        known = self._used.get(signature)
        if known is None:
            if signed < self.since.replace(microsecond=0):
                return None
            self._make_room(now)
            known = self._used[signature] = _Used(until, asyncio.ensure_future(do()))
            asyncio.get_running_loop().call_later(ALIKE_S, self._settle, signature)
        if known.doing is None:
            return None
        answer: T = await asyncio.shield(known.doing)
        return answer

    def forget(self, signature: str) -> None:
        """Forget a signature whose request failed so that its client tries again."""
        self._used.pop(signature, None)

    def _settle(self, signature: str) -> None:
        """From now on this signature is a copy's; what was answered is not kept."""
        if (known := self._used.get(signature)) is not None:
            known.doing = None

    def _make_room(self, now: datetime) -> None:
        if len(self._used) < MOST_KNOWN:
            return
        self._used = {each: known for each, known in self._used.items() if known.until >= now}
        if len(self._used) >= MOST_KNOWN:
            raise ServiceBusyError(
                "More changes are asked of this server than it can remember.",
                hint="Ask again in a few minutes.",
            )
