"""`make bench`: every figure, beside its peer where there is one.

The parts run one after the other, each in a process of its own, so that none disturbs another.
Names of parts as arguments run only those. Speeds are ratios to a peer measured in the same run,
or medians on this machine; error rates name their data. What needs the shared photographs
(`RECOGNIZANCE_FACES`) says so where they are missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from recognizance.settings import load_settings

HERE = Path(__file__).resolve().parent
PARTS = {
    "gate": False,
    "ledger": False,
    "search": False,
    "demo": False,
    "engine": True,
    "lfw": True,
    "bearer": True,
    "audit": True,
    "video": True,
    "street": True,
    "fleet": True,
    "redact": True,
    "service": True,
    "console": False,
}
"""Each part, and whether it needs the shared photographs."""


def main() -> int:
    """Run the parts; the exit code says whether every one of them ran to its end."""
    faces = load_settings().faces.resolve()
    wanted = [part for part in sys.argv[1:] if part in PARTS] or PARTS
    failed = []
    for part in wanted:
        print(f"\n== {part} " + "=" * (70 - len(part)), flush=True)
        command = [sys.executable, str(HERE / f"bench_{part}.py")]
        if PARTS[part]:
            if not faces.exists():
                print(f"not run: the shared photographs are not in {faces}")
                continue
            command += ["--faces", str(faces)]
        if subprocess.run(command, check=False).returncode:
            failed.append(part)
    if failed:
        print(f"\nDid not run to the end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
