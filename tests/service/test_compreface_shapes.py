import base64
import io
import json
import uuid

import httpx
import hypothesis
import pytest
from comprefaced import RELEASES, Client, opted_in, refused
from hypothesis import strategies as st
from PIL import Image

from fakes import FakeClock, FakeEngine, photograph
from office import Office
from recognizance.engine.image import decode
from recognizance.errors import ImageFormatError
from recognizance.service.compreface.reading import MOST_FILE_BYTES
from recognizance.service.compreface.seeing import MOST_FACES
from recognizance.service.compreface.wire import refusal
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.settings import Settings
from recognizance.workspace import Workspace
from served import keys_of, opening_of, serving

ANA, ANA_AGAIN, BEN = photograph("ana", note="1"), photograph("ana", note="2"), photograph("ben")
BOTH = photograph("ana", "stranger", note="together")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """One office for all of these tests, because nothing here outlasts `client`."""
    folder = tmp_path_factory.mktemp("office")
    settings = Settings(home=folder / "data", key_folder=folder / "keys", wait_s=5)
    with Workspace.create(settings, clock=FakeClock()) as workspace:
        workspace.__dict__["engine"] = FakeEngine(workspace.evidence.model_id)
        yield Office(workspace)


@pytest.fixture(scope="module")
def address(office):
    with serving(opening_of(office.workspace)) as where:
        yield where


@pytest.fixture(scope="module")
def permit(office):
    return opted_in(office)


@pytest.fixture(scope="module")
def token(office, permit):
    terms = KeyTerms(permit, frozenset({"g"}), "own_enrollment", RELEASES)
    with keys_of(office.workspace) as keys:
        by = office.workspace.acting("operator").principal
        return issue_key(office.workspace, keys, terms, by=by).token


@pytest.fixture
def client(address, token):
    client = Client(address, token)
    yield client
    client("DELETE", "/recognition/subjects")


# ---- keys -----------------------------------------------------------------------------------


def test_without_a_key_its_header_is_missed(address):
    message = refused(Client(address, None)("GET", "/recognition/subjects"), 400, 20)
    assert "x-api-key" in message


def test_a_key_of_another_form_or_that_nobody_issued_is_none(address):
    refused(Client(address, "a-key")("GET", "/recognition/subjects"), 400, 26)
    unknown = Client(address, str(uuid.uuid4()))
    for path in ("/recognition/subjects", "/recognition/faces", "/nothing"):
        refused(unknown("GET", path), 404, 10)
    for path in ("/detection/detect", "/recognition/recognize"):
        refused(unknown.photo(path, ANA), 404, 10)


def test_a_bearer_or_a_session_opens_nothing_here(address, issue, permit):
    answer = httpx.get(
        f"{address}/api/v1/recognition/subjects",
        headers={"authorization": f"Bearer {issue(permit).token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20)


def test_a_key_with_two_galleries_has_no_collection(office, address, issue):
    permit = office.permit(gallery_ids=frozenset({"g", "h"}))
    client = Client(address, issue(permit, "g", "h").token)
    assert "2 galleries" in refused(client("GET", "/recognition/subjects"), 403, 1001)


# ---- subjects and examples ------------------------------------------------------------------


def test_examples_are_added_listed_by_page_and_taken_out(client):
    status, added = client.add("ana", ANA)
    assert status == 201
    assert added["subject"] == "ana"
    assert str(uuid.UUID(added["image_id"])) == added["image_id"]
    client.add("ana", ANA_AGAIN)
    client.add("ben", BEN)
    assert client("GET", "/recognition/subjects") == (200, {"subjects": ["ana", "ben"]})
    status, page = client("GET", "/recognition/faces", params={"page": 1, "size": 2})
    assert [each["subject"] for each in page.pop("faces")] == ["ben"]
    assert page == {"page_number": 1, "page_size": 2, "total_pages": 2, "total_elements": 3}
    status, page = client("GET", "/recognition/faces", params={"page": 9, "size": 2})
    assert (page["faces"], page["total_elements"]) == ([], 3)
    status, page = client("GET", "/recognition/faces?&subject=ana")
    assert page["faces"][0] == added
    assert page["page_size"] == 20

    assert client("DELETE", f"/recognition/faces/{added['image_id']}") == (200, added)
    refused(client("DELETE", f"/recognition/faces/{added['image_id']}"), 404, 44)
    assert client("DELETE", "/recognition/faces?subject=ana") == (200, {"deleted": 1})
    assert client("DELETE", "/recognition/faces?subject=ana") == (200, {"deleted": 0})
    assert client("DELETE", "/recognition/faces?subject=nobody") == (200, {"deleted": 0})
    assert client("GET", "/recognition/faces")[1]["total_elements"] == 1


def test_an_example_that_is_sent_twice_is_there_once(client):
    assert client.add("ana", ANA) == client.add("ana", ANA)
    assert client("GET", "/recognition/faces")[1]["total_elements"] == 1


def test_several_examples_are_taken_out_at_once(client):
    ids = [client.add("ana", each)[1]["image_id"] for each in (ANA, ANA_AGAIN)]
    _status, gone = client("POST", "/recognition/faces/delete", json=[*ids, str(uuid.uuid4())])
    assert sorted(each["image_id"] for each in gone) == sorted(ids)
    assert client("POST", "/recognition/faces/delete", json=ids) == (200, [])
    refused(client("POST", "/recognition/faces/delete", json={"ids": ids}), 400, 26)


def test_a_subject_is_named_before_its_first_example(client):
    path = "/recognition/subjects"
    assert client("POST", path, json={"subject": "ana"}) == (201, {"subject": "ana"})
    refused(client("POST", path, json={"subject": "ana"}), 400, 43)
    assert client("GET", f"{path}/") == (200, {"subjects": ["ana"]})
    client.add("ana", ANA)
    refused(client("POST", path, json={"subject": "ana"}), 400, 43)
    client("DELETE", "/recognition/faces?subject=ana")
    assert client("GET", path) == (200, {"subjects": ["ana"]})
    assert client("DELETE", f"{path}/ana") == (200, {"subject": "ana"})
    refused(client("DELETE", f"{path}/ana"), 404, 42)
    assert client("GET", path) == (200, {"subjects": []})


def test_everybody_is_taken_out(client):
    client.add("ana", ANA)
    client.add("ben", BEN)
    client("POST", "/recognition/subjects", json={"subject": "carla"})
    assert client("DELETE", "/recognition/subjects") == (200, {"deleted": 3})
    assert client("GET", "/recognition/subjects") == (200, {"subjects": []})
    assert client("DELETE", "/recognition/subjects") == (200, {"deleted": 0})


def test_only_a_subject_without_examples_is_renamed(client):
    path = "/recognition/subjects"
    client("POST", path, json={"subject": "ana"})
    body = {"subject": "ben", "api_endpoint": "ana"}
    assert client("PUT", f"{path}/ana", json=body) == (200, {"updated": True})
    refused(client("PUT", f"{path}/ana", json=body), 404, 42)
    same = {"subject": "ben", "api_endpoint": "ben"}
    assert client("PUT", f"{path}/ben", json=same) == (200, {"updated": False})
    client.add("ben", BEN)
    message = refused(client("PUT", f"{path}/ben", json={"subject": "carla"}), 409, 1005)
    assert "sealed" in message
    assert client("GET", path) == (200, {"subjects": ["ben"]})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"subject": 1}', b'{"subject": "  "}'])
def test_a_subject_without_a_usable_name_is_refused(client, body):
    headers = {"content-type": "application/json"}
    refused(client("POST", "/recognition/subjects", content=body, headers=headers), 400, 26)
    refused(client("PUT", "/recognition/subjects/ana", content=body, headers=headers), 400, 26)


def test_nobody_is_named_or_enrolled_without_a_ground(client, office, permit):
    for answer in (
        client.add("dan", photograph("dan")),
        client("POST", "/recognition/subjects", json={"subject": "dan"}),
    ):
        message = refused(answer, 403, 1001)
        assert "Rules: HR-09" in message
        assert "dan" not in message
    refused(client.add("no name for an id", ANA), 400, 26)
    assert office.workspace.gallery.subjects("g") == ()


def test_a_key_reaches_no_gallery_but_its_own(office, address, client, issue):
    elsewhere = opted_in(office, gallery="h")
    key = issue(elsewhere, "h", grounds=RELEASES, provenance="own_enrollment")
    other = Client(address, key.token)
    image_id = other.add("ana", ANA)[1]["image_id"]
    refused(client("DELETE", f"/recognition/faces/{image_id}"), 404, 44)
    refused(client.photo(f"/recognition/faces/{image_id}/verify", ANA), 404, 44)
    assert client("DELETE", "/recognition/subjects") == (200, {"deleted": 0})
    assert client("GET", "/recognition/subjects") == (200, {"subjects": []})
    assert other("GET", "/recognition/subjects") == (200, {"subjects": ["ana"]})


# ---- recognizing ----------------------------------------------------------------------------


def test_each_face_is_answered_for_and_a_stranger_is_nobody(client):
    client.add("ana", ANA)
    status, answer = client.recognize(
        BOTH,
        "&limit=0&det_prob_threshold=0.8&prediction_count=1&status=True&face_plugins=landmarks",
    )
    assert status == 200
    first, second = answer["result"]
    assert first["subjects"] == [{"subject": "ana", "similarity": pytest.approx(0.994, abs=0.006)}]
    assert second["subjects"] == []
    assert first["box"] == {"probability": 0.99, "x_max": 40, "y_max": 25, "x_min": 0, "y_min": 0}
    assert len(first["landmarks"]) == 5
    assert set(first["execution_time"]) == {"detector"}
    assert set(answer["plugins_versions"]) == {"detector", "calculator"}


def test_of_a_person_nothing_is_told_but_a_name_and_a_band(client):
    client.add("ana", ANA)
    plugins = "face_plugins=age,gender,mask,pose,calculator"
    _status, answer = client.recognize(ANA_AGAIN, plugins)
    (only,) = answer["result"]
    assert sorted(only) == ["box", "subjects"]
    assert sorted(client.photo(f"/detection/detect?{plugins}", ANA)[1]["result"][0]) == ["box"]
    assert sorted(answer) == ["result"]


def test_base64_is_a_photograph_as_well(client):
    def sent(path, **names):
        body = {name: base64.encodebytes(data).decode() for name, data in names.items()}
        return client("POST", path, json=body)

    status, added = sent("/recognition/faces?subject=ana", file=ANA)
    assert status == 201
    assert sent("/recognition/recognize", file=ANA_AGAIN) == client.recognize(ANA_AGAIN)
    path = f"/recognition/faces/{added['image_id']}/verify"
    assert sent(path, file=ANA_AGAIN) == client.photo(path, ANA_AGAIN)
    assert sent("/detection/detect", file=BOTH) == client.photo("/detection/detect", BOTH)
    refused(client("POST", "/recognition/recognize", json={"file": "%%"}), 400, 21)
    refused(client("POST", "/recognition/recognize", json={"file": 1}), 400, 34)
    refused(client("POST", "/recognition/recognize", json=["file"]), 400, 34)


def test_an_example_is_verified_and_who_is_another_has_no_similarity(client):
    image_id = client.add("ana", ANA)[1]["image_id"]
    path = f"/recognition/faces/{image_id}/verify"
    _status, answer = client.photo(f"{path}?&limit=0", BOTH)
    assert [each["subject"] for each in answer["result"]] == ["ana", "ana"]
    assert answer["result"][0]["similarity"] > 0.9
    assert answer["result"][1]["similarity"] == 0.0
    refused(client.photo(f"/recognition/faces/{uuid.uuid4()}/verify", ANA), 404, 44)
    refused(client.photo("/recognition/faces/17/verify", ANA), 400, 26)


def test_a_face_below_the_floor_is_one_that_is_not_found(client):
    client.add("ana", ANA)
    blurred = photograph("ana", note="blurred", sharpness=0.0)
    assert "quality" in refused(client.recognize(blurred), 400, 28)


# ---- what a client may set, and bad input ---------------------------------------------------


def test_a_client_only_tightens(client):
    """The detector is 99 % sure of each face, and no threshold makes it less demanding."""
    client.add("ana", ANA)
    assert len(client.recognize(BOTH, "det_prob_threshold=0.0")[1]["result"]) == 2
    for path in ("/recognition/recognize", "/detection/detect", "/recognition/faces"):
        query = f"{path}?det_prob_threshold=0.995&subject=ben"
        refused(client.photo(query, BEN), 400, 28)
    assert len(client.recognize(BOTH, "limit=1")[1]["result"]) == 1
    assert len(client.photo("/detection/detect?limit=1", BOTH)[1]["result"]) == 1


def test_a_crowd_is_not_answered_about_in_silence(client):
    crowd = photograph(*(f"p{number}" for number in range(MOST_FACES + 1)))
    refused(client.recognize(crowd), 400, 31)
    assert len(client.recognize(crowd, f"limit={MOST_FACES}")[1]["result"]) == MOST_FACES


@pytest.mark.parametrize(
    "query",
    ["limit=-1", "limit=x", "prediction_count=0", "det_prob_threshold=2", "det_prob_threshold=nan"],
)
def test_options_out_of_range_are_told(client, query):
    refused(client.recognize(ANA, query), 400, 26)


def test_photographs_that_are_none(client):
    refused(client.recognize(photograph()), 400, 28)
    refused(client.add("ana", photograph()), 400, 28)
    refused(client.add("ana", BOTH), 400, 31)
    refused(client.recognize(b"no photograph"), 400, 26)
    refused(client.recognize(ANA, name="image.pdf"), 400, 21)
    refused(client.recognize(ANA, name="image"), 400, 21)
    refused(client.recognize(b"x" * (MOST_FILE_BYTES + 1)), 400, 26)
    refused(client("POST", "/recognition/recognize", files={"image": ("a.jpg", ANA)}), 400, 34)
    refused(client("POST", "/recognition/recognize", data={"file": "text"}), 400, 26)
    refused(client("POST", "/recognition/recognize"), 400, 26)
    refused(client.photo("/recognition/faces", ANA), 400, 33)
    broken = {"content-type": "multipart/form-data; boundary=x"}
    refused(client("POST", "/recognition/recognize", content=b"--y", headers=broken), 400, 26)
    nameless = {"content-type": "multipart/form-data"}
    refused(client("POST", "/recognition/recognize", content=b"--y", headers=nameless), 400, 26)


@pytest.mark.parametrize("kind", ["GIF", "ICO", "TIFF"])
def test_formats_that_are_not_decoded_are_told_as_wrong_files(kind):
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, kind)
    with pytest.raises(ImageFormatError) as caught:
        decode(file.getvalue())
    answer = refusal(caught.value)
    assert (answer.status_code, json.loads(answer.body)["code"]) == (400, 21)


def test_names_of_all_formats_are_taken_and_say_nothing_of_the_bytes(client):
    for ending in ("gif", "ico", "tiff", "tif", "JPEG", "png", "bmp", "webp"):
        assert client.photo("/detection/detect", ANA, name=f"a.{ending}")[0] == 200


METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE"])
PATHS = st.sampled_from(
    [
        "/recognition/recognize",
        "/recognition/faces",
        "/recognition/faces/delete",
        "/recognition/faces/x/verify",
        "/recognition/subjects",
        "/recognition/subjects/%00%ff..%2f",
        "/verification/verify",
        "/detection/detect",
    ]
)
KINDS = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=x", "text/plain", "multipart/form-data"]
)
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
BODIES = st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: FORM + tail)


@hypothesis.settings(max_examples=30)
@hypothesis.given(st.tuples(METHODS, PATHS, KINDS, BODIES, st.text(max_size=20)))
def test_malformed_requests_are_told_so_in_one_shape(address, token, request_):
    method, path, kind, body, text = request_
    params = {"subject": text, "limit": text[:3], "page": text[3:6]}
    client = Client(address, token)
    status, told = client(method, path, headers={"content-type": kind}, content=body, params=params)
    assert status < 500, told
    assert status < 300 or sorted(told) == ["code", "message"]


def test_it_is_no_part_of_our_own_api(address):
    paths = httpx.get(f"{address}/v1/openapi.json").json()["paths"]
    assert "/v1/search" in paths
    assert not [each for each in paths if each.startswith("/api/")]


def test_what_nobody_gets(client):
    image_id = client.add("ana", ANA)[1]["image_id"]
    for method, path in (
        ("POST", "/recognition/embeddings/recognize"),
        ("POST", f"/recognition/embeddings/faces/{image_id}/verify"),
        ("POST", "/verification/embeddings/verify"),
        ("GET", f"/recognition/faces/{image_id}/img"),
    ):
        refused(client(method, path, json={} if method == "POST" else None), 403, 1003)
    refused(client("GET", "/recognition/recognize"), 404, 0)
    refused(client("GET", "/migrate"), 404, 0)
