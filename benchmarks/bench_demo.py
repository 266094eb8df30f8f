"""`recognizance demo` as a whole process: wall-clock seconds and peak memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time


def main() -> int:
    """Run the demo once to fetch what it needs, once to measure."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "recognizance", "demo", "--json", "-o", folder]
        for attempt in ("with set-up", "after set-up"):
            began = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=False)
            if done.returncode:
                print(done.stdout.decode() + done.stderr.decode())
                return 1
            print(f"demo {attempt:<14} {time.perf_counter() - began:7.1f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory         {peak:7.0f} MiB (largest single process)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
