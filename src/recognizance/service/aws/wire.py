"""Our values as AWS clients read them. Names and shapes are AWS's, the facts are ours.

Age, gender and emotion are in none of them, whatever a client asks for: they are never inferred.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from recognizance.service.aws.shapes import QualityFilter
from recognizance.service.similarity import similarity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognizance.types import Detection, Quality, Reference
    from recognizance.uses import Look, Seen

Json = dict[str, object]

LANDMARKS: Final = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")
"""In the order of ours: AWS counts left and right as the viewer sees them."""

LEAST_CONFIDENCE: Final = 70.0
"""Of a face that was enrolled: at least what the detector takes for a face. Its place in the
photograph is not kept either, so it is somewhere within it."""

SHARPEST: Final = 1000.0
"""Variance of the Laplacian that counts as 100; AWS does not say what its own number means."""

FLOORS: Final[Mapping[QualityFilter, tuple[tuple[str, float], ...]]] = {
    QualityFilter.NONE: (),
    QualityFilter.AUTO: (),
    QualityFilter.LOW: (("min_face_px", 40.0),),
    QualityFilter.MEDIUM: (("min_face_px", 60.0), ("max_yaw_deg", 45.0), ("max_pitch_deg", 45.0)),
    QualityFilter.HIGH: (("min_face_px", 100.0), ("max_yaw_deg", 25.0), ("max_pitch_deg", 25.0)),
}
"""House numbers: what each word asks for beside the permit's own floor, which always holds."""

REASONS: Final[Mapping[str, str]] = {
    "face_px": "SMALL_BOUNDING_BOX",
    "eye_distance_px": "SMALL_BOUNDING_BOX",
    "sharpness": "LOW_SHARPNESS",
    "exposure": "LOW_BRIGHTNESS",
    "yaw_deg": "EXTREME_POSE",
    "pitch_deg": "EXTREME_POSE",
    "roll_deg": "EXTREME_POSE",
}


def face_id(reference_id: str) -> str:
    """A reference's id as AWS writes it."""
    return str(uuid.UUID(hex=reference_id))


def reference_id(face_id: str) -> str:
    """The reference of a face id; the inverse of `face_id`."""
    return uuid.UUID(face_id).hex


def image_id(sample_digest: str) -> str:
    """A photograph's id: the first half of its digest."""
    return str(uuid.UUID(hex=sample_digest[:32]))


def face(reference: Reference, *, model: str, seen: Json | None = None) -> Json:
    """A reference as a face of a collection.

    Args:
        reference: The reference.
        model: The version of the model.
        seen: Where it is in its photograph, while that is at hand.
    """
    whole = {"Left": 0.0, "Top": 0.0, "Width": 1.0, "Height": 1.0}
    known = seen or {"BoundingBox": whole, "Confidence": LEAST_CONFIDENCE}
    return {
        "FaceId": face_id(reference.reference_id),
        "ImageId": image_id(reference.sample_digest),
        "ExternalImageId": reference.subject_id,
        "IndexFacesModelVersion": model,
        **known,
    }


def matches(
    references: Iterable[Reference], rates_ppb: Iterable[int | None], *, model: str
) -> list[Json]:
    """Those who match, the most similar first."""
    found = [
        {"Similarity": similarity_of(rate), "Face": face(each, model=model)}
        for each, rate in zip(references, rates_ppb, strict=True)
        if rate is not None
    ]
    return sorted(found, key=lambda each: -float(str(each["Similarity"])))


def place(look: Look, seen: Seen) -> Json:
    """Where a face is, and how sure that it is one."""
    width, height = look.size_wh
    box = seen.detection.box
    return {
        "BoundingBox": {
            "Left": box.left / width,
            "Top": box.top / height,
            "Width": box.width / width,
            "Height": box.height / height,
        },
        "Confidence": 100 * float(seen.detection.score),
    }


def detail(look: Look, seen: Seen) -> Json:
    """What can be said of a face without saying whose it is, or what somebody is like."""
    told = place(look, seen) | {"Landmarks": _landmarks(look, seen.detection)}
    if seen.quality is not None:
        told |= _measured(seen.quality)
    return told


def _landmarks(look: Look, detection: Detection) -> list[Json]:
    width, height = look.size_wh
    return [
        {"Type": name, "X": float(x) / width, "Y": float(y) / height}
        for name, (x, y) in zip(LANDMARKS, detection.landmarks, strict=True)
    ]


def _measured(quality: Quality) -> Json:
    return {
        "Pose": {
            "Roll": float(quality.roll_deg),
            "Yaw": float(quality.yaw_deg),
            "Pitch": float(quality.pitch_deg),
        },
        "Quality": {
            "Brightness": 100 * float(quality.exposure) / 255,
            "Sharpness": min(100.0, 100 * float(quality.sharpness) / SHARPEST),
        },
    }
