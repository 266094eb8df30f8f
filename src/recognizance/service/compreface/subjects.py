"""Subjects: named, listed and taken out. Nobody is renamed once a photograph of them is kept."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from recognizance.errors import ConflictError, InputError
from recognizance.gallery.admission import check_id
from recognizance.service.compreface.access import KeyHolder
from recognizance.service.compreface.collection import Collection, collection_for
from recognizance.service.compreface.named import NamedSubjects
from recognizance.service.compreface.reading import json_of
from recognizance.service.compreface.wire import Route, SubjectExistsError, SubjectMissingError
from recognizance.service.service import Served
from recognizance.workspace import Workspace

router = APIRouter(prefix="/recognition/subjects", route_class=Route)


@router.post("", status_code=201)
async def name(request: Request, service: Served, caller: KeyHolder) -> dict[str, str]:
    """Name somebody for whom the key has a ground; a photograph may follow."""
    collection, named = collection_for(caller), NamedSubjects(service.store)
    subject_id = _subject_in(await json_of(request))
    collection.enrollment_of(subject_id)
    if subject_id in await _known(service, collection, named):
        raise SubjectExistsError("Subject already exists.", hint="Add examples to it.")
    await run_in_threadpool(named.add, collection.key, subject_id)
    return {"subject": subject_id}


@router.get("")
@router.get("/")
async def list_all(service: Served, caller: KeyHolder) -> dict[str, list[str]]:
    """Everybody in the gallery, and those whom clients of this key have named."""
    known = await _known(service, collection_for(caller), NamedSubjects(service.store))
    return {"subjects": sorted(known)}


@router.put("/{subject}")
async def rename(
    request: Request, service: Served, caller: KeyHolder, subject: str
) -> dict[str, bool]:
    """Give another id to somebody of whom no photograph is kept yet; to nobody else."""
    collection, named = collection_for(caller), NamedSubjects(service.store)
    new = _subject_in(await json_of(request))
    known = await _known(service, collection, named)
    if subject not in known:
        raise _nobody()
    if new == subject:
        return {"updated": False}
    if await _is_enrolled(service, collection, subject):
        raise ConflictError(
            "A subject of whom examples are kept is not renamed: its id is sealed into each of "
            "them, the ledger names it, and its release was given for it.",
            hint="Delete it, and add the examples again under the other id.",
        )
    collection.enrollment_of(new)
    if new not in known:
        await run_in_threadpool(named.add, collection.key, new)
    await run_in_threadpool(named.remove, collection.key, subject)
    return {"updated": True}


@router.delete("/{subject}")
async def take_out(service: Served, caller: KeyHolder, subject: str) -> dict[str, str]:
    """Take somebody out of the gallery, with every example."""
    collection, named = collection_for(caller), NamedSubjects(service.store)
    count = await service.desk.ask(lambda workspace: collection.take_out(workspace, subject))
    if not count and subject not in await run_in_threadpool(named.of, collection.key):
        raise _nobody()
    await run_in_threadpool(named.remove, collection.key, subject)
    return {"subject": subject}


@router.delete("")
async def take_all_out(service: Served, caller: KeyHolder) -> dict[str, int]:
    """Take everybody out of the gallery."""
    collection, named = collection_for(caller), NamedSubjects(service.store)

    def everybody(workspace: Workspace) -> set[str]:
        enrolled = collection.subjects(workspace)
        collection.empty(workspace)
        return enrolled

    gone = await service.desk.ask(everybody)
    gone |= await run_in_threadpool(named.of, collection.key)
    await run_in_threadpool(named.clear, collection.key)
    return {"deleted": len(gone)}


async def _known(service: Served, collection: Collection, named: NamedSubjects) -> set[str]:
    """Everybody in the gallery and everybody named; asked for under a permit in force."""

    def enrolled(workspace: Workspace) -> set[str]:
        collection.check_open(workspace)
        return collection.subjects(workspace)

    return await service.reading.ask(enrolled) | await run_in_threadpool(named.of, collection.key)


async def _is_enrolled(service: Served, collection: Collection, subject_id: str) -> bool:
    return await service.reading.ask(
        lambda workspace: bool(collection.examples(workspace, subject_id))
    )


def _subject_in(body: object) -> str:
    """The subject that a body names.

    Raises:
        InputError: It names none, or its id is not usable as one.
    """
    subject = body.get("subject") if isinstance(body, dict) else None
    if not isinstance(subject, str) or not subject.strip():
        raise InputError("Subject name is empty.", hint='Send {"subject": "ID"}.')
    check_id("subject", subject)
    return subject


def _nobody() -> SubjectMissingError:
    return SubjectMissingError(
        "Subject not found.", hint="List the subjects; it may have been erased."
    )
