"""Lists of people to enroll: a CSV, or a folder with one folder a person."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.cli.session import read_photograph
from recognizance.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

PHOTOGRAPHS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
COLUMNS = ("path", "subject_id", "provenance", "ground")


@dataclass(frozen=True, slots=True)
class Person:
    """One photograph of one person, and why it may be enrolled."""

    subject_id: str
    path: Path
    provenance: str
    ground: str

    def read(self) -> bytes:
        """The bytes of the photograph."""
        return read_photograph(self.path)


def read(source: Path, *, provenance: str | None, ground: str | None) -> tuple[Person, ...]:
    """Read a list; `provenance` and `ground` fill what it leaves open.

    Raises:
        InputError: There is no such list, or a row lacks something.
    """
    if source.is_dir():
        return _from_folder(source, provenance or "", ground or "")
    return _from_csv(source, provenance or "", ground or "")


def folders(source: Path) -> dict[str, tuple[Path, ...]]:
    """The photographs of each person's folder, by the folder's name.

    Raises:
        InputError: There is no such folder, or nobody in it.
    """
    try:
        found = {
            folder.name: tuple(
                sorted(p for p in folder.iterdir() if p.suffix.lower() in PHOTOGRAPHS)
            )
            for folder in sorted(source.iterdir())
            if folder.is_dir()
        }
    except OSError as error:
        raise InputError(
            f"The folder {source} cannot be read: {error.strerror}.",
            hint="Give a folder that holds one folder a person.",
        ) from error
    people = {name: photographs for name, photographs in found.items() if photographs}
    if not people:
        raise InputError(
            f"{source} holds no folder with photographs.",
            hint="Make one folder a person, with photographs (jpg, png, webp, bmp) in it.",
        )
    return people


def _from_folder(source: Path, provenance: str, ground: str) -> tuple[Person, ...]:
    return tuple(
        Person(name, photograph, provenance, ground)
        for name, photographs in folders(source).items()
        for photograph in photographs
    )


def _from_csv(source: Path, provenance: str, ground: str) -> tuple[Person, ...]:
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"The list {source} cannot be read as a CSV in UTF-8.",
            hint="Give a CSV with the columns " + ", ".join(COLUMNS) + ".",
        ) from error
    made = []
    for number, row in enumerate(rows, start=2):
        path, subject_id = (row.get("path") or "").strip(), (row.get("subject_id") or "").strip()
        if not path or not subject_id:
            raise InputError(
                f"Line {number} of the list has no path or no subject_id.",
                hint="Every row needs both; nothing was enrolled.",
            )
        made.append(
            Person(
                subject_id,
                source.parent / path,
                (row.get("provenance") or provenance).strip(),
                (row.get("ground") or ground).strip(),
            )
        )
    return tuple(made)
