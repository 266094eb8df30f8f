"""A watch on composed streets: is the watchlist found, are the others left alone, and how soon?

Ten people are enrolled from their portraits of 2015 and walk by with those of 2023, among two
hundred others of 2023; people whose two portraits are one photograph are left out. Faces are 50 to
120 px, out of focus, in motion, noisy and compressed (1280x720, libx264, crf 28). Each clip is
watched through the desk under a trial permit that is bound to it: FMR 1e-3 per comparison, from the
shipped evidence. A lead is right if the person it suggests is in the picture that it comes from.

The delay is measured on the same streets of twenty enrolled people at 25 pictures a second, sent
over HTTP at the pace of a camera: from when a picture is sent until the event about a lead from it
is on the disk of a receiver.

    python benchmarks/bench_street.py [--only leads|delay] [--faces DIR] [--clips DIR] [--seeds 5]
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from scipy import stats

from recognizance.errors import SourceError
from recognizance.events import Courier, Cursors, JsonLines
from recognizance.settings import load_settings
from recognizance.video.sources import open_source
from recognizance.watching import LedgerFeed
from recognizance.workspace import load_engine

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from scenery import Album, scenes  # noqa: E402  # the composer lives with the tests
from scenery.trials import trial_of  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recognizance.events import Event
    from recognizance.video.frames import VideoFrame
    from scenery import Clip, Scene
    from scenery.trials import Raised

SIZES_PX = (50, 65, 85, 121)
MOST_FNIR = 0.1
MOST_OTHERS = 2
MOST_DELAY_MS = 300
DELAY_SEEDS = (101, 102, 103)
START_S = 8.0
"""Nobody is in view while a stream is opened: FFmpeg looks at up to five seconds of it first."""

CLEAR = 0.95


@dataclass(frozen=True)
class Passing:
    """Somebody of the watchlist who walked by.

    Attributes:
        face_px: Mean size of the face.
        clear_s: For how long nothing hid it.
        found: Whether a lead was right about this person.
    """

    face_px: float
    clear_s: float
    found: bool


@dataclass(frozen=True)
class Street:
    """One seed.

    Attributes:
        seed: Of the scene.
        passing: Everybody of the watchlist.
        others: How many other people walked by.
        wrong: Leads that suggest somebody who is not in the picture.
        pictures: Of the clip.
        looks: Pictures in which faces were looked for.
        compared: Shots that were compared.
        speed: Seconds of the clip per second of the watch.
    """

    seed: int
    passing: list[Passing]
    others: int
    wrong: int
    pictures: int
    looks: int
    compared: int
    speed: float


def watch_street(album: Album, seed: int, clips: Path) -> Street:
    """Compose a street, watch it, and compare the leads with who was there."""
    scene = scenes.street(album, seed)
    clip = scene.write(clips)
    with tempfile.TemporaryDirectory() as folder, trial_of(clip, album, Path(folder)) as trial:
        began = time.perf_counter()
        watched = trial.watch()
        took_s = time.perf_counter() - began
    right = [lead for lead in watched.leads if lead.subject_id in _in_picture(clip, lead.index)]
    found = {lead.subject_id for lead in right}
    return Street(
        seed=seed,
        passing=[_passing(scene, person, person in found) for person in sorted(scene.enrolled)],
        others=len(scene.people - scene.enrolled.keys()),
        wrong=len(watched.leads) - len(right),
        pictures=len(clip.truth),
        looks=watched.counts.pictures,
        compared=watched.counts.shots,
        speed=clip.truth[-1].time_s / took_s,
    )


def _in_picture(clip: Clip, index: int) -> frozenset[str]:
    return frozenset(face.person_id for face in clip.truth[index].faces)


def _passing(scene: Scene, person: str, found: bool) -> Passing:
    seen = [face for each in scene.truth for face in each.faces if face.person_id == person]
    return Passing(
        face_px=float(np.mean([min(face.box.width, face.box.height) for face in seen])),
        clear_s=sum(face.visible >= CLEAR for face in seen) / scene.fps,
        found=found,
    )


def exact(count: int, of: int) -> tuple[float, float]:
    """Two-sided 95 % interval of a rate (Clopper and Pearson 1934, Biometrika 26)."""
    low = stats.beta.ppf(0.025, count, of - count + 1) if count else 0.0
    high = stats.beta.ppf(0.975, count + 1, of - count) if count < of else 1.0
    return float(low), float(high)


def show_street(street: Street) -> None:
    """Print one street."""
    missed = sum(not one.found for one in street.passing)
    print(
        f"  street {street.seed}: missed {missed} of {len(street.passing)}, wrong leads "
        f"{street.wrong} among {street.others} others; {street.pictures} pictures, looked at "
        f"{street.looks}, compared {street.compared} faces, {street.speed:.1f} times real time",
        flush=True,
    )


def show_leads(streets: Sequence[Street]) -> None:
    """Print all streets together."""
    passing = [one for each in streets for one in each.passing]
    missed, others = sum(not one.found for one in passing), sum(each.others for each in streets)
    wrong = sum(each.wrong for each in streets)
    for name, count, of, most in (
        ("FNIR", missed, len(passing), f"at most {MOST_FNIR:g}"),
        ("others who raised a lead", wrong, others, f"at most {MOST_OTHERS} of 200"),
    ):
        low, high = exact(count, of)
        print(
            f"  {name}: {count} of {of} = {count / of:.4f} "
            f"(95 % {low:.4f} to {high:.4f}), wanted {most}"
        )
    for least, below in pairwise(SIZES_PX):
        some = [one for one in passing if least <= one.face_px < below]
        print(
            f"    faces of {least} to {below - 1} px: missed "
            f"{sum(not one.found for one in some)} of {len(some)}"
        )
    for one in passing:
        if not one.found:
            print(f"    missed: a face of {one.face_px:.0f} px, clear for {one.clear_s:.1f} s")


class PacedSender(http.server.BaseHTTPRequestHandler):
    """Sends a clip as MPEG-TS at the pace of a camera, once."""

    clip: Path
    began_s: float

    def do_GET(self) -> None:
        """Answer with the clip; each packet at its time."""
        if type(self).began_s:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        with contextlib.suppress(OSError, av.error.FFmpegError), av.open(str(self.clip)) as source:
            video = source.streams.video[0]
            with av.open(self.wfile, "w", format="mpegts", options={"flush_packets": "1"}) as out:
                track = out.add_stream_from_template(video)
                began = type(self).began_s = time.monotonic()
                for packet in source.demux(video):
                    if packet.pts is None or packet.time_base is None:
                        continue
                    time.sleep(
                        max(0.0, began + float(packet.pts * packet.time_base) - time.monotonic())
                    )
                    packet.stream = track
                    out.mux(packet)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def sending(clip: Path) -> Iterator[tuple[str, type[PacedSender]]]:
    """A server of one clip: its address, and the class that knows when it began."""
    sender = type("Sender", (PacedSender,), {"clip": clip, "began_s": 0.0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), sender)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/street.ts", sender
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Stamped:
    """A receiver of JSON lines that notes when it had each lead."""

    def __init__(self, path: Path) -> None:
        self._lines = JsonLines(path)
        self.name = self._lines.name
        self.had_s: dict[str, float] = {}

    def open(self) -> None:
        """As the file."""
        self._lines.open()

    def send(self, event: Event) -> None:
        """As the file; then look at the clock."""
        self._lines.send(event)
        if event.lead:
            self.had_s[event.lead] = time.monotonic()

    def close(self) -> None:
        """As the file."""
        self._lines.close()


def delays_ms(album: Album, seed: int, clips: Path, *, people: int = 20) -> list[float]:
    """Milliseconds from a picture's sending until the event of its lead was received."""
    scene = scenes.street(album, seed, watchlisted=people, others=0, fps=25, empty_s=START_S)
    clip = scene.write(clips)
    raised: list[Raised] = []
    with tempfile.TemporaryDirectory() as name, trial_of(clip, album, Path(name)) as trial:
        workspace, sink = trial.workspace, Stamped(Path(name) / "events.jsonl")
        feed = LedgerFeed(workspace.ledger, trial.permit, workspace.workspace_id)
        cursors = Cursors(Path(name) / "events.db", wait_s=5)
        courier = Courier(sink, feed, cursors, Path(name) / "events.lock")

        def hear(lead: Raised) -> None:
            raised.append(lead)
            courier.nudge()

        with sending(clip.path) as (address, sender):
            trial.watch(Once(address, clip.truth[-1].time_s), raised=hear)
        courier.close()
        cursors.close()
    return [
        1e3 * (sink.had_s[each.lead_id] - sender.began_s - each.time_s)
        for each in raised
        if each.lead_id in sink.had_s
    ]


class Once:
    """A stream up to the end of the clip that is sent on it; cameras do not end, clips do."""

    def __init__(self, address: str, last_s: float) -> None:
        self._source = open_source(address, away_s=0.5)
        self._last_s = last_s
        self.name = self._source.name
        self.live = self._source.live
        self.counters = self._source.counters

    def __iter__(self) -> Iterator[VideoFrame]:
        """The stream's pictures."""
        with contextlib.suppress(SourceError):
            for frame in self._source:
                yield frame
                if frame.time_s >= self._last_s - 0.01:
                    return

    def close(self) -> None:
        """Let go of the stream."""
        self._source.close()


def show_delays(delays: Sequence[float]) -> None:
    """Print how long events took."""
    if not delays:
        print("  no event came")
        return
    middle, most = np.percentile(delays, [50, 95])
    print(
        f"  frame to event: {len(delays)} leads, median {middle:.0f} ms, 95th percentile "
        f"{most:.0f} ms (wanted under {MOST_DELAY_MS} ms), longest {max(delays):.0f} ms"
    )


def main() -> None:
    """Run, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, default=load_settings().faces)
    parser.add_argument("--only", choices=("leads", "delay"))
    parser.add_argument("--seeds", type=int, default=5, help="how many streets")
    parser.add_argument("--clips", type=Path, help="folder that keeps the composed clips")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if not (options.faces / "congress").is_dir():
        sys.exit(f"No photographs in {options.faces}; give --faces.")
    album = Album(options.faces, load_engine(load_settings()))
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        clips = options.clips or Path(name)
        if options.only != "delay":
            print("watch on composed streets, 1280x720, 12.5 pictures a second", flush=True)
            streets = []
            for seed in range(options.seeds):
                streets.append(watch_street(album, seed, clips))
                show_street(streets[-1])
            show_leads(streets)
            result["streets"] = [asdict(each) for each in streets]
        if options.only != "leads":
            print("delay on a stream of 1280x720 at 25 pictures a second", flush=True)
            delays: list[float] = []
            for seed in DELAY_SEEDS:
                some = delays_ms(album, seed, clips)
                print(f"  street {seed}: {len(some)} leads", flush=True)
                delays += some
            show_delays(delays)
            result["delays_ms"] = delays
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
