"""Deployments: a submission is decided, proposed, and signed by somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from recognizance.errors import InputError
from recognizance.gate.decide import decide
from recognizance.gate.rates import chosen_rate, window
from recognizance.gate.scope import Scope
from recognizance.gate.submission import parse_submission
from recognizance.permits import waiting
from recognizance.permits.issuing import Drafted, Proposal
from recognizance.service.access import Allow, Anybody, Caller, FreshOfficer, Officer, Proposer
from recognizance.service.once import Once
from recognizance.service.rest import shapes
from recognizance.service.rest.asking import Cursor, Limit, page
from recognizance.service.service import Served
from recognizance.types import Outcome, Role, utc_text
from recognizance.workspace import Workspace

router = APIRouter(prefix="/v1", tags=["deployments"], route_class=Once)

Deciding = Annotated[
    Caller, Depends(Allow(Role.PROPOSER, Role.SIGNING_OFFICER, Role.AUDITOR, Role.CUSTODIAN))
]
PermitId = Annotated[shapes.Id, Path()]


@router.post("/checks")
async def check(service: Served, _caller: Anybody, asked: shapes.CheckAsked) -> dict[str, Any]:
    """Decide a submission; permits nothing and is not recorded."""

    def look(workspace: Workspace) -> dict[str, Any]:
        submission = parse_submission(_bytes(asked))
        at = workspace.clock().date()
        return dict(decide(workspace.bundle, submission, at=at).as_dict())

    return await service.reading.ask(look)


@router.post("/submissions", response_model=shapes.Deployment)
async def submit(
    service: Served, caller: Proposer, asked: shapes.SubmissionAsked
) -> dict[str, object]:
    """Decide a submission and, if the rules allow it, have it wait for the officers."""
    proposal = _proposal(asked)

    def do(workspace: Workspace) -> Drafted:
        return waiting.put_forward(workspace, proposal, proposer=caller.somebody)

    made = await service.desk.ask(do)
    refused = made.decision.outcome is Outcome.REFUSE
    return {
        "decision": made.decision.as_dict(),
        "permit_id": None if made.permit is None else made.permit.permit_id,
        "state": "waiting" if made.permit else "refused" if refused else "incomplete",
    }


@router.get("/proposals", response_model=shapes.Proposals)
async def proposals(
    service: Served, _caller: Deciding, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, object]:
    """The proposals that wait for signatures."""
    found = await service.reading.ask(waiting.waiting)
    rows = [_row(each) for each in found.values()]
    return page(rows, lambda row: (row["permit_id"],), cursor=cursor, limit=limit)


@router.post("/proposals/{permit_id}/signatures", response_model=shapes.ProposalRow)
async def sign(service: Served, caller: FreshOfficer, permit_id: PermitId) -> dict[str, object]:
    """Sign a proposal with one's own key; with the last one needed the permit is in force."""

    def do(workspace: Workspace) -> waiting.Waiting:
        officer = workspace.acting(caller.somebody.name)
        return waiting.sign(workspace, permit_id, officer=officer)

    return _row(await service.desk.ask(do))


@router.post("/proposals/{permit_id}/decline", response_model=shapes.PermitState)
async def decline(
    service: Served, caller: Officer, permit_id: PermitId, asked: shapes.Reason
) -> dict[str, str]:
    """Close a proposal without a permit."""

    def do(workspace: Workspace) -> None:
        waiting.decline(workspace, permit_id, reason=asked.reason, by=caller.somebody)

    await service.desk.ask(do)
    return {"permit_id": permit_id, "state": "declined"}


def _bytes(asked: shapes.CheckAsked) -> bytes:
    return asked.submission.encode("utf-8", "replace")


def _proposal(asked: shapes.SubmissionAsked) -> Proposal:
    scope = asked.scope
    submission = parse_submission(_bytes(asked))
    size = len(asked.samples) or asked.gallery_size
    if asked.samples and submission.text("class") != "trial":
        raise InputError(
            "Only a trial is bound to single photographs and clips.", hint="Leave out samples."
        )
    return Proposal(
        submission=submission,
        target=chosen_rate(asked.fmr, asked.fpir),
        gallery_ids=frozenset(asked.galleries),
        gallery_size=size,
        footage=tuple(asked.samples),
        lasts=timedelta(days=asked.days) if asked.days else None,
        scope=Scope(
            sites=frozenset(scope.sites),
            cameras=frozenset(scope.cameras),
            windows=tuple(sorted(map(window, scope.windows))),
            targets=frozenset(scope.targets),
            cases=frozenset(scope.cases),
        ),
    )


def _row(each: waiting.Waiting) -> dict[str, Any]:
    permit = each.permit
    return {
        "permit_id": permit.permit_id,
        "class": permit.permit_class.value,
        "purpose": permit.purpose,
        "proposer_id": permit.proposer_id,
        "proposed_at": utc_text(each.proposed_at),
        "until": utc_text(each.until),
        "signatures": [signature.principal_id for signature in permit.signatures],
        "needed": max(each.needed, 0),
    }
