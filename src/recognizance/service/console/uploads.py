"""Files of forms: sent before the form by `upload.js`, or in the form where there is no script."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import UploadFile

    from recognizance.service.service import Service

_CHUNK: Final = 2**20


class Taking(Protocol):
    """Takes in a file of a form."""

    async def __call__(self, file: UploadFile | None, upload_id: str) -> Path | None:
        """Where it lies now; None where none was chosen.

        Args:
            file: What the form carries.
            upload_id: What was sent before it; it goes before the file.

        Raises:
            NotFoundError: There is no upload of that id.
            RequestTooLargeError: It is too large, or the principal has too much here.
            StoreFullError: The disk takes no more.
        """


@asynccontextmanager
async def files_of_a_form(service: Service, principal_id: str) -> AsyncIterator[Taking]:
    """Take in files to begin a job with; where none begins they are destroyed.

    No page would name them, so nobody could destroy them before their day is over.

    Args:
        service: Keeps them in its spool.
        principal_id: Whose they are.
    """
    taken: list[Path] = []

    async def take(file: UploadFile | None, upload_id: str) -> Path | None:
        if not upload_id:
            if file is None or not file.size:
                return None
            sent = await service.spool.take(principal_id, "bin", _pieces(file))
            upload_id = sent.upload_id
        taken.append(service.spool.upload(principal_id, upload_id))
        return taken[-1]

    try:
        yield take
    except Exception:  # raised again: whatever kept the job from beginning, nobody needs the file
        rows = await run_in_threadpool(service.jobs.all, principal_id)
        used = {each for row in rows for each in row.asked.get("uploads", ())}
        for each in {path.stem for path in taken} - used:
            service.spool.drop(principal_id, each)
        raise


def packed_as(source: Path, ending: str) -> Path:
    """A file under the ending that says how it is packed."""
    return source.rename(source.with_suffix(f".{ending}"))


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_CHUNK):
        yield piece
