"""A document as data: sections of items, each filled from a named source or marked as missing.

No renderer and no document adds a fact of its own. A title, a heading, a label and a note are the
same whatever was handed over; only values differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows.

    Attributes:
        head: What the columns hold.
        rows: The rows, each as long as `head`.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Content: TypeAlias = str | tuple[str, ...] | Table
"""What a field may hold: a text, a list of texts, or a table."""


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a document.

    Attributes:
        label: What the field is called.
        value: What it holds; None where nobody stated it.
        source: Where the value comes from, like `submission: place.kind`; empty where only the
            operator can know it.
        ask: What to state, and where; shown in place of a missing value.
    """

    label: str
    value: Content | None
    source: str
    ask: str

    @property
    def missing(self) -> bool:
        """Whether nobody stated it."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Section:
    """A few fields under one heading; `note` says what the section is for."""

    heading: str
    items: tuple[Item, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can be shown as Markdown or HTML.

    Attributes:
        kind: Its short name, which names its files.
        title: What it is.
        intro: What it is for and which rule or standard asks for it.
        sections: Its sections.
        code: Text for a QR code, or None for a document without one.
        large: Whether it hangs on a wall, to be read at three metres.
    """

    kind: str
    title: str
    intro: str
    sections: tuple[Section, ...]
    code: str | None = None
    large: bool = False

    def items(self) -> Iterator[Item]:
        """Every field, in order."""
        for section in self.sections:
            yield from section.items

    @property
    def filled(self) -> int:
        """How many fields are filled."""
        return sum(not item.missing for item in self.items())

    @property
    def gaps(self) -> tuple[Item, ...]:
        """The fields that nobody stated."""
        return tuple(item for item in self.items() if item.missing)
