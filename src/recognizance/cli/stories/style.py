"""The style of the page: the demo's colours, and what long reading asks for besides."""

from __future__ import annotations

from recognizance.cli.demo.page import STYLE as DEMO_STYLE

OWN_STYLE = """
:root { --held-edge:#c98a1b; --good-edge:#2f9e55; --stop-edge:#cf3341;
  --serif: Charter, "Bitstream Charter", "Source Serif 4", "Sitka Text", Cambria, "DejaVu Serif",
    Georgia, serif }
@media (prefers-color-scheme: dark) { :root { --held-edge:#b98a3a; --good-edge:#3f9a62;
  --stop-edge:#c0505c } }
main { max-width:68rem; padding-top:3.5rem }
h1 { font-family:var(--serif); font-size:clamp(1.9rem, 4.5vw, 2.9rem); font-weight:600;
  line-height:1.12; max-width:22ch; text-wrap:balance }
.lead { font-size:1.08rem; max-width:40rem; margin-top:.9rem }
.lead + .lead { margin-top:-.3rem }
.summary { margin:2rem 0 0 } .summary b { font-family:var(--serif); font-size:1.7rem;
  font-weight:600; line-height:1.2 }
h2.part { font-family:var(--serif); font-size:1.35rem; font-weight:600; margin:3.2rem 0 .6rem }
a { color:inherit; text-decoration-color:var(--rule); text-underline-offset:.2em } a:hover {
  text-decoration-color:currentColor }
a:focus-visible, summary:focus-visible { outline:2px solid currentColor; outline-offset:3px;
  border-radius:2px }

.overview { width:100%; border-collapse:collapse; font-size:.9rem; line-height:1.4 }
.overview th { text-align:left; font-weight:600; color:var(--soft); padding:.4rem .8rem .4rem 0;
  border-bottom:1px solid var(--rule) }
.overview td { vertical-align:top; padding:.5rem .8rem .5rem 0; border-bottom:1px solid
  var(--rule) }
.overview td:first-child { font-weight:600; min-width:8rem } .overview .tag { white-space:nowrap }
.overview tbody { break-inside:avoid }
.overview .rules { color:var(--soft); max-width:9rem }

.asker { color:var(--soft); font-size:.9rem; margin:-.45rem 0 .8rem }
.ask .tag { white-space:nowrap } .ask .then { color:var(--soft); font-size:.86rem; margin:0 .4rem }
.overview .then { display:block; color:var(--soft); font-size:.8rem; margin:.35rem 0 .15rem }
.cast { display:grid; grid-template-columns:repeat(auto-fit, minmax(8.4rem, 1fr)); gap:1rem;
  margin:1rem 0 0 }
.cast figure { width:auto } .cast figure img { width:100%; height:auto; aspect-ratio:1 }

article { margin-top:4.2rem; border-top:1px solid var(--rule); padding-top:1.6rem }
article > header { display:grid; grid-template-columns:3.4rem 1fr; column-gap:.4rem }
article .no { font-family:var(--serif); font-size:2.3rem; line-height:1; color:var(--soft);
  font-variant-numeric:lining-nums tabular-nums; grid-row:1 / 3 }
article h2 { font-family:var(--serif); font-size:1.65rem; font-weight:600; margin:0;
  line-height:1.2; text-wrap:balance }
article .setting { color:var(--soft); font-size:.95rem; margin:0 0 .15rem }
.told { font-family:var(--serif); font-size:1.12rem; line-height:1.62; max-width:42rem;
  margin:1rem 0 1.5rem 3.8rem; hyphens:auto }

.asks { display:grid; grid-template-columns:repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
  gap:1rem;
  align-items:start }
.asks.two { grid-template-columns:5fr 6fr } .side { display:grid; gap:1rem; min-width:0 }
.ask { background:var(--panel); border-radius:.6rem; border-top:4px solid var(--rule);
  padding:1rem 1.15rem 1.1rem; min-width:0 }
.ask.is-stop { border-top-color:var(--stop-edge) } .ask.is-held {
  border-top-color:var(--held-edge) } .ask.is-good { border-top-color:var(--good-edge) }
.ask h3 { font-size:1.05rem; line-height:1.35; font-weight:600; margin:.55rem 0 .7rem;
  text-wrap:pretty }
.reasons { list-style:none; margin:0; padding:0 } .reasons li { margin:0 0 .75rem;
  line-height:1.45 }
.reasons .rule { font-weight:600; font-variant-numeric:tabular-nums; margin-right:.3rem;
  white-space:nowrap }
.source { display:block; color:var(--soft); font-size:.82rem; line-height:1.4; margin-top:.15rem;
  overflow-wrap:anywhere }
.ask details { margin-top:.3rem } .ask details .reasons { margin-top:.7rem; font-size:.92rem }
.missing { margin:.2rem 0 0; padding-left:1.1rem; font-size:.93rem } .missing-head { margin:.6rem
  0 0; font-size:.9rem; color:var(--soft) }
.measured { border-top:1px solid var(--rule); margin-top:.9rem; padding-top:.8rem;
  font-size:.95rem }
.measured h4 { margin:0 0 .5rem; font-size:.9rem; font-weight:600 } .measured p { margin:.3rem 0
  .6rem } .measured .tag { margin-left:.25rem }

.ran { margin:1.4rem 0 0 } .ran > h3 { font-size:1.05rem; margin:0 0 .2rem } .ending { margin:0 0
  .8rem; max-width:46rem }
.ran .row { grid-template-columns:10.5rem 1fr auto; padding:.6rem 0 } .ran .tag { max-width:100% }
.ran details { margin-top:.7rem } pre { font:12px/1.45 ui-monospace, "DejaVu Sans Mono",
  monospace; white-space:pre-wrap; overflow-wrap:anywhere; background:var(--panel);
  border-radius:.4rem; padding:.7rem .9rem; margin:.5rem 0 }
.ran .row > div { min-width:0 } .about::first-letter, .ran .tag::first-letter {
  text-transform:uppercase }
.ran .tag { display:inline-block } .entry { color:var(--soft); font-size:.8rem;
  white-space:nowrap; justify-self:end; padding-top:.15rem }
.made:empty { display:none } .made { margin:.6rem 0 1rem } .made figure { width:auto;
  max-width:46rem } .made img { width:100%; height:auto; object-fit:contain }
.broken { color:var(--stop); font-weight:600 }
.ledger { color:var(--soft); font-size:.9rem; margin:.7rem 0 0; overflow-wrap:anywhere }

@media (max-width:44rem) {
  main { padding-top:2rem }
  .told { margin-left:0 } article > header { grid-template-columns:2.6rem 1fr } article .no {
    font-size:1.8rem } article h2 { font-size:1.35rem }
  .overview thead { position:absolute; width:1px; height:1px; overflow:hidden;
    clip-path:inset(50%) }
  .overview, .overview tbody, .overview tr, .overview td { display:block } .overview td {
    border:0; padding:.12rem 0 }
  .overview tr { padding:.8rem 0; border-bottom:1px solid var(--rule) } .overview td:empty {
    display:none } .overview .rules { max-width:none }
  .ran .row { grid-template-columns:1fr auto } .ran .row > div { grid-column:1 / 3; grid-row:2 }
  .asks.two { grid-template-columns:1fr }
}
@page { size:A4; margin:15mm 14mm }
@media print {
  :root { color-scheme:light } html { font-size:10.5px } body { font-size:1rem }
  main { max-width:none; padding:0 } .lead { max-width:none }
  article { margin-top:2rem } article > header, .told, .ask, .row, figure { break-inside:avoid }
  article > header, .told, .ran > h3, .ending { break-after:avoid }
  .ask { background:none; border:1px solid var(--rule); border-top-width:4px }
  .tag { border:1px solid currentColor } .receipts { display:none }
}
"""

STYLE = DEMO_STYLE + OWN_STYLE
"""The whole style sheet; it names no font or picture from anywhere else."""
