"""The few pieces of HTML that the pages are put together from; every text is escaped here."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from recognizance.audit.report.looks import NARROW, WIDE
from recognizance.audit.report.style import SCRIPT, STYLE
from recognizance.audit.report.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recognizance.audit.report.looks import Plot


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a table: the words that are read, and the number behind them.

    Attributes:
        words: As a person reads it.
        value: The number in full; `None` where there is none.
        look: A class of the style sheet.
    """

    words: str
    value: float | None = None
    look: str = "n"


Row: TypeAlias = "Sequence[str | Figure]"
"""Cells of one row of a table."""


def text(words: str) -> str:
    """A text from anywhere, safe to put between tags or into an attribute."""
    return escape(visible(words), quote=True)


def table(title: str, head: Sequence[str], rows: Iterable[Row]) -> str:
    """A table whose first column names the row; nothing where there are no rows.

    Args:
        title: Its caption.
        head: What the columns hold.
        rows: Texts and figures.
    """
    lines = ["<tr>" + "".join(_cell(each, first=not i) for i, each in enumerate(r)) for r in rows]
    if not lines:
        return ""
    heads = "".join(f'<th scope="col">{text(each)}</th>' for each in head)
    return (
        f'<div class="scroll"><table><caption>{text(title)}</caption><thead><tr>{heads}</tr>'
        f"</thead><tbody>{'</tr>'.join(lines)}</tr></tbody></table></div>"
    )


def folded(title: str, parts: Iterable[str]) -> str:
    """Parts that lie behind a title until somebody opens it; nothing where there are none."""
    body = "".join(parts)
    return f"<details><summary>{text(title)}</summary>{body}</details>" if body else ""


def _cell(value: str | Figure, *, first: bool) -> str:
    tag, end = ('th scope="row"', "th") if first else ("td", "td")
    if isinstance(value, str):
        return f"<{tag}><bdi>{text(value)}</bdi></{end}>"
    words = text(value.words)
    # `data` keeps the number in full beside the rounded words, for whoever reads by program.
    inner = words if value.value is None else f'<data value="{value.value!r}">{words}</data>'
    return f'<{tag} class="{value.look}">{inner}</{end}>'


def figure(plot: Plot | None) -> str:
    """A plot with its title and how to read it, drawn for a desk and for a phone."""
    if plot is None:
        return ""
    return (
        f"<figure><h3>{text(plot.title)}</h3><figcaption>{text(plot.caption)}</figcaption>"
        f'<div class="wide">{plot.draw(WIDE)}</div>'
        f'<div class="narrow">{plot.draw(NARROW)}</div></figure>'
    )


def said(sentences: Iterable[str]) -> str:
    """Sentences as a list."""
    return f'<ul class="said">{"".join(f"<li>{text(each)}</li>" for each in sentences)}</ul>'


def section(name: str, title: str, *parts: str, note: str = "") -> str:
    """A part of the page with its anchor; nothing where it holds nothing."""
    body = "".join(parts)
    if not body:
        return ""
    about = f'<p class="note">{text(note)}</p>' if note else ""
    return f'<section id="{name}"><h2>{text(title)}</h2>{about}{body}</section>\n'


def in_script(value: object) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c").replace("&", "\\u0026")


def policy() -> str:
    """The policy under which a server may send the page: its own style and slider, and no more.

    In a sandbox of no origin it reads nothing of the site that sends it, whatever stands in it.
    """
    return (
        f"default-src 'none'; style-src '{_hash_of(STYLE)}'; script-src '{_hash_of(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
    )


def _hash_of(inline: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()


def whole_page(title: str, body: str, *, scripted: bool) -> str:
    """A page of one file: nothing is loaded, and nothing runs but the script that it names.

    Args:
        title: Of the page.
        body: Safe HTML.
        scripted: Whether the slider's script belongs to it.
    """
    runs = f"; script-src '{_hash_of(SCRIPT)}'" if scripted else ""
    script = f"<script>{SCRIPT}</script>" if scripted else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'unsafe-inline'{runs}\">"
        '<meta name="referrer" content="no-referrer">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main>{script}</body></html>\n"
    )
