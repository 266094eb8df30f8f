"""Redact a photograph for somebody: hide faces, write down what was done, hand over the file.

Redaction identifies nobody and needs no permit. Where there is a workspace it is recorded there,
before the file is written, as every use of a face is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.ledger import LogName
from recognizance.video import redact_still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.video import Redaction, StillsPort, Style
    from recognizance.workspace import Workspace


def redact_for(
    data: bytes,
    *,
    engine: StillsPort,
    workspace: Workspace | None,
    style: Style,
    keep: Sequence[int],
    reason: str | None,
    like: bytes | None = None,
) -> tuple[Redaction, dict[str, object]]:
    """Redact, record, and say what was done.

    Args:
        data: The photograph's bytes.
        engine: What finds faces.
        workspace: Where to record it; None where there is none.
        style: How faces are hidden.
        keep: Numbers of the faces that stay visible.
        reason: Why they may, such as the id of a release.
        like: How a file of the format to write begins; by default the photograph's own.

    Returns:
        The redacted photograph, and the record that belongs beside it.

    Raises:
        ImageError: The photograph cannot be read.
        InputError: There is no face of such a number.
    """
    made = redact_still(engine, data, style=style, keep=keep, like=like)
    entry, receipt = _recorded(workspace, made, reason) if workspace else (None, None)
    record: dict[str, object] = {
        "input_sha256": made.input_digest,
        "output_sha256": made.output_digest,
        "style": made.style.value,
        "faces": [
            {
                "number": number,
                "box": [round(side, 1) for side in (box.left, box.top, box.width, box.height)],
                "kept": number in made.kept,
            }
            for number, box in enumerate(made.faces, start=1)
        ],
        "kept_because": reason if made.kept else None,
        "found_by_later_looks": made.late,
        "still_visible": len(made.visible),
        "clean": made.clean,
        "entry": entry,
        "receipt": receipt,
    }
    return made, record


def _recorded(workspace: Workspace, made: Redaction, reason: str | None) -> tuple[str, str]:
    entry = workspace.ledger.append(
        LogName.USES,
        "redact",
        {
            "operation": "redact",
            "outcome": "clean" if made.clean else "not_clean",
            "faces": len(made.faces) + made.late,
            "kept": len(made.kept),
        },
        private={"input": made.input_digest, "output": made.output_digest, "reason": reason},
        now=workspace.clock(),
    )
    return f"{entry.log.value}/{entry.index}", workspace.ledger.receipt(entry.log, entry.index)
