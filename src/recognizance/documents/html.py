"""A document as one HTML file: nothing is loaded, nothing runs, it prints on A4.

Every text that is not ours is escaped and isolated (`bdi`), so that a right-to-left name does not
turn the words beside it around.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

import segno

from recognizance.documents.model import Table
from recognizance.documents.plain import visible
from recognizance.documents.style import STYLE

if TYPE_CHECKING:
    from recognizance.documents.model import Content, Document, Item, Section

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Content security policy: even a mistake in this module could load and run nothing."""

_DIGEST: Final = re.compile(r"[0-9a-f]{16,64}")
QUIET_ZONE: Final = 4
"""Light modules around a QR code (ISO/IEC 18004)."""


def to_html(document: Document) -> str:
    """Write a document as HTML."""
    *first, last = map(_section, document.sections)
    body = f"{''.join(first)}{_code(document)}{last}"
    large = ' class="large"' if document.large else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{_text(document.title)}</title><style>{STYLE}</style></head>"
        f"<body{large}><main>"
        f"<header><h1>{_text(document.title)}</h1>"
        f'<p class="intro">{_text(document.intro)}</p>'
        f'<p class="tally">{document.filled} fields are filled. {len(document.gaps)} are not, '
        "and each says what is missing.</p></header>"
        f"{body}</main></body></html>\n"
    )


def _section(section: Section) -> str:
    note = f'<p class="note">{_text(section.note)}</p>' if section.note else ""
    items = "".join(map(_item, section.items))
    return f"<section><h2>{_text(section.heading)}</h2>{note}<dl>{items}</dl></section>\n"


def _item(item: Item) -> str:
    label = f"<dt>{_text(item.label)}</dt>"
    if item.value is None:
        ask = f"<dd><strong>MISSING:</strong> {_text(item.ask)}</dd>"
        return f'<div class="item missing">{label}{ask}</div>'
    kind = "item wide" if isinstance(item.value, Table) else "item"
    source = f'<span class="source">From {_text(item.source)}</span>'
    return f'<div class="{kind}">{label}<dd>{_content(item.value)}{source}</dd></div>'


def _content(value: Content) -> str:
    if isinstance(value, str):
        return _isolated(value)
    if isinstance(value, Table):
        head = "".join(f'<th scope="col">{_isolated(cell)}</th>' for cell in value.head)
        rows = "".join(f"<tr>{_cells(row)}</tr>" for row in value.rows)
        return (
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
    return f"<ul>{''.join(f'<li>{_isolated(text)}</li>' for text in value)}</ul>"


def _cells(row: tuple[str, ...]) -> str:
    return "".join(f"<td>{_isolated(cell)}</td>" for cell in row)


def _code(document: Document) -> str:
    if document.code is None:
        return ""
    code = segno.make(document.code, error="m", micro=False)
    drawing = code.svg_inline(border=QUIET_ZONE, omitsize=True, svgclass=None, lineclass=None)
    name = _text(f"QR code: {document.code}")
    return f'<figure class="code" role="img" aria-label="{name}">{drawing}</figure>'


def _isolated(text: str) -> str:
    look = ' class="digest"' if _DIGEST.fullmatch(text) else ""
    return f"<bdi{look}>{_text(text)}</bdi>"


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
