"""The evidence that is shipped: about the shipped model, and true of photographs."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from recognizance.compare import load_cohort, score_matrix
from recognizance.errors import TargetUnsupportedError
from recognizance.evidence import floor_ppb, load_evidence, threshold_for
from recognizance.types import ErrorRate

FACES = Path(
    os.environ.get("RECOGNIZANCE_FACES", Path(__file__).parents[2].parent / "shared" / "faces")
)


@pytest.fixture(scope="module")
def evidence():
    return load_evidence()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    room = pytest.importorskip("recognizance.engine", reason="the engine extra is not installed")
    return room.Engine.load(threads=1, cache_dir=tmp_path_factory.mktemp("models"))


def test_it_is_about_the_shipped_model_and_cohort(evidence, engine):
    evidence.require_model(engine.model_id, load_cohort().cohort_id)


@pytest.mark.parametrize("target", [10_000_000, 1_000_000, 300_000])
def test_fourteen_groups_and_two_more_data_sets_keep_the_usual_targets(evidence, target):
    threshold = threshold_for(evidence, ErrorRate.FMR, target)
    by_race_and_sex = [
        group
        for group in threshold.fmr_by_group
        if {key for key, _ in group.labels} == {"race", "sex"}
    ]
    assert len(by_race_and_sex) == 14
    assert {name.split(":")[0] for name in threshold.basis} == {"FairFace", "LFW", "Congress"}
    for group in threshold.fmr_by_group:
        if group.sets_threshold and group.measured:
            assert 0 <= group.fmr <= group.upper <= target / 1e9
            assert group.fmr <= group.fmr_with_suspected


def test_it_reaches_what_all_pairs_of_lfw_support_and_no_further(evidence):
    people = next(cell for cell in evidence.non_mated if cell.name == "LFW: everybody").people
    pairs = people * (people - 1) // 2
    assert floor_ppb(evidence) == -(-30 * 10**9 // pairs)
    low = threshold_for(evidence, ErrorRate.FMR, 30_000)
    assert {name.split(":")[0] for name in low.basis} == {"LFW"}
    assert all(f"FairFace: {race}, female" in low.not_measured for race in ("Black", "White"))
    with pytest.raises(TargetUnsupportedError):
        threshold_for(evidence, ErrorRate.FMR, 1_000)


def test_children_below_ten_are_reported_and_set_nothing(evidence):
    threshold = threshold_for(evidence, ErrorRate.FMR, 1_000_000)
    children = [group for group in threshold.fmr_by_group if not group.sets_threshold]
    assert [group.group for group in children] == ["FairFace: 0-2", "FairFace: 3-9"]
    assert all(group.people > 0 for group in children)


def test_it_holds_rates_and_nobody(evidence):
    text = evidence.to_bytes().decode()
    for trace in (".jpg", "/", "\\", "Tony_Blair", "A000014"):
        assert trace not in text.replace("recognizance-evidence/1", "")


@pytest.mark.faces
def test_portraits_of_twenty_people_match_themselves_and_nobody_else(evidence, engine):
    if not (FACES / "congress" / "labels.csv").is_file():
        pytest.skip("the shared photographs are not here (set RECOGNIZANCE_FACES)")
    with (FACES / "congress" / "labels.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    takes: dict[str, list[str]] = {}
    for row in rows:
        takes.setdefault(row["subject_id"], []).append(row["path"])
    people = [paths for paths in takes.values() if len(paths) == 2][:20]

    def features(path: str):
        frame = engine.decode((FACES / "congress" / path).read_bytes())
        return engine.extract([engine.align(frame, engine.detect(frame)[0])])[0]

    old, new = ([features(paths[take]) for paths in people] for take in range(2))
    scores = score_matrix(
        np.stack([each.vector for each in old]),
        np.array([each.cohort_mean for each in old], dtype=np.float32),
        np.stack([each.vector for each in new]),
        np.array([each.cohort_mean for each in new], dtype=np.float32),
    )

    matches = scores >= threshold_for(evidence, ErrorRate.FMR, 1_000_000).score

    assert np.trace(matches) >= 19
    assert (matches.sum() - np.trace(matches)) <= 2  # of 380 pairs of different people
