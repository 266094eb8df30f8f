"""`recognizance gate issue, answer, accept, revoke, key`: from a decision to a permit in force."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.evidence import parse_rate
from recognizance.cli.gate.common import (
    EXIT_CODES,
    SubmissionFile,
    app,
    decision_text,
    read_text,
    today,
)
from recognizance.cli.session import open_workspace, read_photograph
from recognizance.errors import IncompleteError, InputError
from recognizance.types import ErrorRate, utc_text

if TYPE_CHECKING:
    from rich.text import Text

    from recognizance.issuing import Issued


@app.command("issue")
def issue(
    submission: SubmissionFile,
    officer: Annotated[
        list[str], typer.Option("--officer", help="Name of a signing officer; repeat for several.")
    ] = ["officer"],  # noqa: B006  # typer wants a list
    gallery: Annotated[
        list[str] | None, typer.Option("--gallery", help="A gallery it covers; repeat for several.")
    ] = None,
    photograph: Annotated[
        list[Path] | None,
        typer.Option("--photograph", help="For a trial: a photograph it is bound to; repeat."),
    ] = None,
    fmr: Annotated[str | None, typer.Option(help="Target false match rate, e.g. 1e-3.")] = None,
    fpir: Annotated[
        str | None, typer.Option(help="Target false positive identification rate of a search.")
    ] = None,
    gallery_size: Annotated[
        int | None, typer.Option(help="Most references the gallery will ever hold.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="How many days it lasts, if fewer than the class."),
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option(help="Where to write the request to the authority (standard, urgent)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide a submission and, if the rules allow it, sign the permit.

    What the submission says of test results (ev.*) is replaced by what the evidence here says.
    """
    from recognizance.gate.submission import parse_submission
    from recognizance.issuing import Proposal, propose, request_for

    target = None
    if fmr and fpir:
        raise InputError("Give --fmr or --fpir, not both.", hint="A search is judged by --fpir.")
    if fmr or fpir:
        rate = ErrorRate.FMR if fmr else ErrorRate.FPIR
        target = (rate, parse_rate(fmr or fpir or ""))
    with open_workspace() as workspace:
        proposal = Proposal(
            submission=parse_submission(read_text(submission)),
            target=target,
            gallery_ids=frozenset(gallery or ()),
            gallery_size=gallery_size,
            photographs=tuple(read_photograph(path) for path in photograph or ()),
            lasts=timedelta(days=days) if days else None,
        )
        issued = propose(
            workspace,
            proposal,
            proposer=workspace.acting(),
            officers=[workspace.acting(n) for n in officer],
        )
        if issued.permit is not None and not issued.in_force:
            path = request or Path(f"{issued.permit.permit_id}.request.json")
            path.write_bytes(request_for(workspace, issued.permit))
    emit(
        {
            "decision": issued.decision.as_dict(),
            "permit_id": issued.permit.permit_id if issued.permit else None,
            "in_force": issued.in_force,
        },
        as_json,
        *decision_text(issued.decision),
        *_issued_text(issued, request),
    )
    if not issued.in_force:
        raise typer.Exit(EXIT_CODES[issued.decision.outcome] or IncompleteError.exit_code)


def _issued_text(issued: Issued, request: Path | None) -> list[Text]:
    if issued.permit is None:
        return []
    permit = issued.permit
    if not issued.in_force:
        return [
            line(("Signed, not yet in force: ", "bold yellow"), "the authority has to countersign"),
            line("  request  ", str(request or f"{permit.permit_id}.request.json")),
            line(
                "  next     ",
                "recognizance gate answer REQUEST --key KEY, on the authority's machine",
            ),
        ]
    return [
        line(("Permit ", "bold green"), permit.permit_id),
        line(
            "  class    ",
            permit.permit_class.value + (", self-attested" if permit.self_attested else ""),
        ),
        line("  expires  ", utc_text(permit.expires_at)),
    ]


@app.command("answer")
def answer(
    request: Annotated[Path, typer.Argument(help="A request written by `gate issue`.")],
    key: Annotated[Path, typer.Option(help="The authority's key file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the permit.")],
    as_json: Json = False,
) -> None:
    """As the authority: decide a request by your own rules, and countersign what they give."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.issuing import countersign_request

    permit = countersign_request(read_text(request), key, load_bundle(), at=today())
    output.write_bytes(permit.to_json())
    emit(
        {"permit_id": permit.permit_id, "permit": str(output)},
        as_json,
        line(("Countersigned ", "bold green"), permit.permit_id),
        line("  permit  ", str(output)),
        line("  next    ", f"recognizance gate accept {output}, on the operator's machine"),
    )


@app.command("accept")
def accept(
    permit: Annotated[Path, typer.Argument(help="A permit that the authority countersigned.")],
    as_json: Json = False,
) -> None:
    """Put a countersigned permit into force."""
    from recognizance.issuing import accept_permit

    with open_workspace() as workspace:
        accepted = accept_permit(workspace, read_text(permit), by=workspace.acting())
    emit(
        {"permit_id": accepted.permit_id},
        as_json,
        line(("Permit ", "bold green"), accepted.permit_id),
    )


@app.command("revoke")
def revoke(
    permit_id: str,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: Json = False,
) -> None:
    """Revoke a permit for good; the next use under it is refused."""
    from recognizance.issuing import revoke_permit

    with open_workspace() as workspace:
        revoke_permit(workspace, permit_id, reason=reason, by=workspace.acting())
    emit(
        {"permit_id": permit_id, "state": "revoked"}, as_json, line(("Revoked ", "bold"), permit_id)
    )


@app.command("key")
def key(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the key file.")],
    as_json: Json = False,
) -> None:
    """As the authority: make the key that countersigns permits, and print its public half."""
    from recognizance.keys import KeyKind, SigningKey, write_key_file

    made = SigningKey.generate()
    write_key_file(output, kind=KeyKind.PRINCIPAL, name=output.stem, secret=made.seed)
    public = made.public_key.hex()
    emit(
        {"key_file": str(output), "public_key": public},
        as_json,
        line(("Authority key ", "bold"), str(output), " (keep it on the authority's own machine)"),
        line("  public key  ", public),
        line("  next        ", f"recognizance init --authority {public}"),
    )
