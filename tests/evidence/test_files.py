"""Evidence files: what is written is read again, and damage is always an EvidenceError."""

from __future__ import annotations

import copy
import gzip
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.canonical import canonical_bytes, digest
from recognizance.errors import EvidenceError, ModelMismatchError
from recognizance.evidence import files, load_evidence, threshold_for
from recognizance.evidence.files import write_evidence
from recognizance.types import ErrorRate


@pytest.fixture(scope="module")
def evidence(maker):
    return maker.evidence(
        maker.cell(group="a"), maker.cell("Unnamed", group="b", sets_threshold=False)
    )


@pytest.fixture
def path(tmp_path, evidence):
    path = tmp_path / "evidence.json"
    write_evidence(evidence, path)
    return path


@pytest.mark.parametrize("name", ["evidence.json", "evidence.json.gz"])
def test_what_is_written_is_read_again(tmp_path, evidence, name):
    path = tmp_path / name
    write_evidence(evidence, path)
    first = path.read_bytes()

    again = load_evidence(path)
    write_evidence(again, path)

    assert path.read_bytes() == first
    assert again.digest == evidence.digest
    assert again.data_sets == evidence.data_sets
    assert again.differentials == evidence.differentials
    np.testing.assert_array_equal(again.non_mated[1].upper_ppb, evidence.non_mated[1].upper_ppb)
    assert [cell.name for cell in again.non_mated] == ["Named: a", "Unnamed: b"]
    assert threshold_for(again, ErrorRate.FMR, 1_000_000) == threshold_for(
        evidence, ErrorRate.FMR, 1_000_000
    )


def test_the_digest_is_of_the_canonical_document(path, evidence):
    envelope = json.loads(path.read_bytes())
    assert envelope["sha256"] == digest(envelope["evidence"]) == evidence.digest
    assert path.read_bytes() == evidence.to_bytes() == canonical_bytes(envelope)


def test_curves_that_were_read_cannot_be_changed(path):
    with pytest.raises(ValueError, match="read-only"):
        load_evidence(path).non_mated[0].upper_ppb[0] = 0


@pytest.mark.parametrize("zipped", [False, True])
@given(data=st.data())
def test_a_cut_or_flipped_file_is_an_evidence_error(tmp_path_factory, evidence, zipped, data):
    path = tmp_path_factory.mktemp("evidence") / ("e.json.gz" if zipped else "e.json")
    write_evidence(evidence, path)
    whole = path.read_bytes()
    # Bytes 4 to 9 of gzip's header say when and where it was made, and carry nothing.
    position = data.draw(st.integers(10 if zipped else 0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    for damaged in (whole[:position], bytes(flipped)):
        path.write_bytes(damaged)
        if zipped and harmless(damaged, whole):
            assert load_evidence(path).digest == evidence.digest
            continue
        with pytest.raises(EvidenceError) as caught:
            load_evidence(path)
        assert caught.value.hint


def harmless(damaged: bytes, whole: bytes) -> bool:
    """A few bits of deflate's last byte carry nothing."""
    try:
        return gzip.decompress(damaged) == gzip.decompress(whole)
    except (OSError, EOFError, zlib.error):
        return False


@given(st.binary(max_size=60))
def test_other_bytes_are_an_evidence_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("evidence") / "e.json"
    for content in (data, b"\x1f\x8b" + data, gzip.compress(data)):
        path.write_bytes(content)
        with pytest.raises(EvidenceError):
            load_evidence(path)


def forged(path, change):
    """Change the document and give it the digest that fits again."""
    document = copy.deepcopy(json.loads(path.read_bytes())["evidence"])
    change(document)
    path.write_bytes(canonical_bytes({"evidence": document, "sha256": digest(document)}))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="recognizance-evidence/2"),
        lambda d: d.update(model_id=7),
        lambda d: d.update(first_edge="0"),
        lambda d: d.update(first_edge=True),
        lambda d: d.update(edge_count=0),
        lambda d: d.update(edge_count=100),
        lambda d: d.update(surprise=1),
        lambda d: d.pop("tool"),
        lambda d: d.update(data_sets=[]),
        lambda d: d.update(mated={}),
        lambda d: d["data_sets"][0].update(identities=1),
        lambda d: d["data_sets"][0].pop("name"),
        lambda d: d["non_mated"][0].update(pairs=0),
        lambda d: d["non_mated"][0].update(people=1),
        lambda d: d["non_mated"][0].update(labels={"sex": 1}),
        lambda d: d["non_mated"][0].update(labels=[]),
        lambda d: d["non_mated"][0]["upper_ppb"].reverse(),
        lambda d: d["non_mated"][0]["upper_ppb"].__setitem__(0, 10**9 + 1),
        lambda d: d["non_mated"][0]["fmr_ppb"].__setitem__(-1, -1),
        lambda d: d["non_mated"][0]["fmr_ppb"].__setitem__(0, 1.5),
        lambda d: d["non_mated"][0]["fmr_ppb"].pop(),
        lambda d: d["mated"][0]["fnmr_ppb"].reverse(),
        lambda d: d["differentials"][0].update(groups=1),
        lambda d: d["differentials"][0]["ratio"].__setitem__(0, "1"),
    ],
)
def test_a_document_that_cannot_be_is_refused_even_with_a_fitting_digest(path, change):
    forged(path, change)
    with pytest.raises(EvidenceError):
        load_evidence(path)


@pytest.mark.parametrize("envelope", [[], {}, {"evidence": {}}, {"evidence": 1, "sha256": "x"}])
def test_another_envelope_is_refused(path, envelope):
    path.write_bytes(canonical_bytes(envelope))
    with pytest.raises(EvidenceError):
        load_evidence(path)


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 1000)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * 1001))
    with pytest.raises(EvidenceError, match="larger"):
        load_evidence(path)


def test_files_that_cannot_be_opened(tmp_path, evidence):
    with pytest.raises(EvidenceError):
        load_evidence(tmp_path / "none.json")
    with pytest.raises(EvidenceError):
        write_evidence(evidence, tmp_path / "none" / "evidence.json")


def test_evidence_about_another_model_is_refused(evidence):
    evidence.require_model("model", "cohort")
    for other in (("other", "cohort"), ("model", "other")):
        with pytest.raises(ModelMismatchError):
            evidence.require_model(*other)
