"""The review page: every face of a film with a tick box, for a person to say who stays visible.

One file that loads nothing and works from the disk. The thumbnails are faces, so it is as
confidential as the film.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from recognizance.documents.plain import visible
from recognizance.documents.style import STYLE

if TYPE_CHECKING:
    from recognizance.redacting.asked import RedactPort
    from recognizance.redacting.listing import Listed
    from recognizance.video.redaction import FaceTrack

_JPEG: Final = b"\xff\xd8\xff"

_LOOK: Final = """
main { max-width: 64rem }
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem;
  list-style: none; margin: 1.25rem 0 2rem; padding: 0 }
.faces label { display: block; border: 1px solid var(--line); border-radius: .6rem;
  background: var(--panel); overflow: hidden; cursor: pointer; height: 100% }
.faces img, .faces .none { display: block; width: 100%; aspect-ratio: 1; object-fit: cover;
  background: var(--line) }
.faces div { padding: .6rem .75rem .75rem; line-height: 1.4; font-size: .9rem }
.faces strong { display: block; font-size: 1rem }
.faces span { color: var(--soft); font-variant-numeric: tabular-nums }
.faces .tick { display: flex; gap: .5rem; align-items: center; margin-top: .45rem;
  padding: 0; color: var(--ink) }
.faces label:has(:checked) { border-color: var(--gap-line); background: var(--gap-back);
  box-shadow: inset 0 0 0 1px var(--gap-line) }
.faces label:focus-within { outline: 3px solid var(--accent); outline-offset: 2px }
input[type=checkbox] { width: 1.1rem; height: 1.1rem; margin: 0; accent-color: var(--gap-line) }
.notice { border-left: 4px solid var(--gap-line); background: var(--gap-back); color: var(--ink);
  padding: .75rem 1rem; margin: 1.5rem 0 0 }
form { border-top: 1px solid var(--line); padding-top: 1.25rem }
form input[type=text] { display: block; width: 100%; max-width: 32rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .35rem;
  padding: .5rem .65rem; margin: .35rem 0 1rem }
button { font: inherit; font-weight: 600; color: var(--paper); background: var(--accent);
  border: 0; border-radius: .35rem; padding: .6rem 1.1rem; cursor: pointer }
button:disabled { opacity: .45; cursor: default }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .35rem;
  padding: .75rem; overflow-x: auto; font-size: .85rem }
"""

_SCRIPT: Final = """
"use strict";
const form = document.querySelector("form"), why = form.because, save = form.save;
const ticks = () => [...document.querySelectorAll(".faces input:checked")].map(e => +e.value);
function look() {
  const keep = ticks();
  save.disabled = keep.length > 0 && !why.value.trim();
  document.getElementById("count").textContent = keep.length === 0
    ? "Nobody is ticked: everybody will be hidden."
    : keep.length + (keep.length === 1 ? " face stays" : " faces stay") + " visible.";
}
document.addEventListener("input", look);
form.addEventListener("submit", event => {
  event.preventDefault();
  const said = {input_sha256: form.dataset.input, tracks_sha256: form.dataset.tracks,
    keep: ticks(), because: why.value.trim()};
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(said, null, 2) + "\\n"],
    {type: "application/json"}));
  link.download = form.dataset.name + ".choices.json";
  link.click();
});
look();
"""

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    + "'"
)


def review_page(name: str, found: Listed, engine: RedactPort) -> bytes:
    """The page as one HTML file.

    Args:
        name: Of the film.
        found: Its faces, with their shots.
        engine: Writes the thumbnails.
    """
    cards = "".join(_card(track, engine) for track in found.tracks)
    title = f"Who stays visible in {_text(name)}?"
    count = len(found.tracks)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{STYLE}{_LOOK}</style></head><body><main>"
        f'<header><h1>{title}</h1><p class="intro">{count} face track{"" if count == 1 else "s"} '
        "found. A track is one face while it is in view; whoever comes back has several. What was "
        "seen in few pictures is often no face. Everybody is hidden who is not ticked.</p></header>"
        '<p class="notice"><strong>These are pictures of people.</strong> Only those may see this '
        "page who may see the film itself. Delete it when the redacted film is made; it is not "
        "part of what is released.</p>"
        f'<ul class="faces">{cards}</ul>'
        f'<form data-input="{found.input_sha256}" data-tracks="{found.tracks_sha256}" '
        f'data-name="{_text(name)}"><p id="count" role="status"></p>'
        "<label>Why they may stay visible, such as the id of a release"
        '<input type="text" name="because" autocomplete="off"></label>'
        '<button name="save">Save the choices</button></form>'
        "<p>Then redact with the file that was saved:</p>"
        f"<pre>recognizance redact {_text(name)} OUT --choices {_text(name)}.choices.json</pre>"
        f"</main><script>{_SCRIPT}</script></body></html>\n"
    ).encode()


def _card(track: FaceTrack, engine: RedactPort) -> str:
    number = track.number
    picture = '<span class="none"></span>'
    shot = track.best_shot
    if shot is not None:
        data = engine.encode(np.ascontiguousarray(shot.pixels), like=_JPEG)
        source = base64.b64encode(data).decode()
        picture = f'<img alt="Face {number}" src="data:image/jpeg;base64,{source}">'
    return (
        f"<li><label>{picture}<div><strong>Track {number}</strong>"
        f"<span>{_clock(track.first.time_s)} to {_clock(track.last.time_s)}, "
        f"seen in {track.sightings} picture{'' if track.sightings == 1 else 's'}</span>"
        f'<div class="tick"><input type="checkbox" value="{number}">stays visible</div>'
        "</div></label></li>"
    )


def _clock(seconds: float) -> str:
    """`1:02.3`."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
