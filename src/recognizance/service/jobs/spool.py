"""Files that wait: uploads, and what jobs have made. Names are ours; none comes from a client."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import shutil
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from recognizance.errors import NotFoundError, RequestTooLargeError
from recognizance.service.problems import told

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

KEPT: Final = timedelta(hours=24)
MOST_BYTES: Final = 2 * 2**30
MOST_KEPT_BYTES: Final = 8 * 2**30
MOST_KEPT_FILES: Final = 100
"""House numbers: an hour of film at full quality, and a working day of them for one principal."""

_ID: Final = re.compile(r"[0-9a-f]{32}")
_OWNER_ONLY: Final = 0o700


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken in."""

    upload_id: str
    size: int
    sha256: str


@dataclass(slots=True, eq=False)
class _Coming:
    """A file that is being taken in.

    Attributes:
        path: Where it is written.
        beside: Bytes that its owner has here, but for those that are under way too.
        size: Bytes of it that came.
    """

    path: Path
    beside: int
    size: int = 0


class Spool:
    """The folder of files that wait.

    Args:
        folder: It is made where it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._uploads = folder / "uploads"
        self._jobs = folder / "jobs"
        self._coming: defaultdict[str, list[_Coming]] = defaultdict(list)
        for each in (folder, self._uploads, self._jobs):
            each.mkdir(mode=_OWNER_ONLY, exist_ok=True)

    async def take(self, principal_id: str, ending: str, stream: AsyncIterator[bytes]) -> Taken:
        """Write a stream to the disk as it comes.

        Raises:
            RequestTooLargeError: It is too long, or the principal has too much here.
            StoreFullError: The disk takes no more.
        """
        upload_id, digest = secrets.token_hex(16), hashlib.sha256()
        with self._under_way(principal_id, f"{upload_id}.{ending}") as coming:
            try:
                with coming.path.open("xb") as file:
                    coming.path.chmod(0o600)
                    async for chunk in stream:
                        coming.size += len(chunk)
                        self._check_room(coming, principal_id)
                        digest.update(chunk)
                        await run_in_threadpool(file.write, chunk)
            except BaseException as error:
                coming.path.unlink(missing_ok=True)
                if isinstance(error, OSError):
                    raise told(error) from error
                raise
        return Taken(upload_id, coming.size, digest.hexdigest())

    @contextlib.contextmanager
    def _under_way(self, principal_id: str, name: str) -> Iterator[_Coming]:
        """Count an upload among those that are under way; once it is here, those count it."""
        folder = self._uploads / principal_id
        folder.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        under_way = self._coming[principal_id]
        paths = {each.path for each in under_way}
        held = [found.st_size for path, found in _there(folder.iterdir()) if path not in paths]
        if len(held) + len(under_way) >= MOST_KEPT_FILES:
            raise _too_much("Too many uploads wait")
        under_way.append(coming := _Coming(folder / name, beside=sum(held)))
        try:
            yield coming
            for other in under_way:
                other.beside += coming.size
        finally:
            under_way.remove(coming)

    def _check_room(self, coming: _Coming, principal_id: str) -> None:
        under_way = sum(each.size for each in self._coming[principal_id])
        if coming.size > MOST_BYTES or coming.beside + under_way > MOST_KEPT_BYTES:
            raise _too_much("The upload is too large")

    def upload(self, principal_id: str, upload_id: str) -> Path:
        """An upload of a principal.

        Raises:
            NotFoundError: There is none of that id.
        """
        found = None
        if _ID.fullmatch(upload_id):
            found = next((self._uploads / principal_id).glob(f"{upload_id}.*"), None)
        if found is None:
            raise NotFoundError(
                "There is no upload of that id.", hint="Uploads are destroyed after a day."
            )
        return found

    def drop(self, principal_id: str, upload_id: str) -> None:
        """Destroy an upload; NotFoundError where there is none."""
        self.upload(principal_id, upload_id).unlink(missing_ok=True)

    # ---- what jobs make ------------------------------------------------------------------------

    def folder_of(self, job_id: str) -> Path:
        """The folder of a job, made where it is missing."""
        folder = self._jobs / job_id
        folder.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        return folder

    def files(self, job_id: str, below: str = "") -> dict[str, Path]:
        """What a job has made, by name: to hand over, or in a folder below it to show."""
        folder = self._jobs / job_id / below
        if not folder.is_dir():
            return {}
        return {
            path.name: path
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.name.startswith(".")
        }

    def remove(self, job_id: str) -> None:
        """Destroy what a job has made."""
        shutil.rmtree(self._jobs / job_id, ignore_errors=True)

    def tidy(self) -> None:
        """Destroy what is older than a day."""
        oldest = time.time() - KEPT.total_seconds()
        for path in list(self._old(oldest)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _old(self, oldest: float) -> Iterator[Path]:
        for path, found in _there((*self._uploads.glob("*/*"), *self._jobs.glob("*"))):
            if found.st_mtime < oldest:
                yield path


def _there(paths: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """What is still there of some paths: their owners may destroy any of them at any time."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            yield path, path.stat()


def _too_much(what: str) -> RequestTooLargeError:
    return RequestTooLargeError(f"{what}.", hint="Send less, or delete uploads that are done with.")
