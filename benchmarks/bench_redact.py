"""Redaction of a film: speed, faces missed, what else is touched; deface beside it.

The film is composed: three people in view for ten seconds of 1920x1080 at 25 pictures a second,
so that where the faces are is known; and a harder one, in which people enter at the edge, turn,
and pass behind posts while the camera shakes, which counts for what is missed alone. Speeds are
times real time on all cores of this machine, medians over rounds in which all take turns; the
ceiling is the same film decoded and encoded without anything else.

    python benchmarks/bench_redact.py [--faces DIR] [--rounds 3] [--only accuracy] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from recognizance.settings import load_settings
from recognizance.video import Style
from recognizance.video.boxes import grown
from recognizance.video.masks import note
from recognizance.video.redaction import Audio, found_in, redact_film
from recognizance.video.redaction.film import open_film
from recognizance.video.redaction.jobs import Plan
from recognizance.video.redaction.writing import write_film
from recognizance.workspace import load_engine

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from scenery import Album, scenes  # noqa: E402  # the composed films of the tests

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.engine import Engine
    from recognizance.types import Box
    from scenery import Clip

PEER = ROOT / ".cache" / "peer-deface"
PEERS_FILM = "deface.mkv"
PEER_REQUIREMENTS = ROOT / "requirements" / "peer-deface.txt"

LEAST_VISIBLE = 0.5
"""A face counts where at least half of its box can be seen."""

INNER = -0.15
"""What must be hidden: the box without 15 % at each side, which holds eyes, nose and mouth."""

ALL_OF_IT = 0.98

NEAR_PX = 24
"""Pixels around masks that do not count as outside: what is coded beside them changes a little."""


@dataclass(frozen=True)
class Missed:
    """Face-frames of a film, and how they fared."""

    film: str
    face_frames: int
    hidden: int
    recall: float
    masked_area: float
    """Masked pixels per pixel of a true face box."""


def hidden_by(boxes: list[Box], size: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which pixels masks over these boxes hide."""
    hidden = np.zeros(size[::-1], np.bool_)
    for box in boxes:
        note(hidden, box)
    return hidden


def missed(clip: Clip, hidden: Callable[[int], np.ndarray[Any, Any]]) -> Missed:
    """Hold what is hidden in each picture against where the faces are."""
    faces = found = masked = true = 0
    for truth in clip.truth:
        here = hidden(truth.index)
        boxes = np.zeros_like(here)
        for face in truth.faces:
            boxes[_rows(face.box)] = True
            if face.visible < LEAST_VISIBLE:
                continue
            inner = here[_rows(grown(face.box, INNER))]
            faces += 1
            found += bool(inner.size == 0 or inner.mean() >= ALL_OF_IT)
        masked += int(here.sum())
        true += int(boxes.sum())
    return Missed(clip.path.name, faces, found, found / faces, masked / true)


def _rows(box: Box) -> tuple[slice, slice]:
    top, left = max(0, round(box.top)), max(0, round(box.left))
    return (
        slice(top, max(0, round(box.top + box.height))),
        slice(left, max(0, round(box.left + box.width))),
    )


def bare(path: Path, target: Path) -> None:
    """Decode and encode, no more."""
    with open_film(path) as film:
        _write(film, target, Plan([]))


def first_pass(engine: Engine, path: Path, target: Path) -> Plan:
    """Look and write, without looking again."""
    plan = Plan(list(found_in(engine, path)))
    with open_film(path) as film:
        _write(film, target, plan)
    return plan


def _write(film: Any, target: Path, plan: Plan) -> None:  # noqa: ANN401  # an open film
    write_film(
        film,
        target,
        named=target,
        hidden=plan.boxes,
        style=Style.SOLID,
        audio=Audio.KEEP,
        told=lambda _frame: None,
    )


def timed(rounds: int, jobs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each, medians over rounds in which they take turns; one before is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for round_ in range(rounds + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if round_:
                seconds[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in seconds.items()}


def outside_psnr(one: Path, other: Path, plan: Plan) -> float:
    """PSNR of brightness between two films, over what lies well outside of every mask."""
    kernel = np.ones((2 * NEAR_PX + 1, 2 * NEAR_PX + 1), np.uint8)
    errors, pixels = 0.0, 0
    for index, (first, second) in enumerate(zip(_luma(one), _luma(other), strict=True)):
        near = hidden_by(plan.boxes(index), first.shape[::-1]).astype(np.uint8)
        outside = cv2.dilate(near, kernel) == 0
        errors += float(((first[outside].astype(float) - second[outside]) ** 2).sum())
        pixels += int(outside.sum())
    return 10 * float(np.log10(255**2 * pixels / errors)) if errors else float("inf")


def _luma(path: Path) -> Any:  # noqa: ANN401  # an iterator of arrays
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            yield frame.to_ndarray(format="gray")


def times(path: Path) -> list[float]:
    """Timestamps of a film in seconds."""
    with av.open(str(path)) as film:
        return [float(frame.time or 0.0) for frame in film.decode(video=0)]


def deface(path: Path, target: Path) -> None:
    """The peer, as it comes, with a solid mask."""
    command = [PEER / "bin" / "deface", path, "--output", target, "--replacewith", "solid"]
    subprocess.run(command, check=True, capture_output=True)


def install_peer() -> str | None:
    """The peer's environment, made if it is not there; why there is none, or None."""
    if (PEER / ".ready").exists():
        return None
    try:
        venv.create(PEER, with_pip=True, clear=True)
        install = [PEER / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*install, "--require-hashes", "-r", PEER_REQUIREMENTS], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return str(error)
    (PEER / ".ready").touch()
    return None


def solid(before: Path, after: Path) -> Callable[[int], np.ndarray[Any, Any]]:
    """What a film has that another has not: the peer paints black and says not where."""
    pairs = list(zip(_luma(before), _luma(after), strict=True))

    def hidden(index: int) -> np.ndarray[Any, Any]:
        one, other = pairs[index]
        return np.asarray((other < 24) & (cv2.absdiff(one, other) > 8))

    return hidden


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--faces", type=Path, default=load_settings().faces)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=("speed", "accuracy"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    engine = load_engine(load_settings())
    album = Album(asked.faces, engine)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        easy = scenes.three_faces(album, seconds=asked.seconds).write(folder)
        said: dict[str, object] = {}
        if asked.only != "accuracy":
            said |= speeds(engine, easy, folder, asked.rounds)
        if asked.only != "speed":
            hard = scenes.entering(album, people=8).write(folder)
            said |= accuracy(engine, easy, hard, folder)
    if asked.json:
        asked.json.write_text(json.dumps(said, indent=2) + "\n")
    return 0


def speeds(engine: Engine, easy: Clip, folder: Path, rounds: int) -> dict[str, object]:
    """How long each step takes, the peer's whole work beside it; printed as it is known."""
    path = easy.path
    plain, masked, checked = (folder / f"{name}.mkv" for name in ("plain", "masked", "checked"))
    why_not = install_peer()
    jobs: dict[str, Callable[[], object]] = {
        "bare decode and encode": lambda: bare(path, plain),
        "first pass": lambda: first_pass(engine, path, masked),
        "with the second look": lambda: redact_film(
            engine, path, checked, named=checked, style=Style.SOLID
        ),
    }
    seconds = timed(rounds, jobs)
    if why_not is None:
        seconds |= timed(1, {"deface": lambda: deface(path, folder / PEERS_FILM)})
    length = easy.truth[-1].time_s + easy.truth[1].time_s
    print(f"{path.name}: {length:.0f} s, {len(easy.truth)} pictures")
    for job, value in seconds.items():
        print(f"  {job:<24} {length / value:6.2f} times real time   {value:6.2f} s")
    ceiling = seconds["bare decode and encode"]
    for job in list(seconds)[1:]:
        print(f"  {job:<24} {ceiling / seconds[job]:6.2f} of the bare rate")
    if why_not is not None:
        print(f"  deface was not measured: {why_not}")
    return {"seconds": seconds, "length_s": length}


def accuracy(engine: Engine, easy: Clip, hard: Clip, folder: Path) -> dict[str, object]:
    """What is missed and what else is touched; of the peer where its film was made before."""
    path, size = easy.path, (1920, 1080)
    plain, masked, theirs = (folder / name for name in ("plain.mkv", "masked.mkv", PEERS_FILM))
    bare(path, plain)
    plan = first_pass(engine, path, masked)
    films = [
        missed(easy, lambda index: hidden_by(plan.boxes(index), size)),
        missed(hard, _planned(engine, hard.path, size)),
    ]
    if theirs.exists():
        films.append(missed(easy, solid(path, theirs)))
    for who, each in zip(("", "", ", by deface"), films, strict=False):
        print(
            f"  {each.film}{who}: {each.hidden} of {each.face_frames} face-frames hidden "
            f"({each.recall:.4f}), {each.masked_area:.2f} times their area masked"
        )
    psnr = outside_psnr(plain, masked, plan)
    kept = times(path) == times(masked)
    steady = all(late > early for early, late in pairwise(times(masked)))
    print(f"  outside, against the bare film: {psnr:.1f} dB")
    print(f"  count and times of pictures kept: {kept and steady}")
    return {
        "missed": [asdict(each) for each in films],
        "psnr_db": psnr,
        "times_kept": kept and steady,
    }


def _planned(
    engine: Engine, path: Path, size: tuple[int, int]
) -> Callable[[int], np.ndarray[Any, Any]]:
    plan = Plan(list(found_in(engine, path)))
    return lambda index: hidden_by(plan.boxes(index), size)


if __name__ == "__main__":
    sys.exit(main())
