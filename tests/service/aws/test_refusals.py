"""What the endpoint does not take: signatures, shapes and pictures that are wrong."""

import base64
import hashlib
import json
import random
import socket
import struct
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from botocore.session import Session

from loops import waited
from recognizance.errors import ServiceBusyError
from recognizance.service import replays
from recognizance.service.aws.faults import TYPES
from recognizance.service.aws.pictures import size_of
from recognizance.service.aws.sigv4 import SKEW
from recognizance.service.issuing import revoke_key
from recognizance.service.replays import Signatures
from rekognition import MODEL_ERRORS, picture
from served import keys_of

KNOWN = {
    *MODEL_ERRORS,
    *("SerializationException", "UnknownOperationException", "IncompleteSignatureException"),
    *("MissingAuthenticationTokenException", "InvalidSignatureException"),
}
IMAGE = {"Bytes": base64.b64encode(picture("ana", note="1")).decode()}
UUID = "00000000-0000-0000-0000-000000000000"


def bodies(collection):
    """A body for each operation that would do."""
    return {
        "CreateCollection": {"CollectionId": collection, "Tags": {"a": "b"}},
        "ListCollections": {"MaxResults": 5},
        "DescribeCollection": {"CollectionId": collection},
        "DeleteCollection": {"CollectionId": collection},
        "ListFaces": {"CollectionId": collection, "MaxResults": 5, "FaceIds": [UUID]},
        "DeleteFaces": {"CollectionId": collection, "FaceIds": [UUID]},
        "IndexFaces": {
            "CollectionId": collection,
            "Image": IMAGE,
            "ExternalImageId": "ana",
            "MaxFaces": 1,
            "QualityFilter": "AUTO",
            "DetectionAttributes": ["ALL"],
        },
        "SearchFacesByImage": {
            "CollectionId": collection,
            "Image": IMAGE,
            "MaxFaces": 1,
            "FaceMatchThreshold": 80,
        },
        "SearchFaces": {"CollectionId": collection, "FaceId": UUID, "MaxFaces": 1},
        "CompareFaces": {"SourceImage": IMAGE, "TargetImage": IMAGE, "SimilarityThreshold": 80},
        "DetectFaces": {"Image": IMAGE, "Attributes": ["ALL"]},
    }


def malformed(collection, draw):
    """An operation, and a body that is not as it should be."""
    operation, good = draw.choice(list(bodies(collection).items()))
    text = json.dumps(good)
    wrong = draw.choice(
        [None, True, -1, 1e309, [], {}, "", "bad name!", "x" * 5000, ["BOGUS"], {"S3Object": {}}]
    )
    ways = [
        lambda: text.encode()[: draw.randrange(1, len(text))],
        lambda: text.encode()[:-1] + bytes([draw.randrange(128, 256)]),
        lambda: json.dumps(good | {draw.choice(list(good)): wrong}).encode(),
        lambda: json.dumps({key.lower(): value for key, value in good.items()}).encode(),
        lambda: json.dumps([good]).encode(),
        lambda: b"[" * 100_000,
        lambda: text.replace('"', "'", 1).encode(),
        lambda: draw.randbytes(draw.randrange(1, 2000)),
        lambda: json.dumps(good | {"Image": {"Bytes": "AAA"}, "FaceId": "f"}).encode(),
        lambda: json.dumps(good | {"Image": {}, "MaxResults": 9999, "FaceIds": []}).encode(),
    ]
    return operation, draw.choice(ways)()


def test_two_hundred_malformed_bodies_are_each_answered_and_change_nothing(door):
    draw = random.Random(20260722)  # noqa: S311  # the same bodies every time
    name, seen = "bad name!", set()
    for _ in range(200):
        operation, body = malformed(name, draw)
        answer = door.site.patient(door.key, operation, body)
        if answer.status_code == 200:  # what is left aside as AWS does, and names no collection
            assert operation in {"ListCollections", "DetectFaces"}, (operation, body[:200])
            continue
        told = answer.json()
        assert answer.status_code == 400, (operation, body[:200], told)
        assert told["__type"] in KNOWN, (operation, body[:200], told)
        assert told["Message"]
        assert answer.headers["x-amzn-requestid"]
        assert "bad name" not in told["Message"]
        seen.add(told["__type"])
    assert {"SerializationException", "InvalidParameterException"} <= seen


@pytest.mark.parametrize(
    ("operation", "change", "code"),
    [
        ("CreateCollection", {"CollectionId": "x" * 256}, "InvalidParameterException"),
        (
            "CreateCollection",
            {"Tags": {str(i): "" for i in range(201)}},
            "InvalidParameterException",
        ),
        ("ListFaces", {"MaxResults": 4097}, "InvalidParameterException"),
        ("ListFaces", {"NextToken": "x" * 256}, "InvalidParameterException"),
        ("ListFaces", {"UserId": "u", "FaceIds": None}, "ResourceNotFoundException"),
        ("ListFaces", {"FaceIds": [UUID] * 4097}, "InvalidParameterException"),
        ("DeleteFaces", {"FaceIds": []}, "InvalidParameterException"),
        ("DeleteFaces", {"FaceIds": ["../../etc"]}, "InvalidParameterException"),
        ("IndexFaces", {"MaxFaces": 0}, "InvalidParameterException"),
        ("IndexFaces", {"QualityFilter": "BEST"}, "InvalidParameterException"),
        ("IndexFaces", {"ExternalImageId": "a b"}, "InvalidParameterException"),
        ("IndexFaces", {"DetectionAttributes": ["BOGUS"]}, "InvalidParameterException"),
        ("IndexFaces", {"Image": {"S3Object": {"Bucket": "b"}}}, "InvalidS3ObjectException"),
        ("SearchFacesByImage", {"FaceMatchThreshold": 500}, "InvalidParameterException"),
        ("SearchFacesByImage", {"FaceMatchThreshold": -1}, "InvalidParameterException"),
        ("SearchFacesByImage", {"MaxFaces": 4097}, "InvalidParameterException"),
        ("SearchFacesByImage", {"Image": {}}, "InvalidParameterException"),
        ("SearchFacesByImage", {"MaxFaces": "1"}, "SerializationException"),
        ("SearchFaces", {}, "ResourceNotFoundException"),
        ("DetectFaces", {"Image": {"Bytes": "AAAAA"}}, "SerializationException"),
        ("DetectFaces", {"Image": {"Bytes": "GIF8"}}, "InvalidImageFormatException"),
    ],
)
def test_each_limit_has_its_error(door, operation, change, code):
    body = {k: v for k, v in (bodies(door.collection)[operation] | change).items() if v is not None}
    told = door.site.raw(door.key, operation, body).json()
    assert told["__type"] == code, told


def encoded(data):
    return {"Image": {"Bytes": base64.b64encode(data).decode()}}


def test_a_picture_is_neither_too_large_nor_too_small(door):
    for data, code in (
        (picture("ana", note="x" * 5_242_880), "ImageTooLargeException"),
        (picture("ana", size=(79, 200)), "InvalidParameterException"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "InvalidImageFormatException"),
    ):
        told = door.site.raw(door.key, "DetectFaces", encoded(data)).json()
        assert told["__type"] == code, told


def test_the_size_in_a_files_head_is_read_without_its_pixels():
    chunk = struct.pack(">I4sIIBBBBB", 13, b"IHDR", 50_000, 50_000, 8, 2, 0, 0, 0)
    assert size_of(b"\x89PNG\r\n\x1a\n" + chunk + zlib.compress(b"\0" * 1000)) == (50_000, 50_000)
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03" * 10
    assert size_of(b"\xff\xd8\xff\xe0\x00\x04ab\xff" + frame) == (640, 480)
    for cut in range(12):
        assert size_of((b"\xff\xd8\xff\xe0\x00\x04ab" + frame)[:cut]) is None
    assert size_of(b"\xff\xd8\x00") is None


# ---- signatures -----------------------------------------------------------------------------


def told(answer):
    assert answer.status_code == 400
    return answer.json()["__type"]


def test_a_request_that_was_not_signed_so_is_nobodys(door):
    site, body = door.site, b"{}"
    good = site.signed(door.key, "ListCollections", body)
    assert site.post(body, good).status_code == 200
    authorization = good["Authorization"]
    without = {key: value for key, value in good.items() if key != "Authorization"}
    for headers, code in [
        (without, "MissingAuthenticationTokenException"),
        (without | {"Authorization": "Bearer x"}, "IncompleteSignatureException"),
        (without | {"Authorization": "AWS4-HMAC-SHA256"}, "IncompleteSignatureException"),
        (good | {"X-Amz-Target": "RekognitionService.DeleteFaces"}, "InvalidSignatureException"),
        (good | {"X-Amz-Extra": "1"}, "IncompleteSignatureException"),
        (good | {"X-Amz-Date": "20200101T000000Z"}, "InvalidSignatureException"),
        (good | {"X-Amz-Date": "now"}, "IncompleteSignatureException"),
        (
            without | {"Authorization": authorization.replace("rekognition/", "s3/")},
            "InvalidSignatureException",
        ),
        (
            without | {"Authorization": authorization.replace("eu-central-1", "us-east-1")},
            "InvalidSignatureException",
        ),
        (
            without | {"Authorization": authorization.replace(door.key.key_id, "RZUNKNOWN")},
            "UnrecognizedClientException",
        ),
    ]:
        assert told(site.post(body, headers)) == code, headers
    assert told(site.post(b'{"MaxResults":1}', good)) == "InvalidSignatureException"
    wrong = site.signed(door.key, "ListCollections", body, secret="w" * 40)
    assert told(site.post(body, wrong)) == "InvalidSignatureException"
    unknown = site.signed(door.key, "StartFaceDetection", body)
    assert told(site.post(body, unknown)) == "UnknownOperationException"
    sealed = site.signed(door.key, "ListCollections", body, **{"X-Amz-Security-Token": "t"})
    assert told(site.post(body, sealed)) == "UnrecognizedClientException"


def test_a_header_cannot_say_that_the_body_is_another(door):
    body, other = b"{}", b'{"MaxResults":1}'
    stated = {"X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()}
    headers = door.site.signed(door.key, "ListCollections", body, **stated)
    assert door.site.post(body, headers).status_code == 200
    assert told(door.site.post(other, headers)) == "InvalidSignatureException"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_signature_is_taken_for_five_minutes(door, sign):
    site, body = door.site, b"{}"
    headers = site.signed(door.key, "ListCollections", body)
    try:
        site.clock.off = sign * (SKEW - timedelta(seconds=30))
        assert site.post(body, headers).status_code == 200
        site.clock.off = sign * (SKEW + timedelta(seconds=30))
        assert told(site.post(body, headers)) == "InvalidSignatureException"
    finally:
        del site.clock.off


def test_a_copy_of_a_change_changes_nothing_and_a_copy_of_a_search_is_taken(door):
    site, name = door.site, door.collection
    found = bodies(name)
    index = json.dumps(found["IndexFaces"]).encode()
    headers = site.signed(door.key, "IndexFaces", index)
    first = site.post(index, headers).json()["FaceRecords"][0]["Face"]["FaceId"]
    gone = json.dumps({"CollectionId": name, "FaceIds": [first]}).encode()
    assert site.raw(door.key, "DeleteFaces", gone).json()["DeletedFaces"] == [first]
    while (copy := site.post(index, headers)).status_code == 200:  # as if asked twice in a second
        assert copy.json()["FaceRecords"][0]["Face"]["FaceId"] == first, "as it was answered before"
        time.sleep(0.05)  # no more than one caller may send
    assert told(copy) == "InvalidSignatureException"
    assert site.workspace.gallery.counts(name).references == 0, "nobody comes back by a copy"
    search = json.dumps(found["SearchFacesByImage"]).encode()
    headers = site.signed(door.key, "SearchFacesByImage", search)
    assert [site.post(search, headers).status_code for _ in range(2)] == [200, 200]


def test_a_server_remembers_so_many_signatures_and_takes_none_from_before_it_began(monkeypatch):
    monkeypatch.setattr(replays, "MOST_KNOWN", 2)
    now = datetime(2026, 11, 25, tzinfo=UTC)
    ends, done = {"until": now + SKEW, "now": now}, []

    async def do():
        done.append(1)
        return "done"

    async def ask():
        kept = Signatures(now)
        assert await kept.once("old", do, signed=now - timedelta(seconds=1), **ends) is None
        assert [await kept.once("a", do, signed=now, **ends) for _ in range(2)] == ["done"] * 2
        await kept.once("b", do, signed=now, **ends)
        with pytest.raises(ServiceBusyError):
            await kept.once("c", do, signed=now, **ends)
        later = ends | {"now": now + 2 * SKEW}
        assert await kept.once("c", do, signed=now, **later) == "done", "those are over"

    waited(ask())
    assert len(done) == 3


def test_a_key_that_was_taken_back_opens_nothing(door):
    site = door.site
    with keys_of(site.workspace) as keys:
        by = site.workspace.acting("operator").principal
        revoke_key(site.workspace, keys, door.key.key_id, by=by)
    answer = site.raw(door.key, "ListCollections", {})
    assert told(answer) == "UnrecognizedClientException"


def test_a_caller_that_floods_is_slowed_and_one_that_guesses_too(door):
    site = door.site
    guesses = {told(site.raw(door.key, "ListCollections", {}, secret="w" * 40)) for _ in range(150)}
    assert guesses <= {"InvalidSignatureException", "ThrottlingException"}
    with socket.create_connection(site.address.removeprefix("http://").split(":")) as line:
        line.sendall(b"POST /aws/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in line.recv(4096)


def test_every_error_of_ours_has_a_type_that_clients_know():
    model = Session().get_service_model("rekognition")
    known = {shape.name for shape in model.error_shapes} | {
        "InternalServerError",
        "UnrecognizedClientException",
        "ReviewPending",
    }
    assert set(TYPES.values()) <= known
