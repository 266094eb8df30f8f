"""The public register: what runs here, under which rules, with which measured rates. No login.

One page a permit, reached by the code of the site notice. Refusals stand here too, with their
rules. A permit that is withheld (rule GV-05) appears when its window has ended, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import segno
from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.requests import Request

from recognizance.documents import Document, Sources, make
from recognizance.errors import NotFoundError, RefusedError
from recognizance.gate.decide import decide
from recognizance.ledger import LogName
from recognizance.listing import state_of
from recognizance.permits.kept import kept_submission
from recognizance.permits.objecting import lodge, objection_text
from recognizance.service.access import Everybody
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.service import Served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.gate.permit import Permit
    from recognizance.registry.objections import Objection
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

_PERMITS: Final = (
    Column("permit", "Permit", link=lambda row: f"/register/{row['permit']}"),
    Column("purpose", "Purpose"),
    Column("operator", "Operator"),
    Column("class", "Class"),
    Column("state", "State", tag=True),
    Column("until", "Until"),
    Column("uses", "Uses", number=True),
    Column("objections", "Open objections", number=True),
)
_REFUSALS: Final = (
    Column("time", "When"),
    Column("requester", "Asked by"),
    Column("outcome", "Answer", tag=True),
    Column("rules", "Rules"),
    Column("entry", "Entry"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """An objection, as everybody may read it.

    Attributes:
        lodged: When it came.
        text: Its words, where whoever lodged it wants them read; else None.
        answer: The answer; None while there is none.
    """

    lodged: object
    text: str | None
    answer: str | None


def withheld(workspace: Workspace, permit: Permit) -> bool:
    """Whether the public does not read of a permit yet (rule GV-05)."""
    hooks = {each.hook for each in permit.conditions}
    over = workspace.clock() >= permit.expires_at
    shown = over or workspace.registry.standing.published(permit.permit_id) is not None
    return "publication_after" in hooks and not shown


def permit_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Every permit that the public may read of."""
    registry, now = workspace.registry, workspace.clock()
    rows = []
    for permit in workspace.shelf.issued().values():
        if withheld(workspace, permit):
            continue
        unanswered = registry.objections.open_against(permit.permit_id, permit.submission_digest)
        rows.append(
            {
                "permit": permit.permit_id,
                "purpose": permit.purpose.replace("_", " "),
                "operator": kept_submission(workspace, permit).text("operator") or None,
                "class": permit.permit_class.value.replace("_", " "),
                "state": state_of(permit, registry, now),
                "until": permit.expires_at,
                "uses": workspace.shelf.tally(permit.permit_id).uses.since(None),
                "objections": len(unanswered),
            }
        )
    return rows


def refusal_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """What the gate did not permit, with the rules; who asked only where it is a public body."""
    return [
        {
            "time": entry.time,
            "requester": entry.public.get("requester"),
            "outcome": entry.public["outcome"],
            "rules": ", ".join(map(str, _deciding(entry.public))),
            "entry": f"decisions/{entry.index}",
        }
        for entry in workspace.ledger.entries(LogName.DECISIONS, kinds={"gate_decision"})
        if entry.public["outcome"] in {"refuse", "incomplete"}
    ]


def _deciding(public: Mapping[str, Any]) -> list[object]:
    """The rules that made a decision; entries of before they were kept name all that fired."""
    rules: list[object] = public.get("deciding", public["rules"])
    return rules


@router.get("/register")
async def register(request: Request, service: Served, caller: Everybody) -> Response:
    """What runs here."""
    rows = await service.reading.ask(permit_rows)
    listing = Listing.of("Permits", _PERMITS, rows, request.query_params, order="-until")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("register")
    return page(request, caller, "register", listing=listing, refused=False)


@router.get("/register/refused")
async def refused(request: Request, service: Served, caller: Everybody) -> Response:
    """What was refused here, and by which rules."""
    rows, cards = await service.reading.ask(lambda w: (refusal_rows(w), w.bundle.cards))
    listing = Listing.of("Refusals", _REFUSALS, rows, request.query_params, order="-time")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("refusals")
    named = sorted({rule for row in listing.rows for rule in row["rules"].split(", ")})
    titles = [(rule, cards[rule].title) for rule in named if rule in cards]
    return page(request, caller, "register", listing=listing, refused=True, titles=titles)


@router.get("/register/{permit_id}", name="register_permit")
async def one(request: Request, service: Served, caller: Everybody, permit_id: str) -> Response:
    """One permit, as the public reads of it."""
    here = str(request.url_for("register_permit", permit_id=permit_id))
    facts = await service.reading.ask(lambda workspace: _entry_of(workspace, permit_id, here))
    return page(request, caller, "permit", here=here, permit_id=permit_id, **facts)


@router.get("/register/{permit_id}/notice")
async def notice(request: Request, service: Served, caller: Everybody, permit_id: str) -> Response:
    """The notice to hang up at the place, with the code that leads to the permit's page."""
    here = str(request.url_for("register_permit", permit_id=permit_id))

    def look(workspace: Workspace) -> Document:
        return make(
            "notice", _sources(workspace, _public(workspace, permit_id), here), published=True
        )

    document = await service.reading.ask(look)
    code = segno.make(here, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return page(request, caller, "notice", document=document, code=code, permit_id=permit_id)


@router.post("/register/{permit_id}/objections")
async def object_to(
    request: Request,
    service: Served,
    _caller: Everybody,
    permit_id: str,
    text: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    shown: Annotated[bool, Form()] = False,
) -> Response:
    """Lodge an objection; it needs no account and no name."""
    del request

    def do(workspace: Workspace) -> None:
        _public(workspace, permit_id)
        lodge(
            workspace.registry,
            permit_id,
            text.strip(),
            name=name.strip() or None,
            shown=shown,
            now=workspace.clock(),
        )

    await service.desk.ask(do)
    return back(f"/register/{permit_id}?said=lodged#objections")


# ---- reading ------------------------------------------------------------------------------


def _public(workspace: Workspace, permit_id: str) -> Permit:
    """A permit that the public may read of; who asks for another is told as if there were none."""
    workspace.registry.refresh()
    nothing = NotFoundError(
        "There is no public permit of that id.", hint="The register lists those that there are."
    )
    if permit_id not in workspace.registry.issued:
        raise nothing
    permit = workspace.shelf.known(permit_id)
    if withheld(workspace, permit):
        raise nothing
    return permit


def _sources(workspace: Workspace, permit: Permit, here: str) -> Sources:
    submission = kept_submission(workspace, permit)
    same_rules = permit.bundle_digest == workspace.bundle.digest
    return Sources(
        submission=submission,
        decision=decide(workspace.bundle, submission, at=permit.issued_at.date())
        if same_rules
        else None,
        permit=permit,
        evidence=workspace.evidence
        if permit.evidence_digest == workspace.evidence.digest
        else None,
        register_url=here,
        contact=here,
    )


def _entry_of(workspace: Workspace, permit_id: str, here: str) -> Mapping[str, Any]:
    permit = _public(workspace, permit_id)
    registry, tally = workspace.registry, workspace.shelf.tally(permit_id)
    try:
        document = make("register", _sources(workspace, permit, here), published=True)
    except RefusedError as error:  # withheld by a rule that the permit does not carry itself
        raise NotFoundError(
            "There is no public permit of that id.", hint="The register lists those that there are."
        ) from error
    about = {permit_id, permit.submission_digest}
    objections = [each for each in registry.objections.lodged.values() if each.about in about]
    return {
        "document": document,
        "state": state_of(permit, registry, workspace.clock()),
        "self_attested": permit.self_attested,
        "counts": (
            ("Uses in which a face was compared", tally.uses.since(None)),
            ("Faces that were searched for", tally.faces.since(None)),
            ("Leads that people were asked about", tally.leads.since(None)),
            ("Leads that people found to be wrong", tally.false_alerts.since(None)),
        ),
        "objections": [_said(workspace, each) for each in objections],
        "entry": registry.issue_entries[permit_id],
    }


def _said(workspace: Workspace, objection: Objection) -> Said:
    words = objection_text(workspace.registry, objection)
    return Said(objection.lodged_at, words.text if words.shown else None, words.answer)
