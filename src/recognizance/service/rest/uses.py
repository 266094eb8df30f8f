"""Uses of a face. The desk does the work and writes it down; here shapes are read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form

from recognizance.service.access import Operator
from recognizance.service.once import Once
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import at_the_door, enrollment_of, read, request_of
from recognizance.service.service import Served
from recognizance.types import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.service.access import Caller
    from recognizance.service.service import Service
    from recognizance.uses import Answer, Request
    from recognizance.workspace import Workspace

router = APIRouter(prefix="/v1", tags=["uses"], route_class=Once)
_MULTIPART = Form(media_type="multipart/form-data")


@router.post("/search", response_model=shapes.Answer)
async def search(
    service: Served, caller: Operator, form: Annotated[shapes.SearchAsked, _MULTIPART]
) -> dict[str, object]:
    """Could the person in the photograph be somebody of the gallery?"""
    asked = request_of(
        caller,
        Operation.SEARCH,
        form,
        *await read(form.photograph),
        gallery=form.gallery,
        face=form.face,
    )
    return await _at_the_desk(service, caller, asked, lambda desk: desk.desk.search(asked))


@router.post("/verify", response_model=shapes.Answer)
async def verify(
    service: Served, caller: Operator, form: Annotated[shapes.VerifyAsked, _MULTIPART]
) -> dict[str, object]:
    """Is the person in the photograph the enrolled subject?"""
    asked = request_of(
        caller,
        Operation.VERIFY,
        form,
        *await read(form.photograph),
        gallery=form.gallery,
        face=form.face,
    )
    return await _at_the_desk(
        service, caller, asked, lambda desk: desk.desk.verify(asked, form.subject)
    )


@router.post("/compare", response_model=shapes.Answer)
async def compare(
    service: Served, caller: Operator, form: Annotated[shapes.CompareAsked, _MULTIPART]
) -> dict[str, object]:
    """Do two photographs show the same person? Under a trial permit; nothing is kept."""
    asked = request_of(
        caller, Operation.COMPARE, form, *await read(form.first, form.second), face=form.face
    )
    return await _at_the_desk(service, caller, asked, lambda desk: desk.desk.compare(asked))


@router.post("/subjects", response_model=shapes.Answer)
async def enroll(
    service: Served, caller: Operator, form: Annotated[shapes.EnrollAsked, _MULTIPART]
) -> dict[str, object]:
    """Put a person into a gallery: one reference a photograph, all of them or none."""
    asked = request_of(
        caller,
        Operation.ENROLL,
        form,
        *await read(*form.photographs),
        gallery=form.gallery,
        face=form.face,
    )

    def at_the_desk(workspace: Workspace) -> Answer:
        return workspace.desk.enroll(asked, enrollment_of(caller, form))

    return await _at_the_desk(service, caller, asked, at_the_desk)


async def _at_the_desk(
    service: Service, caller: Caller, asked: Request, do: Callable[[Workspace], Answer]
) -> dict[str, object]:
    answer = await service.desk.ask(partial(_asked, caller=caller, asked=asked, do=do))
    return answer.as_dict()


def _asked(
    workspace: Workspace, *, caller: Caller, asked: Request, do: Callable[[Workspace], Answer]
) -> Answer:
    with at_the_door(workspace, caller, asked):
        return do(workspace)
