"""One file for a whole workspace: a plain tar, written whole or not at all, and read with doubt.

Nothing in a backup is compressed: what is sealed does not shrink, and what is not compressed
cannot grow when it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from recognizance.errors import ConflictError, InputError, StoreFullError
from recognizance.keeping.manifest import LIMIT_BYTES, MANIFEST, Part, damaged, stated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.keeping.manifest import Manifest

_CHUNK_BYTES = 2**20


@contextlib.contextmanager
def room_beside(path: Path) -> Iterator[Path]:
    """A folder of our own beside a path, gone when it is left.

    Raises:
        StoreFullError: The disk takes nothing more, here or inside.
    """
    with full_disk_said():
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        with full_disk_said():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def full_disk_said() -> Iterator[None]:
    """Turn what a file system refuses to write into an error of ours.

    Raises:
        StoreFullError: The disk is full, failing or read-only.
    """
    try:
        yield
    except FileNotFoundError:
        raise  # that is no full disk, and is told as what it is
    except OSError as error:
        raise _full() from error


def part_of(folder: Path, name: str) -> Part:
    """A file of a folder, as a manifest lists it."""
    path = folder / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Part(name, path.stat().st_size, digest)


def require_free(out: Path) -> None:
    """Pass a name that no file has.

    Raises:
        ConflictError: One has.
    """
    if out.exists():
        raise ConflictError(
            f"There is a file {out.name!r} already; it was left alone.",
            hint="Choose another name for the backup.",
        )


def write_bundle(out: Path, folder: Path, manifest: Manifest, note: str) -> int:
    """Write the backup under a temporary name, then give it its own; its size in bytes.

    Raises:
        ConflictError: There is a file of that name; it is left alone.
    """
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                tar.addfile(_member(MANIFEST, len(note.encode())), io.BytesIO(note.encode()))
                for part in manifest.parts:
                    with (folder / part.name).open("rb") as content:
                        tar.addfile(_member(part.name, part.size_bytes), content)
            file.flush()
            os.fsync(file.fileno())
        # Not a link, which would be safer against a file that appears just now: sticks that
        # backups are carried away on have none.
        require_free(out)
        draft.replace(out)
        sync_folder(out.parent)
        return out.stat().st_size
    finally:
        draft.unlink(missing_ok=True)


def unpack(archive: Path, folder: Path) -> tuple[Manifest, str]:
    """Read a backup into an empty folder, checking each byte; its manifest and that as signed.

    Raises:
        BackupError: It is cut short, altered, or holds what no backup holds.
        InputError: There is no such file.
    """
    if not archive.is_file() or not os.access(archive, os.R_OK):
        raise InputError(f"No backup {archive.name!r} can be read.", hint="Check the path.")
    try:
        with archive.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            members = iter(tar)
            note = _manifest_of(tar, next(members, None))
            manifest = stated(note)
            for part in manifest.parts:
                _unpack_part(tar, next(members, None), part, folder)
            if next(members, None) is not None:
                raise damaged("It holds more than its manifest lists.")
    except (tarfile.TarError, EOFError, UnicodeError, ValueError, OverflowError) as error:
        raise damaged("It is cut short, or is none.") from error
    return manifest, note


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _member(name: str, size_bytes: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size_bytes, 0o600
    return member


def _manifest_of(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> str:
    if member is None or member.size > LIMIT_BYTES:
        raise damaged("It does not begin with a manifest.")
    return _content(tar, member, MANIFEST).read(LIMIT_BYTES).decode()


def _unpack_part(
    tar: tarfile.TarFile, member: tarfile.TarInfo | None, part: Part, folder: Path
) -> None:
    if member is None or member.size != part.size_bytes:
        raise damaged(f"The file {part.name} is missing, or has another length.")
    content, digest = _content(tar, member, part.name), hashlib.sha256()
    path = folder / part.name  # a name of the manifest, never one of the tar
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while block := content.read(_CHUNK_BYTES):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != part.sha256:
        raise damaged(f"The file {part.name} is not the one that was backed up.")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> BinaryIO:
    """The bytes of a plain file of exactly this name: no link, no device, no hole."""
    if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or member.name != name:
        raise damaged(f"The file {name} is missing, or is no plain file.")
    content = tar.extractfile(member)
    if content is None:
        raise damaged(f"The file {name} cannot be read.")
    return content  # type: ignore[return-value]  # typeshed says IO[bytes]


def _full() -> StoreFullError:
    return StoreFullError(
        "The file system did not take what was to be written: it is full, failing or read-only.",
        hint="Make room, or choose another place; the workspace is as it was before.",
    )
