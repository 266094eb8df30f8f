"""`make bench`: every figure, beside its peer, in one run.

The parts run one after the other in processes of their own. Part names as arguments run only
those. Speeds are ratios to a peer measured in the same run, or medians on this machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = ("engine", "lfw", "gate", "ledger", "search", "demo")


def main() -> int:
    """Run the parts; the exit code says whether every one of them ran."""
    wanted = [part for part in sys.argv[1:] if part in PARTS] or PARTS
    failed = []
    for part in wanted:
        print(f"\n== {part} " + "=" * (70 - len(part)), flush=True)
        done = subprocess.run([sys.executable, str(HERE / f"bench_{part}.py")], check=False)
        if done.returncode:
            failed.append(part)
    if failed:
        print(f"\nDid not run to the end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
