"""Recognizing: each face of a photograph is a search of its own, or a claim of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from recognizance.errors import QualityError, ReviewPendingError
from recognizance.service.compreface.access import KeyHolder
from recognizance.service.compreface.collection import Collection, collection_for
from recognizance.service.compreface.reading import Asked, photographs
from recognizance.service.compreface.seeing import check_number, detected, versions
from recognizance.service.compreface.wire import Route, similarity
from recognizance.service.service import Served
from recognizance.types import Operation
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.service.compreface.reading import Options
    from recognizance.uses import Answer
    from recognizance.uses import Request as Use

router = APIRouter(prefix="/recognition", route_class=Route)


@router.post("/recognize")
async def recognize(
    request: Request, service: Served, caller: KeyHolder, options: Asked
) -> dict[str, object]:
    """Who of the gallery could the people in the photograph be? Strangers have no `subjects`."""
    (data,) = await photographs(request, "file")
    collection = collection_for(caller)

    def search(workspace: Workspace) -> dict[str, object]:
        def shown(asked: Use) -> dict[str, object]:
            answer = service.held.search(workspace, asked)
            return {"subjects": _named(answer, options.prediction_count)}

        return _each_face(workspace, collection, Operation.SEARCH, data, options, shown)

    return await service.desk.ask(search)


@router.post("/faces/{image_id}/verify")
async def verify(
    request: Request, service: Served, caller: KeyHolder, options: Asked, image_id: str
) -> dict[str, object]:
    """Are the people in the photograph the person of an example? All of their examples count."""
    (data,) = await photographs(request, "file")
    collection = collection_for(caller)

    def claim(workspace: Workspace) -> dict[str, object]:
        collection.check_open(workspace)
        subject_id = collection.example(workspace, image_id).subject_id

        def shown(asked: Use) -> dict[str, object]:
            answer = service.held.verify(workspace, asked, subject_id)
            rate = answer.rates_ppb[0] if answer.rates_ppb else None
            return {"subject": subject_id, "similarity": similarity(rate)}

        return _each_face(workspace, collection, Operation.VERIFY, data, options, shown)

    return await service.desk.ask(claim)


def _each_face(
    workspace: Workspace,
    collection: Collection,
    operation: Operation,
    data: bytes,
    options: Options,
    shown: Callable[[Use], dict[str, object]],
) -> dict[str, object]:
    """What a client is told of each face, largest first.

    A face below the permit's quality floor is left out, as one that is not found.

    Raises:
        ReviewPendingError: The answer about one or more of them waits for people; all are named.
        QualityError: No face is usable.
    """
    with workspace.desk.door(collection.asked(operation, data)):
        pass  # nobody's face is looked at before the gate has opened
    faces = detected(workspace, collection.principal, data, options)
    check_number(faces)
    result: list[dict[str, object]] = []
    waiting: list[ReviewPendingError] = []
    unusable: list[QualityError] = []
    for face in faces:
        try:
            told = shown(collection.asked(operation, data, face=face.number))
            result.append(face.shown(options) | told)
        except ReviewPendingError as error:
            waiting.append(error)
        except QualityError as error:
            unusable.append(error)
    if waiting:
        raise _all_of(waiting)
    if not result:
        raise unusable[0]
    return {"result": result, **versions(workspace, options)}


def _named(answer: Answer, most: int) -> list[dict[str, object]]:
    named = zip(answer.subjects, answer.rates_ppb, strict=True)
    return [
        {"subject": subject_id, "similarity": similarity(rate)}
        for subject_id, rate in list(named)[:most]
    ]


def _all_of(waiting: list[ReviewPendingError]) -> ReviewPendingError:
    """One error that names every lead of the photograph."""
    if len(waiting) == 1:
        return waiting[0]
    leads = [each.lead_id for each in waiting]
    error = ReviewPendingError(
        f"{len(leads)} candidates wait for people: {', '.join(leads)}.",
        hint="; ".join(f"/review/{each}" for each in leads) + ": ask again once they decided.",
        lead_id=leads[0],
    )
    error.entry = waiting[0].entry
    return error
