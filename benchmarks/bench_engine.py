"""The engine against OpenCV 4 with the same weights: speed, faces found, features.

Both run in f32 on one core of this machine, in interleaved rounds, from file to feature. The
photographs are composed from portraits of the shared collection on textured grounds, 1920x1080,
so that where the faces are is known.

    python benchmarks/bench_engine.py [--faces DIR] [--rounds 21] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from recognizance.engine import Engine
from recognizance.engine.models import DETECTOR, RECOGNISER, read_model

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".cache" / "peer-opencv4"
PEER_REQUIREMENTS = ROOT / "requirements" / "peer-opencv4.txt"
WIDTH, HEIGHT = 1920, 1080
GROUNDS = ("clouds", "noise", "wall")
SPEED_FACES_PX = (64, 128, 256, 384)
SPEED_GROUNDS = ("blurred", "clouds")
PICTURES = 100
LEAST_FACE_PX = 40
SAME_FACE = 0.35
SEED = 20_261_122


@dataclass(frozen=True)
class Speed:
    """Milliseconds from file to feature, medians over the rounds, for one face on a ground.

    `cpu_ratio` compares the processor time of the two, which other programs on a busy machine
    disturb less than the time on the clock.
    """

    ground: str
    face_px: int
    file_kb: int
    ours_ms: float
    opencv_ms: float
    ratio: float
    cpu_ratio: float
    cosine: float


@dataclass(frozen=True)
class Found:
    """Faces found in the composed photographs; what lies on no portrait is false."""

    portraits: int
    opencv_found: int
    ours_found: int
    missed_by_us_alone: int
    opencv_false: int
    ours_false: int


class Peer:
    """The other process."""

    def __init__(self, folder: Path) -> None:
        paths = []
        for model in (DETECTOR, RECOGNISER):
            path = folder / model.file_name
            path.write_bytes(read_model(model))
            paths.append(path)
        self._process = subprocess.Popen(
            [peer_python(), Path(__file__).with_name("peer_opencv4.py"), *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = self._read()["opencv"]

    def ask(self, what: str, path: Path) -> dict[str, Any]:
        """One question, one answer."""
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the peer has no input")
        stdin.write(json.dumps({"what": what, "path": str(path)}) + "\n")
        stdin.flush()
        return self._read()

    def close(self) -> None:
        """End it and wait."""
        self._process.communicate()

    def _read(self) -> dict[str, Any]:
        stdout = self._process.stdout
        line = stdout.readline() if stdout else ""
        if not line:
            raise RuntimeError("the peer ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


def peer_python() -> Path:
    """The peer's Python, with its environment made if it is not there."""
    python = PEER / "bin" / "python"
    if not (PEER / ".ready").exists():
        venv.create(PEER, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        subprocess.run([*install, "-r", PEER_REQUIREMENTS], check=True)
        (PEER / ".ready").touch()
    return python


class Composer:
    """Photographs of 1920x1080 with portraits at known places."""

    def __init__(self, faces: Path, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._portraits = sorted(faces.glob("congress/20*/*.jpg")) + sorted(
            faces.glob("lfw/*/*.jpg")
        )

    def photograph(
        self, sizes_px: list[int], ground: str | None = None
    ) -> tuple[Image.Image, list[list[int]]]:
        """One photograph and where its portraits lie: left, top, width, height.

        A portrait whose place overlaps another's is left out.
        """
        picture = Image.fromarray(self._ground(ground or str(self._rng.choice(GROUNDS))))
        placed: list[list[int]] = []
        for size in sizes_px:
            portrait = self._portrait(size)
            width, height = portrait.size
            left = int(self._rng.integers(0, max(1, WIDTH - width)))
            top = int(self._rng.integers(0, max(1, HEIGHT - height)))
            box = [left, top, width, height]
            if all(_overlap(box, other) == 0 for other in placed):
                picture.paste(portrait, (left, top))
                placed.append(box)
        return picture, placed

    def _portrait(self, face_px: int) -> Image.Image:
        """A random portrait, scaled so that its face is about so many pixels wide."""
        path = self._portraits[self._rng.integers(len(self._portraits))]
        portrait = Image.open(path).convert("RGB")
        # In both collections a face takes a little under half of the width.
        factor = face_px / (0.43 * portrait.width)
        size = (round(portrait.width * factor), round(portrait.height * factor))
        return portrait.resize(size, Image.Resampling.LANCZOS)

    def _ground(self, kind: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """A blurred room, clouds of every size, noise, or a chequered wall."""
        if kind in {"blurred", "clouds"}:
            ground = np.zeros((HEIGHT, WIDTH, 3))
            for cells in (4, 16) if kind == "blurred" else (4, 16, 64, 270):
                noise = self._rng.integers(0, 64, (cells, cells * 16 // 9, 3), dtype=np.uint8)
                layer = Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
                ground += np.asarray(layer)
            ground += self._rng.normal(0, 3, ground.shape)  # the sensor's
        elif kind == "noise":
            ground = self._rng.normal(128, 25, (HEIGHT, WIDTH, 3))
        else:
            y, x = np.mgrid[:HEIGHT, :WIDTH] / self._rng.uniform(5, 60)
            wall = 128 + 60 * np.sign(np.sin(x) * np.sin(y))
            ground = wall[..., np.newaxis] + self._rng.normal(0, 6, (HEIGHT, WIDTH, 3))
        return ground.clip(0, 255).astype(np.uint8)

    def sizes(self) -> list[int]:
        """One to five face sizes from 40 to 400 px, evenly by their logarithm."""
        logs = self._rng.uniform(math.log(40), math.log(400), self._rng.integers(1, 6))
        return [round(size) for size in np.exp(logs)]


def measure_speed(
    engine: Engine, peer: Peer, paths: dict[tuple[str, int], Path], rounds: int
) -> list[Speed]:
    """Time both on each picture in turn, the first round unmeasured."""
    times: dict[tuple[str, int], list[tuple[float, float, float, float]]] = {
        case: [] for case in paths
    }
    cosines = {}
    for case, path in [*paths.items()] * (rounds + 1):
        start, start_cpu = time.perf_counter(), time.process_time()
        frame = engine.decode(path.read_bytes())
        detection = engine.detect(frame)[0]
        (features,) = engine.extract([engine.align(frame, detection)])
        ours = (time.perf_counter() - start) * 1e3, (time.process_time() - start_cpu) * 1e3
        answer = peer.ask("features", path)
        times[case].append((*ours, answer["ms"], answer["cpu_ms"]))
        feature = np.array(answer["feature"])
        cosines[case] = float(features.vector @ feature / np.linalg.norm(feature))
    speeds = []
    for case, path in paths.items():
        mine, mine_cpu, other, other_cpu = map(float, np.median(times[case][1:], axis=0))
        speeds.append(
            Speed(
                ground=case[0],
                face_px=case[1],
                file_kb=path.stat().st_size // 1000,
                ours_ms=mine,
                opencv_ms=other,
                ratio=other / mine,
                cpu_ratio=other_cpu / mine_cpu,
                cosine=cosines[case],
            )
        )
    return speeds


def measure_found(
    engine: Engine, peer: Peer, pictures: list[tuple[Path, list[list[int]]]]
) -> Found:
    """Count what both find."""
    counts = dict.fromkeys(Found.__dataclass_fields__, 0)
    for path, portraits in pictures:
        theirs = [face[:4] for face in peer.ask("faces", path)["faces"]]
        ours = [
            [each.box.left, each.box.top, each.box.width, each.box.height]
            for each in engine.detect(engine.decode(path.read_bytes()))
        ]
        large = [box for box in theirs if min(box[2:]) >= LEAST_FACE_PX]
        counts["portraits"] += len(portraits)
        counts["opencv_found"] += len(large)
        counts["ours_found"] += sum(min(box[2:]) >= LEAST_FACE_PX for box in ours)
        counts["missed_by_us_alone"] += sum(
            all(_overlap(box, other) < SAME_FACE for other in ours) for box in large
        )
        for name, boxes in (("opencv_false", theirs), ("ours_false", ours)):
            counts[name] += sum(all(_overlap(box, p) == 0 for p in portraits) for box in boxes)
    return Found(**counts)


def _overlap(one: list[Any], other: list[Any]) -> float:
    """Intersection over union of two boxes (left, top, width, height)."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0, width) * max(0, height)
    return float(shared / (one[2] * one[3] + other[2] * other[3] - shared))


def main() -> None:
    """Run, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = os.environ.get("RECOGNIZANCE_FACES", ROOT.parent / "shared" / "faces")
    parser.add_argument("--faces", type=Path, default=Path(shared))
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not (options.faces / "congress").is_dir():
        sys.exit(f"No photographs in {options.faces}; give --faces.")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the peer inherits it
    composer = Composer(options.faces, SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        single, several = {}, []
        for case in product(SPEED_GROUNDS, SPEED_FACES_PX):
            ground, size = case
            single[case] = folder / f"{ground}-{size}.jpg"
            composer.photograph([size], ground)[0].save(single[case], quality=88)
        for index in range(options.pictures):
            picture, portraits = composer.photograph(composer.sizes())
            path = folder / f"{index:03}.jpg"
            picture.save(path, quality=88)
            several.append((path, portraits))
        engine = Engine.load(threads=1, cache_dir=ROOT / ".cache" / "models")
        peer = Peer(folder)
        speeds = measure_speed(engine, peer, single, options.rounds)
        found = measure_found(engine, peer, several)
        peer.close()
    print(f"1920x1080 JPEG, one face, file to feature, one core, f32; OpenCV {peer.version}")
    for speed in speeds:
        print(
            f"  face {speed.face_px:3} px on {speed.ground:7}, {speed.file_kb:4} kB: "
            f"{speed.ours_ms:6.1f} ms, OpenCV {speed.opencv_ms:6.1f} ms, {speed.ratio:.2f} times "
            f"faster ({speed.cpu_ratio:.2f} in processor time); cosine {speed.cosine:.3f}"
        )
    print(f"{options.pictures} photographs with {found.portraits} portraits:")
    print(
        f"  faces of at least {LEAST_FACE_PX} px: OpenCV {found.opencv_found}, ours "
        f"{found.ours_found}; found by OpenCV and missed by us: {found.missed_by_us_alone}"
    )
    print(f"  false detections: OpenCV {found.opencv_false}, ours {found.ours_false}")
    if options.json:
        result = {
            "opencv": peer.version,
            "rounds": options.rounds,
            "speed": [asdict(speed) for speed in speeds],
            "found": asdict(found),
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
