"""Other systems are asked through their own clients: boto3 and compreface-sdk, over a socket.

compreface-sdk wants an older urllib3, so it runs in the environment of `make oracles`:

    make oracles     # or RECOGNIZANCE_ORACLES=that/bin/python and pytest on this file
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_up_engine import photograph, write_data_set
from made_up_server import KEY, address, serving, similarity

from recognizance.audit.result import AuditResult
from recognizance.auditing.endpoint import AwsScore
from recognizance.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
ORACLES = os.environ.get("RECOGNIZANCE_ORACLES", sys.executable)
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


@pytest.fixture
def pictures(tmp_path) -> dict[str, Path]:
    made = {
        "one": photograph("north", "1", 1),
        "again": photograph("north", "1", 2),
        "other": photograph("north", "2", 1),
        "empty": b"an empty street",
    }
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in made}


@pytest.fixture
def credentials(monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def expected(pictures: dict[str, Path], one: str, other: str) -> float | None:
    return similarity(pictures[one].read_bytes(), pictures[other].read_bytes())


def test_boto3_gives_the_best_similarity_as_a_fraction(pictures, credentials):
    with serving() as server:
        score = AwsScore.connect(address(server))
        for one, other in (("one", "again"), ("one", "other"), ("again", "other")):
            found = score(pictures[one], pictures[other])
            assert found == pytest.approx(expected(pictures, one, other), abs=1e-9)
        assert score(pictures["one"], pictures["empty"]) is None
        assert score(pictures["empty"], pictures["one"]) is None
        score.client.close()


def test_a_server_that_fails_is_not_a_picture_without_a_face(pictures, credentials):
    with serving() as server:
        score = AwsScore.connect(address(server) + "/broken")
        with pytest.raises(InputError, match="could not be asked"):
            score(pictures["one"], pictures["other"])
        score.client.close()
    score = AwsScore.connect(address(server))
    with pytest.raises(InputError, match="EndpointConnectionError"):
        score(pictures["one"], pictures["other"])


def ask(folder: Path, labels: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    away = {name for name in os.environ if name.startswith("AWS_")}
    kept = {name: value for name, value in os.environ.items() if name not in away}
    program = [sys.executable, "-m", "recognizance", "audit", "endpoint", str(labels)]
    return subprocess.run(
        [*program, "--group", "town", "--pairs", "300", "-o", "out", "--json", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=kept | {"RECOGNIZANCE_HOME": str(folder / "none"), "HOME": str(folder)} | more,
        check=False,
    )


def test_a_compare_faces_endpoint_is_audited_from_outside(tmp_path):
    labels = write_data_set(tmp_path / "set", people=30)
    with serving() as server:
        done = ask(tmp_path, labels, "--aws-url", address(server), **CREDENTIALS)
        assert done.returncode == 0, done.stderr
        asked = server.asked
    result = AuditResult.from_dict(json.loads((tmp_path / "out" / "result.json").read_bytes()))
    assert (result.data.kind, result.data.mated_pairs) == ("endpoint", 90)
    assert 200 < result.data.non_mated_pairs == asked - 90


def test_without_credentials_nothing_is_asked(tmp_path):
    labels = write_data_set(tmp_path / "set", people=30)
    done = ask(tmp_path, labels, "--aws", AWS_EC2_METADATA_DISABLED="true")
    assert done.returncode == 2
    assert "could not be asked (NoRegionError)" in done.stdout
    assert "Traceback" not in done.stderr


# ---- compreface-sdk -------------------------------------------------------------------------

ASK = """
import json, sys
from pathlib import Path
from recognizance.auditing.endpoint import CompreFaceScore
from recognizance.errors import InputError
score = CompreFaceScore.connect(sys.argv[1], sys.argv[2])
answers = []
for one, other in json.loads(sys.argv[3]):
    try:
        answers.append(score(Path(one), Path(other)))
    except InputError as error:
        answers.append(str(error))
print(json.dumps(answers))
"""


def through_its_client(server: str, key: str, pairs: list[tuple[Path, Path]]) -> list:
    done = subprocess.run(
        [ORACLES, "-c", ASK, server, key, json.dumps([list(map(str, pair)) for pair in pairs])],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def compreface():
    able = subprocess.run([ORACLES, "-c", "import compreface"], capture_output=True, check=False)
    if able.returncode:
        pytest.skip("compreface-sdk is not installed (make oracles)")


def test_compreface_gives_the_best_similarity(compreface, pictures):
    names = [("one", "again"), ("one", "other"), ("one", "empty"), ("empty", "one")]
    pairs = [(pictures[one], pictures[other]) for one, other in names]
    with serving() as server:
        answers = through_its_client(address(server), KEY, pairs)
    assert answers[:2] == pytest.approx([expected(pictures, *pair) for pair in names[:2]])
    assert answers[2:] == [None, None]


def test_a_wrong_key_is_not_a_picture_without_a_face(compreface, pictures):
    with serving() as server:
        told = through_its_client(address(server), "wrong", [(pictures["one"], pictures["other"])])
    assert "API key was not found" in told[0]
    told = through_its_client(address(server), KEY, [(pictures["one"], pictures["other"])])
    assert "could not be asked (ConnectionError)" in told[0]
