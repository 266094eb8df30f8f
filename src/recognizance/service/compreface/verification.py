"""Two photographs: is the person of the one among those of the other? Nothing is kept of either."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request

from recognizance.errors import QualityError
from recognizance.service.compreface.access import KeyHolder, key_of
from recognizance.service.compreface.reading import Asked, Options, photographs
from recognizance.service.compreface.seeing import chosen, only_face, versions
from recognizance.service.compreface.wire import Route, similarity
from recognizance.service.service import Served
from recognizance.types import Operation
from recognizance.uses import Answer
from recognizance.uses import Request as Use
from recognizance.workspace import Workspace

router = APIRouter(prefix="/verification", route_class=Route)


@router.post("/verify")
async def verify(
    request: Request, service: Served, caller: KeyHolder, options: Asked
) -> dict[str, object]:
    """Compare one face with each face of another photograph."""
    source, target = await photographs(request, "source_image", "target_image")
    asked = Use(
        principal=caller.somebody,
        operation=Operation.COMPARE,
        permit_id=key_of(caller).permit_id,
        photographs=(source, target),
    )

    def compare(workspace: Workspace) -> dict[str, object]:
        started = time.perf_counter()
        answer = workspace.desk.compare(asked, everybody=True)
        elapsed_ms = (time.perf_counter() - started) * 1000
        shown = _shown(answer, options, elapsed_ms=elapsed_ms)
        return {"result": [shown | versions(workspace, options)]}

    return await service.desk.ask(compare)


def _shown(answer: Answer, options: Options, *, elapsed_ms: float) -> dict[str, object]:
    """The face of the first photograph and those of the second; who is not the person has 0."""
    one, other = answer.looks
    whole = Options(least_probability=options.least_probability)
    source = only_face(chosen(one, whole, elapsed_ms=elapsed_ms))
    targets = [
        face
        for face in chosen(other, options, elapsed_ms=elapsed_ms)
        if other.faces[face.number - 1].quality is not None
    ]
    if not targets:
        raise QualityError(
            "No face of the target image is usable.", hint="Send a sharper photograph."
        )
    return {
        "source_image_face": source.shown(options),
        "face_matches": [
            face.shown(options) | {"similarity": similarity(answer.rates_ppb[face.number - 1])}
            for face in targets
        ],
    }
