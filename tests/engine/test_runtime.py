import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import numpy as np
import openvino
import pytest
from engine_pictures import pattern

from recognizance.engine import Engine, runtime
from recognizance.engine.extract import embed
from recognizance.engine.models import detector_network, recogniser_network
from recognizance.engine.runtime import OpenVinoNetwork, SideBySide, load_network
from recognizance.errors import ModelError

GOLDEN = Path(__file__).with_name("golden") / "sface_opencv4.json"


@pytest.fixture(scope="module")
def fallback(model_cache) -> Engine:
    return Engine.load(runtime="onnxruntime", threads=1, cache_dir=model_cache)


def test_both_runtimes_give_the_same_features(engine, fallback):
    crops = [pattern(seed=seed) for seed in range(4)]
    for one, other in zip(engine.extract(crops), fallback.extract(crops), strict=True):
        assert one.vector @ other.vector > 1 - 1e-4
        assert one.cohort_mean == pytest.approx(other.cohort_mean, abs=1e-4)


def test_both_runtimes_find_the_same_faces(engine, fallback, faces):
    frame = engine.decode((faces / "lfw/Aaron_Sorkin/Aaron_Sorkin_0001.jpg").read_bytes())
    for one, other in zip(engine.detect(frame), fallback.detect(frame), strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-4)
        np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.01)


def test_the_model_id_does_not_depend_on_the_runtime(engine, fallback):
    assert engine.model_id == fallback.model_id
    assert engine.card.runtime != fallback.card.runtime


def test_features_agree_with_opencv_4(engine):
    """Colour order and scaling are those of FaceRecognizerSF; the crops are made from code."""
    golden = json.loads(GOLDEN.read_text())["features"]
    features = engine.extract([pattern(seed=seed) for seed in range(len(golden))])
    for expected, given in zip(golden, features, strict=True):
        assert np.dot(expected, given.vector) > 0.9999


def test_batches_equal_one_by_one(engine):
    crops = [pattern(seed=seed) for seed in range(11)]
    together = np.stack([each.vector for each in engine.extract(crops)])
    alone = np.stack([engine.extract([crop])[0].vector for crop in crops])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_threads_may_share_a_network(engine):
    crops = [pattern(seed=seed) for seed in range(6)]
    alone = [engine.extract([crop])[0].vector for crop in crops]
    with ThreadPoolExecutor(4) as pool:
        shared = list(pool.map(lambda crop: engine.extract([crop])[0].vector, crops))
    np.testing.assert_array_equal(shared, alone)


def test_a_smaller_picture_after_a_larger_one_leaves_no_trace(model_cache):
    network = load_network(
        detector_network(model_cache), runtime="openvino", precision="f32", threads=1
    )
    small = pattern(40, 50)
    before = network.run([small], 64, 64)
    network.run([pattern(64, 64, seed=3)], 64, 64)
    for one, other in zip(before, network.run([small], 64, 64), strict=True):
        np.testing.assert_array_equal(one, other)


def test_only_a_few_sizes_stay_compiled(model_cache, monkeypatch):
    monkeypatch.setattr(runtime, "_KEPT_SIZES", 2)
    network = OpenVinoNetwork(detector_network(model_cache), precision="f32", threads=1)
    for side in (32, 64, 32, 96):
        network.run([pattern(side, side)], side, side)
    assert list(network._requests) == [(1, 32, 32), (1, 96, 96)]


class Meeting:
    """A network that runs only while another one does."""

    def __init__(self, together):
        self._together = together

    def run(self, pictures, height, width):
        self._together.wait(timeout=60)
        return [np.full((len(pictures), height, width), len(pictures), np.float32)]


def test_as_many_networks_as_allowed_run_at_once():
    together, made = Barrier(2), []

    def make():
        made.append(Meeting(together))
        return made[-1]

    several = SideBySide(make, 2)
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda side: several.run([pattern()], side, 1)[0], range(1, 7)))
    assert [each.shape[1] for each in given] == [1, 2, 3, 4, 5, 6]
    assert len(made) == 2


def test_a_network_that_fails_leaves_its_place_to_the_next(model_cache):
    make = partial(
        load_network,
        detector_network(model_cache),
        runtime="openvino",
        precision="f32",
        threads=1,
    )
    several = SideBySide(make, 1)
    for _ in range(2):
        with pytest.raises(ValueError, match="broadcast"):
            several.run([pattern(64, 64)], 32, 32)
    alone = make().run([pattern(32, 32)], 32, 32)
    for one, other in zip(several.run([pattern(32, 32)], 32, 32), alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_onnx_runtime_refuses_bf16(model_cache):
    with pytest.raises(ModelError, match="f32 only"):
        Engine.load(runtime="onnxruntime", precision="bf16", cache_dir=model_cache)


def test_openvino_refuses_bf16_where_the_processor_has_none(model_cache, monkeypatch):
    class OldCore:
        def get_property(self, *_):
            return ["FP32"]

    monkeypatch.setattr(openvino, "Core", OldCore)
    with pytest.raises(ModelError, match="bf16"):
        load_network(b"", runtime="openvino", precision="bf16", threads=None)


def test_bf16_is_another_model_that_is_almost_the_same(engine, model_cache):
    try:
        half = Engine.load(precision="bf16", threads=1, cache_dir=model_cache)
    except ModelError as error:
        pytest.skip(error.message)
    crop = pattern()
    (one,), (other,) = engine.extract([crop]), half.extract([crop])
    assert one.model_id != other.model_id
    assert 0.98 < one.vector @ other.vector < 1


def test_the_recogniser_takes_any_number_of_crops(model_cache):
    data = recogniser_network(model_cache)
    network = load_network(data, runtime="onnxruntime", precision="f32", threads=1)
    assert embed(network, [pattern(seed=seed) for seed in range(3)]).shape == (3, 128)
