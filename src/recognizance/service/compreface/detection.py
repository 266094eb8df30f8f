"""Where faces are in a photograph: no permit is needed, for nobody is told apart by it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from recognizance.service.compreface.access import KeyHolder
from recognizance.service.compreface.reading import Asked, photographs
from recognizance.service.compreface.seeing import detected, versions
from recognizance.service.compreface.wire import Route
from recognizance.service.service import Served
from recognizance.workspace import Workspace

router = APIRouter(route_class=Route)


@router.post("/detection/detect")
async def detect(
    request: Request, service: Served, caller: KeyHolder, options: Asked
) -> dict[str, object]:
    """The boxes of all faces, largest first."""
    (data,) = await photographs(request, "file")
    principal = caller.somebody

    def look(workspace: Workspace) -> dict[str, object]:
        found = detected(workspace, principal, data, options)
        return {
            "result": [face.shown(options) for face in found],
            **versions(workspace, options),
        }

    return await service.desk.ask(look)
