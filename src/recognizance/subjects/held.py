"""Everything that is held about one person: references, leads, uses. Templates are not told.

A template is a row of numbers that only the recogniser reads, and whoever holds it could search
with it; the person gets the picture that it was made from, and is told that it is there.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes
from recognizance.errors import NotFoundError
from recognizance.ledger import LogName
from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.types import Reference
    from recognizance.workspace import Workspace

FORMAT = "recognizance-held/1"
FIXED_DAY = (1980, 1, 1, 0, 0, 0)
"""Times of files in the ZIP: the same content gives the same bytes."""


def held_about(workspace: Workspace, subject_id: str) -> dict[str, object]:
    """What is held about a person, as JSON values.

    A lead is told by its gallery, permit, state and days; not with whom else it was compared.
    """
    references = references_about(workspace, subject_id)
    return {
        "format": FORMAT,
        "subject_id": subject_id,
        "references": [
            {
                "reference_id": each.reference_id,
                "gallery_id": each.gallery_id,
                "permit_id": each.permit_id,
                "purpose": workspace.shelf.known(each.permit_id).purpose,
                "provenance": str(each.provenance),
                "ground": each.ground,
                "photograph_sha256": each.sample_digest,
                "quality": asdict(each.quality),
                "model_id": each.features.model_id,
                "enrolled_at": utc_text(each.enrolled_at),
                "destroyed_on": utc_text(each.expires_at),
            }
            for each in references
        ],
        "leads": [
            {
                "lead_id": each.lead_id,
                "gallery_id": each.gallery_id,
                "permit_id": each.permit_id,
                "state": each.state,
                "opened_at": utc_text(each.created_at),
                "destroyed_on": utc_text(each.expires_at),
            }
            for each in workspace.gallery.leads_naming(subject_id)
        ],
        "uses": [
            {
                "entry": f"{entry.log.value}/{entry.index}",
                "time": utc_text(entry.time),
                "what": entry.kind,
                "outcome": str(entry.public.get("outcome")),
                "permit_id": entry.public.get("permit"),
            }
            for index in workspace.naming.of(subject_id)
            for entry in (workspace.ledger.entry(LogName.USES, index),)
        ],
    }


def references_about(workspace: Workspace, subject_id: str) -> tuple[Reference, ...]:
    """A person's references in every gallery."""
    gallery = workspace.gallery
    return tuple(
        reference
        for each in gallery.galleries()
        for reference in gallery.references_of(each.gallery_id, subject_id)
    )


def packed(workspace: Workspace, subject_id: str) -> bytes:
    """What is held about a person as one ZIP: `held.json`, and their own pictures."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        held = canonical_bytes(held_about(workspace, subject_id))
        archive.writestr(zipfile.ZipInfo("held.json", FIXED_DAY), held)
        for each in references_about(workspace, subject_id):
            try:
                picture = workspace.gallery.crop(each.reference_id)
            except NotFoundError:
                continue
            archive.writestr(zipfile.ZipInfo(f"{each.reference_id}.jpg", FIXED_DAY), picture)
    return file.getvalue()
