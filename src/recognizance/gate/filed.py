"""What lies on file: a submission, or a case that holds one with its day and open permits."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import InputError
from recognizance.gate.cases import load_case, open_permits_of
from recognizance.gate.submission import parse_submission, submission_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.submission import Submission


@dataclass(frozen=True, slots=True)
class Filed:
    """A submission with what its file says around it.

    Attributes:
        name: File name without its ending.
        submission: What is asked.
        at: The day of a case; None for a plain submission.
        open_permits: Permits that the operator of a case holds already.
    """

    name: str
    submission: Submission
    at: date | None = None
    open_permits: tuple[OpenPermit, ...] = ()


def read_filed(path: Path, bundle: RuleBundle) -> Filed:
    """Read a submission, or the submission of a case file.

    Args:
        path: A TOML file.
        bundle: The rules; they say what a case's open permits mean.

    Raises:
        InputError: The file cannot be opened.
        SubmissionError: The submission cannot be read.
        CaseFileError: The case cannot be read.
    """
    data = read_bytes(path)
    if not is_case(data):
        return Filed(path.stem, parse_submission(data))
    case = load_case(path)
    return Filed(path.stem, submission_from(case.content), case.at, open_permits_of(case, bundle))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: It cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", hint="Check the path."
        ) from error


def is_case(data: bytes) -> bool:
    """Whether a TOML text says what it expects, as a case does and a submission does not."""
    return "expect" in tables_of(data)


def tables_of(data: bytes) -> Mapping[str, object]:
    """The tables of a TOML text; nothing where it is none."""
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return {}
