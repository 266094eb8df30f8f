"""The walk over photographs, with an engine that makes features of a file's bytes."""

from __future__ import annotations

import csv
import hashlib
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from recognizance.cli.evidence_make import FAIRFACE, make_evidence, measure
from recognizance.errors import EvidenceError, NoUsableFaceError
from recognizance.evidence import build, load_evidence, threshold_for
from recognizance.evidence.files import write_evidence
from recognizance.types import Box, Detection, ErrorRate, Features

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NO_FACE = b"an empty street"
UNUSABLE = b"fairface 70"


def face(left: float, top: float, side: float) -> Detection:
    return Detection(Box(left, top, side, side), np.zeros((5, 2), np.float32), 0.9)


AT_THE_EDGE, LABELLED, SMALL = face(150, 0, 60), face(75, 20, 55), face(95, 45, 10)


class ByteEngine:
    """Three faces in every photograph, the largest first, except where there is none."""

    model_id = "model"
    cohort_id = "cohort"

    def decode(self, data):
        return SimpleNamespace(data=data, size_wh=(200, 100))

    def detect(self, frame):
        return () if frame.data == NO_FACE else (AT_THE_EDGE, LABELLED, SMALL)

    def align(self, frame, detection):
        assert detection is LABELLED
        if frame.data == UNUSABLE:
            raise NoUsableFaceError("The landmarks do not span a face.")
        return np.frombuffer(hashlib.sha256(frame.data).digest(), dtype=np.uint32)

    def extract(self, crops):
        return tuple(self.features(crop) for crop in crops)

    def features(self, crop) -> Features:
        vector = np.random.default_rng(crop).standard_normal(128).astype(np.float32)
        vector /= np.linalg.norm(vector)
        return Features(vector, self.model_id, self.cohort_id, cohort_mean=0.1)


def write(folder, rows: list[dict[str, str]]) -> None:
    """One file a row, its bytes as good as a photograph, and the label file."""
    folder.mkdir()
    for number, row in enumerate(rows):
        photograph = NO_FACE if number == 0 else f"{folder.name} {number}".encode()
        (folder / row["path"]).write_bytes(photograph)
    with (folder / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def faces_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp("faces")
    bands = {"White": "30-39", "Black": "3-9", "Indian": "20-29"}
    write(
        root / "fairface",
        [
            {"path": f"f{race}{i}.jpg", "race": race, "sex": "female", "age": age}
            for race, age in bands.items()
            for i in range(35)
        ],
    )
    named = [
        {"path": f"Somebody_{i}_{take}.jpg", "subject_id": f"Somebody_{i}", "sex": sex}
        for i, sex in enumerate(["male", "female", ""] * 35)
        for take in range(2)
    ]
    write(root / "lfw", named)
    write(root / "congress", [row | {"ethnicity": ""} for row in named])
    return root


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr(build, "_DRAWS", 10)


def test_evidence_says_what_it_was_measured_on(faces_dir, tmp_path):
    evidence = make_evidence(ByteEngine(), faces_dir, now=NOW, quiet=True)

    lfw = evidence.data_sets[1]
    digests = sorted(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (faces_dir / "lfw").glob("*.jpg")
    )
    assert lfw.files_sha256 == hashlib.sha256("\n".join(digests).encode()).hexdigest()
    labels = (faces_dir / "lfw" / "labels.csv").read_bytes()
    assert lfw.labels_sha256 == hashlib.sha256(labels).hexdigest()
    assert (lfw.images, lfw.failures_to_acquire, lfw.people) == (210, 1, 105)
    assert [data_set.identities for data_set in evidence.data_sets] == [False, True, True]
    assert [(cell.name, cell.sets_threshold) for cell in evidence.non_mated] == [
        ("FairFace: Indian, female", True),
        ("FairFace: White, female", True),
        ("FairFace: 20-29", True),
        ("FairFace: 30-39", True),
        ("FairFace: 3-9", False),
        ("LFW: everybody", True),
        ("LFW: female", True),
        ("LFW: male", True),
        ("Congress: everybody", True),
        ("Congress: female", True),
        ("Congress: male", True),
    ]
    assert evidence.non_mated[1].failures_to_acquire == 1
    assert evidence.mated[0].pairs == 104  # the first person's other photograph has no face
    assert evidence.made_at == "2026-01-02T00:00:00.000Z"

    path = tmp_path / "evidence.json"
    write_evidence(evidence, path)
    assert load_evidence(path).digest == evidence.digest
    assert threshold_for(evidence, ErrorRate.FMR, 100_000_000).basis


def test_evidence_is_the_same_each_time_and_names_nobody(faces_dir):
    once, again = (
        make_evidence(ByteEngine(), faces_dir, now=NOW, quiet=True).to_bytes() for _ in range(2)
    )
    assert once == again
    for word in (b"Somebody", b".jpg", str(faces_dir).encode()):
        assert word not in once


def test_features_stand_in_the_order_of_the_label_file(faces_dir):
    engine = ByteEngine()
    measured = measure(engine, faces_dir, FAIRFACE, quiet=True)
    assert np.flatnonzero(~measured.acquired).tolist() == [0, 70]
    for row in (1, 31, 32, 104):
        crop = engine.align(engine.decode(f"fairface {row}".encode()), LABELLED)
        np.testing.assert_array_equal(measured.vectors[row], engine.features(crop).vector)


@pytest.mark.parametrize("missing", ["labels.csv", "fWhite3.jpg"])
def test_a_missing_file_is_an_evidence_error(tmp_path, missing):
    rows = [
        {"path": f"fWhite{i}.jpg", "race": "White", "sex": "female", "age": "30-39"}
        for i in range(5)
    ]
    write(tmp_path / "fairface", rows)
    (tmp_path / "fairface" / missing).unlink()
    with pytest.raises(EvidenceError) as caught:
        measure(ByteEngine(), tmp_path, FAIRFACE, quiet=True)
    assert "White" not in caught.value.message
