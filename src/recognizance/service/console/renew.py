"""Renew: the same use for another term, decided again with fresh evidence, and nothing wider."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.errors import InputError, RecognizanceError
from recognizance.gate.rates import window
from recognizance.listing import state_of
from recognizance.permits.kept import kept_submission
from recognizance.permits.renewing import Renewal, renewal_of
from recognizance.permits.waiting import put_forward, waiting
from recognizance.service.access import Proposer
from recognizance.service.console.decide import target_words
from recognizance.service.console.outcome import in_sections, rules_of
from recognizance.service.console.oversee import not_renewable
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.problems import status_of
from recognizance.service.service import Served
from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.gate.decide import GateDecision
    from recognizance.permits.issuing import Drafted
    from recognizance.service.access import Caller
    from recognizance.service.service import Service
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

_MOST_DIGITS = 4


@router.get("/propose/renew/{permit_id}")
async def renewal(request: Request, service: Served, caller: Proposer, permit_id: str) -> Response:
    """What a renewal keeps, what it may choose, and what stands in its way."""
    return await _form(request, service, caller, permit_id)


@router.post("/propose/renew/{permit_id}")
async def renew(
    request: Request,
    service: Served,
    caller: Proposer,
    permit_id: str,
    days: Annotated[str, Form()] = "",
    hours: Annotated[str, Form()] = "",
) -> Response:
    """Decide it again, on the record; where the rules allow it, it waits for the officers."""

    def do(workspace: Workspace) -> Drafted:
        proposal = renewal_of(workspace, permit_id, _chosen(days, hours))
        return put_forward(workspace, proposal, proposer=caller.somebody)

    typed = {"days": days, "hours": hours}
    try:
        made = await service.desk.ask(do)
    except RecognizanceError as error:
        return await _form(request, service, caller, permit_id, typed=typed, error=error)
    if made.permit is None:
        return await _form(request, service, caller, permit_id, typed=typed, decision=made.decision)
    return back(f"/propose/sent/{made.permit.permit_id}?said=sent")


async def _form(
    request: Request,
    service: Service,
    caller: Caller,
    permit_id: str,
    *,
    typed: dict[str, str] | None = None,
    error: RecognizanceError | None = None,
    decision: GateDecision | None = None,
) -> Response:
    facts = await service.reading.ask(lambda workspace: _facts(workspace, permit_id))
    said = error or facts["in_the_way"]
    status = status_of(error).value if error else 422 if decision else 200
    return page(
        request,
        caller,
        "renew",
        status=status,
        permit_id=permit_id,
        typed=typed or {},
        error=said,
        decision=decision,
        rules=rules_of(decision.deciding) if decision else (),
        **facts,
    )


def _facts(workspace: Workspace, permit_id: str) -> dict[str, Any]:
    workspace.registry.refresh()
    permit = workspace.shelf.find(permit_id)
    proposed = waiting(workspace)
    return {
        "permit": permit,
        "state": state_of(permit, workspace.registry, workspace.clock()),
        "target": target_words(permit),
        "lasted": (permit.expires_at - permit.issued_at).days,
        "windows": [
            f"{utc_text(each.begins)}/{utc_text(each.ends)}"
            for each in sorted(permit.scope.windows)
        ],
        "told": in_sections(kept_submission(workspace, permit)),
        "in_the_way": not_renewable(workspace, permit),
        "waiting": [each for each, found in proposed.items() if found.permit.renews == permit_id],
    }


def _chosen(days: str, hours: str) -> Renewal:
    """What was typed.

    Raises:
        InputError: It is no number of days, or no hours.
    """
    days = days.strip()
    if days and not (days.isascii() and days.isdecimal() and 0 < len(days) <= _MOST_DIGITS):
        raise InputError("That is no number of days.", hint="Give a whole number, as 90.")
    return Renewal(
        windows=tuple(window(line.strip()) for line in hours.splitlines() if line.strip()),
        lasts=timedelta(days=int(days)) if days and int(days) else None,
    )
