"""Make the pictures of the tour: run the story in a browser, and write its pictures small.

    python tools/tour.py

The story (tests/console/test_story.py) needs chromium and the shared photographs. None of those
photographs is in a picture: before each is taken, drawn faces take their place.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "images" / "tour"
WIDTH = 900
COLOURS = 64
"""What a page needs: its few colours, and the shades of the edges of letters."""


def main() -> int:
    """Run the story, and put its pictures in the place of those that are there."""
    with tempfile.TemporaryDirectory() as folder:
        story = ROOT / "tests" / "console" / "test_story.py"
        done = subprocess.run(  # noqa: S603  # our own words
            [sys.executable, "-m", "pytest", "-q", "-rs", str(story)],
            env=os.environ | {"RECOGNIZANCE_SCREENSHOTS": folder},
            cwd=ROOT,
            check=False,
        )
        taken = sorted(Path(folder, "story").glob("*.png"))
        if done.returncode or not taken:
            return done.returncode or 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        for old in PICTURES.glob("*.png"):
            old.unlink()
        for each in taken:
            write_small(each, PICTURES / f"{each.stem.partition('-')[2]}.png")
    return 0


def write_small(picture: Path, to: Path) -> None:
    """Write a screenshot in the width of a page of text and in few colours."""
    with Image.open(picture) as opened:
        height = round(opened.height * WIDTH / opened.width)
        small = opened.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        small.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            to, optimize=True
        )


if __name__ == "__main__":
    sys.exit(main())
