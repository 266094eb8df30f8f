"""Files of forms: sent before the form by `upload.js`, or in the form where there is no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import UploadFile

    from recognizance.service.service import Service

_CHUNK: Final = 2**20


async def source_of(
    service: Service, principal_id: str, file: UploadFile | None, upload_id: str, *, ending: str
) -> Path | None:
    """Where a file of a form lies now; None where none was chosen.

    Args:
        service: Keeps it in its spool.
        principal_id: Whose it is.
        file: What the form carries.
        upload_id: What was sent before it; it goes before the file.
        ending: Under which ending the file is kept.

    Raises:
        NotFoundError: There is no upload of that id.
        RequestTooLargeError: It is too large, or the principal has too much here.
        StoreFullError: The disk takes no more.
    """
    if upload_id:
        return service.spool.upload(principal_id, upload_id)
    if file is None or not file.size:
        return None
    taken = await service.spool.take(principal_id, ending, _pieces(file))
    return service.spool.upload(principal_id, taken.upload_id)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_CHUNK):
        yield piece
