"""Where a fact came from: stated, derived, read from a table, settled by silence, or open."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.gate.draft import Facts
    from recognizance.gate.submission import Submission

TABLES: Final[Mapping[str, str]] = {
    "op.in_eu": "eu_members",
    "op.opt_in_state": "rbi_opt_in",
    "op.city_ban": "city_bans",
    "tmpl.beyond_named": "recipients",
}
"""Facts that a dated table of `rules/tables` decides."""

_OBJECTIVES: Final = frozenset({"auth.ground", "auth.annex_ii", "auth.listed_md"})
_MOVED_BY: Final[Mapping[str, str]] = {
    "op.kind": "D1",
    "mode": "D2",
    "place.span": "D7",
    "cam.officer_data": "the police's own camera",
}
"""What makes a stated fact another one: the derivations, and the officers' cameras."""


class Origin(StrEnum):
    """Where a fact can come from."""

    STATED = "stated"
    DERIVED = "derived"
    TABLE = "table"
    SILENCE = "silence"
    OPEN = "open"


def origin_of(name: str, submission: Submission, facts: Facts) -> tuple[Origin, str]:
    """Where a fact came from.

    Args:
        name: The fact.
        submission: What was stated.
        facts: What followed.

    Returns:
        Its origin and what is to be said of it: the derivation, the table, the fields that would
        settle it. Empty where the origin says it all.
    """
    value, stated = facts[name], name in submission.stated
    if value is UNKNOWN:
        return Origin.OPEN, _why_open(name, submission, facts)
    if FIELDS[name].derived_from:
        return _derived(name, submission)
    if stated and submission.stated[name] == value:
        return Origin.STATED, ""
    moved = name in _MOVED_BY and (stated or facts["op.kind"] == "police")
    if moved and (stated or name in {"op.kind", "cam.officer_data"}):
        return Origin.DERIVED, _MOVED_BY[name]
    return Origin.SILENCE, "not asked for" if not stated and _is_request(name) else "not stated"


def _why_open(name: str, submission: Submission, facts: Facts) -> str:
    others = [source for source in facts.missing(name) if source != name]
    if others:
        return f"hangs on {', '.join(others)}"
    return "stated as unknown" if name in submission.stated else "not stated"


def _derived(name: str, submission: Submission) -> tuple[Origin, str]:
    if name == "op.freedom":
        return Origin.TABLE, "freedom (D6)"
    if name == "place.public":
        return Origin.DERIVED, "D3"
    if name.startswith("permits."):
        return Origin.DERIVED, "D7"
    if name in TABLES:
        return Origin.TABLE, TABLES[name]
    if name in _OBJECTIVES and "auth.objective" in submission.stated:
        return Origin.TABLE, "objectives"
    return Origin.DERIVED, f"from {', '.join(FIELDS[name].derived_from)}"


def _is_request(name: str) -> bool:
    """Whether silence about a field means that the thing is not asked for."""
    return FIELDS[name].silence is not UNKNOWN
