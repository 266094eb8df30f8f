"""`recognizance search`: one photograph against a gallery. A candidate is a lead, not a name."""

from __future__ import annotations

from pathlib import Path

from recognizance.cli.console import Json
from recognizance.cli.door import About, open_door
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
    show_answer,
)


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
    about = About(permit, purpose, case, face, site, camera, captured_at, sample)
    with open_door() as door:
        answer = door.search(photograph, gallery, about)
    show_answer(answer, as_json=as_json)
