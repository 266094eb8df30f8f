"""Rewrite requirements/*.txt from pyproject.toml: exact versions, hashes, no address of any index.

Runs pip-tools in an environment of its own, so that what locks is not part of what is locked.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "core.txt": ["pyproject.toml"],
    "engine.txt": ["--extra", "engine", "pyproject.toml"],
    "video.txt": ["--extra", "engine", "--extra", "video", "--extra", "events", "pyproject.toml"],
    "fleet.txt": [
        *("--extra", "engine", "--extra", "video"),
        *("--extra", "events", "--extra", "fleet"),
        "pyproject.toml",
    ],
    "service.txt": [
        *("--extra", "engine", "--extra", "video"),
        *("--extra", "events", "--extra", "service"),
        "pyproject.toml",
    ],
    "dev.txt": ["--all-extras", "pyproject.toml", "requirements/dev.in"],
    "oracles.txt": ["requirements/oracles.in"],
}
OPTIONS = [
    "--quiet",
    "--generate-hashes",
    "--strip-extras",
    "--allow-unsafe",
    "--no-header",
    "--annotation-style=line",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
]


def main() -> None:
    """Lock every file; further arguments (such as `--upgrade`) go to pip-compile."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pip-tools"], check=True)  # noqa: S603
        for name, inputs in LOCKS.items():
            command = [python, "-m", "piptools", "compile", *OPTIONS, *sys.argv[1:]]
            command += ["-o", f"requirements/{name}", *inputs]
            subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603
            print(f"requirements/{name}")


if __name__ == "__main__":
    main()
