"""Redact a photograph for somebody, from bytes to bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.redacting.record import PROGRAM, recorded, sides
from recognizance.video import redact_still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.redacting.asked import RedactPort
    from recognizance.video import Redaction, Style
    from recognizance.workspace import Workspace


def redact_photograph(
    data: bytes,
    *,
    engine: RedactPort,
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
    facts: dict[str, object] = {
        "program": PROGRAM,
        "model": engine.model_id,
        "kind": "photograph",
        "input_sha256": made.input_digest,
        "output_sha256": made.output_digest,
        "style": made.style.value,
        "faces": [
            {"number": number, "box": sides(box), "kept": number in made.kept}
            for number, box in enumerate(made.faces, start=1)
        ],
        "kept_because": reason if made.kept else None,
        "found_by_later_looks": made.late,
        "still_visible": len(made.visible),
        "still_visible_in": [{"box": sides(box)} for box in made.visible],
        "clean": made.clean,
    }
    hidden = len(made.faces) + made.late - len(made.kept)
    return made, recorded(workspace, facts, hidden=hidden, kept=len(made.kept))
