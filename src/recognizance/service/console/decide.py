"""Decide: what waits for an officer, on one page each; sign it, return it, or decline it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.documents import figures
from recognizance.documents.words import plain_word
from recognizance.errors import InputError, RecognizanceError
from recognizance.listing import state_of
from recognizance.permits import waiting
from recognizance.permits.kept import kept_submission
from recognizance.permits.sending import letter_of, sign_letter
from recognizance.service.access import FreshOfficer, Officer
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.console.sent import facts_of
from recognizance.service.console.signing import asks_passphrase, signer
from recognizance.service.service import Served
from recognizance.types import PPB, ErrorRate

if TYPE_CHECKING:
    from recognizance.gate.permit import Permit
    from recognizance.types import Principal
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

_WAITING: Final = (
    Column("permit", "Proposal", link=lambda row: f"/decide/{row['permit']}"),
    Column("title", "Called"),
    Column("purpose", "Purpose"),
    Column("class", "Class"),
    Column("proposer", "Proposed by"),
    Column("proposed", "Proposed"),
    Column("until", "To be signed by"),
    Column("needed", "Signatures missing", number=True),
)
_PERMITS: Final = (
    Column("permit", "Permit", link=lambda row: f"/decide/permits/{row['permit']}"),
    Column("purpose", "Purpose"),
    Column("class", "Class"),
    Column("state", "State", tag=True),
    Column("until", "Until"),
    Column("objections", "Open objections", number=True),
)


@router.get("/decide")
async def proposals(request: Request, service: Served, caller: Officer) -> Response:
    """What waits to be signed."""
    rows = await service.reading.ask(_waiting_rows)
    listing = Listing.of("Waiting proposals", _WAITING, rows, request.query_params, order="until")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("proposals")
    return page(request, caller, "decide", listing=listing, permits=False)


@router.get("/decide/permits")
async def permits(request: Request, service: Served, caller: Officer) -> Response:
    """What was permitted, for those who answer for it."""
    rows, facts = await service.reading.ask(lambda work: (_permit_rows(work), _authority(work)))
    listing = Listing.of("Permits", _PERMITS, rows, request.query_params, order="-until")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("permits")
    return page(request, caller, "decide", listing=listing, permits=True, **facts)


@router.get("/decide/{permit_id}")
async def proposal(request: Request, service: Served, caller: Officer, permit_id: str) -> Response:
    """A proposal: what is asked, what the gate says, on which evidence, and who has signed."""
    facts = await service.reading.ask(lambda work: _facts(work, permit_id, caller.somebody))
    return page(request, caller, "decide_one", permit_id=permit_id, **facts)


@router.post("/decide/{permit_id}/sign")
async def sign(
    service: Served,
    caller: FreshOfficer,
    permit_id: str,
    passphrase: Annotated[str, Form()] = "",
    read: Annotated[str, Form()] = "",
) -> Response:
    """Sign with one's own key; where the authority is needed, sign the letter to it besides."""
    me = caller.somebody
    if not read:
        raise InputError(
            "You did not say that you have read it.",
            hint="Read the proposal and its evidence, and tick that you have.",
        )

    def do(workspace: Workspace) -> None:
        officer = signer(workspace, me, passphrase)
        signed = waiting.sign(workspace, permit_id, officer=officer)
        if signed.needed <= 0 and not signed.permit.self_attested:
            sign_letter(workspace, permit_id, by=officer)

    await service.desk.ask(do)
    return back(f"/decide/{permit_id}?said=signed")


@router.post("/decide/{permit_id}/letter")
async def letter(
    service: Served,
    caller: FreshOfficer,
    permit_id: str,
    passphrase: Annotated[str, Form()] = "",
) -> Response:
    """Sign the letter to the authority, as an officer who signed before the last one did."""

    def do(workspace: Workspace) -> None:
        sign_letter(workspace, permit_id, by=signer(workspace, caller.somebody, passphrase))

    await service.desk.ask(do)
    return back(f"/decide/{permit_id}?said=signed")


@router.post("/decide/{permit_id}/return")
async def send_back(
    service: Served, caller: Officer, permit_id: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Return it to whoever proposed it, to be amended."""

    def do(workspace: Workspace) -> None:
        waiting.send_back(workspace, permit_id, reason=reason, by=caller.somebody)

    await service.desk.ask(do)
    return back(f"/decide/{permit_id}")


@router.post("/decide/{permit_id}/decline")
async def decline(
    service: Served, caller: Officer, permit_id: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Close it without a permit."""

    def do(workspace: Workspace) -> None:
        waiting.decline(workspace, permit_id, reason=reason, by=caller.somebody)

    await service.desk.ask(do)
    return back(f"/decide/{permit_id}")


# ---- reading ------------------------------------------------------------------------------


def _waiting_rows(workspace: Workspace) -> list[dict[str, Any]]:
    people = workspace.registry.principals
    rows = []
    for permit_id, each in waiting.waiting(workspace).items():
        submission = kept_submission(workspace, each.permit)
        proposer = people.get(each.permit.proposer_id)
        rows.append(
            {
                "permit": permit_id,
                "title": submission.text("title") or None,
                "purpose": plain_word(each.permit.purpose),
                "class": plain_word(each.permit.permit_class.value),
                "proposer": proposer.name if proposer else each.permit.proposer_id,
                "proposed": each.proposed_at,
                "until": each.until,
                "needed": max(each.needed, 0),
            }
        )
    return rows


def _permit_rows(workspace: Workspace) -> list[dict[str, Any]]:
    registry, now = workspace.registry, workspace.clock()
    registry.refresh()
    return [
        {
            "permit": permit.permit_id,
            "purpose": plain_word(permit.purpose),
            "class": plain_word(permit.permit_class.value),
            "state": state_of(permit, registry, now),
            "until": permit.expires_at,
            "objections": len(
                registry.objections.open_against(permit.permit_id, permit.submission_digest)
            ),
        }
        for permit in workspace.shelf.issued().values()
    ]


def _authority(workspace: Workspace) -> dict[str, Any]:
    """Whether an authority was pinned here, and its newest list."""
    return {
        "authority": workspace.authority is not None,
        "list": workspace.registry.correspondence.status,
    }


def _facts(workspace: Workspace, permit_id: str, me: Principal) -> dict[str, Any]:
    found = waiting.filed(workspace, permit_id)
    permit = found.permit
    letter_waits = frozenset[str]()
    if found.state == "signed":
        letter_waits = letter_of(workspace, permit_id).waits_for
    people = workspace.registry.principals
    proposer = people.get(permit.proposer_id)
    return {
        **facts_of(workspace, found),
        "proposer": proposer.name if proposer else permit.proposer_id,
        "mine": permit.proposer_id == me.principal_id,
        "signed_by_me": me.principal_id in {each.principal_id for each in permit.signatures},
        "letter_waits": sorted(people[each].name for each in letter_waits if each in people),
        "letter_mine": me.principal_id in letter_waits,
        "asks_passphrase": asks_passphrase(workspace, me),
        "target": target_words(permit),
        **_evidence(workspace, permit),
    }


def _evidence(workspace: Workspace, permit: Permit) -> dict[str, Any]:
    """Error rates by group at the target, each with its bound and what it was measured on."""
    if permit.evidence_digest != workspace.evidence.digest:
        return {"evidence": None, "false_matches": None, "misses": None, "ratios": None}
    try:
        at = (workspace.threshold_of(permit.target),)
    except RecognizanceError:
        return {"evidence": None, "false_matches": None, "misses": None, "ratios": None}
    return {
        "evidence": at[0],
        "false_matches": figures.false_matches(at, {0, 1}),
        "misses": figures.misses(at, {0, 1}),
        "ratios": figures.ratios(at),
    }


def target_words(permit: Permit) -> str:
    """The error rate that was chosen, in words."""
    target = permit.target
    per = "comparisons" if target.rate is ErrorRate.FMR else "searches with somebody not enrolled"
    many = round(PPB / target.target_ppb)
    return f"at most 1 in {many:,} {per}, with {target.gallery_size or 1:,} references"
