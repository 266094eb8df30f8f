"""Writing a submission as TOML: what `submission` reads back unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NONE, UNKNOWN, YES, Kind, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission


def submission_toml(submission: Submission) -> str:
    """A submission as a file; reading it back gives one of the same digest."""
    return "\n".join(toml_lines(submission.stated, listed=submission.has_list)) + "\n"


def toml_lines(
    stated: Mapping[str, Value], missing: Collection[str] = (), *, listed: bool = False
) -> Iterator[str]:
    """Lines of TOML: keys without a table first, then each table in the order of the fields.

    Args:
        stated: The fields.
        missing: Fields to write as MISSING, with their questions.
        listed: Whether the table of the list stands there even where nothing is said of it.
    """
    tables = dict.fromkeys(name.rpartition(".")[0] for name in FIELDS)
    for table in sorted(tables, key=bool):
        names = [name for name in FIELDS if name.rpartition(".")[0] == table]
        lines = [
            _line(name, stated, missing) for name in names if name in stated or name in missing
        ]
        if lines or (listed and table == "wl"):
            yield ""
            if table:
                yield f"[{table}]"
            yield from lines


def _line(name: str, stated: Mapping[str, Value], missing: Collection[str]) -> str:
    key = name.rpartition(".")[2]
    if name in missing:
        return f'{key} = "{UNKNOWN.value}"  # MISSING: {FIELDS[name].question}'
    return f"{key} = {_literal(name, stated[name])}"


def _literal(name: str, value: Value) -> str:
    if value is UNKNOWN:
        return _quoted(UNKNOWN.value)
    content = plain(value)
    if isinstance(content, int):
        return str(content)
    if isinstance(value, frozenset):
        return f"[{', '.join(map(_quoted, set_texts(name, value)))}]"
    if FIELDS[name].kind is Kind.TRI:
        return "true" if content == YES else "false"
    return _quoted(str(content))


def set_texts(name: str, value: frozenset[str]) -> tuple[str, ...]:
    """The texts that a set is read back from. "None" beside others counts in one phrase alone."""
    texts = tuple(sorted(value))
    alone = NONE not in value or len(value) == 1 or not FIELDS[name].phrases
    return texts if alone else (" and ".join(texts),)


def _quoted(text: str) -> str:
    """A TOML string; the reader lets no control character but line breaks and tabs through."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'
