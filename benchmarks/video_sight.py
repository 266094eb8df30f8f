"""How many streams two cores look at, beside the plain loop, and whether as many people are found.

Speed (`sight`): three people in view all the time, 1920x1080, 25 pictures a second; decoded, looked
at, best shots extracted. Two threads share one engine, each with a stream. The loop is OpenCV's,
detection and feature on every picture, with the same weights, on both cores, for `LOOP_S` of the
same film.

People (`people`): a street of a hundred who walk by once, their faces from 40 to 120 px, sought
among them and two hundred others by other photographs. What was extracted of a person is averaged,
and the nearest of the gallery is who it is taken for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from bench_engine import Peer, peer_python
from recognizance.engine.models import DETECTOR, RECOGNISER, read_model
from recognizance.types import Box
from recognizance.video.agreement import agreement
from recognizance.video.boxes import overlap
from recognizance.video.sight import Seen, Shot, Sight
from recognizance.video.sources import open_source
from recognizance.video.tracks import State
from scenery import scenes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from bench_video import Bench
    from recognizance.engine import Engine
    from scenery import Clip, FrameTruth

CORES = 2
ROUNDS = 3
LOOP_S = 20.0
EVERYTHING_S = 1e9
TOLD_EACH = 100
LEAST_FACE_PX = 40
PEOPLE, OTHERS = 100, 200
SAME_FACE = 0.3
STREAM_RATE = 25
SEED = 29
"""Not 3: on that street the noise of the tracker was tuned."""


@dataclass
class Extracting:
    """Takes what a sight hands out, as a watch would, without a gate: these people do not exist."""

    engine: Engine
    seen_there: list[Seen] = field(default_factory=list)
    features: list[tuple[int, Box, NDArray[np.float32]]] = field(default_factory=list)

    def seen(self, seen: Seen) -> bool:
        """Everything may be looked at closely."""
        self.seen_there.append(seen)
        return True

    def shot(self, shot: Shot) -> None:
        """Extract it."""
        crop = self.engine.align(shot.frame, shot.detection)
        (features,) = self.engine.extract([crop])
        crop[:] = 0
        self.features.append((shot.index, shot.box, features.vector))


def run(bench: Bench, part: str) -> None:
    """Measure one part and print it."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        {"sight": _speed, "people": _people}[part](bench, Path(name))


def _tell(words: str) -> None:
    """Say how far it is; some minutes pass without a figure."""
    print(f"  ... {words}", file=sys.stderr, flush=True)


def _speed(bench: Bench, folder: Path) -> None:
    clip = scenes.three_faces(bench.album).write(bench.clips)
    _play(bench.engine, clip)  # what is compiled once is not measured
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_two_streams(bench.engine, clip))
        theirs.append(_loop(clip, folder, LOOP_S)[1])
    decoding = _decoding(clip)
    rate, rate_cpu = np.median(ours, axis=0)
    loop, loop_cpu = np.median(theirs, axis=0)
    print(f"1920x1080, three faces in view, {CORES} cores, pictures a second, median of {ROUNDS}")
    print(
        f"  decoded, looked at, best shots extracted: {rate:.0f}: {rate / STREAM_RATE:.1f} streams"
    )
    print(f"  OpenCV's detection and feature on every picture: {loop:.1f}")
    print(
        f"  {rate / loop:.0f} times faster ({rate_cpu / loop_cpu:.0f} in processor time); "
        f"decoding alone: {decoding:.0f} on one core"
    )


def _people(bench: Bench, folder: Path) -> None:
    scene = scenes.street(
        bench.album,
        SEED,
        watchlisted=PEOPLE,
        others=0,
        size_wh=scenes.FULL_HD,
        face_px=(LEAST_FACE_PX + 2, 120),
        every_s=0.5,
    )
    clip = scene.write(bench.clips)
    paths = {person: portrait.path for person, portrait in scene.enrolled.items()}
    others = [
        portraits[0].path
        for person, portraits in bench.album.portraits("congress/2015").items()
        if person not in paths
    ][:OTHERS]
    paths |= {f"other {number}": path for number, path in enumerate(others)}
    _tell(f"watching {len(clip.truth)} pictures")
    onlooker = _play(bench.engine, clip)
    faces, _ = _loop(clip, folder)
    _tell(f"enrolling {len(paths)} people twice")
    due = {face.person_id for truth in clip.truth for face in truth.faces if _counts(face)}
    ours = _by_person(clip.truth, onlooker.features)
    theirs = _by_person(clip.truth, faces)
    right = _right(ours, _gallery(bench.engine, paths))
    loop_right = _right(theirs, _peers_gallery(folder, paths))
    tracked = agreement(_pictures(clip, onlooker.seen_there))
    extracted = len(onlooker.features)
    print(f"{len(due)} people walk by, faces of {LEAST_FACE_PX} to 120 px, {len(paths)} enrolled")
    print(
        f"  found: ours {len(ours.keys() & due)}, loop {len(theirs.keys() & due)}; rightly "
        f"identified: ours {right}, loop {loop_right}"
    )
    print(
        f"  extracted: ours {extracted / len(due):.1f} a person, loop {len(faces) / len(due):.1f}; "
        f"{tracked.switches} identity switches, {tracked.found / tracked.faces:.3f} of the faces "
        f"in looks had a track, {tracked.extra} tracks lay on none"
    )


def _play(engine: Engine, clip: Clip) -> Extracting:
    onlooker = Extracting(engine)
    Sight(engine, onlooker).watch(open_source(str(clip.path)))
    return onlooker


def _two_streams(engine: Engine, clip: Clip) -> tuple[float, float]:
    """Pictures a second of the clock and of the processors', all cores together."""
    start, start_cpu = time.perf_counter(), time.process_time()
    threads = [threading.Thread(target=_play, args=(engine, clip)) for _ in range(CORES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    pictures = CORES * len(clip.truth)
    return pictures / seconds, CORES * pictures / cpu_s


def _decoding(clip: Clip) -> float:
    start = time.process_time()
    pictures = sum(1 for _ in open_source(str(clip.path)))
    return pictures / (time.process_time() - start)


def _loop(
    clip: Clip, folder: Path, most_s: float = EVERYTHING_S
) -> tuple[list[tuple[int, Box, NDArray[np.float32]]], tuple[float, float]]:
    """What the plain loop found, and its pictures a second as `_two_streams` gives them."""
    models = []
    for model in (DETECTOR, RECOGNISER):
        models.append(folder / model.file_name)
        models[-1].write_bytes(read_model(model))
    film = Path(__file__).with_name("peer_opencv4_film.py")
    command = [peer_python(), film, *models, clip.path, str(most_s)]
    pictures: list[Any] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as peer:
        for line in peer.stdout or ():
            pictures.append(json.loads(line))
            if most_s == EVERYTHING_S and len(pictures) % TOLD_EACH == 0:
                _tell(f"the loop has seen {len(pictures)} of {len(clip.truth)} pictures")
    if peer.returncode:
        raise subprocess.CalledProcessError(peer.returncode, command)
    spent = pictures.pop()
    found = [
        (index, Box(*face["box"]), _unit(face["feature"]))
        for index, faces in enumerate(pictures)
        for face in faces
    ]
    count = spent["pictures"]
    return found, (count / spent["seconds"], CORES * count / spent["cpu_s"])


def _counts(face: Any) -> bool:  # noqa: ANN401  # scenery is found at run time
    """Whether a face is to be found: large enough, and mostly to be seen."""
    return min(face.box.width, face.box.height) >= LEAST_FACE_PX and face.visible >= SEEN


SEEN = 0.75


def _by_person(
    truth: tuple[FrameTruth, ...], found: list[tuple[int, Box, NDArray[np.float32]]]
) -> dict[str, NDArray[np.float32]]:
    """The average of what was extracted of each person, unit length."""
    sums: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for index, box, feature in found:
        faces = truth[index].faces
        nearest = max(faces, key=lambda each: overlap(each.box, box), default=None)
        if nearest is not None and overlap(nearest.box, box) >= SAME_FACE:
            sums[nearest.person_id].append(feature)
    return {person: _unit(np.mean(features, axis=0)) for person, features in sums.items()}


def _right(
    people: Mapping[str, NDArray[np.float32]], gallery: Mapping[str, NDArray[np.float32]]
) -> int:
    """How many are nearest to their own photograph."""
    names = list(gallery)
    enrolled = np.stack(list(gallery.values()))
    return sum(names[int(np.argmax(enrolled @ each))] == person for person, each in people.items())


def _gallery(engine: Engine, paths: Mapping[str, Path]) -> dict[str, NDArray[np.float32]]:
    gallery = {}
    for name, path in paths.items():
        frame = engine.decode(path.read_bytes())
        if detections := engine.detect(frame):
            gallery[name] = engine.extract([engine.align(frame, detections[0])])[0].vector
    return gallery


def _peers_gallery(folder: Path, paths: Mapping[str, Path]) -> dict[str, NDArray[np.float32]]:
    peer = Peer(folder)
    gallery = {}
    for name, path in paths.items():
        if peer.ask("faces", path)["faces"]:
            gallery[name] = _unit(peer.ask("features", path)["feature"])
    peer.close()
    return gallery


def _pictures(clip: Clip, looks: list[Seen]) -> Iterator[tuple[dict[str, Box], dict[int, Box]]]:
    """Of each look who was where, and which tracks were seen where."""
    for seen in looks:
        if seen.tracks:
            yield (
                {
                    each.person_id: each.box
                    for each in clip.truth[seen.index].faces
                    if _counts(each)
                },
                {t.track_id: t.box for t in seen.tracks if t.state is State.CONFIRMED},
            )


def _unit(vector: Any) -> NDArray[np.float32]:  # noqa: ANN401  # whatever NumPy takes
    array = np.asarray(vector, dtype=np.float32)
    return array / np.float32(np.linalg.norm(array))
