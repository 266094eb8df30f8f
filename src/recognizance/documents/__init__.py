"""The documents that people are owed, made of one submission and what followed from it.

Each is a pure function from `Sources` to a `Document`, which `to_markdown` and `to_html` show. No
field is invented: it is filled from a value whose source it names, or marked `MISSING` with what
to state and where.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.documents import (
    atrs,
    dpia,
    fria,
    model_card,
    notice,
    register,
    washington,
)
from recognizance.documents.html import to_html
from recognizance.documents.markdown import to_markdown
from recognizance.documents.model import Document, Item, Section, Table
from recognizance.documents.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "KINDS",
    "Document",
    "Item",
    "Section",
    "Sources",
    "Table",
    "make",
    "to_html",
    "to_markdown",
]

_MAKERS: Final[Mapping[str, Callable[[Sources], Document]]] = MappingProxyType(
    {
        "notice": notice.make,
        "atrs": atrs.make,
        "fria": fria.make,
        "dpia": dpia.make,
        "washington": washington.make,
        "model_card": model_card.make,
    }
)

KINDS: Final = ("register", *_MAKERS)
"""Every kind of document, in the order in which they are listed."""


def make(kind: str, facts: Sources, *, published: bool) -> Document:
    """Make one document.

    Args:
        kind: One of `KINDS`.
        facts: The sources.
        published: Whether the permit has been published; see `register.make`.

    Raises:
        RefusedError: A register entry of a permit that is withheld.
        TargetUnsupportedError: The permit's target lies below what the evidence supports.
    """
    if kind == "register":
        return register.make(facts, published=published)
    return _MAKERS[kind](facts)
