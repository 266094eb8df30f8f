"""Redact a folder, file after file, and go on where an earlier run was cut off.

What is done is known by its record: the digests of input and output and the settings. One file
that cannot be redacted does not stop the others.
"""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from recognizance.errors import InputError, RecognizanceError, StoreFullError
from recognizance.redacting.files import READ_FILMS, READ_STILLS, output_name, redact_file
from recognizance.redacting.placing import Place, taken
from recognizance.redacting.record import file_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recognizance.redacting.asked import Asked, RedactPort
    from recognizance.workspace import Workspace

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file of a folder.

    Attributes:
        path: The input, from the folder on.
        outcome: `clean`, `not_clean`, `failed` or `left_alone` (no photograph, no film).
        before: Whether an earlier run had done it.
        says: What is to be said about it.
    """

    path: str
    outcome: str
    before: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Redact every photograph and film of a folder and its folders.

    Attributes:
        source: The folder.
        output: The folder to write into, made where it is missing.
        asked: What is asked for; nobody is kept.
        engine: What finds faces.
        workspace: Where to record it; None where there is none.
    """

    source: Path
    output: Path
    asked: Asked
    engine: RedactPort
    workspace: Workspace | None

    def run(self, tell: Callable[[float], None] = lambda _part: None) -> Iterator[Result]:
        """One result a file, as it is done.

        Args:
            tell: Called with how far it is, from 0 to 1, by the bytes of the files.

        Raises:
            InputError: Faces were to be kept: a number means something in one film only.
            StoreFullError: There is no room for anything any more.
        """
        if self.asked.keep:
            raise InputError(
                "Whom to keep can be said for one photograph or film at a time.",
                hint="Redact that one by itself, then the folder.",
            )
        files = list(self._files())
        total, done = sum(size for _, size in files) or 1, 0
        for path, size in files:
            yield self._one(path, partial(_told, tell, done / total, size / total))
            done += size
            tell(done / total)

    def _files(self) -> Iterator[tuple[Path, int]]:
        """Regular files in their order, without those of the output and hidden ones."""
        output = self.output.resolve()
        for path in sorted(self.source.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self.source).parts)
            if hidden or path.is_symlink() or not path.is_file():
                continue
            if not path.resolve().is_relative_to(output):
                yield path, path.stat().st_size

    def _one(self, path: Path, tell: Callable[[float], None]) -> Result:
        inside = path.relative_to(self.source)
        if path.suffix.lower() not in READ_FILMS | READ_STILLS:
            return Result(str(inside), "left_alone", says="no photograph or film by its name")
        target = self.output / inside.parent / output_name(path.name)
        try:
            earlier = self._done_before(path, target)
            if earlier is not None:
                return Result(str(inside), "clean" if earlier else "not_clean", before=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            done = redact_file(
                path,
                target,
                self.asked,
                engine=self.engine,
                workspace=self.workspace,
                tell=tell,
            )
        except StoreFullError:
            raise
        except RecognizanceError as error:
            return Result(str(inside), "failed", says=error.message)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise
            return Result(str(inside), "failed", says=f"{error.strerror}.")
        return Result(str(inside), "not_clean" if done.visible else "clean", says=done.visible)

    def _done_before(self, path: Path, target: Path) -> bool | None:
        """Whether what an earlier run made was clean; None where there was none.

        Raises:
            InputError: There is a file that does not fit to this input and these settings.
        """
        if not target.exists():
            return None
        try:
            record = json.loads(Place(target).record.read_bytes())
            wanted = self.asked.settings() | {
                "input_sha256": file_digest(path),
                "output_sha256": file_digest(target),
                "kept_because": None,
            }
            if record["kind"] == "photograph":
                del wanted["audio"]
            if all(record[key] == value for key, value in wanted.items()):
                return bool(record["clean"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise taken(target) from error
        raise taken(target)


def _told(tell: Callable[[float], None], done: float, part: float, of_this: float) -> None:
    tell(done + part * of_this)
