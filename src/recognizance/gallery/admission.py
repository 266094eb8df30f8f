"""What may not enter a gallery, whoever asks."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recognizance.types import Reference

_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")
_GROUND_LIMIT_CHARS = 500
_UNIT_LENGTH_TOLERANCE = 1e-3


class Provenance(StrEnum):
    """Where a photograph may come from: `wl.source` of a submission without what HR-09 forbids.

    Photographs from the web, social media or bulk footage are refused (Regulation (EU)
    2024/1689, Art. 5(1)(e)), and so is a list that somebody else made: it says who had the
    photograph last, and not where it came from.
    """

    OWN_ENROLLMENT = "own_enrollment"
    CUSTODY = "custody"
    OFFICIAL_ID = "official_id"
    CASE_FILE = "case_file"
    FAMILY = "family"
    OWN_INCIDENT = "own_incident"
    INSTITUTION_RECORDS = "institution_records"
    MEDIA_ARCHIVE = "media_archive"


def check_id(what: str, value: str) -> None:
    """Refuse an id that is empty, long, or holds anything but letters, digits and `_ . : @ -`.

    The alphabet leaves out the separator of sealing contexts, and letters that look alike.

    Raises:
        InputError: It is one; the message names `what`, never the id.
    """
    if not _ID.fullmatch(value):
        raise InputError(
            f"The {what} is not usable as an id.",
            hint="Use 1 to 128 of the letters A-Z and a-z, digits, and _ . : @ -; best no name.",
        )


def check_references(references: Sequence[Reference], crops: Mapping[str, bytes]) -> None:
    """Refuse references that may not be kept, before anything is sealed or written.

    Raises:
        InputError: There are none, or one has no known provenance, no ground, a bad id, vector
            or expiry, or a picture belongs to none of them.
    """
    if not references:
        raise InputError("There is no reference to add.", hint="Name at least one photograph.")
    for reference in references:
        check_id("reference id", reference.reference_id)
        check_id("subject id", reference.subject_id)
        _check_origin(reference)
        _check_template(reference)
        if reference.expires_at <= reference.enrolled_at:
            raise InputError(
                "A reference would expire before it is enrolled.",
                hint="Check the clock and the permit's retention.",
            )
    if not crops.keys() <= {reference.reference_id for reference in references}:
        raise InputError(
            "A picture was given for a reference that is not being added.",
            hint="Name each picture by the id of its reference.",
        )


def _check_origin(reference: Reference) -> None:
    if reference.provenance not in set(Provenance):
        raise InputError(
            "Rule HR-09: enrollment needs the provenance of the photograph, from a closed list.",
            hint=f"Name one of {', '.join(Provenance)}; web and social media are refused.",
            rules=("HR-09",),
        )
    if not reference.ground.strip() or len(reference.ground) > _GROUND_LIMIT_CHARS:
        raise InputError(
            "Rule HR-09: enrollment needs a ground for including this person.",
            hint=f"Name the release, order or contract in up to {_GROUND_LIMIT_CHARS} characters.",
            rules=("HR-09",),
        )


def _check_template(reference: Reference) -> None:
    features = reference.features
    vector = features.vector
    if vector.ndim != 1 or vector.dtype != np.float32:
        raise InputError(
            f"A template must have shape (dim,) and dtype float32, but has shape {vector.shape} "
            f"and dtype {vector.dtype}.",
            hint="Hand in what the engine extracted.",
        )
    # Written so that NaN fails: every comparison with it is false.
    if not abs(float(np.linalg.norm(vector)) - 1.0) <= _UNIT_LENGTH_TOLERANCE:
        raise InputError(
            "A template is not of unit length.", hint="Hand in what the engine extracted."
        )
    if not -1.0 <= features.cohort_mean <= 1.0:
        raise InputError(
            "The cohort mean of a template is no cosine.", hint="Hand in what the engine extracted."
        )
    check_id("model id", features.model_id)
    check_id("cohort id", features.cohort_id)
