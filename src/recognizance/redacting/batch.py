"""Redact a folder: every photograph and film in it, one after the other, and go on where it was cut.

What is done is known by its record: the digests of input and output and the settings. One file
that cannot be redacted does not stop the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import InputError, RecognizanceError, StoreFullError
from recognizance.redacting.files import (
    READ_FILMS,
    READ_STILLS,
    file_digest,
    output_name,
    redact_file,
)
from recognizance.redacting.placing import Place, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recognizance.redacting.asked import Asked, RedactPort
    from recognizance.workspace import Workspace


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


def redact_folder(
    source: Path,
    output: Path,
    asked: Asked,
    *,
    engine: RedactPort,
    workspace: Workspace | None,
    tell: Callable[[float], None] = lambda _part: None,
) -> Iterator[Result]:
    """Redact every photograph and film of a folder and its folders.

    Args:
        source: The folder.
        output: The folder to write into, made where it is missing.
        asked: What is asked for; nobody is kept.
        engine: What finds faces.
        workspace: Where to record it; None where there is none.
        tell: Called with how far it is, from 0 to 1, by the bytes of the files.

    Raises:
        InputError: Faces were to be kept: numbers mean something in one film only.
        StoreFullError: There is no room for anything any more.
    """
    if asked.keep:
        raise InputError(
            "Whom to keep can be said for one photograph or film at a time.",
            hint="Redact that one by itself, then the folder.",
        )
    files = list(_files(source, output))
    total, done = sum(size for _, size in files) or 1, 0
    for path, size in files:
        result = _one(
            source,
            path,
            output,
            asked,
            engine,
            workspace,
            lambda part, done=done, size=size: tell((done + part * size) / total),
        )
        done += size
        tell(done / total)
        yield result


def _files(source: Path, output: Path) -> Iterator[tuple[Path, int]]:
    """Regular files in their order, without those of the output and hidden ones."""
    output = output.resolve()
    for path in sorted(source.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
        if hidden or path.is_symlink() or not path.is_file():
            continue
        if path.resolve().is_relative_to(output):
            continue
        yield path, path.stat().st_size


def _one(
    source: Path,
    path: Path,
    output: Path,
    asked: Asked,
    engine: RedactPort,
    workspace: Workspace | None,
    tell: Callable[[float], None],
) -> Result:
    inside = path.relative_to(source)
    if path.suffix.lower() not in READ_FILMS | READ_STILLS:
        return Result(str(inside), "left_alone", says="no photograph or film by its name")
    target = output / inside.parent / output_name(path.name)
    try:
        earlier = _done_before(path, target, asked)
        if earlier is not None:
            return Result(str(inside), "clean" if earlier else "not_clean", before=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        done = redact_file(path, target, asked, engine=engine, workspace=workspace, tell=tell)
    except StoreFullError:
        raise
    except RecognizanceError as error:
        return Result(str(inside), "failed", says=error.message)
    return Result(str(inside), "not_clean" if done.visible else "clean", says=done.visible)


def _done_before(path: Path, target: Path, asked: Asked) -> bool | None:
    """Whether what an earlier run made was clean; None where there was none.

    Raises:
        InputError: There is a file that does not fit to this input and these settings.
    """
    if not target.exists():
        return None
    try:
        record = json.loads(Place(target).record.read_bytes())
        wanted = asked.settings() | {
            "input_sha256": file_digest(path),
            "output_sha256": file_digest(target),
            "kept_because": None,
        }
        if all(record[key] == value for key, value in wanted.items()):
            return bool(record["clean"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise taken(target)
