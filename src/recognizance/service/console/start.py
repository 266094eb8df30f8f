"""Start: three roads, each of which ends in something real within five minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.requests import Request

from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import template
from recognizance.gate.terms import terms_of
from recognizance.permits.issuing import Proposal
from recognizance.permits.waiting import put_forward, waiting
from recognizance.service.access import Everybody, Proposer
from recognizance.service.console.pages import PLACES, PageRoute, back, page
from recognizance.service.problems import status_of
from recognizance.service.service import Served
from recognizance.types import PermitClass, Role
from recognizance.uses import sample_digest

if TYPE_CHECKING:
    from recognizance.permits.issuing import Drafted
    from recognizance.service.access import Caller
    from recognizance.service.service import Service
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

MOST_PHOTOGRAPHS: Final = terms_of(PermitClass.TRIAL).most_people or 0
"""As many as people in a trial: one of each, or a few of fewer."""


@dataclass(frozen=True, slots=True)
class Road:
    """A way to begin.

    Attributes:
        name: Its part of the address.
        title: What it is called.
        about: What comes of it.
        role: Who walks it.
        leads: Where it goes on; empty where it begins on a page of its own.
        steps: What happens, step by step, and who does it.
    """

    name: str
    title: str
    about: str
    role: Role
    leads: str
    steps: tuple[str, ...]


ROADS: Final = (
    Road(
        "demo",
        "Try it with photographs of your own",
        "A trial permit for a day, twenty people at most, and a first search that people review.",
        Role.PROPOSER,
        "",
        (
            "You choose up to twenty photographs of adults who agreed; their digests are kept.",
            "The gate decides a trial: one day, no action from a result, no claim about errors.",
            "A signing officer, who is somebody else, reads it and signs.",
            "You enroll people from these photographs, and search with another one of them.",
            "A reviewer looks at the lead. Only then does an answer come.",
        ),
    ),
    Road(
        "deployment",
        "Propose a deployment",
        "Answer what the rules ask. See at once what would be refused, and why.",
        Role.PROPOSER,
        "/propose",
        (
            "At most fifteen questions in plain words; any of them can be left open.",
            "Beside each stands what the gate says so far, with its rules and their sources.",
            "What is refused says whether any evidence would lift it, and which.",
            "What can be permitted is handed in, and waits for the officers to sign.",
        ),
    ),
    Road(
        "audit",
        "Audit a system",
        "Hand in scores of any system and read its error rates by group, with their intervals.",
        Role.AUDITOR,
        "/audit",
        (
            "You bring a table of comparison scores with the groups that people belong to.",
            "False matches and misses are counted by group, each with an interval.",
            "Where a group is too small to say anything, the report says so.",
        ),
    ),
)
_BY_NAME: Final = {road.name: road for road in ROADS}


@router.get("/")
async def start(request: Request, service: Served, caller: Everybody) -> Response:
    """What a workspace shows first: what it can do for whoever has come."""

    def look(workspace: Workspace) -> dict[str, Any]:
        officer = Role.SIGNING_OFFICER in caller.roles
        return {
            "permits": len(workspace.shelf.issued()),
            "galleries": len(workspace.gallery.galleries()),
            "to_sign": len(waiting(workspace)) if officer else 0,
        }

    facts = await service.reading.ask(look)
    mine = [place for place in PLACES if place.is_for(caller)]
    return page(request, caller, "start", mine=mine, roads=ROADS, **facts)


@router.get("/start/{road}")
async def road(request: Request, service: Served, caller: Everybody, road: str) -> Response:
    """One of the roads: what happens on it, and who can walk it."""
    return await _road(request, service, caller, road)


async def _road(
    request: Request,
    service: Service,
    caller: Caller,
    name: str,
    *,
    error: RecognizanceError | None = None,
    operator: str = "",
) -> Response:
    if name not in _BY_NAME:
        raise NotFoundError("There is no such road.", hint="The start page shows those there are.")
    walked = _BY_NAME[name]

    def look(workspace: Workspace) -> dict[str, list[str]]:
        workspace.registry.refresh()
        people = workspace.registry.principals.values()
        roles = (walked.role, Role.SIGNING_OFFICER, Role.REVIEWER)
        return {
            role.value: sorted(each.name for each in people if role in each.roles) for role in roles
        }

    # Who can walk it is said to those who are somebody here; the public learns the role alone.
    people = await service.reading.ask(look) if caller.principal else {}
    return page(
        request,
        caller,
        "start_road",
        status=200 if error is None else status_of(error).value,
        road=walked,
        walks=walked.role in caller.roles,
        people=people,
        most=MOST_PHOTOGRAPHS,
        error=error,
        operator=operator,
    )


@router.post("/start/demo")
async def try_it(request: Request, service: Served, caller: Proposer) -> Response:
    """Propose a trial with the photographs that were chosen; a gallery is named for it."""
    asked = await request.form()
    operator = str(asked.get("operator", "")).strip()
    sent = [each for each in asked.getlist("photographs") if isinstance(each, UploadFile)]
    photographs = [await each.read() for each in sent if each.filename]
    try:
        _require(photographs, agreed="agreed" in asked, operator=operator)
        content = parse_submission(template("trial").encode()).as_dict()
        submission = submission_from({**content, "operator": operator})
        proposal = Proposal(
            submission,
            gallery_ids=frozenset({f"trial-{secrets.token_hex(4)}"}),
            footage=tuple(dict.fromkeys(map(sample_digest, photographs))),
            gallery_size=len(photographs),
        )

        def do(workspace: Workspace) -> Drafted:
            return put_forward(workspace, proposal, proposer=caller.somebody)

        made = await service.desk.ask(do)
    except RecognizanceError as error:
        return await _road(request, service, caller, "demo", error=error, operator=operator)
    if made.permit is None:
        raise InputError(
            "The gate did not permit the trial.",
            hint="See why with Propose, from the template `trial`.",
            rules=tuple(sorted({fired.rule_id for fired in made.decision.deciding})),
        )
    return back(f"/propose/sent/{made.permit.permit_id}?said=sent")


def _require(photographs: list[bytes], *, agreed: bool, operator: str) -> None:
    if not 1 < len(photographs) <= MOST_PHOTOGRAPHS:
        raise InputError(
            f"A trial takes 2 to {MOST_PHOTOGRAPHS} photographs, and {len(photographs)} came.",
            hint="Choose two of one person at least: one to enroll, one to search with.",
        )
    if not operator:
        raise InputError("Who you are was not said.", hint="Name yourself or your organisation.")
    if not agreed:
        raise InputError(
            "Nobody is compared who has not agreed to it.",
            hint="Tick it only if all of them are adults who agreed, in writing.",
        )
