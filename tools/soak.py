"""`make soak`: one camera-hour through a watch; what does the process hold at its end?

A composed street is watched over and over through the desk, under a trial permit. After a warm-up
of a third of the run, resident memory may grow by 5 % at most, and open files and threads by
nothing; a queue that grew would show in the number of live objects, which may grow by 5 % too.

    python tools/soak.py [--pictures 90000] [--small] [--faces DIR]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.settings import load_settings
from recognizance.workspace import load_engine

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from scenery import Album, mini, scenes  # the composer lives with the tests
from scenery.soaking import MOST_GROWTH, Looped
from scenery.trials import trial_of

if TYPE_CHECKING:
    from collections.abc import Sequence

CAMERA_HOUR = 90_000
"""Pictures of a camera that takes 25 a second."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run it and print what the process held.

    Returns:
        0 if it held no more at the end than when it was warm.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=CAMERA_HOUR)
    parser.add_argument("--small", action="store_true", help="a small picture: the short form")
    parser.add_argument("--faces", type=Path, default=load_settings().faces)
    options = parser.parse_args(argv)
    if not (options.faces / "congress").is_dir():
        sys.exit(f"No photographs in {options.faces}; give --faces.")
    album = Album(options.faces, load_engine(load_settings()))
    scene = (
        mini.street(album, fps=25)
        if options.small
        else scenes.street(album, 0, watchlisted=10, others=20, fps=25)
    )
    with tempfile.TemporaryDirectory() as name:
        clip = scene.write(Path(name))
        looped = Looped(clip.path, options.pictures)
        with trial_of(clip, album, Path(name)) as trial:
            began = time.perf_counter()
            watched = trial.watch(looped)
            took_s = time.perf_counter() - began
    width, height = scene.size_wh
    print(
        f"{looped.counters.read} pictures of {width}x{height} in {took_s:.0f} s; looked at "
        f"{watched.counts.pictures}, followed {watched.counts.tracks} faces, compared "
        f"{watched.counts.shots}, raised {watched.counts.leads} leads"
    )
    print("  pictures   resident MB   files   threads   objects")
    for each in looped.readings[:: max(1, len(looped.readings) // 12)]:
        print(
            f"  {each.pictures:8}   {each.resident / 1e6:11.1f}   {each.files:5}   "
            f"{each.threads:7}   {each.objects:7}"
        )
    for name, growth in looped.growth.items():
        print(f"after the warm-up, {name} grew by at most {growth:+.1%}")
    return 0 if all(looped.growth[name] <= most for name, most in MOST_GROWTH.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
