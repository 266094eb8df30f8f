"""The style sheet and the script modules, under the digest of what they hold."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from recognizance.errors import NotFoundError
from recognizance.service.access import Everybody
from recognizance.service.console.pages import HERE

router = APIRouter(tags=["console"], include_in_schema=False)

_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES: Final = {
    path.name: (path.read_bytes(), _KINDS[path.suffix])
    for path in sorted((HERE / "static").iterdir())
    if path.suffix in _KINDS
}


@router.get("/static/{name}")
async def static_file(name: str, _caller: Everybody) -> Response:
    """A file of the console; pages name it with the version, so an upgrade is seen at once."""
    if name not in _FILES:
        raise NotFoundError("There is no such file.", hint="Load the page again.")
    data, kind = _FILES[name]
    return Response(
        data,
        media_type=f"{kind}; charset=utf-8",
        headers={"cache-control": "public, max-age=3600"},
    )
