"""Write what the commands on docs/gate.md print, as they print it; `--check` compares.

A block is fenced as `console` and begins with `$ recognizance gate ...`; the rest is the output at
a width of 100 columns.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "gate.md"
BLOCK = re.compile(r"(```console\n\$ (recognizance gate [^\n]+)\n)(.*?)(?=```)", re.DOTALL)


def printed(line: str) -> str:
    """What a command prints, without spaces at the ends of its lines."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(  # noqa: S603  # a command of our own page
            [sys.executable, "-m", *shlex.split(line)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "100", "RECOGNIZANCE_HOME": home},
            check=False,
        )
    return "".join(f"{row.rstrip()}\n" for row in done.stdout.splitlines())


def main() -> int:
    """Write the page, or say whether it is up to date."""
    before = PAGE.read_text(encoding="utf-8")
    after = BLOCK.sub(lambda block: block[1] + printed(block[2]), before)
    if "--check" in sys.argv[1:]:
        print("docs/gate.md: examples", "as printed" if before == after else "differ")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
