"""Video: every figure, beside its peer where there is one.

The clips are composed from portraits of the shared collection (`tests/scenery`), so that who is
where is known. They are kept in `.cache/scenery` for the next run.

    python benchmarks/bench_video.py [--faces DIR] [--only sight] [--only people]
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.engine import Engine

if TYPE_CHECKING:
    from scenery import Album

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("sight", "people")


@dataclass
class Bench:
    """What the parts share.

    Attributes:
        faces: The shared photographs.
        engine: One for all, on one thread: several threads may use it at once.
        clips: Where composed clips lie.
    """

    faces: Path
    engine: Engine
    clips: Path

    @cached_property
    def album(self) -> Album:
        """The portraits that clips are composed of."""
        from scenery import Album  # noqa: PLC0415  # found once `main` has said where tests are

        return Album(self.faces, self.engine)


def main() -> None:
    """Run the parts, each of which prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = os.environ.get("RECOGNIZANCE_FACES", ROOT.parent / "shared" / "faces")
    parser.add_argument("--faces", type=Path, default=Path(shared))
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    if not (options.faces / "congress").is_dir():
        sys.exit(f"No photographs in {options.faces}; give --faces.")
    sys.path.insert(0, str(ROOT / "tests"))
    bench = Bench(
        faces=options.faces,
        engine=Engine.load(threads=1, cache_dir=ROOT / ".cache" / "models"),
        clips=ROOT / ".cache" / "scenery",
    )
    import video_sight  # noqa: PLC0415  # finds `scenery`, which lies with the tests

    for part in options.only or PARTS:
        video_sight.run(bench, part)


if __name__ == "__main__":
    main()
