"""Examples of subjects: references of the gallery, each from one photograph."""

from __future__ import annotations

import contextlib
import math
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from recognizance.errors import ConflictError, InputError
from recognizance.gallery.admission import check_id
from recognizance.service.compreface.access import KeyHolder
from recognizance.service.compreface.collection import (
    collection_for,
    reference_of,
    shown,
)
from recognizance.service.compreface.named import NamedSubjects
from recognizance.service.compreface.reading import (
    Asked,
    json_of,
    photographs,
    subject_of,
    whole_number,
)
from recognizance.service.compreface.seeing import detected, only_face
from recognizance.service.compreface.wire import ImageMissingError, Route
from recognizance.service.service import Served
from recognizance.types import Operation
from recognizance.workspace import Workspace

router = APIRouter(prefix="/recognition/faces", route_class=Route)

PAGE: Final = 20
MOST_IN_A_PAGE: Final = 2000
"""What CompreFace gives at most, whatever is asked for."""

MOST_AT_ONCE: Final = 1000
"""House number: so many examples are taken out in one request."""


@router.post("", status_code=201)
async def add(
    request: Request, service: Served, caller: KeyHolder, options: Asked
) -> dict[str, str]:
    """Enroll a photograph of somebody for whom the key has a ground."""
    collection = collection_for(caller)
    subject_id = subject_of(request.query_params)
    check_id("subject", subject_id)
    (data,) = await photographs(request, "file")
    enrollment = collection.enrollment_of(subject_id)

    def enroll(workspace: Workspace) -> str:
        if options.least_probability:
            only_face(detected(workspace, collection.principal, data, options))
        # An example that is sent again, because the answer was lost on its way, is there already.
        with contextlib.suppress(ConflictError):
            workspace.desk.enroll(collection.asked(Operation.ENROLL, data), enrollment)
        return collection.made_of(workspace, subject_id, data)

    reference_id = await service.desk.ask(enroll)
    await run_in_threadpool(NamedSubjects(service.store).remove, collection.key, subject_id)
    return shown(reference_id, subject_id)


@router.get("")
async def list_all(request: Request, service: Served, caller: KeyHolder) -> dict[str, object]:
    """A page of the examples, oldest first."""
    collection, query = collection_for(caller), request.query_params
    page = whole_number(query, "page", 0, least=0)
    size = min(whole_number(query, "size", PAGE, least=1), MOST_IN_A_PAGE)
    subject_id = query.get("subject") or None

    def look(workspace: Workspace) -> dict[str, object]:
        collection.check_open(workspace)
        here, total = collection.page(workspace, subject_id, first=page * size, most=size)
        return {
            "faces": [shown(each.reference_id, each.subject_id) for each in here],
            "page_number": page,
            "page_size": size,
            "total_pages": math.ceil(total / size),
            "total_elements": total,
        }

    return await service.reading.ask(look)


@router.delete("")
async def take_out_of(request: Request, service: Served, caller: KeyHolder) -> dict[str, int]:
    """Take out the examples of somebody, who stays named; without a subject, those of everybody."""
    collection, named = collection_for(caller), NamedSubjects(service.store)
    subject_id = request.query_params.get("subject", "").strip()

    def take_out(workspace: Workspace) -> tuple[set[str], int]:
        if subject_id:
            return {subject_id}, collection.take_out(workspace, subject_id)
        enrolled = collection.subjects(workspace)
        return enrolled, collection.empty(workspace)

    whose, count = await service.desk.ask(take_out)
    for each in whose & collection.key.grounds.keys() if count else ():
        await run_in_threadpool(named.add, collection.key, each)
    return {"deleted": count}


@router.delete("/{image_id}")
async def take_one_out(service: Served, caller: KeyHolder, image_id: str) -> dict[str, str]:
    """Take out one example."""
    collection = collection_for(caller)

    def take_out(workspace: Workspace) -> dict[str, str]:
        found = collection.example(workspace, image_id)
        collection.take_these_out(workspace, [found.reference_id])
        return shown(found.reference_id, found.subject_id)

    return await service.desk.ask(take_out)


@router.post("/delete")
async def take_these_out(
    request: Request, service: Served, caller: KeyHolder
) -> list[dict[str, str]]:
    """Take out several examples; those that are not there are left out of the answer."""
    collection, body = collection_for(caller), await json_of(request)
    if not isinstance(body, list) or len(body) > MOST_AT_ONCE:
        raise InputError(
            f"A list of at most {MOST_AT_ONCE} image ids is needed.", hint='Send ["ID", ...].'
        )
    wanted = sorted({reference_of(str(each)) for each in body})

    def take_out(workspace: Workspace) -> list[dict[str, str]]:
        found = []
        for image_id in wanted:
            with contextlib.suppress(ImageMissingError):
                found.append(collection.example(workspace, image_id))
        if found:
            collection.take_these_out(workspace, [each.reference_id for each in found])
        return [shown(each.reference_id, each.subject_id) for each in found]

    return await service.desk.ask(take_out)
