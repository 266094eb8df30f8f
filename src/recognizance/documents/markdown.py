"""A document as Markdown (CommonMark with tables).

Every text that is not ours is data: its special characters are escaped and its line breaks
become spaces, so that it can open no heading, link, table cell or HTML tag.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from recognizance.documents.model import Table
from recognizance.documents.plain import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recognizance.documents.model import Content, Document, Item

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|~&$]|:(?=\S))")
"""Characters that mean something anywhere in a line; a colon, where it could begin a link."""

_AT_LINE_START: Final = re.compile(r"^(?:(?=[-+=#])|(\d{1,9})(?=[.)](?:\s|$)))")
"""Where a line would begin a list, a heading or a rule: a backslash goes in here."""

_BARE_LINK: Final = re.compile(r"\b(www)(?=\.)", re.IGNORECASE)
BREAK: Final = "\\\n"
"""A line break inside a paragraph that no editor strips, as two trailing blanks would be."""


def to_markdown(document: Document) -> str:
    """Write a document as Markdown."""
    return "\n\n".join(_blocks(document)) + "\n"


def escaped(text: str) -> str:
    """A text as one line of Markdown that reads as exactly that text."""
    line = " ".join(visible(text).split())
    line = _SPECIAL.sub(r"\\\1", line)
    line = _BARE_LINK.sub(r"\1\\", line)
    return _AT_LINE_START.sub(r"\1\\", line)


def _blocks(document: Document) -> Iterator[str]:
    yield f"# {escaped(document.title)}"
    yield escaped(document.intro)
    yield (
        f"{document.filled} fields are filled. {len(document.gaps)} are not, and each says what "
        "is missing."
    )
    if document.code is not None:
        yield f"The QR code of the HTML version holds: {escaped(document.code)}"
    for section in document.sections:
        yield f"## {escaped(section.heading)}"
        if section.note:
            yield escaped(section.note)
        for item in section.items:
            yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    label = f"**{escaped(item.label)}**"
    if item.value is None:
        yield f"{label}{BREAK}**MISSING:** {escaped(item.ask)}"
        return
    source = f"*From {escaped(item.source)}*"
    if isinstance(item.value, str):
        yield f"{label}{BREAK}{escaped(item.value)}{BREAK}{source}"
        return
    yield f"{label}{BREAK}{source}"
    yield _several(item.value)


def _several(value: Content) -> str:
    if isinstance(value, Table):
        rows = [_cells(value.head), _row("---" for _ in value.head), *map(_cells, value.rows)]
        return "\n".join(rows)
    return "\n".join(f"- {escaped(text)}" for text in value)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: tuple[str, ...]) -> str:
    return _row(escaped(cell) for cell in row)
