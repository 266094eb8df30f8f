"""Case files: a submission with the decision that is expected of it.

    [meta]                       # optional: title, story, and whatever helps a reader
    title = "..."

    [submission]                 # the same tables as in a submission, nested below
    class = "standard"
    [submission.op]
    kind = "police"

    [[open_permits]]             # permits that the operator holds already (D7), if any
    operator = "..."             # the same fields as a submission, nested or flat
    site = "north gate"          # optional: permits for one site count once
    count = 499                  # optional: so many permits like this, for a site each

    [expect]
    outcome = "refuse"
    rules = ["HR-08", "D7"]      # optional: must be among those that decided
    not_rules = ["HR-19#0"]      # optional: must not have fired at all
    conditions = ["LE-09 reviewers n=2"]  # optional: must have fired, with these numbers
    at = 2026-11-22              # optional

A neighbour may say only what it changes of another case in the same folder. It takes the open
permits and the day of that case unless it names its own:

    base = "another-case"
    silent = ["delay_s"]         # optional: fields that nobody states here

    [change]                     # the fields that differ
    auth.kind = "none"

A rule is named whole, `HR-08`, or by one of its clauses, counted from 0: `HR-08#2`.
"""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, cast

from recognizance.errors import CaseFileError
from recognizance.gate.submission import MAX_BYTES
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RULES_READ_ON: Final = date(2026, 11, 22)
"""The day as of which the rule base was written: the day of a case that names none."""

_SECTIONS: Final = frozenset({"meta", "submission", "open_permits", "expect"})
_OF_A_NEIGHBOUR: Final = frozenset({"meta", "base", "change", "silent", "open_permits", "expect"})
_EXPECTED: Final = frozenset({"outcome", "rules", "not_rules", "conditions", "at"})
_CASE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Case:
    """A case, read.

    Attributes:
        case_id: File name without its ending.
        title: What the case is called.
        story: Whether it is one of the stories that the demonstration tells.
        content: Tables of the submission, not yet read: that one cannot be read is a decision too.
        open_permits: Tables of the permits that are open.
        outcomes: The outcomes that are right; more than one where the file names several.
        rules: Rules or clauses that must have decided.
        not_rules: Rules or clauses that must not have fired.
        conditions: Conditions that must have fired: rule, hook and numbers, `LE-09 reviewers n=2`.
        at: The day of the decision.
    """

    case_id: str
    title: str
    story: bool
    content: Mapping[str, object]
    open_permits: tuple[Mapping[str, object], ...]
    outcomes: frozenset[Outcome]
    rules: tuple[str, ...]
    not_rules: tuple[str, ...]
    conditions: tuple[str, ...]
    at: date


def load_case(path: Path) -> Case:
    """Read a case file; a neighbour is read together with its base.

    Raises:
        CaseFileError: The file cannot be read, or is no case.
    """
    return _case(path.name, path.stem, case_tables(path))


def case_tables(path: Path) -> Mapping[str, object]:
    """The tables of a case file; those of a neighbour filled up from its base.

    Returns:
        A whole case: `meta` (with `neighbour_of` and `changed` where there is a base),
        `submission`, `open_permits` and `expect`.

    Raises:
        CaseFileError: The file or its base cannot be read, or it changes nothing of its base.
    """
    content = _read(path)
    if "base" not in content:
        return content
    if unlisted := sorted(set(content) - _OF_A_NEIGHBOUR):
        raise bad_case(path.name, f"has a base, so nobody reads {', '.join(unlisted)}")
    base_id = content["base"]
    if not isinstance(base_id, str) or not _CASE_NAME.fullmatch(base_id):
        raise bad_case(path.name, f"has a base that is no name of a case: {base_id!r:.60}")
    base = _read(path.with_name(f"{base_id}.toml"))
    if "base" in base:
        raise bad_case(path.name, f"has a base that has a base itself: {base_id}")
    return _neighbour(path.name, content, base)


def bad_case(name: str, what: str) -> CaseFileError:
    """The error of a file that is no case."""
    return CaseFileError(
        f"The case {name} {what}.", hint="How a case is written stands in docs/gate.md."
    )


def _read(path: Path) -> dict[str, object]:
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise bad_case(path.name, f"has {len(data)} bytes, more than {MAX_BYTES}")
        return tomllib.loads(data.decode())
    except OSError as error:
        raise bad_case(path.name, "cannot be opened") from error
    except (ValueError, RecursionError) as error:
        raise bad_case(path.name, f"is no TOML in UTF-8 ({error})") from error


# ---- a neighbour and its base ---------------------------------------------------------------


def _neighbour(
    name: str, content: Mapping[str, object], base: Mapping[str, object]
) -> dict[str, object]:
    submission = deepcopy(base.get("submission"))
    if not isinstance(submission, dict):
        raise bad_case(name, "has a base without a submission")
    expect = dict(_section(content, "expect"))
    changes = dict(_fields(_section(content, "change")))
    silent = _texts(name, content.get("silent", []))
    for field, value in changes.items():
        _state(name, submission, field, value)
    for field in silent:
        _leave_out(name, submission, field)
    changed = [*changes, *silent]
    changed += ["open_permits"] if "open_permits" in content else []
    changed += ["at"] if "at" in expect else []
    if not changed:
        raise bad_case(name, "changes nothing of its base")
    expect.setdefault("at", _section(base, "expect").get("at", RULES_READ_ON))
    whole: dict[str, object] = {
        "meta": {**_section(content, "meta"), "neighbour_of": content["base"], "changed": changed},
        "submission": submission,
        "expect": expect,
    }
    permits = content.get("open_permits", base.get("open_permits"))
    return whole if permits is None else {**whole, "open_permits": permits}


def _section(content: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = content.get(key, {})
    return table if isinstance(table, dict) else {}


def _fields(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _fields(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _state(name: str, submission: dict[str, object], field: str, value: object) -> None:
    table, key = _place_of(name, submission, field)
    if key in table and table[key] == value and isinstance(value, type(table[key])):
        raise bad_case(name, f"changes {field} to what it is already")
    table[key] = value


def _leave_out(name: str, submission: dict[str, object], field: str) -> None:
    table, key = _place_of(name, submission, field)
    if key not in table:
        raise bad_case(name, f"leaves out {field}, which its base does not state")
    del table[key]


def _place_of(
    name: str, submission: dict[str, object], field: str
) -> tuple[dict[str, object], str]:
    *tables, key = field.split(".")
    table = submission
    for part in tables:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise bad_case(name, f"changes {field}, which its base does not write as a table")
        table = inner
    return table, key


# ---- a case ---------------------------------------------------------------------------------


def _case(name: str, case_id: str, content: Mapping[str, object]) -> Case:
    if unlisted := sorted(set(content) - _SECTIONS):
        raise bad_case(name, f"has sections that nobody reads: {', '.join(unlisted)}")
    submission, expect = content.get("submission"), content.get("expect")
    if not isinstance(submission, dict) or not isinstance(expect, dict):
        raise bad_case(name, "needs the tables [submission] and [expect]")
    if unlisted := sorted(set(expect) - _EXPECTED):
        raise bad_case(name, f"expects what nobody compares: {', '.join(unlisted)}")
    permits = content.get("open_permits", [])
    if not isinstance(permits, list) or not all(isinstance(row, dict) for row in permits):
        raise bad_case(name, "has no list of tables in open_permits")
    about = _section(content, "meta")
    return Case(
        case_id=case_id,
        title=str(about.get("title", case_id)),
        story=about.get("story") is True,
        content=cast("Mapping[str, object]", submission),
        open_permits=tuple(permits),
        outcomes=_outcomes(name, expect.get("outcome")),
        rules=_texts(name, expect.get("rules", [])),
        not_rules=_texts(name, expect.get("not_rules", [])),
        conditions=_texts(name, expect.get("conditions", [])),
        at=_day(name, expect.get("at", RULES_READ_ON)),
    )


def _outcomes(name: str, value: object) -> frozenset[Outcome]:
    texts = _texts(name, value)
    if not texts or not set(texts) <= set(Outcome):
        raise bad_case(name, f"expects an outcome that is none of: {', '.join(Outcome)}")
    return frozenset(map(Outcome, texts))


def _texts(name: str, value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise bad_case(name, "expects something that is no text")
    return tuple(items)


def _day(name: str, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise bad_case(name, f"is decided on no day: {value!r}") from error
