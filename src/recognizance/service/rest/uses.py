"""Uses of a face: `POST /v1/search` and its like. The desk does the work; here shapes are read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from recognizance.service.access import Operator
from recognizance.service.service import Served
from recognizance.types import Operation
from recognizance.uses import Request as Asked

router = APIRouter(prefix="/v1", tags=["uses"])


@router.post("/search")
async def search(
    service: Served,
    caller: Operator,
    photograph: Annotated[UploadFile, File()],
    gallery: Annotated[str, Form()],
    permit: Annotated[str | None, Form()] = None,
    case: Annotated[str | None, Form()] = None,
) -> dict[str, object]:
    """Could the person in the photograph be somebody of the gallery?"""
    asked = Asked(
        principal=caller.somebody,
        operation=Operation.SEARCH,
        permit_id=permit,
        photographs=(await photograph.read(),),
        gallery_id=gallery,
        case_id=case,
    )
    answer = await service.desk.ask(lambda workspace: workspace.desk.search(asked))
    return answer.as_dict()
