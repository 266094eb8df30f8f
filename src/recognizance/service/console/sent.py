"""What became of a proposal: who signs now, the letter to the authority, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.requests import Request

from recognizance.conditions import ATTESTABLE, open_duties
from recognizance.errors import ConflictError, InputError, NotFoundError
from recognizance.gate.decide import decide
from recognizance.gate.envelope import LETTER_LIMIT_BYTES
from recognizance.gate.terms import terms_of
from recognizance.permits.acting import Present
from recognizance.permits.exchange import accept_answer
from recognizance.permits.kept import kept_submission
from recognizance.permits.sending import letter_of, reply_to, sign_letter
from recognizance.permits.waiting import filed
from recognizance.service.access import Proposer
from recognizance.service.console.outcome import in_sections, rules_of
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.console.sheet import Sheet
from recognizance.service.console.signing import asks_passphrase, signer
from recognizance.service.service import Served
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recognizance.gate.permit import Permit
    from recognizance.permits.waiting import Filed
    from recognizance.types import Principal
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)


@router.get("/propose/sent/{permit_id}")
async def sent(request: Request, service: Served, caller: Proposer, permit_id: str) -> Response:
    """Where a proposal of one's own stands, and what comes next."""
    me = caller.somebody

    def look(workspace: Workspace) -> dict[str, Any]:
        found = _mine(workspace, permit_id, me)
        facts = facts_of(workspace, found)
        letter = letter_of(workspace, permit_id) if found.state == "signed" else None
        waits_for = letter.waits_for if letter else frozenset()
        registry = workspace.registry
        issued = permit_id in registry.issued
        return {
            **facts,
            "amended": Sheet.of_filed(facts["submission"], found).address("/propose/form"),
            "officers": _names(_officers(workspace, found.permit)),
            "letter_waits": _names(registry.principals[each] for each in waits_for),
            "mine_to_sign": me.principal_id in waits_for,
            "asks_passphrase": asks_passphrase(workspace, me),
            "reply": reply_to(workspace, permit_id) if found.state == "requested" else None,
            "duties": [ATTESTABLE[hook] for hook in open_duties(found.permit, registry.standing)]
            if issued
            else [],
        }

    facts = await service.reading.ask(look)
    return page(request, caller, "propose_sent", permit_id=permit_id, **facts)


@router.post("/propose/sent/{permit_id}/letter")
async def sign(
    service: Served,
    caller: Proposer,
    permit_id: str,
    passphrase: Annotated[str, Form()] = "",
) -> Response:
    """Sign the letter to the authority as the one who proposed."""
    me = caller.somebody

    def do(workspace: Workspace) -> None:
        _mine(workspace, permit_id, me)
        sign_letter(workspace, permit_id, by=signer(workspace, me, passphrase))

    await service.desk.ask(do)
    return back(f"/propose/sent/{permit_id}")


@router.get("/propose/sent/{permit_id}/letter")
async def letter(service: Served, caller: Proposer, permit_id: str) -> Response:
    """The signed letter, to be taken to the authority."""

    def look(workspace: Workspace) -> bytes:
        _mine(workspace, permit_id, caller.somebody)
        found = letter_of(workspace, permit_id)
        if found.waits_for:
            raise ConflictError(
                "The letter is not signed by everybody who asks.", hint="Have the others sign it."
            )
        return found.data

    name = f'attachment; filename="{permit_id}.request.json"'
    data = await service.reading.ask(look)
    return Response(data, media_type="application/json", headers={"content-disposition": name})


@router.post("/propose/answer")
async def answer(request: Request, service: Served, caller: Proposer) -> Response:
    """Take in what the authority answered."""
    async with request.form() as asked:
        file = asked.get("answer")
        chosen = isinstance(file, UploadFile) and file.filename
        data = await file.read(LETTER_LIMIT_BYTES + 1) if isinstance(file, UploadFile) else b""
    if not chosen:
        raise InputError("No answer was chosen.", hint="Choose the file that the authority sent.")

    def do(workspace: Workspace) -> str:
        given = accept_answer(workspace, data, by=Present(caller.somebody))
        return f"/propose/sent/{given.permit_id}"

    return back(await service.desk.ask(do))


# ---- reading, for this place and for the officers' ---------------------------------------------


def facts_of(workspace: Workspace, found: Filed) -> dict[str, Any]:
    """What a page says of a proposal: the submission in words, and the decision on it now."""
    permit = found.permit
    submission = kept_submission(workspace, permit)
    decision = decide(workspace.bundle, submission, at=permit.issued_at.date())
    people = workspace.registry.principals
    return {
        "found": found,
        "permit": permit,
        "submission": submission,
        "told": in_sections(submission),
        "decision": decision,
        "rules": rules_of(decision.deciding),
        "terms": terms_of(permit.permit_class),
        "signed_by": [
            people[each.principal_id].name if each.principal_id in people else each.principal_id
            for each in permit.signatures
        ],
    }


def _mine(workspace: Workspace, permit_id: str, me: Principal) -> Filed:
    found = filed(workspace, permit_id)
    if found.permit.proposer_id != me.principal_id:
        raise NotFoundError("You made no such proposal.", hint="See your own at Propose.")
    return found


def _officers(workspace: Workspace, permit: Permit) -> list[Principal]:
    """Who may sign a permit and has not."""
    gone = {permit.proposer_id, *(each.principal_id for each in permit.signatures)}
    return [
        each
        for each in workspace.registry.principals.values()
        if Role.SIGNING_OFFICER in each.roles and each.principal_id not in gone
    ]


def _names(people: Iterable[Principal]) -> list[str]:
    return sorted(each.name for each in people)
