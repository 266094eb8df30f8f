"""`recognizance subjects request`: what people ask about themselves, and the answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.output import output_file
from recognizance.cli.session import (
    CaseOption,
    FaceOption,
    PermitOption,
    PurposeOption,
    SampleOption,
    make_request,
    open_workspace,
    stated,
)
from recognizance.errors import InputError, UsageError
from recognizance.types import Operation

if TYPE_CHECKING:
    from recognizance.subjects import SubjectRequest

app = typer.Typer(
    help="What people ask about themselves; each is answered within a month.", no_args_is_help=True
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words.")]


@app.command("open")
def open_request(
    kind: Annotated[str, typer.Argument(help="access, export, correction, erasure or objection.")],
    subject: Annotated[str, typer.Argument(help="Id of the person whom it is about.")],
    words: Annotated[str, typer.Option("--words", help="What is asked, in the person's words.")],
    as_json: Json = False,
) -> None:
    """Take down a request (subject desk or custodian); it is due in one month."""
    from recognizance.subjects import Kind, receive

    try:
        asked = Kind(kind)
    except ValueError as error:
        raise InputError(
            f"{kind!r} is nothing that people ask here.", hint=f"One of {', '.join(Kind)} is."
        ) from error
    with open_workspace() as workspace:
        made = receive(workspace, asked, subject, words=words, by=workspace.acting().principal)
    _show(made, as_json=as_json)


@app.command("list")
def list_requests(
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those that should be answered by now.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the requests with their days; no words and nobody's id."""
    from recognizance.subjects import requests_of

    with open_workspace() as workspace:
        now = workspace.clock()
        shown = ("request_id", "kind", "state", "received_at", "due_at")
        rows = [
            {name: each.as_dict()[name] for name in shown} | {"overdue": each.late(now)}
            for each in requests_of(workspace)
            if each.late(now) or not overdue
        ]
    emit(
        rows,
        as_json,
        table(
            None,
            ("request", "kind", "state", "received", "due", "overdue"),
            ((*(str(r[name]) for name in shown), "overdue" if r["overdue"] else "") for r in rows),
        ),
    )


@app.command("show")
def show(request_id: str, as_json: Json = False) -> None:
    """Show one request whole (subject desk or custodian)."""
    from recognizance.permits.acting import require_role
    from recognizance.subjects import request_of
    from recognizance.subjects.requests import DESK

    with open_workspace() as workspace:
        by = workspace.acting().principal
        require_role(workspace.registry, by, "read requests of people", *DESK)
        found = request_of(workspace, request_id)
    _show(found, as_json=as_json)


@app.command("identify")
def identify(
    request_id: str,
    how: Annotated[
        str | None, typer.Option("--document", help="Which document the desk saw, in words.")
    ] = None,
    photograph: Annotated[
        Path | None, typer.Option("--photograph", help="Verified against the person's own.")
    ] = None,
    gallery: Annotated[str | None, typer.Option("--gallery", help="In which gallery.")] = None,
    permit: PermitOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    face: FaceOption = None,
    sample: SampleOption = None,
    as_json: Json = False,
) -> None:
    """Establish that who asks is the person: by a document, or by a photograph (1:1)."""
    from recognizance.subjects import establish, established_by_photograph

    if (how is None) == (photograph is None):
        raise UsageError(
            "Who asks is established by a document or by a photograph.",
            hint="Give --document, or --photograph with --gallery and --permit.",
        )
    with open_workspace() as workspace:
        by = workspace.acting().principal
        if photograph is None:
            found = establish(workspace, request_id, how=how or "", by=by)
        else:
            use = make_request(
                workspace,
                Operation.VERIFY,
                photograph,
                permit=permit,
                gallery=gallery,
                purpose=purpose,
                case=case,
                face=face,
                circumstances=stated(None, None, None, sample),
            )
            found = established_by_photograph(workspace, request_id, use, by=by)
    _show(found, as_json=as_json)


@app.command("extend")
def extend_request(request_id: str, reason: ReasonOption, as_json: Json = False) -> None:
    """Take two more months, once; the person is told why."""
    from recognizance.subjects import extend

    with open_workspace() as workspace:
        found = extend(workspace, request_id, reason=reason, by=workspace.acting().principal)
    _show(found, as_json=as_json)


@app.command("export")
def export(
    request_id: str,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the ZIP.")],
    as_json: Json = False,
) -> None:
    """Answer a request for access or export with everything that is held."""
    from recognizance.subjects import export_held

    with open_workspace() as workspace, output_file(output) as file:
        found, document = export_held(workspace, request_id, by=workspace.acting().principal)
        file.write(document)
    _show(found, as_json=as_json)


@app.command("correct")
def correct_reference(
    request_id: str,
    reference_id: str,
    reason: ReasonOption,
    provenance: Annotated[
        str | None, typer.Option(help="Where the photograph really comes from.")
    ] = None,
    ground: Annotated[str | None, typer.Option(help="Why the person is really enrolled.")] = None,
    as_json: Json = False,
) -> None:
    """Answer a request for correction: provenance or ground of one reference."""
    from recognizance.subjects import correct

    with open_workspace() as workspace:
        found = correct(
            workspace,
            request_id,
            reference_id,
            provenance=provenance,
            ground=ground,
            reason=reason,
            by=workspace.acting().principal,
        )
    _show(found, as_json=as_json)


@app.command("erase")
def erase(request_id: str, as_json: Json = False) -> None:
    """Answer a request for erasure, or an objection that holds: erase the person."""
    from recognizance.subjects import erase_on_request

    with open_workspace() as workspace:
        found, _ = erase_on_request(workspace, request_id, by=workspace.acting().principal)
    _show(found, as_json=as_json)


@app.command("answer")
def answer(
    request_id: str,
    words: Annotated[str, typer.Option("--words", help="The answer.")],
    as_json: Json = False,
) -> None:
    """Answer in words: an objection, or that nothing is held."""
    from recognizance.subjects import answer_in_words

    with open_workspace() as workspace:
        found = answer_in_words(
            workspace, request_id, answer=words, by=workspace.acting().principal
        )
    _show(found, as_json=as_json)


@app.command("refuse")
def refuse_request(request_id: str, reason: ReasonOption, as_json: Json = False) -> None:
    """Refuse a request, with the reason: it is about somebody else, for example."""
    from recognizance.subjects import refuse

    with open_workspace() as workspace:
        found = refuse(workspace, request_id, reason=reason, by=workspace.acting().principal)
    _show(found, as_json=as_json)


def _show(found: SubjectRequest, *, as_json: bool) -> None:
    facts = {name: value for name, value in found.as_dict().items() if value is not None}
    emit(
        found.as_dict(),
        as_json,
        line(("Request ", "bold"), found.request_id, f" ({found.kind}, {found.state})"),
        *(line((f"  {name.replace('_', ' '):<14}", "dim"), str(v)) for name, v in facts.items()),
    )
