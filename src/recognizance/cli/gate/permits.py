"""`recognizance gate issue, request, renew, revoke`: from a decision to a signed permit."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.gate.common import (
    EXIT_CODES,
    SubmissionFile,
    app,
    decision_text,
    read_text,
)
from recognizance.cli.gate.options import (
    Cameras,
    Cases,
    Days,
    Fmr,
    Fpir,
    Galleries,
    GallerySize,
    Officers,
    Output,
    Reason,
    Sites,
    Targets,
    Windows,
)
from recognizance.cli.output import OutputFile, output_file
from recognizance.cli.session import clip_digest, open_workspace, read_photograph
from recognizance.errors import InputError
from recognizance.gate.rates import chosen_rate, window
from recognizance.types import utc_text

if TYPE_CHECKING:
    from rich.text import Text

    from recognizance.gate.submission import Submission
    from recognizance.permits.issuing import Issued, Proposal
    from recognizance.workspace import Actor, Workspace

Photographs = Annotated[
    list[Path] | None,
    typer.Option("--photograph", help="For a trial: a photograph it is bound to; repeat."),
]

Clips = Annotated[
    list[Path] | None,
    typer.Option("--clip", help="For a trial: a recorded clip it is bound to; repeat."),
]


@app.command("issue")
def issue(
    submission: SubmissionFile,
    officer: Officers = ["officer"],  # noqa: B006  # typer wants a list
    gallery: Galleries = None,
    photograph: Photographs = None,
    clip: Clips = None,
    fmr: Fmr = None,
    fpir: Fpir = None,
    gallery_size: GallerySize = None,
    days: Days = None,
    site: Sites = None,
    camera: Cameras = None,
    hours: Windows = None,
    target: Targets = None,
    case: Cases = None,
    as_json: Json = False,
) -> None:
    """Decide a submission of a self-signed class and, if the rules allow it, sign the permit.

    Trial, opted_in and household are self-signed; for the others use `gate request`. What the
    submission says of test results (ev.*) is replaced by what the evidence here says.
    """
    stated = _read(submission)
    if _countersigned(stated):
        raise InputError(
            f"A permit of class {stated.text('class')} needs the authority's signature.",
            hint=f"Ask for it with `recognizance gate request {submission} -o request.json`.",
        )
    proposal = _proposal(
        stated,
        gallery,
        photograph,
        fmr,
        fpir,
        gallery_size,
        days,
        site,
        camera,
        hours,
        target,
        case,
    )
    proposal = replace(proposal, footage=tuple(map(clip_digest, clip or ())))
    with open_workspace() as workspace:
        issued, _ = _propose(workspace, proposal, officer, None)
    _show(issued, None, as_json=as_json)


@app.command("request")
def request(
    submission: SubmissionFile,
    officer: Officers = ["officer"],  # noqa: B006  # typer wants a list
    gallery: Galleries = None,
    fmr: Fmr = None,
    fpir: Fpir = None,
    gallery_size: GallerySize = None,
    days: Days = None,
    site: Sites = None,
    camera: Cameras = None,
    hours: Windows = None,
    target: Targets = None,
    case: Cases = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Decide a submission and, if the rules allow it, write the request to the authority.

    Standard and urgent permits need its signature. The request is signed with the proposer's and
    the officers' keys; send the file, and take the answer in with `gate accept`.
    """
    stated = _read(submission)
    if not _countersigned(stated):
        raise InputError(
            f"A permit of class {stated.text('class')} is signed here, by your own officers.",
            hint=f"Issue it with `recognizance gate issue {submission}`.",
        )
    proposal = _proposal(
        stated, gallery, None, fmr, fpir, gallery_size, days, site, camera, hours, target, case
    )
    with open_workspace() as workspace, _place(output) as place:
        issued, written = _propose(workspace, proposal, officer, place)
    _show(issued, written, as_json=as_json)


@app.command("renew")
def renew(
    permit_id: str,
    officer: Officers = ["officer"],  # noqa: B006  # typer wants a list
    hours: Windows = None,
    days: Days = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Decide a permit's submission again with fresh evidence, and sign its successor.

    In the last 60 days or after the end; nothing in it is wider. Objections must be answered and
    statistics published first. A standard permit needs the authority again: a request is written.
    """
    from recognizance.permits.renewing import Renewal
    from recognizance.permits.renewing import renew as renew_permit

    with open_workspace() as workspace, _place(output) as place:
        proposer = workspace.acting()
        officers = [workspace.acting(name) for name in officer]
        issued = renew_permit(
            workspace,
            permit_id,
            Renewal(
                windows=tuple(map(window, hours or ())),
                lasts=timedelta(days=days) if days else None,
            ),
            proposer=proposer,
            officers=officers,
        )
        written = _request(workspace, issued, proposer, officers, place)
    _show(issued, written, as_json=as_json)


@app.command("revoke")
def revoke(permit_id: str, reason: Reason, as_json: Json = False) -> None:
    """Revoke a permit for good; the next use under it is refused."""
    from recognizance.permits.issuing import revoke_permit

    with open_workspace() as workspace:
        revoke_permit(workspace, permit_id, reason=reason, by=workspace.acting())
    emit(
        {"permit_id": permit_id, "state": "revoked"}, as_json, line(("Revoked ", "bold"), permit_id)
    )


def _read(path: Path) -> Submission:
    from recognizance.gate.submission import parse_submission

    return parse_submission(read_text(path))


def _countersigned(submission: Submission) -> bool:
    from recognizance.gate.terms import terms_of
    from recognizance.permits.issuing import class_of

    return terms_of(class_of(submission)).countersigned


def _proposal(
    submission: Submission,
    gallery: list[str] | None,
    photograph: list[Path] | None,
    fmr: str | None,
    fpir: str | None,
    gallery_size: int | None,
    days: int | None,
    site: list[str] | None,
    camera: list[str] | None,
    hours: list[str] | None,
    target: list[str] | None,
    case: list[str] | None,
) -> Proposal:
    from recognizance.gate.scope import Scope
    from recognizance.permits.issuing import Proposal

    return Proposal(
        submission=submission,
        target=chosen_rate(fmr, fpir),
        gallery_ids=frozenset(gallery or ()),
        gallery_size=gallery_size,
        photographs=tuple(read_photograph(path) for path in photograph or ()),
        lasts=timedelta(days=days) if days else None,
        scope=Scope(
            sites=_ids("--site", site),
            cameras=_ids("--camera", camera),
            windows=tuple(sorted(map(window, hours or ()))),
            targets=_ids("--target", target),
            cases=_ids("--case", case),
        ),
    )


def _ids(option: str, words: list[str] | None) -> frozenset[str]:
    ids = frozenset(word.strip() for word in words or ())
    if not all(word and word.isprintable() for word in ids):
        raise InputError(f"{option} names nothing.", hint="Give an id of letters and digits.")
    return ids


def _propose(
    workspace: Workspace, proposal: Proposal, officer: list[str], place: OutputFile | None
) -> tuple[Issued, Path | None]:
    """Both verbs go this way; the request is written where the class needs the authority."""
    from recognizance.permits.issuing import propose

    proposer = workspace.acting()
    officers = [workspace.acting(name) for name in officer]
    issued = propose(workspace, proposal, proposer=proposer, officers=officers)
    return issued, _request(workspace, issued, proposer, officers, place)


def _request(
    workspace: Workspace,
    issued: Issued,
    proposer: Actor,
    officers: list[Actor],
    place: OutputFile | None,
) -> Path | None:
    from recognizance.permits.exchange import request_permit

    if issued.permit is None or issued.in_force:
        return None
    data = request_permit(workspace, issued.permit, proposer=proposer, officers=officers)
    if place is not None:
        place.write(data)
        return place.path
    with output_file(Path(f"{issued.permit.permit_id}.request.json")) as named_by_permit:
        named_by_permit.write(data)
    return named_by_permit.path


def _place(output: Path | None) -> AbstractContextManager[OutputFile | None]:
    """Where the request goes, taken before anything runs, if a place was named."""
    return nullcontext() if output is None else output_file(output)


def _show(issued: Issued, written: Path | None, *, as_json: bool) -> None:
    emit(
        {
            "decision": issued.decision.as_dict(),
            "permit_id": issued.permit.permit_id if issued.permit else None,
            "in_force": issued.in_force,
            "request": str(written) if written else None,
        },
        as_json,
        *decision_text(issued.decision),
        *_issued_text(issued, written),
    )
    if issued.permit is None:
        raise typer.Exit(EXIT_CODES[issued.decision.outcome])


def _issued_text(issued: Issued, written: Path | None) -> list[Text]:
    permit = issued.permit
    if permit is None:
        return []
    if written is not None:
        return [
            line(("Requested ", "bold yellow"), permit.permit_id),
            line("  request  ", str(written), ", signed; not in force before the answer"),
            line("  next     ", "send it to the authority, then: recognizance gate accept ANSWER"),
        ]
    return [
        line(("Permit ", "bold green"), permit.permit_id),
        line(
            "  class    ",
            permit.permit_class.value + (", self-attested" if permit.self_attested else ""),
        ),
        line("  expires  ", utc_text(permit.expires_at)),
    ]
