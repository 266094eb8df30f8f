"""The demo's page: one self-contained HTML file, readable from disk, printable."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.cli.demo.story import Picture, Row, Step

STYLE = """
:root { --ink:#1b1f24; --soft:#57606a; --paper:#fff; --panel:#f6f7f9; --rule:#d8dde3;
  --good:#116329; --good-bg:#e6f4ea; --held:#7a4b00; --held-bg:#fdf1d8; --stop:#a0111f; --stop-bg:#fbe6e8; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6e9ed; --soft:#a3adb8; --paper:#15181c; --panel:#1d2126;
  --rule:#343a42; --good:#7ee2a0; --good-bg:#12301d; --held:#f0c674; --held-bg:#35290f; --stop:#ff9aa4; --stop-bg:#3a161b; } }
* { box-sizing:border-box } html { color-scheme:light dark }
body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
main { max-width:60rem; margin:0 auto; padding:2.5rem 1.25rem 5rem }
h1 { font-size:2rem; line-height:1.2; margin:0 0 .4rem; letter-spacing:-.01em }
h2 { font-size:1.2rem; margin:2.6rem 0 .2rem } .lead, .why { color:var(--soft); margin:0 0 1rem; max-width:46rem }
.number { color:var(--soft); font-variant-numeric:tabular-nums; margin-right:.5rem }
.summary { display:grid; grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr)); gap:.75rem; margin:1.6rem 0 0 }
.summary div { background:var(--panel); border-radius:.5rem; padding:.8rem 1rem } .summary b { display:block; font-size:1.35rem }
.summary span { color:var(--soft); font-size:.9rem }
.rows { border-top:1px solid var(--rule) } .row { display:grid; grid-template-columns:10.5rem 1fr; gap:1rem; padding:.65rem 0; border-bottom:1px solid var(--rule) }
.tag { justify-self:start; align-self:start; font-weight:600; font-size:.86rem; padding:.12rem .55rem; border-radius:.35rem; background:var(--panel) }
.good { color:var(--good); background:var(--good-bg) } .held { color:var(--held); background:var(--held-bg) } .stop { color:var(--stop); background:var(--stop-bg) }
.about { overflow-wrap:anywhere } .details { margin:.15rem 0 0; padding:0; list-style:none; color:var(--soft); font-size:.9rem } .details li { overflow-wrap:anywhere }
details summary { cursor:pointer; color:var(--soft); font-size:.9rem }
.pictures { display:flex; flex-wrap:wrap; gap:1rem; margin:0 0 1rem } figure { margin:0; width:8.4rem } figure img { width:8.4rem; height:8.4rem; object-fit:cover; border-radius:.5rem; display:block }
figcaption { font-size:.86rem; margin-top:.35rem } figcaption small { color:var(--soft); display:block; line-height:1.35 }
footer { margin-top:3rem; color:var(--soft); font-size:.9rem; border-top:1px solid var(--rule); padding-top:1rem }
code { font-family:ui-monospace, "DejaVu Sans Mono", monospace; font-size:.88em; overflow-wrap:anywhere }
@media (max-width:34rem) { .row { grid-template-columns:1fr; gap:.3rem } }
@media print { body { font-size:11pt } h2 { break-after:avoid } .row, figure { break-inside:avoid } details > * { display:block } }
"""


def page(steps: Sequence[Step], summary: Sequence[tuple[str, str]], made_at: str) -> str:
    """The whole page.

    Args:
        steps: What happened, in order.
        summary: A figure and what it counts, a few of them.
        made_at: When the demo ran.
    """
    body = "".join(_step(number, step) for number, step in enumerate(steps, start=1))
    cells = "".join(
        f"<div><b>{escape(figure)}</b><span>{escape(words)}</span></div>"
        for figure, words in summary
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>Recognizance: one run</title><style>{STYLE}</style></head><body><main>"
        "<h1>Face recognition on conditions: one run</h1>"
        "<p class='lead'>Every use below went through one door: rules that are cited decide whether it "
        "may run, a signed permit binds it, a person reviews every lead, and a ledger proves what "
        f"happened. Made {escape(made_at)} on this machine; nothing left it.</p>"
        f"<div class='summary'>{cells}</div>{body}"
        "<footer>A trial is bound to these photographs, lasts 24 hours, allows no action and is "
        "evidence of nothing. It is self-attested: nobody but the operator approved it.</footer>"
        "</main></body></html>"
    )


def _step(number: int, step: Step) -> str:
    pictures = "".join(_picture(each) for each in step.pictures)
    shown = f"<div class='pictures'>{pictures}</div>" if pictures else ""
    rows = "".join(_row(each) for each in step.rows)
    return (
        f"<section><h2><span class='number'>{number}</span>{escape(step.title)}</h2>"
        f"<p class='why'>{escape(step.why)}</p>{shown}<div class='rows'>{rows}</div></section>"
    )


def _row(row: Row) -> str:
    items = "".join(f"<li>{escape(detail)}</li>" for detail in row.details)
    details = f"<ul class='details'>{items}</ul>" if items else ""
    return (
        f"<div class='row'><span class='tag {escape(row.mark)}'>{escape(row.outcome)}</span>"
        f"<div><div class='about'>{escape(row.about)}</div>{details}</div></div>"
    )


def _picture(picture: Picture) -> str:
    data = base64.b64encode(picture.jpeg).decode("ascii")
    return (
        f"<figure><img alt='{escape(picture.caption)}' src='data:image/jpeg;base64,{data}'>"
        f"<figcaption>{escape(picture.caption)}<small>{escape(picture.credit)}</small>"
        "</figcaption></figure>"
    )
