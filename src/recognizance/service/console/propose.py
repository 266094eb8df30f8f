"""Propose: a form that grows with the answers, and what the gate says of them, at once.

What was typed stands in the address of each page, so that the back button, a reload and a link that
was kept all lead to the same place. Nothing is recorded before the proposal is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.requests import Request

from recognizance.documents.words import plain_word
from recognizance.errors import InputError, NotFoundError, RecognizanceError
from recognizance.gate.fields import FIELDS
from recognizance.gate.interview import MOST, Interview
from recognizance.gate.submission import MAX_BYTES, parse_submission
from recognizance.gate.templates import kinds, template
from recognizance.gate.topics import FURTHER, OPENING, Form
from recognizance.gate.writing import submission_toml
from recognizance.ledger import LogName
from recognizance.permits.waiting import filed_by, put_forward
from recognizance.service.access import Proposer
from recognizance.service.console.listing import Column, Listing
from recognizance.service.console.outcome import LONGER, in_sections, outcome_of
from recognizance.service.console.pages import PageRoute, back, page
from recognizance.service.console.sheet import SECTIONS, Sheet
from recognizance.service.problems import status_of
from recognizance.service.service import Served
from recognizance.uses import sample_digest

if TYPE_CHECKING:
    from recognizance.gate.submission import Submission
    from recognizance.gate.topics import Topic
    from recognizance.permits.issuing import Drafted
    from recognizance.service.access import Caller
    from recognizance.service.service import Service
    from recognizance.workspace import Workspace

router = APIRouter(tags=["console"], include_in_schema=False, route_class=PageRoute)

TOPICS: Final = {topic.name: topic for topic in (*OPENING, *FURTHER)}
_MINE: Final = (
    Column("permit", "Proposal", link=lambda row: f"/propose/sent/{row['permit']}"),
    Column("purpose", "Purpose"),
    Column("class", "Class"),
    Column("state", "State", tag=True),
    Column("proposed", "Proposed"),
)


@router.get("/propose")
async def begin(request: Request, service: Served, caller: Proposer) -> Response:
    """Where a proposal begins, and what became of the ones before."""
    return await _begin(request, service, caller)


async def _begin(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    error: RecognizanceError | None = None,
    text: str = "",
) -> Response:
    me = caller.somebody.principal_id

    def look(workspace: Workspace) -> list[dict[str, Any]]:
        return [
            {
                "permit": each.permit.permit_id,
                "purpose": plain_word(each.permit.purpose),
                "class": plain_word(each.permit.permit_class.value),
                "state": each.state,
                "proposed": each.proposed_at,
            }
            for each in filed_by(workspace, me)
        ]

    rows = await service.reading.ask(look)
    listing = Listing.of("Your proposals", _MINE, rows, request.query_params, order="-proposed")
    if request.query_params.get("format") == "csv":
        return listing.as_csv("proposals")
    status = 200 if error is None else status_of(error).value
    facts = {"listing": listing, "kinds": kinds(), "error": error, "text": text}
    return page(request, caller, "propose", status=status, **facts)


# ---- question by question -------------------------------------------------------------------


@router.get("/propose/ask")
async def ask(request: Request, service: Served, caller: Proposer) -> Response:
    """The question that the rules need most, and what the gate says so far."""
    sheet = Sheet.of(request.query_params.multi_items())
    interview = await _interview(service, sheet)
    answered = TOPICS.get(request.query_params.get("topic", ""))
    error = None
    if answered is not None and "again" not in request.query_params:
        try:
            return back(_fold(interview, sheet, answered, request).address("/propose/ask"))
        except RecognizanceError as wrong:
            error = wrong
    topic = answered or interview.next()
    outcome = await outcome_of(service, sheet, interview.submission)
    return page(
        request,
        caller,
        "propose_ask",
        status=200 if error is None else 422,
        topic=topic,
        sheet=sheet,
        specs=FIELDS,
        number=len(sheet.asked) + 1,
        most=MOST,
        given=_given(sheet, interview.submission),
        chosen=set(request.query_params.getlist("answer")),
        error=error,
        outcome=outcome,
    )


async def _interview(service: Service, sheet: Sheet) -> Interview:
    def look(workspace: Workspace) -> Interview:
        at = workspace.clock().date()
        return Interview(workspace.bundle, at, sheet.submission.stated, sheet.asked)

    return await service.reading.ask(look)


def _fold(interview: Interview, sheet: Sheet, topic: Topic, request: Request) -> Sheet:
    """The sheet with the answer to a question in it.

    Raises:
        RecognizanceError: The answer cannot be read.
    """
    asked = tuple(dict.fromkeys((*sheet.asked, topic.name)))
    if "skip" in request.query_params:
        return replace(sheet.without(topic.fields), asked=asked)
    if topic.form is Form.OPEN:
        for name in topic.fields:
            if name in sheet.errors:
                raise sheet.errors[name]
        return sheet.stating(interview.submission, asked)
    answers = request.query_params.getlist("answer")
    if not answers and topic.form is not Form.TICKED:
        raise InputError("Nothing was chosen.", hint="Choose, or leave the question open.")
    answered = interview.answered(topic, ",".join(answers))
    return sheet.stating(answered.submission, asked)


@dataclass(frozen=True, slots=True)
class Given:
    """A question that was answered.

    Attributes:
        question: The question.
        answer: What was answered, in words; empty where it was left open.
        again: Where it is asked again.
    """

    question: str
    answer: str
    again: str


def _given(sheet: Sheet, submission: Submission) -> list[Given]:
    found = []
    for name in sheet.asked:
        topic = TOPICS.get(name)
        if topic is None:
            continue
        again = sheet.address("/propose/ask", ("topic", name), ("again", "yes"))
        found.append(Given(topic.question, _said(topic, submission), again))
    return found


def _said(topic: Topic, submission: Submission) -> str:
    stated = submission.stated
    if topic.form is Form.OPEN:
        return ", ".join(str(stated[name]) for name in topic.fields if name in stated)
    labels = [
        choice.label
        for choice in topic.choices
        if choice.fills and all(_has(stated.get(name), v) for name, v in choice.fills.items())
    ]
    none = "none of these" if topic.form is Form.TICKED else ""
    return ", ".join(labels) or (none if any(name in stated for name in topic.fields) else "")


def _has(value: object, part: object) -> bool:
    if isinstance(value, frozenset) and isinstance(part, frozenset):
        return bool(part) and part <= value
    return value == part


# ---- everything at once ---------------------------------------------------------------------


@router.get("/propose/form")
async def form(request: Request, service: Served, caller: Proposer) -> Response:
    """Every field, by what it is about."""
    sheet = Sheet.of(request.query_params.multi_items())
    outcome = await outcome_of(service, sheet)
    status = 422 if sheet.errors else 200
    facts = {"sheet": sheet, "sections": SECTIONS, "outcome": outcome}
    return page(request, caller, "propose_form", status=status, **facts)


@router.get("/propose/panel")
async def panel(request: Request, service: Served, caller: Proposer) -> Response:
    """What the gate says of a sheet: a part of a page, for the script that keeps it up to date."""
    sheet = Sheet.of(request.query_params.multi_items())
    interview = await _interview(service, sheet)
    topic = TOPICS.get(request.query_params.get("topic", ""))
    submission = sheet.submission
    if topic is not None:
        try:
            folded = _fold(interview, sheet, topic, request)
        except RecognizanceError:
            submission = interview.submission  # half an answer: what was said before it
        else:
            sheet, submission = folded, folded.submission
    outcome = await outcome_of(service, sheet, submission if topic is not None else None)
    return page(request, caller, "propose_panel", outcome=outcome, sheet=sheet)


@router.get("/propose/template/{kind}")
async def from_template(_caller: Proposer, kind: str) -> Response:
    """The form, filled in for a usual kind of use."""
    submission = parse_submission(template(kind).encode())
    return back(Sheet.of_submission(submission).address("/propose/form"))


# ---- files ----------------------------------------------------------------------------------


@router.get("/propose/toml")
async def export(request: Request, _caller: Proposer) -> Response:
    """The submission as a file, which is read back unchanged."""
    sheet = Sheet.of(request.query_params.multi_items())
    headers = {"content-disposition": 'attachment; filename="submission.toml"'}
    text = submission_toml(sheet.submission)
    return Response(text, media_type="application/toml; charset=utf-8", headers=headers)


@router.post("/propose/toml")
async def bring(request: Request, service: Served, caller: Proposer) -> Response:
    """Read a submission from a file or from what was pasted, and show it as the form."""
    asked = await request.form()
    sent, text = asked.get("file"), asked.get("text", "")
    data = str(text).encode("utf-8", "replace")
    if isinstance(sent, UploadFile) and sent.filename:
        data = await sent.read(MAX_BYTES + 1)
    try:
        submission = parse_submission(data)
    except RecognizanceError as error:
        words = data[: MAX_BYTES + 1].decode("utf-8", "replace")
        return await _begin(request, service, caller, error=error, text=words)
    return back(Sheet.of_submission(submission).address("/propose/form"))


# ---- handing it in --------------------------------------------------------------------------


@router.get("/propose/check")
async def check(request: Request, service: Served, caller: Proposer) -> Response:
    """What was said, what the gate says of it, and what the permit is to cover."""
    sheet = Sheet.of(request.query_params.multi_items())
    return await _check(request, service, caller, sheet)


async def _check(
    request: Request,
    service: Service,
    caller: Caller,
    sheet: Sheet,
    *,
    errors: dict[str, RecognizanceError] | None = None,
    error: RecognizanceError | None = None,
) -> Response:
    outcome = await outcome_of(service, sheet, tries=LONGER)
    told = {**sheet.unread_terms, **(errors or {})}
    status = status_of(error).value if error else 422 if told else 200
    return page(
        request,
        caller,
        "propose_check",
        status=status,
        sheet=sheet,
        told=in_sections(sheet.submission),
        trial=sheet.submission.text("class") == "trial",
        outcome=outcome,
        errors=told,
        error=error,
    )


@router.post("/propose")
async def hand_in(request: Request, service: Served, caller: Proposer) -> Response:
    """Decide the proposal, on the record; where the rules allow it, it waits for the officers."""
    asked = await request.form()
    pairs = [(name, text) for name, text in asked.multi_items() if isinstance(text, str)]
    sent = [each for each in asked.getlist("photographs") if isinstance(each, UploadFile)]
    chosen = [await each.read() for each in sent if each.filename]
    pairs += [("permit.sample", sample_digest(data)) for data in chosen]
    sheet = Sheet.of(pairs)
    if sheet.errors:
        return back(sheet.address("/propose/form"))
    if "look" in asked:
        return back(sheet.address("/propose/check"))
    wrong = {**sheet.unread_terms, **sheet.left_out}
    if wrong:
        return await _check(request, service, caller, sheet, errors=wrong)

    def do(workspace: Workspace) -> tuple[Drafted, int]:
        made = put_forward(workspace, sheet.proposal, proposer=caller.somebody)
        return made, workspace.ledger.size(LogName.DECISIONS) - 1

    try:
        made, entry = await service.desk.ask(do)
    except RecognizanceError as error:
        return await _check(request, service, caller, sheet, error=error)
    if made.permit is None:
        return back(sheet.address("/propose/result", ("entry", str(entry))))
    return back(f"/propose/sent/{made.permit.permit_id}?said=sent")


@router.get("/propose/result")
async def result(request: Request, service: Served, caller: Proposer) -> Response:
    """What the gate answered where it gave no permit: the reasons, and the way back."""
    sheet = Sheet.of(request.query_params.multi_items())
    outcome = await outcome_of(service, sheet, tries=LONGER)
    number = request.query_params.get("entry", "")
    entry = int(number) if number.isdecimal() and len(number) < 10 else -1  # noqa: PLR2004  # digits of any entry there is

    def look(workspace: Workspace) -> bool:
        if not 0 <= entry < workspace.ledger.size(LogName.DECISIONS):
            return False
        found = workspace.ledger.entry(LogName.DECISIONS, entry)
        return found.public.get("submission") == outcome.decision.submission_digest

    if not await service.reading.ask(look):
        raise NotFoundError(
            "The ledger has no such decision on this proposal.", hint="Hand the proposal in."
        )
    return page(request, caller, "propose_result", sheet=sheet, outcome=outcome, entry=entry)
