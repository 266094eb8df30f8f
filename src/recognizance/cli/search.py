"""`recognizance search`: one photograph against a gallery. A candidate is a lead, not a name."""

from __future__ import annotations

from pathlib import Path

from recognizance.cli.console import Json
from recognizance.cli.session import (
    CameraOption,
    CapturedAtOption,
    CaseOption,
    FaceOption,
    GalleryOption,
    PermitOption,
    PurposeOption,
    SampleOption,
    SiteOption,
    make_request,
    open_workspace,
    show_answer,
    stated,
)
from recognizance.types import Operation


def search(
    photograph: Path,
    gallery: GalleryOption,
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
    """Could the person in PHOTOGRAPH be somebody of the gallery?"""
    with open_workspace() as workspace:
        request = make_request(
            workspace,
            Operation.SEARCH,
            photograph,
            permit=permit,
            gallery=gallery,
            purpose=purpose,
            case=case,
            face=face,
            circumstances=stated(site, camera, captured_at, sample),
        )
        answer = workspace.desk.search(request)
    show_answer(answer, as_json=as_json)
