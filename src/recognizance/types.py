"""Values that cross rooms: frozen, slotted, in the terms of ISO/IEC 2382-37.

Conventions, stated once. Arrays are (row, column); a point is (x, y) in pixels of the upright
original picture, x to the right, y downwards. A `comparison_score` is a float32 similarity,
higher means more alike, and a pair is called a match when `score >= threshold`. Rates are
fractions in [0, 1] in Python and integers in parts per billion wherever they are signed. Times
are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

PPB = 1_000_000_000
"""Parts per billion in one: the unit of every rate that is signed or read by a rule."""


class Decision(StrEnum):
    """Comparison decision (ISO/IEC 2382-37, 37.03.26)."""

    MATCH = "match"
    NON_MATCH = "non_match"
    UNDETERMINED = "undetermined"


class Operation(StrEnum):
    """What may be done with a face under a permit."""

    VERIFY = "verify"
    SEARCH = "search"
    WATCH = "watch"
    ENROLL = "enroll"
    COMPARE = "compare"


class Outcome(StrEnum):
    """What the gate answers. Anything that is not one of the last two runs nothing."""

    REFUSE = "refuse"
    INCOMPLETE = "incomplete"
    PERMIT_WITH_CONDITIONS = "permit_with_conditions"
    PERMIT = "permit"


class PermitClass(StrEnum):
    """The five classes of permit; the first three may be self-attested."""

    TRIAL = "trial"
    OPTED_IN = "opted_in"
    HOUSEHOLD = "household"
    STANDARD = "standard"
    URGENT = "urgent"


class Role(StrEnum):
    """What a principal may do. One key never fills two roles in one decision."""

    CUSTODIAN = "custodian"
    PROPOSER = "proposer"
    SIGNING_OFFICER = "signing_officer"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    SUBJECT_DESK = "subject_desk"


class ErrorRate(StrEnum):
    """The rate that a target is set on: per comparison (FMR) or per search (FPIR)."""

    FMR = "fmr"
    FPIR = "fpir"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts, known by a key.

    Attributes:
        principal_id: First 16 hex digits of SHA-256 of the public key.
        name: What people call the principal; never leaves the workspace.
        roles: The roles the key was given.
        public_key: Raw Ed25519 public key, 32 bytes.
    """

    principal_id: str
    name: str
    roles: frozenset[Role]
    public_key: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An upright picture, held smaller than its original where that is enough to search it.

    Every box and landmark is in pixels of the upright original, whatever `scale` is, so that
    nobody outside the engine needs to know that a smaller picture was searched.

    Attributes:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8, RGB, C-contiguous, writeable
            so that it can be wiped.
        digest: SHA-256 of the bytes it was read from, hex.
        scale: Pixels here per pixel of the original; 1.0 unless it was decoded smaller.
        region: Reads a rectangle (left, top, right, bottom) of the upright original at full size,
            as an array like `pixels`; None where `pixels` is the original.
    """

    pixels: NDArray[np.uint8]
    digest: str
    scale: float = 1.0
    region: Callable[[int, int, int, int], NDArray[np.uint8]] | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the original in pixels, rounded up to what `scale` can tell."""
        height, width = self.pixels.shape[:2]
        return round(width / self.scale), round(height / self.scale)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright original; it may reach outside the picture."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Detection:
    """One detected face.

    Attributes:
        box: Where it is.
        landmarks: ndarray of shape (5, 2), dtype=np.float32: right eye, left eye, nose tip,
            right and left corner of the mouth (the subject's right is first), as (x, y).
        score: Detector score in [0, 1].
    """

    box: Box
    landmarks: NDArray[np.float32]
    score: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Facts about one face sample, each with its unit. No total score hides them.

    Attributes:
        face_px: Shorter side of the face box in pixels of the original photograph.
        eye_distance_px: Distance between the eye centres in pixels of the original.
        sharpness: Variance of the Laplacian of the aligned 112x112 luma, in grey levels squared.
        exposure: Mean luma of the aligned crop, 0 (black) to 255 (white).
        contrast: Standard deviation of that luma, in grey levels.
        yaw_deg: Estimated turn to the side in degrees, positive towards the subject's left.
        pitch_deg: Estimated nod in degrees, positive upwards.
        roll_deg: Tilt of the line between the eyes in degrees, positive clockwise in the frame.
        algorithm: Name and version of what measured this.
    """

    face_px: float
    eye_distance_px: float
    sharpness: float
    exposure: float
    contrast: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    algorithm: str


@dataclass(frozen=True, slots=True)
class Features:
    """A vector just extracted (ISO/IEC 2382-37, 37.03.11); not yet stored, so no template.

    Attributes:
        vector: ndarray of shape (dim,), dtype=np.float32, unit length.
        model_id: Digest of detector, recogniser, preprocessing, cohort and precision.
        cohort_id: Digest of the cohort that `cohort_mean` was taken against.
        cohort_mean: Mean of the K highest cosines of `vector` with the cohort.
    """

    vector: NDArray[np.float32]
    model_id: str
    cohort_id: str
    cohort_mean: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A template attributed to a data subject (ISO/IEC 2382-37, 37.03.16), with its provenance.

    Attributes:
        reference_id: Random id of this reference.
        subject_id: Whose it is, an opaque id chosen by the operator or random.
        gallery_id: The gallery that it is in.
        features: The template.
        permit_id: Permit under which it was enrolled.
        provenance: Where the photograph came from, one of a closed list.
        ground: Why this person is in the gallery (release id, order id, contract).
        sample_digest: SHA-256 of the photograph's bytes, hex.
        quality: What was measured at enrollment.
        enrolled_at: When.
        expires_at: When it is to be destroyed.
    """

    reference_id: str
    subject_id: str
    gallery_id: str
    features: Features
    permit_id: str
    provenance: str
    ground: str
    sample_digest: str
    quality: Quality
    enrolled_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference that "warrants further analysis" (ISO/IEC 2382-37, 37.03.04); no identity.

    Attributes:
        reference_id: The reference.
        subject_id: Whose it is.
        rank: From 1, by falling score.
        comparison_score: Cohort-normalised similarity; stays inside, never in an answer.
    """

    reference_id: str
    subject_id: str
    rank: int
    comparison_score: float


def utc_text(moment: datetime) -> str:
    """Write a moment as RFC 3339 UTC with milliseconds, e.g. `2026-11-22T09:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_moment(text: str) -> datetime:
    """Read what `utc_text` wrote.

    Raises:
        ValueError: The text is no RFC 3339 time, or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"before or after all years: {text!r}") from error
