"""A permit, for the officers who answer for it: stop it, let it go on, end it, attest, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.conditions import ATTESTABLE, open_duties
from recognizance.errors import InputError, RecognizanceError
from recognizance.gate.envelope import LETTER_LIMIT_BYTES
from recognizance.listing import standing_of, state_of
from recognizance.permits.acting import Present
from recognizance.permits.exchange import import_status
from recognizance.permits.issuing import revoke_permit
from recognizance.permits.kept import kept_submission
from recognizance.permits.objecting import answer as answer_objection
from recognizance.permits.objecting import objection_text
from recognizance.permits.oversight import attest as attest_duty
from recognizance.permits.oversight import publish_statistics, record_order, statistics_of
from recognizance.permits.oversight import resume as resume_use
from recognizance.permits.oversight import suspend as suspend_use
from recognizance.permits.renewable import require_renewable
from recognizance.service.access import Officer
from recognizance.service.console.decide import target_words
from recognizance.service.console.outcome import in_sections
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.service import Served
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.gate.permit import Permit
    from recognizance.service.access import Caller
    from recognizance.service.service import Service
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

Reason = Annotated[str, Form()]

_ANSWERS: Final = {"granted": True, "refused": False}


@router.get("/decide/permits/{permit_id}")
async def permit(request: Request, service: Served, caller: Officer, permit_id: str) -> Response:
    """A permit, how it stands, and what an officer can do about it."""
    facts = await service.reading.ask(lambda workspace: _facts(workspace, permit_id))
    return page(request, caller, "decide_permit", permit_id=permit_id, **facts)


@router.post("/decide/status")
async def bring(
    service: Served, caller: Officer, status: Annotated[UploadFile, File()]
) -> Response:
    """Bring in the authority's newest list; what it withdraws is revoked here."""
    data = await status.read(LETTER_LIMIT_BYTES + 1)

    def do(workspace: Workspace) -> None:
        import_status(workspace, data, by=Present(caller.somebody))

    await service.desk.ask(do)
    return back("/decide/permits")


@router.post("/decide/permits/{permit_id}/suspend")
async def suspend(
    service: Served, caller: Officer, permit_id: str, reason: Reason = ""
) -> Response:
    """Stop every use under it at once."""
    by = Present(caller.somebody)
    return await _done(
        service, permit_id, lambda work: suspend_use(work, permit_id, reason=reason, by=by)
    )


@router.post("/decide/permits/{permit_id}/resume")
async def resume(service: Served, caller: Officer, permit_id: str, reason: Reason = "") -> Response:
    """Let a stopped use go on."""
    by = Present(caller.somebody)
    return await _done(
        service, permit_id, lambda work: resume_use(work, permit_id, reason=reason, by=by)
    )


@router.post("/decide/permits/{permit_id}/revoke")
async def revoke(
    service: Served,
    caller: Officer,
    permit_id: str,
    reason: Reason = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """End it for good."""
    if not sure or not reason.strip():
        raise InputError(
            "A permit is revoked for good, for a reason.", hint="Give the reason, and tick it."
        )

    def do(workspace: Workspace) -> None:
        workspace.shelf.find(permit_id)
        revoke_permit(workspace, permit_id, reason=reason.strip(), by=Present(caller.somebody))

    return await _done(service, permit_id, do)


@router.post("/decide/permits/{permit_id}/attest")
async def attest(
    service: Served,
    caller: Officer,
    permit_id: str,
    hook: Annotated[str, Form()] = "",
    statement: Reason = "",
) -> Response:
    """Say that a duty is done, in one's own words."""
    by = Present(caller.somebody)
    return await _done(
        service,
        permit_id,
        lambda work: attest_duty(work, permit_id, hook, statement=statement, by=by),
    )


@router.get("/decide/permits/{permit_id}/figures")
async def figures(request: Request, service: Served, caller: Officer, permit_id: str) -> Response:
    """Counts of what ran under it, and whether it can have another term."""

    def look(workspace: Workspace) -> dict[str, Any]:
        workspace.registry.refresh()
        found = workspace.shelf.find(permit_id)
        return {
            "figures": statistics_of(workspace, permit_id).as_dict(),
            "published": workspace.registry.standing.statistics_of(permit_id),
            "not_renewable": not_renewable(workspace, found),
        }

    facts = await service.reading.ask(look)
    facts["published"] = facts["published"] and utc_text(facts["published"])
    return page(request, caller, "decide_figures", permit_id=permit_id, **facts)


@router.post("/decide/permits/{permit_id}/statistics")
async def publish(service: Served, caller: Officer, permit_id: str) -> Response:
    """Put the counts of what ran into the public log."""
    by = Present(caller.somebody)

    def do(workspace: Workspace) -> None:
        publish_statistics(workspace, permit_id, by=by)

    await service.desk.ask(do)
    return back(f"/decide/permits/{permit_id}/figures")


@router.post("/decide/permits/{permit_id}/order")
async def order(
    service: Served,
    caller: Officer,
    permit_id: str,
    document: Annotated[UploadFile, File()],
    order_id: Annotated[str, Form()] = "",
    answer: Annotated[str, Form()] = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """Record what the court or authority answered; of its document only the digest is kept."""
    if answer not in _ANSWERS:
        raise InputError("What was answered was not said.", hint="Say: granted, or refused.")
    if not _ANSWERS[answer] and not sure:
        raise InputError(
            "A refusal ends the use and destroys its data.", hint="Tick that you know this."
        )
    data = await document.read()
    if not data:
        raise InputError("There is no order.", hint="Choose the document that was sent.")

    def do(workspace: Workspace) -> None:
        record_order(
            workspace,
            permit_id,
            order_id=order_id,
            granted=_ANSWERS[answer],
            document=data,
            by=Present(caller.somebody),
        )

    return await _done(service, permit_id, do)


@router.post("/decide/permits/{permit_id}/objections/{objection_id}")
async def answer(
    service: Served, caller: Officer, permit_id: str, objection_id: str, reason: Reason = ""
) -> Response:
    """Answer an objection, with a reason that everybody reads."""
    return await _done(service, permit_id, _answering(caller, objection_id, reason))


def _answering(caller: Caller, objection_id: str, reason: str) -> Callable[[Workspace], None]:
    def do(workspace: Workspace) -> None:
        answer_objection(
            workspace.registry,
            objection_id,
            reason.strip(),
            by=caller.somebody,
            now=workspace.clock(),
        )

    return do


async def _done(service: Service, permit_id: str, do: Callable[[Workspace], None]) -> Response:
    await service.desk.ask(do)
    return back(f"/decide/permits/{permit_id}")


def _facts(workspace: Workspace, permit_id: str) -> dict[str, Any]:
    registry = workspace.registry
    registry.refresh()
    found = workspace.shelf.find(permit_id)
    about = {permit_id, found.submission_digest}
    objections = [each for each in registry.objections.lodged.values() if each.about in about]
    attested = {
        hook: registry.standing.attested_at(permit_id, hook)
        for hook in dict.fromkeys(each.hook for each in found.conditions)
        if hook in ATTESTABLE
    }
    return {
        "permit": found,
        "state": state_of(found, registry, workspace.clock()),
        "standing": standing_of(workspace, found),
        "target": target_words(found),
        "told": in_sections(kept_submission(workspace, found)),
        "owed": [(hook, ATTESTABLE[hook]) for hook in open_duties(found, registry.standing)],
        "attested": [(ATTESTABLE[hook], at) for hook, at in attested.items() if at is not None],
        "objections": [
            (each, objection_text(registry, each))
            for each in sorted(objections, key=lambda one: one.lodged_at, reverse=True)
        ],
        "entry": registry.issue_entries[permit_id],
    }


def not_renewable(workspace: Workspace, permit: Permit) -> RecognizanceError | None:
    """Why a permit cannot be renewed now; None where it can."""
    try:
        require_renewable(workspace, permit, now=workspace.clock())
    except RecognizanceError as error:
        return error
    return None
