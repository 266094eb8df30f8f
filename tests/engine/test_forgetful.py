"""What a face leaves inside a runtime: overwritten by the next one, or by a black picture."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import Windows, memory_of
from recognizance.engine import Engine
from recognizance.engine.extract import unit_length
from recognizance.engine.forgetful import Forgetful
from recognizance.engine.models import recogniser_network
from recognizance.errors import ModelError


class Buffers:
    """A network that keeps the sum of what it saw last, for each number of pictures."""

    def __init__(self) -> None:
        self.left: dict[int, int] = {}
        self.broken = False
        self.black = threading.Event()

    def run(self, pictures, height, width):
        seen = int(sum(np.sum(each, dtype=np.int64) for each in pictures))
        if self.broken:
            raise RuntimeError
        self.left[len(pictures)] = seen
        if not seen:
            self.black.set()
        return [np.full((len(pictures), 1), seen, np.float32)]


def picture(value: int) -> np.ndarray:
    return np.full((2, 2, 3), value, np.uint8)


def rest(network: Forgetful) -> None:
    """Wait until nothing is left to overwrite."""
    while (keeper := network._keeper) is not None:
        keeper.join()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_every_size_that_was_used_ends_black(counts):
    inner = Buffers()
    network = Forgetful(inner, stays_s=0.001)
    for count in counts:
        (given_back,) = network.run([picture(9)] * count, 2, 2)
        assert given_back[0] == 9 * 12 * count
    rest(network)
    assert inner.left == dict.fromkeys(counts, 0)


def test_a_size_that_rests_is_overwritten_while_others_are_used():
    inner = Buffers()
    network = Forgetful(inner, stays_s=0.01)
    network.run([picture(1)] * 8, 2, 2)
    while inner.left[8]:
        network.run([picture(1)], 2, 2)
    assert inner.black.is_set()
    rest(network)


def test_a_face_that_cannot_be_overwritten_is_the_last_one():
    inner = Buffers()
    network = Forgetful(inner, stays_s=0.001)
    with network._lock:
        inner.broken = True
        network._left[1, 2, 2] = 0.0
        network._keeper = threading.Thread(target=network._keep)
        network._keeper.start()
    rest(network)
    inner.broken = False
    with pytest.raises(ModelError) as caught:
        network.run([picture(1)], 2, 2)
    assert caught.value.hint


def test_a_run_that_fails_leaves_nothing_either():
    inner = Buffers()
    network = Forgetful(inner, stays_s=0.01)
    inner.left[1], inner.broken = 5, True
    with pytest.raises(RuntimeError):
        network.run([picture(1)], 2, 2)
    inner.broken = False
    rest(network)
    assert inner.left == {1: 0}


# ---- the real thing ---------------------------------------------------------------------------

VICTIM = """
import sys, numpy
from recognizance.engine.extract import embed
from recognizance.engine.forgetful import Forgetful
from recognizance.engine.models import recogniser_network
from recognizance.engine.runtime import load_network
data = recogniser_network(None)
network = load_network(data, runtime=sys.argv[1], precision="f32", threads=1)
network = Forgetful(network, stays_s=float(sys.argv[2]))
for crop in numpy.load(sys.argv[3]):
    embed(network, [crop]).fill(0)
    crop.fill(0)
if network._stays_s < 1:
    while (keeper := network._keeper) is not None:
        keeper.join()
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def people(engine, faces, tmp_path_factory):
    """Crops of two people, and what the recogniser and its last layers make of them."""
    graph = onnx.load_from_string(recogniser_network(None))
    layer = next(node for node in graph.graph.node if node.op_type == "Flatten").input[0]
    before = next(node for node in graph.graph.node if layer in node.output).input[0]
    graph.graph.output.append(onnx.helper.make_tensor_value_info(before, 1, None))
    core = openvino.Core()
    model = core.read_model(graph.SerializeToString())
    model.reshape([1, 112, 112, 3])
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(model, "CPU", options | {"INFERENCE_NUM_THREADS": 1})
    crops, made = [], {}
    for path in sorted((faces / "congress" / "2023").glob("*.jpg"))[:2]:
        frame = engine.decode(path.read_bytes())
        crop = engine.align(frame, engine.detect(frame)[0])
        raw, activations = compiled(crop[np.newaxis].astype(np.float32)).values()
        made[f"{path.name}: features"] = [raw[0].copy(), unit_length(raw)[0]]
        made[f"{path.name}: activations"] = [activations.ravel()[:10_000].copy()]
        crops.append(crop)
    path = tmp_path_factory.mktemp("crops") / "crops.npy"
    np.save(path, np.stack(crops))
    return path, Windows(made)


def left_in_memory(people, runtime: str, stays_s: float) -> set[str]:
    path, windows = people
    command = [sys.executable, "-c", VICTIM, runtime, str(stays_s), str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ.copy()
    ) as process:
        assert process.stdout.readline() == b"done\n"
        found = {who for part in memory_of(process.pid) for who in windows.found_in(part)}
        process.stdin.close()
    assert process.returncode == 0
    return found


@pytest.mark.faces
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no process's memory is shown")
@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_features_are_gone_at_once_and_what_led_to_them_soon(people, runtime):
    at_once = left_in_memory(people, runtime, 600.0)
    assert not any(who.endswith("features") for who in at_once)
    if runtime == "openvino":  # the next face has overwritten the first one, nobody the second
        assert len(at_once) == 1
    assert left_in_memory(people, runtime, 0.01) == set()


def test_an_engine_has_a_recogniser_that_forgets(model_cache):
    assert isinstance(Engine.load(cache_dir=model_cache)._recogniser, Forgetful)
