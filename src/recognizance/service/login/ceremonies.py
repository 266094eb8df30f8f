"""What is remembered between the two halves of a login: for some minutes, and for one use.

In memory: there is one process (docs/adr/0014), and whoever was in between when it stopped begins
again.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from recognizance.errors import UnauthenticatedError
from recognizance.service.accounts import TOKEN_BYTES

if TYPE_CHECKING:
    from datetime import datetime

LASTS: Final = timedelta(minutes=5)
MOST_AT_ONCE: Final = 1_000
"""House number: anybody may begin a login, so the oldest ones are forgotten first."""

T = TypeVar("T")


@dataclass(slots=True)
class Ceremonies(Generic[T]):
    """Logins that have begun, by a secret that the browser brings back."""

    _begun: OrderedDict[str, tuple[T, str | None, datetime]] = field(default_factory=OrderedDict)

    def begin(self, what: T, *, now: datetime, owner: str | None = None) -> str:
        """Remember something, for somebody who is logged in or for whoever comes; its secret."""
        while len(self._begun) >= MOST_AT_ONCE:
            self._begun.popitem(last=False)
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        self._begun[secret] = (what, owner, now + LASTS)
        return secret

    def end(self, secret: str, *, now: datetime, owner: str | None = None) -> T:
        """What was remembered; it is forgotten with that, whatever becomes of the login.

        Raises:
            UnauthenticatedError: Nothing is, it was somebody else's, or it is too long ago.
        """
        found = self._begun.pop(secret, None)
        if found is None or found[1] != owner or now >= found[2]:
            raise UnauthenticatedError(
                "This login was not begun here, is over, or took too long.", hint="Begin it again."
            )
        return found[0]
