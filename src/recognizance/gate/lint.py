"""What a careful reader would ask about a submission before anybody decides it.

Every field is read by itself, so that one mistake does not hide the next. Then it is said what is
still marked MISSING, which statements do not go together, what the gate takes otherwise than it is
stated (D1 to D3, D6), and which words in the free texts the closed fields do not say.

It decides nothing, and nothing that it finds loosens or tightens a decision.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from recognizance.errors import SubmissionError
from recognizance.gate.doubts import CONTRADICTIONS, WORDS
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.filed import is_case
from recognizance.gate.kinds import UNKNOWN, plain
from recognizance.gate.kleene import evaluate
from recognizance.gate.language import parse
from recognizance.gate.origins import origin_of
from recognizance.gate.silence import with_defaults
from recognizance.gate.submission import MAX_BYTES, submission_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.draft import Facts
    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The gate cannot read it, or two statements cannot both be true."""
    WARNING = "warning"
    """It may be true, and is more often a slip."""
    NOTE = "note"
    """Nothing is wrong; something is still to be done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes:
        severity: How much it matters.
        field: The field; empty where it is the whole file.
        what: What was found.
        todo: What to do.
    """

    severity: Severity
    field: str
    what: str
    todo: str

    def as_dict(self) -> dict[str, object]:
        """The finding as JSON."""
        return {
            "severity": self.severity.value,
            "field": self.field,
            "what": self.what,
            "todo": self.todo,
        }


def lint(bundle: RuleBundle, data: bytes, *, at: date) -> tuple[Finding, ...]:
    """Read a submission as a careful person would.

    Args:
        bundle: The rules; their tables are used, no rule is put.
        data: The TOML file, a submission or a case.
        at: The day of the decision.

    Returns:
        Every finding, errors first, each kind in the order of the fields.
    """
    if len(data) > MAX_BYTES:
        return (_unreadable(f"It has {len(data)} bytes; at most {MAX_BYTES} are read."),)
    try:
        content = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        return (_unreadable(f"It is no TOML in UTF-8: {error}."),)
    if is_case(data):
        inner = content.get("submission", {})
        content = inner if isinstance(inner, dict) else {}
    readable, found = _read(content)
    submission = submission_from(readable)
    facts = derive(submission, bundle.tables, at=at)
    found += _missing(data.decode(), submission)
    found += _contradictions(submission, facts)
    found += _past(submission, at)
    found += _overridden(submission, facts)
    found += _words(submission, facts)
    return tuple(sorted(found, key=lambda one: (_ORDER[one.severity], _PLACE.get(one.field, -1))))


_ORDER: Final = {severity: number for number, severity in enumerate(Severity)}
_PLACE: Final = {name: number for number, name in enumerate(FIELDS)}


def _unreadable(what: str) -> Finding:
    todo = "Start from `recognizance gate new`, or let `recognizance gate ask` write it."
    return Finding(Severity.ERROR, "", what, todo)


def _read(content: Mapping[str, object]) -> tuple[dict[str, object], list[Finding]]:
    """The fields that can be read, and an error for each that cannot."""
    readable: dict[str, object] = {}
    found = []
    for name, raw in _flat(content):
        try:
            submission_from({name: raw})
        except SubmissionError as error:
            if name != "op.subdiv" or "op.country" not in readable:
                found.append(Finding(Severity.ERROR, name, error.message, error.hint))
                continue
        readable[name] = raw
    try:  # a state and a country are read together
        submission_from(readable)
    except SubmissionError as error:
        found.append(Finding(Severity.ERROR, "op.subdiv", error.message, error.hint))
        readable.pop("op.subdiv", None)
    return readable, found


def _flat(content: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    tables = {name.partition(".")[0] for name in FIELDS if "." in name}
    for key, raw in sorted(content.items(), key=lambda item: f"{prefix}{item[0]}" == "op.subdiv"):
        name = f"{prefix}{key}"
        if isinstance(raw, dict) and name in tables:
            yield from _flat(cast("Mapping[str, object]", raw), f"{name}.")
        else:
            yield name, raw


# ---- what is still to be answered -----------------------------------------------------------

_TABLE: Final = re.compile(r"^\s*\[(?:submission\.)?([a-z]+)\]")
_MARKED: Final = re.compile(r"^\s*([a-z_]+(?:\.[a-z_]+)?)\s*=.*#\s*MISSING\b")


def _missing(text: str, submission: Submission) -> list[Finding]:
    found, table = [], ""
    for row in text.splitlines():
        if heading := _TABLE.match(row):
            table = "" if heading[1] == "submission" else f"{heading[1]}."
        elif marked := _MARKED.match(row):
            name = f"{table}{marked[1]}"
            if name not in FIELDS:
                continue
            open_still = submission.stated.get(name, UNKNOWN) is UNKNOWN
            found.append(
                Finding(
                    Severity.WARNING if open_still else Severity.NOTE,
                    name,
                    "It is marked MISSING." if open_still else "It is answered and marked MISSING.",
                    FIELDS[name].question if open_still else "Take the mark away.",
                )
            )
    return found


# ---- statements held against each other -----------------------------------------------------


def _contradictions(submission: Submission, facts: Facts) -> list[Finding]:
    """Conditions of the rules' own language on what was stated, as it was stated."""
    typed = with_defaults(submission)
    seen: dict[str, Value] = {**facts.values, **submission.stated}
    seen |= {name: value for name, value in typed.items() if name.startswith("wl.")}
    return [
        Finding(Severity(doubt.severity), doubt.field, doubt.what, doubt.todo)
        for doubt in CONTRADICTIONS
        if evaluate(parse(doubt.when, {}), seen)
    ]


def _past(submission: Submission, at: date) -> list[Finding]:
    expires = submission.stated.get("auth.expires")
    if not isinstance(expires, str) or expires >= at.isoformat():
        return []
    return [
        Finding(
            Severity.WARNING,
            "auth.expires",
            f"The authority ended on {expires}, before {at.isoformat()}.",
            "State the order that is in force.",
        )
    ]


def _overridden(submission: Submission, facts: Facts) -> list[Finding]:
    found = []
    for name, value in submission.stated.items():
        if value is UNKNOWN or facts[name] == value:
            continue
        _, why = origin_of(name, submission, facts)
        found.append(
            Finding(
                Severity.WARNING,
                name,
                f"It says {_text(value)}; the gate takes {_text(facts[name])} ({why}).",
                "State what the gate takes, or correct what it follows from.",
            )
        )
    return found


def _text(value: Value) -> str:
    content = plain(value)
    return " and ".join(content) or "nothing" if isinstance(content, list) else str(content)


# ---- free texts -----------------------------------------------------------------------------

_TEXTS: Final = ("title", "place.why", "auth.objective", "auth.scope_place", "auth.scope_persons")


def _words(submission: Submission, facts: Facts) -> list[Finding]:
    """Words that say more than the closed fields, each reported once for each field."""
    found = []
    for name in _TEXTS:
        text = submission.stated.get(name)
        if not isinstance(text, str):
            continue
        for doubt in WORDS:
            word = re.search(rf"\b(?:{doubt.words})\b", text, re.IGNORECASE)
            if word and not doubt.said(facts.values):
                found.append(
                    Finding(
                        Severity.WARNING,
                        name,
                        f"It says {word[0]!r}, and {doubt.field} does not.",
                        doubt.todo,
                    )
                )
    return found
