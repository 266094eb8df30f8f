"""Uses of a face: each goes through the desk, under the key's permit.

What waits for reviewers is an error to a client (`ReviewPending`), until the same request is asked
again once they have decided; an empty list would be read as "nobody".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recognizance.errors import NoUsableFaceError, PermitScopeError, QualityError
from recognizance.service.aws import shapes, wire
from recognizance.service.aws.faults import Fault
from recognizance.service.similarity import rate_asked, similarity_of
from recognizance.types import Operation
from recognizance.uses import Enrollment, Request, sample_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.service.aws.here import Here
    from recognizance.service.aws.wire import Json
    from recognizance.types import Reference
    from recognizance.uses import Answer, Look

EXCEEDS: str = "EXCEEDS_MAX_FACES"
LARGEST = 1


def search_faces_by_image(here: Here, given: shapes.SearchFacesByImage) -> Json:
    """Who could the largest face of a picture be?"""
    request = _request(
        here,
        Operation.SEARCH,
        _bytes(given.image),
        gallery_id=given.collection_id,
        at_most_ppb=rate_asked(given.face_match_threshold),
        floor=wire.FLOORS[given.quality_filter],
    )
    answer = _searched(here, request)
    look = answer.looks[0]
    place = wire.place(look, look.face)
    return {
        "SearchedFaceBoundingBox": place["BoundingBox"],
        "SearchedFaceConfidence": place["Confidence"],
        "FaceMatches": _matches(here, answer)[: given.max_faces],
        "FaceModelVersion": here.model,
    }


def search_faces(here: Here, given: shapes.SearchFaces) -> Json:
    """Who else looks like a reference?"""
    request = _request(
        here,
        Operation.SEARCH,
        gallery_id=given.collection_id,
        reference_id=wire.reference_id(given.face_id),
        at_most_ppb=rate_asked(given.face_match_threshold),
    )
    return {
        "SearchedFaceId": given.face_id,
        "FaceMatches": _matches(here, _searched(here, request))[: given.max_faces],
        "FaceModelVersion": here.model,
    }


def compare_faces(here: Here, given: shapes.CompareFaces) -> Json:
    """Is the largest face of one picture among those of the other?"""
    request = _request(
        here,
        Operation.COMPARE,
        _bytes(given.source_image),
        _bytes(given.target_image),
        at_most_ppb=rate_asked(given.similarity_threshold),
        floor=wire.FLOORS[given.quality_filter],
    )
    answer = here.desk.compare(request, everybody=True)
    source, target = answer.looks
    rated = sorted(
        zip(target.faces, answer.rates_ppb, strict=True),
        key=lambda pair: pair[1] if pair[1] is not None else 0,
    )
    return {
        "SourceImageFace": wire.place(source, source.face),
        "FaceMatches": [
            {"Similarity": similarity_of(rate), "Face": wire.detail(target, seen)}
            for seen, rate in rated
            if rate is not None
        ],
        "UnmatchedFaces": [wire.detail(target, seen) for seen, rate in rated if rate is None],
    }


def detect_faces(here: Here, given: shapes.DetectFaces) -> Json:
    """Where are faces? Whatever else is asked of them is not answered."""
    look = here.desk.detect(here.principal, _bytes(given.image)).looks[0]
    return {"FaceDetails": [wire.detail(look, seen) for seen in look.faces]}


def index_faces(here: Here, given: shapes.IndexFaces) -> Json:
    """Enroll the largest face of a picture, by the release that the key has for its person."""
    here.collection(given.collection_id)
    data, person = _bytes(given.image), given.external_image_id
    request = _request(
        here,
        Operation.ENROLL,
        data,
        gallery_id=given.collection_id,
        floor=wire.FLOORS[given.quality_filter],
    )
    with here.desk.door(request):
        enrollment = _enrollment(here, person)
    look = here.desk.detect(here.principal, data).looks[0]
    if not look.faces:
        return _indexed(here, look, None, [])
    known = _known(here, given.collection_id, enrollment.subject_id, data)
    if known is None:
        try:
            answer = here.desk.enroll(request, enrollment)
        except NoUsableFaceError as error:
            return _indexed(here, look, None, _reasons(error))
        known = here.workspace.gallery.reference(answer.references[0])
    return _indexed(here, look, known, [])


def _indexed(here: Here, look: Look, reference: Reference | None, reasons: Sequence[str]) -> Json:
    """What became of each face of a picture."""
    records = []
    left_out = [([EXCEEDS], seen) for seen in look.faces[LARGEST:]]
    if reference is not None:
        place = wire.place(look, look.faces[0])
        face = wire.face(reference, model=here.model, seen=place)
        records.append({"Face": face, "FaceDetail": wire.detail(look, look.faces[0])})
    elif look.faces:
        left_out.insert(0, (list(reasons), look.faces[0]))
    return {
        "FaceRecords": records,
        "FaceModelVersion": here.model,
        "UnindexedFaces": [
            {"Reasons": why, "FaceDetail": wire.detail(look, seen)} for why, seen in left_out
        ],
    }


def _enrollment(here: Here, person: str | None) -> Enrollment:
    """Whom a key may enroll, and why.

    Raises:
        PermitScopeError: It has no release for that person.
    """
    key = here.key
    ground = key.grounds.get(person or "")
    if person is None or ground is None or key.provenance is None:
        raise PermitScopeError(
            "The key has no release for this ExternalImageId, and nobody is enrolled without.",
            hint="Have a key issued with it: `recognizance apikey issue --releases`.",
            rules=("HR-09",),
        )
    return Enrollment(person, key.provenance, ground, minor=False if key.adults else None)


def _known(here: Here, gallery_id: str, subject_id: str, data: bytes) -> Reference | None:
    """The reference that this very photograph of this person became, if it did."""
    digest = sample_digest(data)
    of_subject = here.workspace.gallery.references_of(gallery_id, subject_id)
    return next((each for each in of_subject if each.sample_digest == digest), None)


def _reasons(error: NoUsableFaceError) -> list[str]:
    if not isinstance(error, QualityError):
        return ["LOW_FACE_QUALITY"]
    named = {wire.REASONS.get(each, "LOW_FACE_QUALITY") for each in error.measures}
    return sorted(named) or ["LOW_FACE_QUALITY"]


def _searched(here: Here, request: Request) -> Answer:
    here.collection(request.gallery_id or "")
    return here.service.held.search(here.workspace, request)


def _matches(here: Here, answer: Answer) -> list[Json]:
    found = here.workspace.gallery.references_with(answer.references)
    return wire.matches(found, answer.rates_ppb, model=here.model)


def _bytes(image: shapes.Image) -> bytes:
    if image.bytes_ is None:
        raise Fault("InvalidParameterException", "An image has to be sent as bytes.")
    return image.bytes_


def _request(here: Here, operation: Operation, *photographs: bytes, **more: Any) -> Request:  # noqa: ANN401  # fields of a request
    return Request(
        principal=here.principal,
        operation=operation,
        permit_id=here.key.permit_id,
        photographs=photographs,
        face=LARGEST if photographs else None,
        **more,
    )
