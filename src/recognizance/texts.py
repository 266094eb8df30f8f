"""What people write into a record: bounded, and without characters that would hide or steer."""

from __future__ import annotations

import unicodedata

from recognizance.errors import InputError

LONG = 4000
"""Most letters of a reason, an objection or an answer to one."""

SHORT = 200
"""Most letters of a name."""


def checked_text(text: str, *, what: str, longest: int = LONG, one_line: bool = False) -> str:
    """The text without blanks around it, if it can stand in a record.

    Args:
        text: What somebody wrote.
        what: What it is, for the error: "The reason".
        longest: Most letters.
        one_line: Whether line breaks are refused too.

    Raises:
        InputError: It has no letter or digit, is too long, or holds control or direction
            characters.
    """
    kept = text.strip()
    if not 1 <= len(kept) <= longest:
        raise InputError(f"{what} has 1 to {longest} letters.", hint="Write it in plain words.")
    if any(
        unicodedata.category(letter)[0] == "C" and (one_line or letter != "\n") for letter in kept
    ):
        raise InputError(
            f"{what} holds characters that nobody can see.",
            hint="Write plain text, without control characters.",
        )
    if not any(map(str.isalnum, kept)):
        raise InputError(f"{what} says nothing.", hint="Write it in plain words.")
    return kept
