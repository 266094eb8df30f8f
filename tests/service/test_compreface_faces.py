"""The endpoint with the models and with photographs of people."""

import csv

import pytest
from comprefaced import Client, opted_in
from PIL import Image

from recognizance.evidence import LADDER_PPB
from recognizance.service.compreface.wire import similarity
from recognizance.settings import Settings
from recognizance.workspace import Workspace, load_engine
from served import opening_of, serving

pytestmark = pytest.mark.faces

WANTED = 3
"""People with two photographs each; the last of them is not enrolled."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return load_engine(Settings(cache=tmp_path_factory.mktemp("models")))


@pytest.fixture
def workspace(settings, clock, engine):
    with Workspace.create(settings, clock=clock) as opened:
        opened.__dict__["engine"] = engine
        yield opened


@pytest.fixture
def address(office, engine):
    with serving(opening_of(office.workspace, engine=lambda _model: engine)) as where:
        yield where


@pytest.fixture(scope="module")
def pairs(faces):
    """Two photographs each of some people, by id."""
    of: dict[str, list[bytes]] = {}
    with (faces / "lfw" / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            of.setdefault(row["subject_id"], []).append(faces / "lfw" / row["path"])
    found = [(who, paths[:2]) for who, paths in sorted(of.items()) if len(paths) > 1]
    return {who: [path.read_bytes() for path in paths] for who, paths in found[:WANTED]}


@pytest.fixture
def client(office, address, issue, pairs):
    *enrolled, _stranger = pairs
    key = issue(
        opted_in(office), grounds=dict.fromkeys(enrolled, "release"), provenance="own_enrollment"
    )
    client = Client(address, key.token)
    for who in enrolled:
        assert client.add(who, pairs[who][0])[0] == 201
    return client


def test_people_are_recognized_a_stranger_is_not_and_a_picture_without_anybody_has_no_face(
    client, pairs, tmp_path
):
    *enrolled, stranger = pairs
    for who in enrolled:
        status, answer = client.recognize(pairs[who][1], "limit=1&face_plugins=landmarks")
        assert status == 200
        (only,) = answer["result"]
        (named,) = only["subjects"]
        assert named["subject"] == who
        assert named["similarity"] in {similarity(rate) for rate in LADDER_PPB}
        box, points = only["box"], only["landmarks"]
        assert all(box["x_min"] <= x <= box["x_max"] for x, _ in points)
        assert all(box["y_min"] <= y <= box["y_max"] for _, y in points)
        assert points[0][0] < points[1][0]
        assert points[2][1] < points[3][1]
    (only,) = client.recognize(pairs[stranger][0], "limit=1")[1]["result"]
    assert only["subjects"] == []
    Image.new("RGB", (200, 200), (90, 120, 90)).save(tmp_path / "lawn.png")
    status, answer = client.recognize((tmp_path / "lawn.png").read_bytes(), name="lawn.png")
    assert (status, answer["code"]) == (400, 28)
    Image.new("RGB", (200, 200)).save(tmp_path / "a.gif")
    status, answer = client.recognize((tmp_path / "a.gif").read_bytes(), name="a.gif")
    assert (status, answer["code"]) == (400, 21)
