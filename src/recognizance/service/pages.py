"""Where a list goes on: a word for the client that it can neither read nor make up.

It is sealed for one list and one caller, so that nobody learns from it how much there is, or goes
on in somebody else's list.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from recognizance.errors import InputError, RecognizanceError
from recognizance.keys import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence

PURPOSE: Final = "pages"
"""What the key is derived for; see `Workspace.secret_for`."""


class Pages:
    """Makes and reads such words.

    Args:
        key: 32 bytes; see `Workspace.secret_for`.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def word(self, after: int, *of: str) -> str:
        """The word for going on after a row, in the list and for the caller that `of` names."""
        sealed = seal(self._key, str(after).encode(), context=_context(of))
        return base64.urlsafe_b64encode(sealed).decode()

    def after(self, word: str | None, *of: str) -> int:
        """The row to go on after; 0 for the beginning.

        Raises:
            InputError: The word was not made here, or not for this list and this caller.
        """
        if word is None:
            return 0
        try:
            sealed = base64.b64decode(word.encode(), altchars=b"-_", validate=True)
            return int(unseal(self._key, sealed, context=_context(of)))
        except (binascii.Error, ValueError, RecognizanceError) as error:
            raise InputError(
                "That is no word with which this list goes on.", hint="Begin the list anew."
            ) from error


def _context(of: Sequence[str]) -> bytes:
    return "|".join(("page", *of)).encode()
