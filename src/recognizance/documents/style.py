"""The one style sheet of all documents: on screen in light and dark, on paper as A4.

The notice is the same design, larger. A house number (≈): what has to be read at three metres has
capitals of a three-hundredth of that distance, 10 mm, which 40 pt of these typefaces reaches.
"""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: #16191d; --soft: #59626d; --paper: #ffffff; --panel: #f4f5f7; --line: #d9dde2;
  --accent: #1f4e79; --gap: #8a4b00; --gap-back: #fdf3e1; --gap-line: #d98b1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaed; --soft: #a4adb8; --paper: #14171a; --panel: #1c2024; --line: #343a41;
    --accent: #8fbce6; --gap: #ffcf85; --gap-back: #2e2310; --gap-line: #b0782a;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 "Source Sans 3", "Segoe UI", system-ui, Roboto, "Noto Sans", "DejaVu Sans",
    sans-serif;
  overflow-wrap: anywhere; hyphens: manual; text-rendering: optimizeLegibility;
}
main { max-width: 50rem; margin: 0 auto; padding: 3rem 1.5rem 4rem }
header { border-bottom: 3px solid var(--ink); padding-bottom: 1.25rem }
h1 { font-size: 2.25rem; line-height: 1.15; margin: 0 0 .6rem; letter-spacing: -.015em;
  text-wrap: balance }
.intro { margin: 0; font-size: 1.1rem; color: var(--soft); max-width: 42rem }
.tally { margin: 1rem 0 0; font-size: .9rem; color: var(--soft);
  font-variant-numeric: tabular-nums }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.4rem 0 .5rem; color: var(--accent);
  break-after: avoid; text-wrap: balance }
.note { margin: 0 0 .75rem; color: var(--soft); max-width: 42rem }
dl { margin: 0; border-top: 1px solid var(--line) }
.item { display: grid; grid-template-columns: 14rem 1fr; gap: .15rem 1.5rem; padding: .6rem 0;
  border-bottom: 1px solid var(--line); break-inside: avoid }
.item.wide { display: block; break-inside: auto } .wide dt { break-after: avoid }
dt { font-weight: 600; line-height: 1.4 } dd { margin: 0; white-space: pre-line }
dd ul { margin: 0; padding: 0 0 0 1.1rem; white-space: normal } dd li { margin: 0 0 .3rem }
.source { display: block; margin-top: .15rem; font-size: .8rem; color: var(--soft) }
.item.missing { background: var(--gap-back); box-shadow: inset 4px 0 var(--gap-line);
  margin: 0 -1rem; padding: .6rem 1rem; print-color-adjust: exact }
.missing dd { color: var(--gap) } .missing strong { letter-spacing: .04em }
.digest { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .78em }
.scroll { overflow-x: auto; margin-top: .4rem }
table { border-collapse: collapse; width: 100%; font-size: .82rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; overflow-wrap: normal; white-space: normal }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0;
  border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--soft); border-bottom-color: var(--soft) }
thead { display: table-header-group } tr { break-inside: avoid }
.code { float: right; margin: 1.6rem 0 1rem 2rem }
.code svg { display: block; width: 11rem; height: 11rem; background: #fff; border-radius: .35rem }

.large main { max-width: 56rem; padding: 2rem 2rem }
.large header { border-bottom-width: 6px; padding-bottom: 1rem }
.large h1 { font-size: clamp(3rem, 10vw, 5.5rem); line-height: 1; margin-bottom: .9rem }
.large .intro { font-size: 1.6rem; line-height: 1.3; color: var(--ink); max-width: none }
.large .tally { display: none }
.large h2 { font-size: 1rem; margin: 1.4rem 0 .3rem }
.large .item { grid-template-columns: 9.5rem 1fr; align-items: baseline; padding: .45rem 0 }
.large .item.missing { padding: .45rem 1rem }
.large dt { color: var(--soft); font-weight: 400 } .large .source { font-size: .7rem }
.large section:nth-of-type(1) dd { font-size: 2.3rem; line-height: 1.15; font-weight: 600 }
.large section:nth-of-type(1) dd::first-letter { text-transform: uppercase }
.large section:nth-of-type(2) dd { font-size: 1.7rem; line-height: 1.2; font-weight: 600 }
.large section:nth-of-type(n) .missing dd { font-size: 1.05rem; font-weight: 400;
  line-height: 1.35 }
.large section:nth-of-type(n) .source { font-weight: 400 }

@media (max-width: 36rem) {
  .item, .large .item { grid-template-columns: 1fr }
  .code { float: none; margin: 1.5rem 0 }
}
@page { size: A4; margin: 14mm 16mm }
@page notice { margin: 10mm 12mm }
@media print {
  :root {
    --ink: #000; --soft: #444; --paper: #fff; --panel: #fff; --line: #bbb; --accent: #000;
    --gap: #000; --gap-back: #f3f3f3; --gap-line: #000;
  }
  html { font-size: 10pt } main, .large main { max-width: none; padding: 0 }
  .scroll { overflow: visible } .item.missing { margin: 0 }
  .large { page: notice }
  .large h1 { font-size: 48pt; margin-bottom: 8pt } .large .intro { font-size: 15pt }
  .large dt { font-size: 10.5pt; line-height: 1.25 }
  .large .item { grid-template-columns: 8rem 1fr; gap: 0 1rem; padding: 3pt 0 }
  .large h2 { margin: 9pt 0 2pt }
  .large section:nth-of-type(1) dd { font-size: 40pt; line-height: 1.05 }
  .large section:nth-of-type(2) dd { font-size: 20pt }
  .large section:nth-of-type(n) .missing dd { font-size: 10pt }
  .large .source { font-size: 6pt; margin: 0 }
  .code svg { width: 42mm; height: 42mm }
}
"""
