"""Reading a submission: TOML in, normalised values of known fields out.

Generous in how a value is written (`true` or `"yes"`, one value or a list, `UK` or `GB`), strict
in what it means: a field or a value that is in no list is refused by name, never guessed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from recognizance import canonical
from recognizance.errors import SubmissionError
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import Field, Value, plain
from recognizance.gate.reading import read_value, with_country

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES: Final = 64 * 1024
"""A submission is a form of some eighty lines; whatever is larger is something else."""

_TABLES: Final = frozenset(name.split(".")[0] for name in FIELDS if "." in name)
_FORMAT: Final = 1
_PLACE: Final = re.compile(r"\(at (line \d+, column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Submission:
    """What an applicant stated, normalised. What is not in `stated` was not said.

    Attributes:
        stated: Value of each field that was written; UNKNOWN where the text said so.
        has_list: Whether there is a `[wl]` table at all.
        digest: SHA-256 of the normalised content. Spelling does not change it, meaning does.
    """

    stated: MappingProxyType[str, Value]
    has_list: bool
    digest: str

    def text(self, name: str) -> str:
        """A text such as `class` or `operator`, after silence; empty where it is not known."""
        value = self.stated.get(name, FIELDS[name].silence)
        return value if isinstance(value, str) else ""

    def as_dict(self) -> dict[str, object]:
        """The normalised content as JSON; `submission_from` reads it back unchanged."""
        content: dict[str, object] = {name: plain(value) for name, value in self.stated.items()}
        return {**content, "wl": {}} if self.has_list else content


def parse_submission(data: bytes) -> Submission:
    """Read the TOML file of a submission.

    Args:
        data: UTF-8 TOML with the tables and keys of section 8 of the rule base.

    Raises:
        SubmissionError: Too large, not TOML, or with a field or a value that is not listed.
    """
    if len(data) > MAX_BYTES:
        raise SubmissionError(
            f"The submission has {len(data)} bytes; at most {MAX_BYTES} are read.",
            hint="A submission is a short form: leave attachments out of it.",
        )
    try:
        content = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise SubmissionError(
            f"The submission is not TOML in UTF-8{_place_of(error)}.",
            hint="Start from `recognizance gate new` and keep its form.",
        ) from error
    return submission_from(content)


def _place_of(error: Exception) -> str:
    """Where reading ended, as ` (line 3, column 7)`; the parser says it at its message's end."""
    found = _PLACE.search(str(error))
    return f" ({found[1]})" if found else ""


def submission_from(content: Mapping[str, object]) -> Submission:
    """Make a submission of tables already read, nested (`op = {kind = ...}`) or flat (`op.kind`).

    Raises:
        SubmissionError: A field or a value is not listed, or a field is stated twice.
    """
    stated: dict[str, Value] = {}
    for name, raw in _flat(content):
        if name in stated:
            raise SubmissionError(
                f"The field {name} is stated twice.", hint="State each field once."
            )
        value = read_value(_field_named(name), raw)
        if value is not None:
            stated[name] = value
    with_country(stated)
    has_list = "wl" in content or any(name.startswith("wl.") for name in content)
    submission = Submission(stated=MappingProxyType(stated), has_list=has_list, digest="")
    return replace(
        submission,
        digest=canonical.digest({"format": _FORMAT, "submission": submission.as_dict()}),
    )


def _flat(content: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, raw in content.items():
        name = f"{prefix}{key}"
        if not isinstance(raw, dict):
            yield name, raw
        elif name in _TABLES:
            yield from _flat(cast("Mapping[str, object]", raw), f"{name}.")
        else:
            raise _unlisted_field(name)


def _field_named(name: str) -> Field:
    spec = FIELDS.get(name)
    if spec is None:
        raise _unlisted_field(name)
    if not spec.statable:
        raise SubmissionError(
            f"The fact {name} is derived and cannot be stated.",
            hint=f"State what it follows from: {', '.join(spec.derived_from)}.",
        )
    return spec


def _unlisted_field(name: str) -> SubmissionError:
    names = [*FIELDS, *_TABLES]
    nearest = get_close_matches(name, names, n=1, cutoff=0.5)
    return SubmissionError(
        f"There is no field {name!r} in a submission.",
        hint=f"Did you mean {nearest[0]!r}?" if nearest else "See the list of fields.",
    )
