"""A redacted file is made under another name, and gets its own once it is whole and recorded."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recognizance.errors import ConflictError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWNER_ONLY = 0o600


class Place:
    """The place of a file and of the record beside it.

    Attributes:
        output: The name that the file will have.
        record: The name of its record.
        draft: Where it is made.
    """

    __slots__ = ("draft", "output", "record")

    def __init__(self, output: Path) -> None:
        self.output = output
        self.record = output.with_name(output.name + ".json")
        self.draft = output.with_name(f".{output.name}.part")

    def release(self, record: bytes) -> None:
        """Give the draft its name, after its record got one.

        A record without its file says only that the machine stopped between the two; it is
        replaced when the file is made again.

        Raises:
            InputError: Somebody made a file of that name in the meantime.
            OSError: The disk is full, say.
        """
        notes = self.record.with_name(f".{self.record.name}.part")
        try:
            _write(notes, record)
            _sync(self.draft)
            if self.output.exists():
                raise taken(self.output)
            notes.replace(self.record)
            _named(self.draft, self.output)
            _sync(self.output.parent)
        finally:
            notes.unlink(missing_ok=True)


@contextmanager
def place_of(output: Path) -> Iterator[Place]:
    """Take the place of an output, for as long as it takes to make it.

    A draft that another process left when it was killed is written over; one that another process
    is writing is left alone.

    Raises:
        InputError: There is a file of that name already, or no such folder.
        ConflictError: Another process is making it.
    """
    place = Place(output)
    if output.exists() or output.is_symlink():
        raise taken(output)
    if place.record.exists() and not _is_record(place.record):
        raise taken(place.record)
    try:
        descriptor = os.open(place.draft, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _OWNER_ONLY)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"There is no folder {output.parent} to write into.",
            hint="Make the folder first, or name another file.",
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                f"Another process is making {output} now.", hint="Wait until it is done."
            ) from error
        try:
            yield place
        finally:
            place.draft.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _is_record(path: Path) -> bool:
    """Whether a file is what a redaction wrote beside its output, and nobody's own."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and "output_sha256" in said


def taken(output: Path) -> InputError:
    """There is a file of that name."""
    return InputError(f"{output} is there already; it was left alone.", hint="Name another file.")


def _named(draft: Path, output: Path) -> None:
    """Give a file its name without ever taking another's; a rename would."""
    try:
        os.link(draft, output)
    except FileExistsError as error:
        raise taken(output) from error
    except OSError:  # a file system without links
        draft.rename(output)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
