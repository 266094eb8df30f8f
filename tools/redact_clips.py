"""Redact every shared clip, then search each written picture as a photograph is searched.

The search is not the redaction's own second look: it is the engine's `detect`, which looks closer
at whatever might be a face, and knows nothing of masks. Slow; `make test` holds parts of the clips.

    python tools/redact_clips.py [--faces DIR] [--out DIR]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import av

from recognizance.redacting import Asked, Job
from recognizance.settings import load_settings
from recognizance.types import Frame
from recognizance.workspace import load_engine

if TYPE_CHECKING:
    from recognizance.engine import Engine


def main() -> int:
    """Redact, search, and print one line a clip; 1 where a face is found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--faces", type=Path, default=load_settings().faces)
    parser.add_argument("--out", type=Path, help="folder that keeps what is written")
    asked = parser.parse_args()
    engine, bad = load_engine(load_settings()), 0
    with tempfile.TemporaryDirectory() as folder:
        out = asked.out or Path(folder)
        for result in Job(asked.faces / "clips", out, Asked(), engine, None).run():
            pictures, found = search(engine, out / result.path)
            bad += result.outcome != "clean" or bool(found)
            where = f" in pictures {', '.join(map(str, found[:10]))}" if found else ""
            print(
                f"{result.path:<28} {result.outcome:<10} {pictures:>6} pictures, "
                f"{len(found)} with a face{where}",
                flush=True,
            )
    return int(bad > 0)


def search(engine: Engine, path: Path) -> tuple[int, list[int]]:
    """How many pictures a film has, and the numbers of those in which there is a face."""
    found: list[int] = []
    index = -1
    with av.open(str(path)) as film:
        for index, picture in enumerate(film.decode(video=0)):
            if engine.detect(Frame(picture.to_ndarray(format="rgb24"), "")):
                found.append(index)
    return index + 1, found


if __name__ == "__main__":
    sys.exit(main())
