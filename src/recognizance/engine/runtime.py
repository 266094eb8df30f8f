"""What runs a network: OpenVINO by default, ONNX Runtime as the fallback, behind one method."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from recognizance.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

Runtime = Literal["openvino", "onnxruntime"]
Precision = Literal["f32", "bf16"]

# A compiled size of the detector holds up to 60 MB of buffers; photographs from one camera or one
# collection come in few sizes.
_KEPT_SIZES = 8


class Network(Protocol):
    """A network that takes RGB pictures. Any number of threads may call it; they take turns."""

    def run(
        self, pictures: Sequence[NDArray[np.uint8]], height: int, width: int
    ) -> list[NDArray[np.float32]]:
        """Run on pictures, each laid at the top left of a black canvas.

        Args:
            pictures: ndarrays of shape (rows, columns, 3), dtype=np.uint8, RGB, none larger than
                the canvas.
            height: Of the canvas, in pixels.
            width: Of the canvas, in pixels.

        Returns:
            The network's outputs in its own order, the first axis of each being the picture. They
            are the caller's; the network's own copies, and the pictures in it, are zeroed.
        """


def load_network(
    data: bytes, *, runtime: Runtime, precision: Precision, threads: int | None
) -> Network:
    """Load a prepared network.

    Args:
        data: ONNX, as `models` prepares it.
        runtime: What runs it.
        precision: Its arithmetic.
        threads: How many threads it may use; None for what the runtime thinks best.

    Raises:
        ModelError: The runtime or the processor cannot run it in that precision.
    """
    match runtime:
        case "openvino":
            return OpenVinoNetwork(data, precision=precision, threads=threads)
        case "onnxruntime":
            if precision != "f32":
                raise ModelError(
                    "ONNX Runtime runs these models in f32 only.",
                    hint="Choose the runtime openvino, or the precision f32.",
                )
            return OnnxRuntimeNetwork(data, threads=threads)


class SideBySide:
    """One network several times over, for runs at once; a lone caller always gets the same one.

    On one thread each, several take less time together than one that runs on all of them, which
    waits more than it computes.

    Args:
        make: Makes one more, when all that there are run.
        most: How many may run at once.
    """

    def __init__(self, make: Callable[[], Network], most: int) -> None:
        self._make = make
        self._most = most
        self._turns = Semaphore(most)
        self._free: list[Network] = []

    def run(
        self, pictures: Sequence[NDArray[np.uint8]], height: int, width: int
    ) -> list[NDArray[np.float32]]:
        """As `Network.run`."""
        with self._turns, self._one() as network:
            return network.run(pictures, height, width)

    @contextmanager
    def _one(self) -> Iterator[Network]:
        try:
            network = self._free.pop()
        except IndexError:
            network = self._make()
        try:
            yield network
        finally:
            self._free.append(network)


class OpenVinoNetwork:
    """A network on OpenVINO, compiled once for each size of input, the latest few kept.

    Compiling for a fixed size costs a moment once, and every run is faster than that of a network
    that takes any size.
    """

    def __init__(self, data: bytes, *, precision: Precision, threads: int | None) -> None:
        import openvino  # noqa: PLC0415  # a quarter of a second, and unneeded on ONNX Runtime

        self._core: Any = openvino.Core()
        if precision == "bf16" and "BF16" not in self._core.get_property(
            "CPU", "OPTIMIZATION_CAPABILITIES"
        ):
            raise ModelError(
                "This processor has no bf16 arithmetic.", hint="Choose the precision f32."
            )
        self._data = data
        self._options: dict[str, object] = {
            "PERFORMANCE_HINT": "LATENCY",
            # Where the processor has bf16, OpenVINO would take it unasked.
            "INFERENCE_PRECISION_HINT": precision,
            # Pinned, two networks of one thread in one process are bound to the same core: they
            # would take turns on it and leave the other idle.
            "ENABLE_CPU_PINNING": False,
        }
        if threads is not None:
            self._options["INFERENCE_NUM_THREADS"] = threads
        self._requests: OrderedDict[tuple[int, int, int], Any] = OrderedDict()
        self._lock = Lock()

    def run(
        self, pictures: Sequence[NDArray[np.uint8]], height: int, width: int
    ) -> list[NDArray[np.float32]]:
        """As `Network.run`."""
        with self._lock:
            request = self._request((len(pictures), height, width))
            taken = request.get_input_tensor().data
            given = [tensor.data for tensor in request.output_tensors]
            _lay_out(pictures, taken)
            try:
                request.infer()
                return [each.copy() for each in given]
            finally:
                for each in (taken, *given):
                    each.fill(0)

    def _request(self, size: tuple[int, int, int]) -> Any:  # noqa: ANN401  # openvino has no types
        """The request compiled for this many pictures of this size."""
        if size not in self._requests:
            model = self._core.read_model(self._data)
            model.reshape([*size, 3])
            compiled = self._core.compile_model(model, "CPU", self._options)
            self._requests[size] = compiled.create_infer_request()
            if len(self._requests) > _KEPT_SIZES:
                self._requests.popitem(last=False)
        self._requests.move_to_end(size)
        return self._requests[size]


class OnnxRuntimeNetwork:
    """A network on ONNX Runtime's CPU provider, always in f32."""

    def __init__(self, data: bytes, *, threads: int | None) -> None:
        import onnxruntime  # noqa: PLC0415  # the fallback; unneeded on OpenVINO

        options = onnxruntime.SessionOptions()
        if threads is not None:
            options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def run(
        self, pictures: Sequence[NDArray[np.uint8]], height: int, width: int
    ) -> list[NDArray[np.float32]]:
        """As `Network.run`."""
        canvases = np.empty((len(pictures), height, width, 3), dtype=np.float32)
        _lay_out(pictures, canvases)
        try:
            outputs: list[NDArray[np.float32]] = self._session.run(None, {self._input: canvases})
        finally:
            canvases.fill(0)
        return outputs


def _lay_out(pictures: Sequence[NDArray[np.uint8]], canvases: NDArray[np.float32]) -> None:
    """Copy each picture to the top left of its canvas and blacken the rest."""
    for picture, canvas in zip(pictures, canvases, strict=True):
        height, width = picture.shape[:2]
        canvas[:height, :width] = picture
        canvas[height:] = 0
        canvas[:height, width:] = 0
