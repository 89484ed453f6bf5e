"""Small well-formed models at the edges: what passes through, is named twice, has no shape or a strange name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from models.writer import ModelWriter

SHAPE = (1, 4)


def _writer(*names: str, shape: tuple[int, ...] = SHAPE) -> tuple[ModelWriter, list[int]]:
    writer = ModelWriter()
    return writer, [writer.tensor(name, shape, scale=0.5, zero_point=-3) for name in names]


def _shape(writer: ModelWriter, *extents: int) -> int:
    return writer.tensor("shape", (len(extents),), "int32", data=np.array(extents, "int32"))


def only_a_reshape() -> bytes:
    writer, (a,) = _writer("a")
    b = writer.tensor("b", (2, 2), scale=0.5, zero_point=-3)
    writer.operator("RESHAPE", [a, _shape(writer, 2, 2)], [b])
    return writer.finish([a], [b])


def no_operator() -> bytes:
    writer, (a,) = _writer("a")
    return writer.finish([a], [a])


def output_twice() -> bytes:
    writer, (a, b) = _writer("a", "b")
    writer.operator("RELU", [a], [b])
    return writer.finish([a], [b, b])


def input_is_output() -> bytes:
    writer, (a, b) = _writer("a", "b")
    writer.operator("RELU", [a], [b])
    return writer.finish([a], [a, b])


def operand_twice() -> bytes:
    writer, (a, b) = _writer("a", "b")
    writer.operator("ADD", [a, a], [b])
    return writer.finish([a], [b])


def scalar() -> bytes:
    writer, (a, b) = _writer("a", "b", shape=())
    writer.operator("RELU", [a], [b])
    return writer.finish([a], [b])


def output_and_its_reshape() -> bytes:
    writer, (a, b) = _writer("a", "b")
    c = writer.tensor("c", (4, 1), scale=0.5, zero_point=-3)
    writer.operator("RELU", [a], [b])
    writer.operator("RESHAPE", [b, _shape(writer, 4, 1)], [c])
    return writer.finish([a], [b, c])


def unused_result() -> bytes:
    writer, (a, b, c) = _writer("a", "b", "c")
    writer.operator("RELU", [a], [b])
    writer.operator("RELU6", [a], [c])
    return writer.finish([a], [b])


def unused_input() -> bytes:
    writer, (a, b) = _writer("a", "b")
    unused = writer.tensor("unused", (1, 400), scale=0.5)
    writer.operator("RELU", [a], [b])
    return writer.finish([a, unused], [b])


def strange_names() -> bytes:
    writer, (a, b, c, d, e) = _writer("int", 'a/b:0*/ \n"', "ä", "1", "1")
    writer.operator("ADD", [a, b], [d])
    writer.operator("ADD", [d, c], [e])
    return writer.finish([a, b, c], [d, e])


def transposed_twice() -> bytes:
    writer = ModelWriter()
    tensors = [writer.tensor(f"t{i}", shape, scale=0.5) for i, shape in enumerate([(2, 3, 4), (4, 2, 3), (3, 4, 2)])]
    order = writer.tensor("order", (3,), "int32", data=np.array([2, 0, 1], "int32"))
    writer.operator("TRANSPOSE", [tensors[0], order], [tensors[1]])
    writer.operator("TRANSPOSE", [tensors[1], order], [tensors[2]])
    return writer.finish([tensors[0]], [tensors[2], tensors[1]])


ODD: dict[str, Callable[[], bytes]] = {
    function.__name__: function
    for function in (
        only_a_reshape, no_operator, output_twice, input_is_output, operand_twice, scalar, output_and_its_reshape,
        unused_result, unused_input, strange_names, transposed_twice,
    )
}  # fmt: skip
