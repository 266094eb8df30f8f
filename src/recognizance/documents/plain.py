"""Texts that come from outside, made visible before they are shown."""

from __future__ import annotations

import unicodedata
from typing import Final

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters that steer a reader's eye or program without being seen."""

SHOWN_AS: Final = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    """A text in which every hidden character is shown; line breaks and tabs stay."""
    return "".join(
        SHOWN_AS
        if character not in "\n\t" and unicodedata.category(character) in HIDDEN
        else character
        for character in text
    )
