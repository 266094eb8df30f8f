"""How the page looks and the few lines that move its slider.

Light, dark and paper are one design: colours are variables, and drawings use them by class. The
page is whole without the script, which only moves a threshold over rates that are in the page.
"""

from __future__ import annotations

from typing import Final

COLOURS: Final = """
:root {
  color-scheme: light dark;
  --ink: #16191d; --soft: #59626d; --paper: #ffffff; --panel: #f4f5f7; --line: #d9dde2;
  --accent: #1f4e79; --good: #116329; --held: #7a4b00; --stop: #a0111f; --mark: #b3261e;
  --h0: #0b63a5; --h1: #c2410c; --h2: #0f7b5f; --h3: #a23a86; --h4: #7a6400; --h5: #2c8fbf;
  --h6: #6446a8; --h7: #6b7280;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaed; --soft: #a4adb8; --paper: #14171a; --panel: #1c2024; --line: #343a41;
    --accent: #8fbce6; --good: #7ee2a0; --held: #f0c674; --stop: #ff9aa4; --mark: #ff8a80;
    --h0: #6db3f2; --h1: #ff9b66; --h2: #5fd0ae; --h3: #e58fcd; --h4: #d9bf4f; --h5: #8fd6f5;
    --h6: #b39cf0; --h7: #b8bfc9;
  }
}
@media print { :root { --ink: #000; --soft: #444; --paper: #fff; --panel: #fff; --line: #bbb;
  --accent: #000; --good: #000; --held: #000; --stop: #000; } }
"""

DRAWING: Final = """
svg { display: block; max-width: 100%; height: auto; overflow: visible }
svg text { font: 12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--ink);
  font-variant-numeric: tabular-nums }
svg .soft { fill: var(--soft); font-size: 11px } svg .tiny { font-size: 10.5px }
svg .on { fill: var(--paper) }
svg .grid { stroke: var(--line); stroke-width: 1 } svg .base { stroke: var(--soft) }
svg .edge { fill: none; stroke: var(--line) }
svg .mark { stroke: var(--mark); stroke-width: 1.5; stroke-dasharray: 3 3 }
svg .whisker { stroke: var(--h0); stroke-width: 2.5; stroke-linecap: round }
svg .faint { stroke-width: 1.5; stroke-dasharray: 2 4 }
svg .dot { fill: var(--h0); stroke: var(--paper); stroke-width: 1.5 }
svg .open { fill: var(--paper); stroke: var(--h0); stroke-width: 2 }
svg .mute { fill: var(--soft) } svg .heat { fill: var(--accent) }
svg .empty { fill: none; stroke: var(--line) }
svg .ridge { fill: var(--h0); fill-opacity: .28; stroke: var(--h0); stroke-width: 1.2 }
svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round }
svg .all { stroke: var(--ink); stroke-width: 3 } svg .mated { stroke: var(--h1) }
svg .h0 { stroke: var(--h0) } svg .h1 { stroke: var(--h1) } svg .h2 { stroke: var(--h2) }
svg .h3 { stroke: var(--h3) } svg .h4 { stroke: var(--h4) } svg .h5 { stroke: var(--h5) }
svg .h6 { stroke: var(--h6) } svg .h7 { stroke: var(--h7) }
svg .d1 { stroke-dasharray: 6 3 } svg .d2 { stroke-dasharray: 2 3 }
svg .d3 { stroke-dasharray: 9 3 2 3 }
@media print { svg .heat { fill: #333 } }
"""

STYLE: Final = f"""{COLOURS}{DRAWING}
* {{ box-sizing: border-box }}
body {{ margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 "Source Sans 3", "Segoe UI", system-ui, Roboto, "Noto Sans", "DejaVu Sans",
    sans-serif; text-rendering: optimizeLegibility }}
main {{ max-width: 54rem; margin: 0 auto; padding: 3rem 1.5rem 4rem }}
header {{ border-bottom: 3px solid var(--ink); padding-bottom: 1.2rem }}
h1 {{ font-size: clamp(1.7rem, 4.6vw, 2.4rem); line-height: 1.15; margin: 0 0 .5rem;
  letter-spacing: -.015em; text-wrap: balance }}
.note {{ break-after: avoid }}
.intro, .note, figcaption {{ color: var(--soft); margin: 0; max-width: 44rem }}
h2 {{ font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .4rem; color: var(--accent);
  break-after: avoid }}
h3 {{ font-size: 1rem; margin: 1.8rem 0 .3rem; break-after: avoid }}
p {{ max-width: 44rem }} .said {{ margin: .4rem 0 0; padding-left: 1.15rem; max-width: 46rem }}
.said li {{ margin: 0 0 .5rem }}
.tiles {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr));
  gap: .75rem; margin: 1.5rem 0 0 }}
.tiles div {{ background: var(--panel); border: 1px solid var(--line); border-radius: .5rem;
  padding: .8rem 1rem }}
.tiles b {{ display: block; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums }}
.tiles span {{ display: block; color: var(--soft); font-size: .88rem; line-height: 1.35 }}
nav {{ margin: 1.4rem 0 0; font-size: .92rem; color: var(--soft) }}
a {{ color: inherit; text-underline-offset: .2em; text-decoration-color: var(--soft) }}
figure {{ margin: 1.4rem 0 0; break-inside: avoid }} figcaption {{ margin: .2rem 0 .8rem }}
figure h3 {{ margin: 0 }} .narrow {{ display: none }}
.scroll {{ overflow-x: auto; margin: .7rem 0 0 }}
table {{ border-collapse: collapse; width: 100%; font-size: .84rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; overflow-wrap: normal }}
caption {{ text-align: left; font-weight: 600; padding: .2rem 0 .3rem; font-size: .92rem }}
th, td {{ text-align: left; vertical-align: top; padding: .34rem .9rem .34rem 0;
  border-bottom: 1px solid var(--line) }}
thead th {{ font-weight: 600; color: var(--soft); border-bottom-color: var(--soft) }}
tbody th {{ font-weight: 400 }} .n {{ white-space: nowrap }}
thead {{ display: table-header-group }} tr {{ break-inside: avoid }}
.established {{ color: var(--good) }} .not-established {{ color: var(--stop) }}
.not-enough {{ color: var(--held) }}
details {{ margin: .8rem 0 0 }} details > summary {{ cursor: pointer; color: var(--soft) }}
code {{ font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .82em }}
.slider {{ display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center;
  margin: .8rem 0 0 }}
.slider input {{ flex: 1 1 14rem; accent-color: var(--accent) }}
.slider output {{ font-variant-numeric: tabular-nums; min-width: 7rem }}
footer {{ margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem;
  color: var(--soft); font-size: .9rem }}
:focus-visible {{ outline: 2px solid currentColor; outline-offset: 3px; border-radius: 2px }}
@media (max-width: 44rem) {{
  main {{ padding: 1.6rem 1.1rem 3rem }} .wide {{ display: none }} .narrow {{ display: block }}
  .tiles {{ grid-template-columns: 1fr 1fr }} .tiles b {{ font-size: 1.25rem }}
  tbody th {{ min-width: 8rem }} tbody td:not(.n) {{ min-width: 9rem }}
}}
@page {{ size: A4; margin: 14mm 15mm }}
@media print {{
  html {{ font-size: 9.5pt }} main {{ max-width: none; padding: 0 }} nav, .live {{ display: none }}
  .wide {{ display: block }} .narrow {{ display: none }} .scroll {{ overflow: visible }}
  h2 {{ margin-top: 1.8rem }} * {{ print-color-adjust: exact }}
}}
"""

SCRIPT: Final = """
"use strict";
(function () {
  var data = JSON.parse(document.getElementById("rates").textContent);
  var part = document.getElementById("what-if");
  var slider = part.querySelector("input"), shown = part.querySelector("output");
  var rows = part.querySelectorAll("tbody tr");
  function percent(rate) {
    if (rate === null || rate === undefined) return "too few errors";
    return rate === 0 ? "0 %" : Number((100 * rate).toPrecision(3)) + " %";
  }
  function move() {
    var at = Number(slider.value);
    shown.textContent = data.thresholds[at].toFixed(4);
    for (var i = 0; i < rows.length; i += 1) {
      rows[i].cells[1].textContent = percent(data.fmr[i][at]);
      if (rows[i].cells[2]) rows[i].cells[2].textContent = percent((data.fnmr[i] || [])[at]);
    }
  }
  part.hidden = false;
  slider.addEventListener("input", move);
  move();
}());
"""


def standalone(svg: str) -> str:
    """A drawing as a file of its own, with its style in it."""
    head, _, rest = svg.partition(">")
    return f"{head}><style>{COLOURS}{DRAWING}</style>{rest}"
