"""What CompreFace has and nobody gets here, each with a reason; and every other address."""

from __future__ import annotations

from typing import Final, NoReturn

from fastapi import APIRouter

from recognizance.service.compreface.access import KeyHolder
from recognizance.service.compreface.wire import NeverGiven, NothingHere, Route

router = APIRouter(route_class=Route)

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@router.post("/recognition/embeddings/recognize")
@router.post("/recognition/embeddings/faces/{image_id}/verify")
@router.post("/verification/embeddings/verify")
async def embeddings(_caller: KeyHolder) -> NoReturn:
    """Vectors neither come in nor go out: a server that scores them tells how to climb to a face."""
    raise NeverGiven(
        "Embeddings are not taken and not given: templates never leave, and none is scored.",
        hint="Send the photograph instead.",
    )


@router.get("/recognition/faces/{image_id}/img")
@router.get("/static/{token}/images/{image_id}")
async def picture(_caller: KeyHolder) -> NoReturn:
    """Pictures of enrolled people are for their reviewers."""
    raise NeverGiven(
        "Pictures of enrolled people are not given out.",
        hint="Whoever reviews a lead sees them on the server's review page.",
    )


@router.api_route("/{anything:path}", methods=_METHODS)
async def nothing_here(_caller: KeyHolder) -> NoReturn:
    """An address that CompreFace may have and this has not."""
    raise NothingHere("There is nothing at this address.", hint="See docs/how-to/from-compreface.")
