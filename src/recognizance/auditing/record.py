"""What is written down of an audit: in the uses log of a workspace, and as files."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from recognizance import __version__
from recognizance.audit.blas import kernel
from recognizance.audit.report import About, render, result_file
from recognizance.errors import InputError
from recognizance.layout import write_atomically
from recognizance.ledger import LogName
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from recognizance.audit.result import AuditResult
    from recognizance.workspace import Workspace

_PLOT: Final = re.compile(r"plots/[a-z-]+\.svg")
_COMPUTED_WITH: Final = ("numpy", "openvino", "onnxruntime", "pyarrow")


def about(command: str, now: datetime) -> About:
    """When and with what an audit runs.

    Args:
        command: As it was given, without paths.
        now: The time.
    """
    # What was not loaded computed nothing.
    loaded = ((name, _version(name)) for name in _COMPUTED_WITH if name in sys.modules)
    versions = (
        ("Python", platform.python_version()),
        *loaded,
        ("BLAS kernels", kernel() or "unknown"),
    )
    return About(utc_text(now), f"recognizance {__version__}", command, versions)


def record(workspace: Workspace, result: AuditResult, *, outcome: str = "measured") -> str:
    """Write an audit into the uses log: digests and counts; where it stands, as `uses/17`.

    Neither the name of the data nor a label is in it: both are words that somebody chose, and a
    log is for ever.
    """
    data = result.data
    facts: dict[str, object] = {
        "operation": "audit",
        "outcome": outcome,
        "kind": data.kind,
        "data": data.digest,
        "result": hashlib.sha256(result_file(result)).hexdigest(),
        "people": data.people,
        "images": data.images,
        "mated_pairs": data.mated_pairs,
        "non_mated_pairs": data.non_mated_pairs,
        "findings": len(result.findings),
        "disclosure": str(result.disclosure),
    }
    if result.system.model_id:
        facts["model"] = result.system.model_id
    entry = workspace.ledger.append(LogName.USES, "audit", facts, now=workspace.clock())
    return f"{entry.log.value}/{entry.index}"


def write_report(result: AuditResult, made: About, folder: Path) -> Path:
    """Write every file of the report; the page.

    Raises:
        InputError: The folder cannot be written.
    """
    files = render(result, made)
    for old in _plots_of_an_earlier_report(folder) - set(files):
        (folder / old).unlink(missing_ok=True)
    return write_files(files, folder) / "report.html"


def write_files(files: Mapping[str, bytes], folder: Path) -> Path:
    """Write files below a folder, each whole or not at all; the folder.

    Raises:
        InputError: The folder cannot be written.
    """
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
    except OSError as error:
        raise InputError(
            f"The report cannot be written: {error.strerror}.",
            hint="Check the folder that was given with -o.",
        ) from error
    return folder


def _plots_of_an_earlier_report(folder: Path) -> set[str]:
    """Plots that a report in this folder says are its own; another's files are left alone."""
    try:
        named = json.loads((folder / "about.json").read_bytes())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in named if _PLOT.fullmatch(name)}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
