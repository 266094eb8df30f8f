"""What CompreFace has and nobody gets here, each with a reason; and every other address."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from recognizance.service.compreface.access import KeyHolder
from recognizance.service.compreface.wire import NeverGivenError, NothingHereError, Route

router = APIRouter(route_class=Route)

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@router.post("/recognition/embeddings/{_what:path}")
@router.post("/verification/embeddings/{_what:path}")
async def embeddings(_caller: KeyHolder, _what: str) -> None:
    """Vectors neither come in nor go out: whoever has them scored climbs to a face."""
    raise NeverGivenError(
        "Embeddings are not taken and not given: templates never leave, and none is scored.",
        hint="Send the photograph instead.",
    )


@router.get("/recognition/faces/{_image_id}/img")
async def picture(_caller: KeyHolder, _image_id: str) -> None:
    """Pictures of enrolled people are for their reviewers."""
    raise NeverGivenError(
        "Pictures of enrolled people are not given out.",
        hint="Whoever reviews a lead sees them on the server's review page.",
    )


@router.api_route("/{_rest:path}", methods=_METHODS)
async def nothing_here(_caller: KeyHolder, _rest: str) -> None:
    """An address that CompreFace may have and this has not."""
    raise NothingHereError(
        "There is nothing at this address.", hint="See docs/how-to/from-compreface."
    )
