import hashlib
from importlib.metadata import PackageNotFoundError

import numpy as np
import onnx
import pytest
from engine_pictures import pattern
from onnx.reference import ReferenceEvaluator

from recognizance.engine import models
from recognizance.engine.models import (
    DETECTOR,
    RECOGNISER,
    detector_network,
    read_model,
    recogniser_network,
    shipped_models,
)
from recognizance.errors import ModelError


def answers(network: bytes, **feeds: np.ndarray) -> dict[str, np.ndarray]:
    """What the ONNX project's own evaluator computes: slow, and nobody's fast path."""
    evaluator = ReferenceEvaluator(onnx.load_from_string(network))
    return dict(zip(evaluator.output_names, evaluator.run(None, feeds), strict=True))


def planes(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[np.newaxis]).astype(np.float32)


def test_the_prepared_detector_computes_what_the_published_one_does():
    picture = pattern(96, 64)
    published = answers(read_model(DETECTOR), input=planes(picture[..., ::-1]))
    prepared = answers(detector_network(None), pictures=picture[np.newaxis].astype(np.float32))
    for stride in (8, 16, 32):
        head = prepared[f"head_{stride}"].reshape(-1, 16)
        for part, channels in {
            "cls": slice(0, 1),
            "obj": slice(1, 2),
            "bbox": slice(2, 6),
            "kps": slice(6, 16),
        }.items():
            expected = published[f"{part}_{stride}"][0]
            said = head[:, channels]
            if part in {"cls", "obj"}:
                said = 1 / (1 + np.exp(-said))
            np.testing.assert_allclose(said, expected, atol=1e-4)


def test_the_prepared_recogniser_computes_what_the_published_one_does():
    crop = pattern()
    published = answers(read_model(RECOGNISER), data=planes(crop))["fc1"]
    prepared = answers(
        recogniser_network(None), pictures=np.stack([crop, crop]).astype(np.float32)
    )["fc1"]
    assert prepared.shape == (2, 128)
    for row in prepared:
        np.testing.assert_allclose(row, published[0], atol=1e-4)


def test_a_model_file_that_was_exchanged_is_refused():
    tampered = models.ModelFile(**(DETECTOR.as_dict() | {"sha256": "0" * 64}))
    with pytest.raises(ModelError, match="not the pinned one"):
        read_model(tampered)


def test_a_missing_wheel_is_refused_with_the_way_to_install_it(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(models, "distribution", missing)
    with pytest.raises(ModelError, match=DETECTOR.file_name) as caught:
        detector_network(None)
    assert "recognizance[engine]" in caught.value.hint


def test_a_wheel_without_the_file_is_refused():
    absent = models.ModelFile(**(DETECTOR.as_dict() | {"file_name": "absent.onnx"}))
    with pytest.raises(ModelError, match=r"absent\.onnx"):
        read_model(absent)


def test_a_graph_that_is_not_the_expected_one_is_refused():
    with pytest.raises(ModelError, match="graph"):
        models.prepare_detector(read_model(RECOGNISER))


def test_the_cache_holds_one_file_that_is_used_again(tmp_path, monkeypatch):
    folder = tmp_path / "not" / "there" / "yet"
    first = detector_network(folder)
    (cached,) = folder.iterdir()
    assert DETECTOR.sha256 in cached.name
    monkeypatch.setattr(models, "prepare_detector", None)
    assert detector_network(folder) == first


@pytest.mark.parametrize("damage", [b"", b"\x00", b"0" * 64])
def test_a_damaged_cache_file_is_found_out_and_rebuilt(tmp_path, damage):
    first = detector_network(tmp_path)
    (cached,) = tmp_path.iterdir()
    whole = cached.read_bytes()
    cached.write_bytes(damage + whole[len(damage) : -1])
    assert detector_network(tmp_path) == first
    assert cached.read_bytes() == whole


def test_a_network_of_somebody_elses_in_the_cache_is_not_run(tmp_path):
    """Whole and loadable, but not the one that this source names by digest."""
    first = detector_network(tmp_path)
    (cached,) = tmp_path.iterdir()
    cached.write_bytes(models.recogniser_network(None))
    assert detector_network(tmp_path) == first


def test_without_a_writable_cache_the_model_is_prepared_in_memory(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert detector_network(blocked) == detector_network(None)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models.os, "fdopen", full)
    detector_network(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_not_known_of_a_model_is_called_unknown():
    detector, recogniser = (model.as_dict() for model in shipped_models())
    assert recogniser["training_set"] == "unknown"
    assert detector["training_groups"] == recogniser["training_groups"] == "unknown"
    assert (detector["weights_licence"], recogniser["weights_licence"]) == ("MIT", "Apache-2.0")


def test_the_pinned_digests_are_those_of_the_files():
    for model in shipped_models():
        assert hashlib.sha256(read_model(model)).hexdigest() == model.sha256
