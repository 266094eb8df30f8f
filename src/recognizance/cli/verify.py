"""`recognizance verify`: one photograph, one claimed person, enrolled here or carrying a token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.bearer import proof_of, read_token
from recognizance.cli.console import Json
from recognizance.cli.door import About, open_door
from recognizance.cli.session import (
    CameraOption,
    CapturedAtOption,
    CaseOption,
    FaceOption,
    PermitOption,
    PurposeOption,
    SampleOption,
    SiteOption,
    make_request,
    open_workspace,
    show_answer,
    stated,
)
from recognizance.errors import UsageError
from recognizance.types import Operation


def verify(
    claim: Annotated[
        list[str],
        typer.Argument(
            metavar="[SUBJECT] PHOTOGRAPH",
            help="The enrolled person, and the photograph; with --bearer the photograph alone.",
        ),
    ],
    gallery: Annotated[str | None, typer.Option("--gallery", help="Id of the gallery.")] = None,
    bearer: Annotated[
        Path | None,
        typer.Option(help="The token that the person shows, as text; - for standard input."),
    ] = None,
    journey: Annotated[
        str | None, typer.Option(help="With --bearer: the journey that the gate serves.")
    ] = None,
    challenge: Annotated[
        str | None, typer.Option(help="With --bearer: the challenge that the device answered.")
    ] = None,
    device_proof: Annotated[
        str | None, typer.Option(help="With --bearer: the device's signature, in hex digits.")
    ] = None,
    gate: Annotated[str | None, typer.Option(help="With --bearer: id of the staffed gate.")] = None,
    staffed_by: Annotated[
        str | None,
        typer.Option(
            help="With --bearer: the operator who looked at the person and saw the document; "
            "who is named here states it."
        ),
    ] = None,
    permit: PermitOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    face: FaceOption = None,
    site: SiteOption = None,
    camera: CameraOption = None,
    captured_at: CapturedAtOption = None,
    sample: SampleOption = None,
    as_json: Json = False,
) -> None:
    """Is the person in PHOTOGRAPH the enrolled SUBJECT, or the bearer of the token?"""
    from recognizance.bearer.gate import Shown

    *subject, photograph = claim
    if bearer is None:
        if len(subject) != 1 or gallery is None:
            raise UsageError(
                "Name the subject, the photograph and the gallery, or a token with --bearer.",
                hint="For example: recognizance verify ana door.jpg --gallery G --permit ID",
            )
        about = About(permit, purpose, case, face, site, camera, captured_at, sample)
        with open_door() as door:
            answer = door.verify(Path(photograph), gallery, subject[0], about)
        show_answer(answer, as_json=as_json)
        return
    if subject or gallery is not None:
        raise UsageError(
            "With --bearer nobody is looked up: leave out the subject and the gallery.",
            hint="For example: recognizance verify --bearer token.txt face.jpg "
            "--journey J --permit ID",
        )
    with open_workspace() as workspace:
        request = make_request(
            workspace,
            Operation.VERIFY,
            Path(photograph),
            permit=permit,
            purpose=purpose,
            case=case,
            face=face,
            circumstances=stated(site, camera, captured_at, sample),
        )
        proof = proof_of(
            workspace,
            challenge=challenge,
            device_proof=device_proof,
            staffed_by=staffed_by,
            gate=gate,
        )
        shown = Shown(read_token(bearer), journey or "", proof)
        show_answer(workspace.desk.verify_bearer(request, shown), as_json=as_json)
