"""Collections: they are galleries that the key names, set up under its permit.

Whoever created one may empty it and delete it whatever became of the permit; to create one, the
permit has to be in force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.errors import InputError, NotFoundError, PermitScopeError
from recognizance.service.aws import shapes, wire
from recognizance.service.aws.faults import Fault
from recognizance.service.aws.here import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.service.aws.here import Here
    from recognizance.service.aws.wire import Json
    from recognizance.types import Reference

MOST_RESULTS: Final = 4096
USUAL_RESULTS: Final = 1000


def create_collection(here: Here, given: shapes.CreateCollection) -> Json:
    """Set up a gallery that the key names."""
    name = given.collection_id
    here.named(name)
    permit = here.permit()
    if name not in permit.gallery_ids:
        raise PermitScopeError(
            "The permit does not name that collection.",
            hint="Have a permit issued that names it.",
            rules=RULES,
        )
    if name in {each.gallery_id for each in here.workspace.gallery.galleries()}:
        if not here.is_closed(name):
            raise Fault(
                "ResourceAlreadyExistsException", f"The collection id: {name} already exists."
            )
        here.reopen(name)
    else:
        here.workspace.gallery.create_gallery(
            name,
            permit_id=permit.permit_id,
            purpose=permit.purpose,
            created_at=here.workspace.clock(),
        )
    return {"StatusCode": 200, "CollectionArn": here.arn(name), "FaceModelVersion": here.model}


def list_collections(here: Here, given: shapes.ListCollections) -> Json:
    """The collections that the key names and that are there."""
    there = {each.gallery_id for each in here.workspace.gallery.galleries()}
    names = [name for name in sorted(here.key.galleries & there) if not here.is_closed(name)]
    after = _after(here, given.next_token, "collections")
    page = names[after : after + (given.max_results or USUAL_RESULTS)]
    told: Json = {"CollectionIds": page, "FaceModelVersions": [here.model] * len(page)}
    if after + len(page) < len(names):
        token = here.service.pages.word(after + len(page), "aws", here.key.key_id, "collections")
        told["NextToken"] = token
    return told


def describe_collection(here: Here, given: shapes.DescribeCollection) -> Json:
    """How much is in a collection."""
    record = here.collection(given.collection_id)
    counts = here.workspace.gallery.counts(record.gallery_id)
    return {
        "FaceCount": counts.references,
        "UserCount": 0,
        "FaceModelVersion": here.model,
        "CollectionARN": here.arn(record.gallery_id),
        "CreationTimestamp": record.created_at.timestamp(),
    }


def delete_collection(here: Here, given: shapes.DeleteCollection) -> Json:
    """Erase everybody from a collection, and let it be gone."""
    here.collection(given.collection_id)
    here.desk.empty(here.principal, given.collection_id, reason="DeleteCollection")
    here.close(given.collection_id)
    return {"StatusCode": 200}


def list_faces(here: Here, given: shapes.ListFaces) -> Json:
    """The references of a collection, in the order in which they came."""
    here.collection(given.collection_id)
    if given.user_id is not None:
        raise Fault("ResourceNotFoundException", "There are no users here, only faces.")
    most = given.max_results or MOST_RESULTS
    after = _after(here, given.next_token, given.collection_id)
    gallery = here.workspace.gallery
    if given.face_ids is not None:
        wanted = sorted({wire.reference_id(each) for each in given.face_ids})
        found = [(0, each) for each in map(_finder(here, given.collection_id), wanted) if each]
    else:
        found = list(gallery.page(given.collection_id, after=after, most=most + 1))
    faces = [wire.face(each, model=here.model) for _, each in found[:most]]
    told: Json = {"Faces": faces, "FaceModelVersion": here.model}
    if len(found) > most and given.face_ids is None:
        row = found[most - 1][0]
        told["NextToken"] = here.service.pages.word(
            row, "aws", here.key.key_id, given.collection_id
        )
    return told


def delete_faces(here: Here, given: shapes.DeleteFaces) -> Json:
    """Destroy single references of a collection; those that are not there are named."""
    here.collection(given.collection_id)
    find = _finder(here, given.collection_id)
    there = {
        each: reference
        for each in dict.fromkeys(given.face_ids)
        if (reference := find(wire.reference_id(each))) is not None
    }
    if there:
        wanted = [each.reference_id for each in there.values()]
        here.desk.take_out(here.principal, given.collection_id, wanted, reason="DeleteFaces")
    return {
        "DeletedFaces": list(there),
        "UnsuccessfulFaceDeletions": [
            {"FaceId": each, "Reasons": ["FACE_NOT_FOUND"]}
            for each in dict.fromkeys(given.face_ids)
            if each not in there
        ],
    }


def _finder(here: Here, collection_id: str) -> Callable[[str], Reference | None]:
    """Finds a reference of one collection by its id."""

    def find(reference_id: str) -> Reference | None:
        try:
            reference = here.workspace.gallery.reference(reference_id)
        except NotFoundError:
            return None
        return reference if reference.gallery_id == collection_id else None

    return find


def _after(here: Here, token: str | None, of: str) -> int:
    """Where a list goes on.

    Raises:
        Fault: The token was not made here, or for another list or key.
    """
    try:
        return here.service.pages.after(token, "aws", here.key.key_id, of)
    except InputError as error:
        raise Fault("InvalidPaginationTokenException", error.message) from error
