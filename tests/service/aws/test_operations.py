"""The eleven operations as boto3 sees them."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import update

from hooked import condition
from recognizance.conditions import limits
from recognizance.engine.detect import MIN_SCORE_ALONE
from recognizance.ledger import LogName
from recognizance.permits.issuing import revoke_permit
from recognizance.service.aws.wire import LEAST_CONFIDENCE
from recognizance.service.store import Store
from recognizance.service.store.tables import api_key
from rekognition import picture

REVIEWED = (condition("reviewers", n=2),)


def refused(code, ask, *args, **more):
    """The message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        ask(*args, **more)
    error = caught.value.response
    assert error["Error"]["Code"] == code, error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["ResponseMetadata"]["RequestId"]
    return error["Error"]["Message"]


def test_the_main_job(door):
    record = door.index("ana")["FaceRecords"][0]
    door.index("ben")
    face = record["Face"]
    assert face["ExternalImageId"] == "ana"
    assert record["FaceDetail"]["Landmarks"][0]["Type"] == "eyeLeft"
    answer = door.search("ana", "ben")
    (match,) = answer["FaceMatches"]
    assert match["Face"]["FaceId"] == face["FaceId"]
    assert match["Face"]["ImageId"] == face["ImageId"]
    assert match["Similarity"] == 99.4, "the strictest rung that the evidence supports"
    assert set(answer["SearchedFaceBoundingBox"]) == {"Left", "Top", "Width", "Height"}
    assert answer["SearchedFaceConfidence"] == pytest.approx(99)
    assert door.search("dan")["FaceMatches"] == []
    found = door.client.search_faces(CollectionId=door.collection, FaceId=face["FaceId"])
    assert (found["SearchedFaceId"], found["FaceMatches"]) == (face["FaceId"], [])
    about = door.client.describe_collection(CollectionId=door.collection)
    assert about["FaceCount"] == 2
    gone = "00000000-0000-0000-0000-000000000000"
    deleted = door.client.delete_faces(
        CollectionId=door.collection, FaceIds=[face["FaceId"], gone, face["FaceId"]]
    )
    assert deleted["DeletedFaces"] == [face["FaceId"]]
    assert deleted["UnsuccessfulFaceDeletions"] == [{"FaceId": gone, "Reasons": ["FACE_NOT_FOUND"]}]
    assert door.search("ana")["FaceMatches"] == []


def test_a_collection_is_created_listed_deleted_and_created_again(door):
    client, name = door.client, door.collection
    door.index("ana")
    assert client.list_collections()["CollectionIds"] == [name]
    refused("ResourceAlreadyExistsException", client.create_collection, CollectionId=name)
    assert client.delete_collection(CollectionId=name)["StatusCode"] == 200
    assert client.list_collections()["CollectionIds"] == []
    refused("ResourceNotFoundException", client.describe_collection, CollectionId=name)
    refused("ResourceNotFoundException", door.search, "ana")
    refused("ResourceNotFoundException", door.index, "ben")
    again = door.site.client(door.key, path="/aws/")  # signed otherwise, in the same second
    refused("ResourceNotFoundException", again.delete_collection, CollectionId=name)
    made = again.create_collection(CollectionId=name, Tags={"a": "b"})
    assert (made["StatusCode"], made["CollectionArn"][:16]) == (200, "aws:rekognition:")
    assert client.list_faces(CollectionId=name)["Faces"] == []


def test_lists_go_on_page_by_page_and_a_token_is_for_one_list_and_one_key(door):
    for person in ("ana", "ben", "carla"):
        door.index(person)
    pages = door.client.get_paginator("list_faces").paginate(
        CollectionId=door.collection, PaginationConfig={"PageSize": 1}
    )
    found = [face["ExternalImageId"] for page in pages for face in page["Faces"]]
    assert found == ["ana", "ben", "carla"]
    listed = door.client.get_paginator("list_collections").paginate(
        PaginationConfig={"PageSize": 1}
    )
    assert [name for page in listed for name in page["CollectionIds"]] == [door.collection]
    first = door.client.list_faces(CollectionId=door.collection, MaxResults=2)
    token = first["NextToken"]
    other = door.site.client(door.site.issue(door.hooked.id, door.collection))
    for client, word in ((other, token), (door.client, token[:-6] + "AAAAA="), (door.client, "2")):
        refused(
            "InvalidPaginationTokenException",
            client.list_faces,
            CollectionId=door.collection,
            NextToken=word,
        )
    wanted = [first["Faces"][1]["FaceId"]]
    some = door.client.list_faces(CollectionId=door.collection, FaceIds=wanted)
    assert [each["FaceId"] for each in some["Faces"]] == wanted


def test_only_the_largest_face_is_enrolled_and_the_others_are_said_why_not(door):
    answer = door.client.index_faces(
        CollectionId=door.collection,
        Image={"Bytes": picture("ana", "ben")},
        ExternalImageId="ana",
        MaxFaces=5,
        DetectionAttributes=["ALL"],
    )
    assert len(answer["FaceRecords"]) == 1
    (left_out,) = answer["UnindexedFaces"]
    assert left_out["Reasons"] == ["EXCEEDS_MAX_FACES"]
    again = door.client.index_faces(
        CollectionId=door.collection,
        Image={"Bytes": picture("ana", "ben")},
        ExternalImageId="ana",
        MaxFaces=4,
    )
    ids = [each["FaceRecords"][0]["Face"]["FaceId"] for each in (answer, again)]
    assert ids[0] == ids[1], "the same photograph of the same person is not enrolled twice"
    nobody = door.client.index_faces(
        CollectionId=door.collection, Image={"Bytes": picture()}, ExternalImageId="ben"
    )
    assert (nobody["FaceRecords"], nobody["UnindexedFaces"]) == ([], [])


@pytest.mark.parametrize(
    "door", [(condition("quality_floor", "EV-08", min_sharpness=20),)], indirect=True
)
def test_a_face_below_the_floor_is_not_enrolled_and_not_searched(door):
    blurred = picture("ana", sharpness=1.0)
    answer = door.client.index_faces(
        CollectionId=door.collection, Image={"Bytes": blurred}, ExternalImageId="ana"
    )
    assert answer["FaceRecords"] == []
    assert answer["UnindexedFaces"][0]["Reasons"] == ["LOW_SHARPNESS"]
    message = refused(
        "InvalidParameterException",
        door.client.search_faces_by_image,
        CollectionId=door.collection,
        Image={"Bytes": blurred},
    )
    assert "sharpness" in message
    small = door.index("ben", QualityFilter="HIGH")
    assert small["FaceRecords"], "a face of 100 pixels is good enough for HIGH"


def test_nobody_is_enrolled_without_a_release(door):
    for more in ({}, {"ExternalImageId": "nobody"}):
        message = refused(
            "AccessDeniedException",
            door.client.index_faces,
            CollectionId=door.collection,
            Image={"Bytes": picture("ana")},
            **more,
        )
        assert "HR-09" in message
    bare = door.site.client(
        door.site.issue(door.hooked.id, door.collection, grounds={}, provenance=None)
    )
    refused(
        "AccessDeniedException",
        bare.index_faces,
        CollectionId=door.collection,
        Image={"Bytes": picture("ana")},
        ExternalImageId="ana",
    )
    assert door.site.workspace.gallery.counts(door.collection).references == 0


def test_what_somebody_is_like_is_never_told(door):
    answer = door.client.detect_faces(
        Image={"Bytes": picture("ana", "ben")}, Attributes=["ALL", "GENDER"]
    )
    assert len(answer["FaceDetails"]) == 2
    told = {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert all(set(each) == told for each in answer["FaceDetails"])
    last = door.site.office.last_use().public
    assert (last["operation"], last["outcome"], last["faces"]) == ("detect", "detected", 2)


def test_a_picture_without_a_face_says_so_in_the_words_that_clients_compare(door):
    message = refused("InvalidParameterException", door.search)
    assert message == "There are no faces in the image. Should be at least 1."
    assert door.client.detect_faces(Image={"Bytes": picture()})["FaceDetails"] == []


def test_a_client_can_only_tighten(door):
    door.index("ana")
    assert door.search("ana", FaceMatchThreshold=0)["FaceMatches"][0]["Similarity"] >= 96.8
    assert door.search("ana", FaceMatchThreshold=99)["FaceMatches"][0]["Similarity"] >= 99
    message = refused("InvalidParameterException", door.search, "ana", FaceMatchThreshold=99.9)
    assert "below what was measured" in message


@pytest.mark.parametrize("door", [REVIEWED], indirect=True)
def test_a_candidate_waits_for_reviewers_and_is_never_an_empty_list(door):
    door.index("ana")
    client = door.client
    retrying = door.site.client(door.key, retries=4)
    before = door.site.workspace.ledger.size(LogName.USES)
    door.client = retrying
    message = refused("ReviewPending", door.search, "ana")
    after = door.site.workspace.ledger.size(LogName.USES)
    assert after - before == 2, "an intent and the lead: a client does not try again by itself"
    lead = re.search(r"lead ([0-9a-f]{16})", message)[1]
    assert f"{door.site.address}/review/{lead}" in message
    door.client = client
    assert lead in refused("ReviewPending", door.search, "ana")
    for number in (1, 2):
        door.hooked.decide(lead, by=f"reviewer-{number}")
    (match,) = door.search("ana")["FaceMatches"]
    assert match["Face"]["ExternalImageId"] == "ana"
    assert match["Similarity"] == 96.8, "what every candidate keeps; scores are not kept with leads"
    assert "SearchedFaceBoundingBox" in door.search("ana")
    other = re.search(r"lead (\w+)", refused("ReviewPending", door.search, "ana", note="3"))[1]
    for number in (1, 2):
        door.hooked.decide(other, "different_person", by=f"reviewer-{number}")
    assert door.search("ana", note="3")["FaceMatches"] == []


def test_without_its_permit_a_key_is_refused_with_the_rule(door):
    site, workspace = door.site, door.site.workspace
    door.index("ana")
    message = refused("AccessDeniedException", door.client.create_collection, CollectionId="other")
    assert "D4" in message
    refused("AccessDeniedException", door.client.list_faces, CollectionId="other")
    compared = {"SourceImage": {"Bytes": picture("ana")}, "TargetImage": {"Bytes": picture("ana")}}
    message = refused("AccessDeniedException", door.client.compare_faces, **compared)
    assert "compare" in message
    assert "D4" in message
    revoke_permit(workspace, door.hooked.id, reason="over", by=workspace.acting("officer"))
    message = refused("AccessDeniedException", door.search, "ana")
    assert "permit.revoked" in message
    assert "D4" in message
    refused("AccessDeniedException", door.index, "ben")
    gone = door.client.delete_collection(CollectionId=door.collection)
    assert gone["StatusCode"] == 200, "to be erased needs no permit in force"
    assert site.workspace.gallery.counts(door.collection).references == 0
    refused("AccessDeniedException", door.client.create_collection, CollectionId=door.collection)


def test_an_expired_permit_is_a_refusal_too(door):
    issued = door.site.issue(door.hooked.id, door.collection)
    with_keys_over(door.site, issued.key_id)
    message = refused("AccessDeniedException", door.site.client(issued).list_collections)
    assert "permit.expired" in message


def with_keys_over(site, key_id):
    with (
        Store(site.workspace.layout.service, wait_s=5.0) as store,
        store.writing() as connection,
    ):
        over = update(api_key).where(api_key.c.key_id == key_id)
        connection.execute(over.values(expires_at="2020-01-01T00:00:00.000Z"))


def test_two_requests_for_the_last_answer_of_a_day(door, monkeypatch):
    monkeypatch.setattr(limits, "ANSWERS_A_DAY", 1)
    monkeypatch.setattr(limits, "ANSWERS_A_PERSON", 0)
    door.index("ana")

    def ask(note):
        try:
            return len(door.search("ana", note=str(note))["FaceMatches"])
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(map(str, answers)) == ["1"] + ["AccessDeniedException"] * 7


def test_a_stored_face_is_at_least_what_the_detector_takes_for_one():
    assert pytest.approx(100 * MIN_SCORE_ALONE) == LEAST_CONFIDENCE
