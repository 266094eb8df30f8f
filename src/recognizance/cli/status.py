"""`recognizance status`: what is in the workspace and whether it is sound."""

from __future__ import annotations

from recognizance.cli.console import Json, emit, line
from recognizance.cli.door import open_door


def status(as_json: Json = False) -> None:
    """Show what the workspace holds, and what is open."""
    with open_door() as door:
        facts = door.status()
    emit(
        facts,
        as_json,
        *(
            line((f"{name.replace('_', ' '):<18} ", "dim"), _words(value))
            for name, value in facts.items()
        ),
    )


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{permit_id} in {left}" for permit_id, left in value.items()) or "none"
    return "none" if value is None else str(value)
