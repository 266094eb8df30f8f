"""Tables that sort, filter, turn pages and export, with or without a script.

The order, the words looked for and the page stand in the address, so that a view can be kept and
sent. A CSV holds every row that the filter leaves, and no cell that a spreadsheet would run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from fastapi.responses import Response

from recognizance.types import utc_text

if TYPE_CHECKING:
    from typing import Self

PER_PAGE: Final = 50
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: Its key in a row.
        title: What stands over it.
        link: Makes the address that a cell leads to; None where it leads nowhere.
        tag: Whether a cell is a state, shown as a tag.
        number: Whether it is set flush right.
    """

    name: str
    title: str
    link: Callable[[Mapping[str, Any]], str] | None = None
    tag: bool = False
    number: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What is shown of a table.

    Attributes:
        columns: Its columns.
        rows: The rows of this page.
        found: How many rows the filter leaves.
        words: What was looked for.
        order: The column that it is sorted by, with `-` before it for downwards.
        page: Which page, from 1.
        caption: What the table is of.
        kept: Other parts of the address, which stay.
    """

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    found: int
    words: str
    order: str
    page: int
    caption: str
    all_rows: Sequence[Mapping[str, Any]] = field(repr=False)
    kept: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        caption: str,
        columns: Sequence[Column],
        rows: Sequence[Mapping[str, Any]],
        query: Mapping[str, str],
        *,
        order: str = "",
    ) -> Self:
        """Filter, sort and cut rows as the address says; an order that is none is left out."""
        words = query.get("q", "").strip()[:200]
        wanted = query.get("sort", order)
        name = wanted.removeprefix("-")
        if name not in {column.name for column in columns}:
            wanted, name = order, order.removeprefix("-")
        left = [row for row in rows if _has(row, columns, words)] if words else list(rows)
        if name:
            left.sort(key=lambda row: _sortable(row[name]), reverse=wanted.startswith("-"))
        pages = max(1, -(-len(left) // PER_PAGE))
        number = query.get("page", "1")
        page = min(max(int(number), 1), pages) if number.isdecimal() and len(number) < 9 else 1  # noqa: PLR2004  # digits of any page there is
        shown = left[(page - 1) * PER_PAGE : page * PER_PAGE]
        kept = {k: v for k, v in query.items() if k not in {"q", "sort", "page", "format"}}
        return cls(columns, shown, len(left), words, wanted, page, caption, left, kept)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found // PER_PAGE))

    def address(self, **changes: object) -> str:
        """The address of the same table with another order, page or form."""
        parts = {"q": self.words, "sort": self.order, **self.kept} | changes
        return "?" + urlencode({key: value for key, value in parts.items() if value})

    def turned(self, column: Column) -> str:
        """The order that a click on a column's head asks for."""
        return f"-{column.name}" if self.order == column.name else column.name

    def as_csv(self, name: str) -> Response:
        """Every row that is left, as a file of that name."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(column.title for column in self.columns)
        for row in self.all_rows:
            writer.writerow(harmless(row[column.name]) for column in self.columns)
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def text_of(value: object) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return utc_text(value)
    return str(value)


def _has(row: Mapping[str, Any], columns: Sequence[Column], words: str) -> bool:
    cells = " ".join(text_of(row[column.name]) for column in columns).casefold()
    return all(word in cells for word in words.casefold().split())


def _sortable(value: object) -> tuple[bool, float, str]:
    """Numbers by size, all else by its text; what is not there comes last."""
    if isinstance(value, (int, float)):
        return (False, float(value), "")
    return (value is None, 0.0, text_of(value).casefold())


def harmless(value: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = text_of(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
