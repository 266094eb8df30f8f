"""Files that a verb writes: their place is taken before anything runs, and nothing is lost."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWNER_ONLY = 0o600
_AS_THE_UMASK_SAYS = 0o666


class OutputFile:
    """The place of a file that is to be written.

    Attributes:
        path: Where it is.
    """

    __slots__ = ("_descriptor", "path", "written")

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.written = False
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write the whole content, and wait until it is on the disk.

        Raises:
            OSError: The disk is full, say.
        """
        with os.fdopen(os.dup(self._descriptor), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.written = True


@contextmanager
def output_file(path: Path, *, private: bool = True) -> Iterator[OutputFile]:
    """Take the place of a file, for as long as it takes to make what goes into it.

    A use that is recorded and then finds no room for its result would be recorded for nothing, so
    the file is made first. It is removed again where the verb fails or writes nothing.

    Args:
        path: Where to write.
        private: Whether it holds something of people: then its owner alone may read it.

    Raises:
        InputError: There is a file of that name already, or no such folder.
    """
    mode = _OWNER_ONLY if private else _AS_THE_UMASK_SAYS
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise InputError(
            f"{path} is there already; it was left alone.", hint="Name another file with -o."
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"There is no folder {path.parent} to write into.",
            hint="Make the folder first, or name another file.",
        ) from error
    place, kept = OutputFile(path, descriptor), False
    try:
        yield place
        kept = place.written
    finally:
        os.close(descriptor)
        if not kept:
            path.unlink(missing_ok=True)
