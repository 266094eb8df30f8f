"""Clients that people have: compreface-sdk itself, unmodified, and double-take's requests as sent.

compreface-sdk wants an older urllib3, so it runs in the environment of `make oracles`:

    make oracles     # or RECOGNIZANCE_ORACLES=that/bin/python and pytest on this file
"""

import json
import os
import subprocess
import sys

import httpx
import pytest
from comprefaced import RELEASES, opted_in

from fakes import photograph

ORACLES = os.environ.get("RECOGNIZANCE_ORACLES", sys.executable)
PHOTOGRAPHS = {
    "ana-1.jpg": photograph("ana", note="1"),
    "ana-2.jpg": photograph("ana", note="2"),
    "ben-1.jpg": photograph("ben", note="1"),
    "stranger.jpg": photograph("stranger"),
    "street.jpg": photograph(),
    "both.png": photograph("ana", "ben"),
}

# What somebody has lying around: nothing in it knows of permits.
SCRIPT = """
import json, sys
from compreface import CompreFace
from compreface.collections import FaceCollection
from compreface.collections.face_collections import Subjects

domain, port, key = sys.argv[1:4]
server = CompreFace(domain, port, {"limit": 0, "det_prob_threshold": 0.8, "status": "true"})
recognition = server.init_face_recognition(key)
verification = server.init_face_verification(key)
detection = server.init_face_detection(key)
faces: FaceCollection = recognition.get_face_collection()
subjects: Subjects = recognition.get_subjects()
told = {}
told["named"] = subjects.add("ana")
told["named_again"] = subjects.add("ana")
added = told["added"] = faces.add(image_path="ana-1.jpg", subject="ana")
told["added_ben"] = faces.add("ben-1.jpg", "ben", {"det_prob_threshold": 0.9})
told["added_by_bytes"] = faces.add(open("ana-2.jpg", "rb").read(), "ana")
told["nobody"] = faces.add("stranger.jpg", "stranger")
told["listed"] = faces.list()
told["subjects"] = subjects.list()
told["recognized"] = recognition.recognize("ana-2.jpg", {
    "limit": 0, "det_prob_threshold": 0.8, "prediction_count": 1,
    "face_plugins": "calculator,age,gender,landmarks", "status": "true"})
told["stranger"] = recognition.recognize("stranger.jpg")
told["street"] = recognition.recognize(image_path="street.jpg")
told["verified"] = faces.verify("ana-2.jpg", added.get("image_id", "none"))
told["compared"] = verification.verify("ana-1.jpg", "both.png", {"limit": 0})
told["detected"] = detection.detect("both.png", {"limit": 0, "det_prob_threshold": 0.5})
told["renamed"] = subjects.update("ana", "anna")
told["deleted"] = faces.delete(added.get("image_id", "none"))
told["deleted_all"] = faces.delete_all("ana")
told["deleted_subject"] = subjects.delete("ana")
told["cleared"] = subjects.delete_all()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def sdk():
    able = subprocess.run([ORACLES, "-c", "import compreface"], capture_output=True, check=False)
    if able.returncode:
        pytest.skip("compreface-sdk is not installed (make oracles)")


@pytest.fixture
def run(sdk, address, tmp_path):
    """Runs the script with a key; what every call was told."""
    for name, data in PHOTOGRAPHS.items():
        (tmp_path / name).write_bytes(data)

    def ran(token: str) -> dict:
        domain, _, port = address.rpartition(":")
        done = subprocess.run(
            [ORACLES, "-c", SCRIPT, domain, port, token],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ran


def test_an_unmodified_script_does_its_main_job_under_a_permit(office, run, issue):
    key = issue(opted_in(office), grounds=RELEASES, provenance="own_enrollment")
    told = run(key.token)
    ids = {"ana": told["added"]["image_id"], "ben": told["added_ben"]["image_id"]}
    assert told["named"] == {"subject": "ana"}
    assert told["named_again"]["code"] == 43
    assert told["added_by_bytes"]["subject"] == "ana"
    assert told["nobody"]["code"] == 1001
    assert told["listed"]["total_elements"] == 3
    assert {"image_id": ids["ben"], "subject": "ben"} in told["listed"]["faces"]
    assert told["subjects"] == {"subjects": ["ana", "ben"]}
    (face,) = told["recognized"]["result"]
    assert face["subjects"][0]["subject"] == "ana"
    assert face["subjects"][0]["similarity"] > 0.9
    assert sorted(face) == ["box", "execution_time", "landmarks", "subjects"]
    assert told["stranger"]["result"][0]["subjects"] == []
    assert told["street"]["code"] == 28
    assert told["verified"]["result"][0]["similarity"] > 0.9
    assert len(told["detected"]["result"]) == 2
    assert told["renamed"]["code"] == 1005
    assert told["deleted"] == {"image_id": ids["ana"], "subject": "ana"}
    assert told["deleted_all"] == {"deleted": 1}
    assert told["deleted_subject"] == {"subject": "ana"}
    assert told["cleared"] == {"deleted": 1}
    assert told["compared"]["code"] == 1001  # this permit names no comparison of photographs


def test_the_same_script_compares_under_a_trial_and_waits_for_people(office, run, issue):
    office.photographs += PHOTOGRAPHS.values()
    key = issue(office.permit(), grounds=RELEASES, provenance="own_enrollment")
    told = run(key.token)
    (result,) = told["compared"]["result"]
    assert [each["similarity"] > 0.9 for each in result["face_matches"]] == [True, False]
    assert told["recognized"]["code"] == 1002
    assert "/review/" in told["recognized"]["message"]
    assert told["stranger"]["result"][0]["subjects"] == []


def test_without_a_permit_in_force_it_is_refused_and_told_why(office, run, issue, clock):
    key = issue(opted_in(office), grounds=RELEASES, provenance="own_enrollment")
    workspace = office.workspace
    permit = workspace.shelf.find(key.key.permit_id)
    workspace.shelf.suspend(permit, cause="false_alerts", now=clock())
    told = run(key.token)
    for name in ("added", "added_ben", "recognized", "stranger", "compared"):
        assert told[name]["code"] == 1001, told[name]
        assert "Rules: " in told[name]["message"]
    assert workspace.gallery.subjects("g") == ()
    assert {each["code"] for each in run("no key at all").values()} == {26}


# ---- double-take ----------------------------------------------------------------------------


class DoubleTake:
    """Its CompreFace detector: the three requests that it makes, and how it reads an answer."""

    def __init__(self, address: str, key: str) -> None:
        self.url, self.headers = address, {"x-api-key": key}

    def recognize(self, data: bytes) -> list[dict]:
        answer = httpx.post(
            f"{self.url}/api/v1/recognition/recognize?face_plugins=mask,gender,age"
            "&det_prob_threshold=0.8",
            headers=self.headers,
            files={"file": ("1b2c.jpg", data, "image/jpeg")},
        ).json()
        if "result" not in answer:
            if answer["code"] == 28:
                return []
            raise RuntimeError(answer["message"])
        return [self._normalized(each) for each in answer["result"]]

    @staticmethod
    def _normalized(found: dict) -> dict:
        face = found["subjects"][0] if found["subjects"] else None
        confidence = round(face["similarity"] * 100, 2) if face else 0
        box = found["box"]
        return {
            "name": face["subject"].lower() if face and confidence >= 40 else "unknown",
            "match": confidence >= 60,
            "area": (box["x_max"] - box["x_min"]) * (box["y_max"] - box["y_min"]),
            "traits": sorted(found.keys() & {"age", "gender", "mask", "pose"}),
        }

    def train(self, name: str, data: bytes) -> httpx.Response:
        return httpx.post(
            f"{self.url}/api/v1/recognition/faces",
            headers=self.headers,
            params={"subject": name},
            files={"file": ("1b2c.jpg", data, "image/jpeg")},
        )

    def remove(self, name: str) -> httpx.Response:
        return httpx.delete(
            f"{self.url}/api/v1/recognition/faces", headers=self.headers, params={"subject": name}
        )


def test_double_take_trains_recognizes_and_removes(office, address, issue):
    key = issue(opted_in(office), grounds=RELEASES, provenance="own_enrollment")
    double_take = DoubleTake(address, key.token)
    assert double_take.train("ana", PHOTOGRAPHS["ana-1.jpg"]).is_success
    (found,) = double_take.recognize(PHOTOGRAPHS["ana-2.jpg"])
    assert (found["name"], found["match"], found["traits"]) == ("ana", True, [])
    assert found["area"] > 0
    (found,) = double_take.recognize(PHOTOGRAPHS["stranger.jpg"])
    assert (found["name"], found["match"]) == ("unknown", False)
    assert double_take.recognize(PHOTOGRAPHS["street.jpg"]) == []
    assert double_take.train("stranger", PHOTOGRAPHS["stranger.jpg"]).status_code == 403
    assert double_take.remove("ana").json() == {"deleted": 1}
    (found,) = double_take.recognize(PHOTOGRAPHS["ana-2.jpg"])
    assert found["name"] == "unknown"


def test_double_take_takes_nobody_who_waits_for_people_for_unknown(office, address, issue):
    key = issue(office.permit(), grounds=RELEASES, provenance="own_enrollment")
    double_take = DoubleTake(address, key.token)
    double_take.train("ana", PHOTOGRAPHS["ana-1.jpg"])
    with pytest.raises(RuntimeError, match="waits for reviewers, as lead"):
        double_take.recognize(PHOTOGRAPHS["ana-2.jpg"])
