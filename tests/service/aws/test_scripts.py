"""Scripts as users have them, against a served workspace with real photographs."""

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager

import boto3
import pytest
from botocore.exceptions import ClientError

from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.permits.issuing import Proposal, propose
from recognizance.review import lead_from_bytes
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.types import Role
from rekognition import Ahead
from served import keys_of, opening_of, serving

pytestmark = pytest.mark.faces

COLLECTION = "friends"

# What a user has lying about: not a line of it knows this program.
SCRIPT = """
import json, pathlib, sys
import boto3
client = boto3.client("rekognition")
found = {}
for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
    response = client.search_faces_by_image(
        CollectionId=sys.argv[1], Image={"Bytes": path.read_bytes()}, MaxFaces=1
    )
    matches = response["FaceMatches"]
    found[path.stem] = [(m["Face"]["ExternalImageId"], m["Similarity"]) for m in matches]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def portraits(faces):
    """Twenty people, each as they were in 2015 and in 2023."""
    names = sorted(path.stem for path in (faces / "congress" / "2015").glob("*.jpg"))
    both = [name for name in names if (faces / "congress" / "2023" / f"{name}.jpg").exists()][:20]
    return {
        name: tuple(
            (faces / "congress" / year / f"{name}.jpg").read_bytes() for year in ("2015", "2023")
        )
        for name in both
    }


@contextmanager
def served(folder, environment):
    """`recognizance serve` as a process, on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recognizance", "serve", "--port", "0"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=folder,
        text=True,
    )
    try:
        for line in process.stderr:
            if found := re.search(r"AWS_ENDPOINT_URL=(\S+)", line):
                yield found[1]
                break
        else:
            raise AssertionError("it did not start")
    finally:
        process.terminate()
        process.stderr.close()
        assert process.wait(30) is not None


def test_start_serve_and_the_users_script_are_three_commands(portraits, tmp_path):
    people, probes = tmp_path / "people", tmp_path / "probes"
    probes.mkdir()
    for name, (then, now) in list(portraits.items())[:4]:
        (people / name).mkdir(parents=True)
        (people / name / "1.jpg").write_bytes(then)
        (probes / f"{name}.jpg").write_bytes(now)
    stranger, (_, unknown) = list(portraits.items())[5]
    (probes / f"{stranger}.jpg").write_bytes(unknown)
    names = sorted(each.name for each in people.iterdir())
    (tmp_path / "releases.csv").write_text(
        "subject_id,release_id\n" + "".join(f"{name},R-{name}\n" for name in names)
    )
    environment = os.environ | {
        "RECOGNIZANCE_HOME": str(tmp_path / "data"),
        "RECOGNIZANCE_KEY_FOLDER": str(tmp_path / "keys"),
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    command = [sys.executable, "-m", "recognizance", "start", "opted-in", "--plain-keys", "--json"]
    command += ["--people", str(people), "--releases", str(tmp_path / "releases.csv")]

    def run(arguments, **more):
        done = subprocess.run(
            arguments, env=environment | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    started = run(command)
    key = started["key"]
    again = run(command)["key"]
    assert again == {"access_key_id": key["access_key_id"]}, "its secrets are shown once"
    with served(tmp_path, environment) as address:
        found = run(
            [sys.executable, "-c", SCRIPT, started["gallery_id"], str(probes)],
            AWS_ENDPOINT_URL_REKOGNITION=address,
            AWS_ACCESS_KEY_ID=key["access_key_id"],
            AWS_SECRET_ACCESS_KEY=key["secret_access_key"],
        )
    assert [found[name][0][0] for name in names] == names
    assert all(found[name][0][1] >= 98.2 for name in names), "at least the permit's own rate"
    assert found[stranger] == []


@pytest.fixture
def clock():
    """The time as it is, for clients sign with it; it runs ahead where somebody looks at faces."""
    return Ahead()


@pytest.fixture
def trial(office, portraits):
    """A trial of twenty people, their photographs bound, without a collection yet."""
    workspace = office.workspace
    issued = propose(
        workspace,
        Proposal(
            submission=parse_submission(template("trial").encode()),
            gallery_ids=frozenset({COLLECTION}),
            photographs=tuple(data for both in portraits.values() for data in both),
        ),
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    office.attest_all(issued.permit.permit_id)
    return issued.permit.permit_id


def test_the_main_job_of_a_script_under_a_trial(office, trial, portraits, album):
    workspace = office.workspace
    terms = KeyTerms(
        permit_id=trial,
        galleries=frozenset({COLLECTION}),
        provenance="own_enrollment",
        grounds={name: f"R-{name}" for name in portraits},
    )
    with keys_of(workspace) as keys:
        by = workspace.acting("operator").principal
        key = issue_key(workspace, keys, terms, by=by).key
    with serving(opening_of(workspace, engine=lambda _model: album.engine)) as address:
        client = boto3.client(
            "rekognition",
            endpoint_url=f"{address}/aws",
            region_name="eu-central-1",
            aws_access_key_id=key.key_id,
            aws_secret_access_key=key.secret,
        )
        main_job(client, office, portraits)
    assert not workspace.ledger.open_intents(LogName.USES)


def main_job(client, office, portraits):
    names = list(portraits)
    client.create_collection(CollectionId=COLLECTION)
    for name, (then, _) in portraits.items():
        made = client.index_faces(
            CollectionId=COLLECTION,
            Image={"Bytes": then},
            ExternalImageId=name,
            MaxFaces=1,
            QualityFilter="AUTO",
            DetectionAttributes=["ALL"],
        )
        assert made["FaceRecords"][0]["Face"]["ExternalImageId"] == name
    pages = client.get_paginator("list_faces").paginate(
        CollectionId=COLLECTION, PaginationConfig={"PageSize": 7}
    )
    listed = [face for page in pages for face in page["Faces"]]
    assert [face["ExternalImageId"] for face in listed] == names
    ask = {"CollectionId": COLLECTION, "Image": {"Bytes": portraits[names[0]][1]}}
    other = {"CollectionId": COLLECTION, "Image": {"Bytes": portraits[names[1]][1]}}
    for number, asked in enumerate((ask, other), start=1):
        with pytest.raises(ClientError) as caught:
            client.search_faces_by_image(**asked)
        assert caught.value.response["Error"]["Code"] == "ReviewPending"
        lead = re.search(r"lead (\w+)", caught.value.response["Error"]["Message"])[1]
        decide(office, f"reviewer-{number}", lead)
    for name, asked in zip(names, (ask, other), strict=False):
        (match,) = client.search_faces_by_image(**asked)["FaceMatches"]
        assert match["Face"]["ExternalImageId"] == name
    compared = client.compare_faces(
        SourceImage={"Bytes": portraits[names[2]][0]}, TargetImage={"Bytes": portraits[names[2]][1]}
    )
    assert len(compared["FaceMatches"]) == 1
    assert compared["UnmatchedFaces"] == []
    different = client.compare_faces(
        SourceImage={"Bytes": portraits[names[2]][0]}, TargetImage={"Bytes": portraits[names[3]][1]}
    )
    assert (len(different["FaceMatches"]), len(different["UnmatchedFaces"])) == (0, 1)
    (one,) = client.delete_faces(CollectionId=COLLECTION, FaceIds=[listed[0]["FaceId"]])[
        "DeletedFaces"
    ]
    assert one == listed[0]["FaceId"]
    client.delete_collection(CollectionId=COLLECTION)
    assert client.list_collections()["CollectionIds"] == []


def decide(office, name, lead):
    """A reviewer looks, and says that it is the candidate of rank one."""
    workspace = office.workspace
    reviewer = workspace.acting(name).principal
    assert Role.REVIEWER in reviewer.roles
    record = lead_from_bytes(workspace.gallery.lead(lead).body)
    best = record.candidates[0].reference_id
    shown = office.look(reviewer, lead).view.candidates
    number = next(each.rank for each in shown if each.reference_id == best)
    workspace.desk.decide(reviewer, lead, "same_person", reason="the ears", candidate=number)
