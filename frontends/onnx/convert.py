"""OnnxGraph -> Model: node by node, in the order of the file, with channels last wherever windows are."""

from __future__ import annotations

from arenite.errors import UnsupportedError
from arenite.frontends.model import FileLayout, Model
from arenite.frontends.onnx.builder import Builder
from arenite.frontends.onnx.conversions import convert_node
from arenite.frontends.onnx.graph import OnnxGraph
from arenite.frontends.onnx.integers.state import LOOKUP, REINTERPRET, REQUANTISE
from arenite.frontends.onnx.layout import channels_last, channels_last_axes, order, plain

WINDOWS = frozenset(("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LRN"))
PASSING = frozenset(
    (
        *("QuantizeLinear", "DequantizeLinear", "Identity", "Add", "Mul", "Sub", "Div", "Pad"),
        *(LOOKUP, REQUANTISE, REINTERPRET),
    )
)
"""What hands on the order of its first input."""


def convert(graph: OnnxGraph) -> Model:
    """The Model of a graph in which every value has shape and type.

    Raises:
        UnsupportedError: an output of the model is a constant.
    """
    builder = Builder(graph)
    layouts: dict[int, FileLayout] = {}
    inputs = []
    for name in graph.inputs:
        shape = builder.shape(name)
        axes = channels_last_axes(len(shape)) if name in _with_channels_last(graph) else tuple(range(len(shape)))
        if order(shape, axes) == plain(shape):
            axes = tuple(range(len(shape)))
        index = builder.value(name, [shape[axis] for axis in axes], order(shape, axes))
        inputs.append(index)
        if axes != tuple(range(len(shape))):
            layouts[index] = FileLayout(shape, axes)
    for node in graph.nodes:
        convert_node(builder, node)
    outputs = []
    for name in graph.outputs:
        if name in graph.constants:
            raise UnsupportedError(
                f"output {name} is a constant", file=graph.file, remedy="remove this output from the model"
            )
        index, layout = _output(builder, name)
        outputs.append(index)
        if layout is not None:
            layouts[index] = layout
    return builder.finish(graph.name, inputs, outputs, layouts=layouts)


def _output(builder: Builder, name: str) -> tuple[int, FileLayout | None]:
    """The tensor that holds an output: in its order if that is one of axes, with the file's number and name."""
    shape, stored = builder.shape(name), builder.stored[name]
    axes = tuple(range(len(shape)))
    if stored.order != plain(shape) and stored.order == channels_last(shape):
        axes = channels_last_axes(len(shape))
    memory = tuple(shape[axis] for axis in axes)
    index = builder.read(name, order(shape, axes), memory)
    number = builder.graph.numbers.get(name)
    if index != number and number is not None and number not in builder.taken:
        index = builder.view(index, memory, number)
    return index, FileLayout(shape, axes) if axes != tuple(range(len(shape))) else None


def _with_channels_last(graph: OnnxGraph) -> frozenset[str]:
    """Values of which some reader, through operators that do not care, wants channels last."""
    wanted: set[str] = set()
    for node in reversed(graph.nodes):
        passes = node.kind in PASSING and wanted.intersection(node.outputs)
        if node.inputs and (node.kind in WINDOWS or passes):
            wanted.update(node.inputs if passes else node.inputs[:1])
    return frozenset(name for name in wanted if len(graph.shape(name) or ()) in (3, 4))
