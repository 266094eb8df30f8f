"""What is written down of a redaction: in the ledger, and in the record beside the output."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from recognizance import __version__
from recognizance.ledger import LogName

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.types import Box
    from recognizance.video.redaction import FaceTrack
    from recognizance.workspace import Workspace

PROGRAM = f"recognizance {__version__}"


def recorded(
    workspace: Workspace | None,
    facts: dict[str, object],
    *,
    hidden: int,
    kept: int,
) -> dict[str, object]:
    """Write a redaction down, before anything of it is handed over.

    Args:
        workspace: Where; None where there is none.
        facts: What the record beside the output says.
        hidden: How many faces were hidden.
        kept: How many were not.

    Returns:
        The facts, with the place in the ledger and the proof that they stand there.
    """
    if workspace is None:
        return facts | {"entry": None, "receipt": None}
    entry = workspace.ledger.append(
        LogName.USES,
        "redact",
        {
            "operation": "redact",
            "outcome": "clean" if facts["clean"] else "not_clean",
            "faces": hidden + kept,
            "kept": kept,
        },
        private={
            "input": facts["input_sha256"],
            "output": facts["output_sha256"],
            "reason": facts["kept_because"],
            "like": facts.get("kept_like"),
        },
        now=workspace.clock(),
    )
    receipt = workspace.ledger.receipt(entry.log, entry.index)
    return facts | {"entry": f"{entry.log.value}/{entry.index}", "receipt": receipt}


def fact_of(track: FaceTrack) -> dict[str, object]:
    """A track as a record lists it."""
    return {
        "number": track.number,
        "from_s": round(track.first.time_s, 3),
        "to_s": round(track.last.time_s, 3),
        "hidden_from_s": round(track.spots[0].time_s, 3),
        "hidden_to_s": round(track.spots[-1].time_s, 3),
        "sightings": track.sightings,
        "box": sides(track.first.box),
    }


def sides(box: Box) -> list[float]:
    """Left, top, width and height."""
    return [round(side, 1) for side in (box.left, box.top, box.width, box.height)]


def faces_in_words(count: int) -> str:
    """`1 face`, `2 faces`."""
    return f"{count} face{'' if count == 1 else 's'}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
