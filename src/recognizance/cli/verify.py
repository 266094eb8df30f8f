"""`recognizance verify`: one photograph, one claimed person."""

from __future__ import annotations

from pathlib import Path

from recognizance.cli.console import Json
from recognizance.cli.session import (
    CaseOption,
    FaceOption,
    GalleryOption,
    PermitOption,
    PurposeOption,
    make_request,
    open_workspace,
    show_answer,
)
from recognizance.types import Operation


def verify(
    subject: str,
    photograph: Path,
    gallery: GalleryOption,
    permit: PermitOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    face: FaceOption = None,
    as_json: Json = False,
) -> None:
    """Is the person in PHOTOGRAPH the enrolled SUBJECT?"""
    with open_workspace() as workspace:
        request = make_request(
            workspace,
            Operation.VERIFY,
            photograph,
            permit=permit,
            gallery=gallery,
            purpose=purpose,
            case=case,
            face=face,
        )
        answer = workspace.desk.verify(request, subject)
    show_answer(answer, as_json=as_json)
