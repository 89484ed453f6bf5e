"""Models that ask for their own shapes, as converters write them when the batch was left open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tflite
from models.writer import ModelWriter
from oracles import tflite_reference

from arenite.codegen.driver import compile_program
from arenite.errors import UnsupportedError
from arenite.frontends.model import Model
from arenite.frontends.operators import lower_all
from arenite.frontends.rewrites.fold_shapes import MAX_VALUES, fold_shapes
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph

Q = {"scale": 0.05, "zero_point": 3}


class Builder:
    """A model of one input [2, 3, 4]; ``value`` is the int32 tensor that was computed last."""

    def __init__(self) -> None:
        self.writer = ModelWriter()
        self.input = self.writer.tensor("x", (2, 3, 4), **Q)
        self.value = self.writer.tensor("shape", (3,), "int32")
        self.writer.operator("SHAPE", [self.input], [self.value], out_type=tflite.TensorType.INT32)

    def constant(self, values: Sequence[int] | int) -> int:
        array = np.array(values, np.int32)
        return self.writer.tensor("constant", array.shape, "int32", data=array)

    def apply(self, kind: str, inputs: Sequence[int], shape: Sequence[int], **options: object) -> int:
        self.value = self.writer.tensor(kind.lower(), shape, "int32")
        self.writer.operator(kind, inputs, [self.value], **options)
        return self.value

    def slice(self, begin: int, end: int, step: int = 1, *, extent: int | None = None, **masks: int) -> int:
        limits = [self.constant([limit]) for limit in (begin, end, step)]
        shape = () if extent is None else (extent,)
        return self.apply("STRIDED_SLICE", [self.value, *limits], shape, **masks)

    def finish(self, result: Sequence[int] = (1, 24)) -> bytes:
        """With a RESHAPE by the value at the end, whose result the file gives this shape."""
        y = self.writer.tensor("y", result, **Q)
        self.writer.operator("RESHAPE", [self.input, self.value], [y])
        return self.writer.finish([self.input], [y])


def checked(data: bytes, new: tuple[int, ...]) -> Model:
    """The model; its only operator is the RESHAPE to ``new``, which TFLite finds, too."""
    model = parse_tflite(data, "m.tflite")
    assert [operator.kind for operator in model.operators] == ["RESHAPE"]
    lower_all(model)
    x = np.arange(24, dtype=np.int8).reshape(2, 3, 4)
    expected = tflite_reference(data, [x])[model.outputs[0]]
    assert model.tensors[model.outputs[0]].shape == expected.shape == new
    return model


def test_flatten_with_an_open_batch() -> None:
    b = Builder()
    batch = b.slice(0, 1, shrink_axis_mask=1)
    b.apply("PACK", [batch, b.constant(12)], (2,), values_count=2, axis=0)
    checked(b.finish((1, 12 * 2)), (2, 12))


@pytest.mark.parametrize(
    ("begin", "end", "step", "masks", "new"),
    [
        (0, 2, 1, {}, (2, 3)),
        (-2, 3, 1, {}, (3, 4)),
        (0, -1, 1, {}, (2, 3)),
        (1, 100, 1, {}, (3, 4)),
        (0, 3, 2, {}, (2, 4)),
        (2, 2, 1, {"begin_mask": 1}, (2, 3)),
        (1, 1, 1, {"end_mask": 1}, (3, 4)),
    ],
)
def test_slices(begin: int, end: int, step: int, masks: dict[str, int], new: tuple[int, int]) -> None:
    b = Builder()
    part = b.slice(begin, end, step, extent=2, **masks)
    b.apply("CONCATENATION", [part, b.constant([-1])], (3,), axis=0, fused_activation_function="NONE")
    checked(b.finish(), (*new, 24 // (new[0] * new[1])))


def test_dense_on_rows_with_an_open_batch() -> None:
    """Rows times weights: shape and product of the first axes, as Keras' Dense computes them."""
    b = Builder()
    shape = b.value
    rows = b.apply("GATHER", [shape, b.constant([0, 1])], (2,), axis=0)
    count = b.apply("REDUCE_PROD", [rows, b.constant([0])], (), keep_dims=False)
    b.apply("PACK", [count, b.constant(4)], (2,), values_count=2, axis=0)
    w = b.writer
    flat = w.tensor("flat", (1, 1), **Q)
    w.operator("RESHAPE", [b.input, b.value], [flat])
    data = np.arange(20, dtype=np.int8).reshape(5, 4)
    weights = w.tensor("w", (5, 4), scale=0.01, data=data)
    product = w.tensor("product", (1, 5), **Q)
    w.operator("FULLY_CONNECTED", [flat, weights, -1], [product], fused_activation_function="RELU")
    bent = w.tensor("bent", (1, 5), scale=1 / 128, zero_point=0)
    w.operator("TANH", [product], [bent])
    whole = b.apply("CONCATENATION", [rows, b.constant([5])], (3,), axis=0, fused_activation_function="NONE")
    y = w.tensor("y", (2, 3, 5), scale=1 / 128, zero_point=0)
    w.operator("RESHAPE", [bent, whole], [y])
    file = w.finish([b.input], [y])
    model = parse_tflite(file, "m.tflite")
    reference = tflite_reference(file, [np.zeros((2, 3, 4), np.int8)])
    for index in (flat, product, bent, y):
        assert model.tensors[index].shape == reference[index].shape
    assert model.tensors[bent].shape == (6, 5)
    assert [operator.kind for operator in model.operators] == ["RESHAPE", "FULLY_CONNECTED", "TANH", "RESHAPE"]
    graph = to_graph(model)
    assert sorted(index for step in graph.steps for index in step.source_ops) == list(range(9))
    assert compile_program(model)[0].arena_bytes == plan_graph(graph).arena_bytes


@pytest.mark.parametrize(("kind", "other", "new"), [("ADD", 2, (6, 4)), ("SUB", -5, (8, 3)), ("MUL", 4, (12, 2))])
def test_arithmetic(kind: str, other: int, new: tuple[int, int]) -> None:
    b = Builder()
    extent = b.slice(1 if kind != "ADD" else 2, 3, shrink_axis_mask=1)
    number = b.apply(kind, [extent, b.constant(other)], (), fused_activation_function="NONE")
    b.apply("PACK", [number, b.constant(-1)], (2,), values_count=2, axis=0)
    checked(b.finish(), new)


def test_shapes_that_are_broadcast() -> None:
    b = Builder()
    rows = b.slice(1, 3, extent=2)
    b.apply("BROADCAST_ARGS", [b.constant([2, 1, 1]), rows], (3,))
    checked(b.finish((2, 3, 4)), (2, 3, 4))


def test_a_shape_that_is_an_output_stays() -> None:
    b = Builder()
    data = b.writer.finish([b.input], [b.value])
    with pytest.raises(UnsupportedError, match="SHAPE #0"):
        lower_all(parse_tflite(data, "m.tflite"))


@pytest.mark.parametrize(
    "options",
    [
        {"shrink_axis_mask": 1, "begin": 7},
        {"ellipsis_mask": 1},
        {"new_axis_mask": 1},
        {"step": -1},
        {"step": 0},
    ],
)
def test_what_cannot_be_evaluated_stays(options: dict[str, int]) -> None:
    b = Builder()
    settings = {"begin": 0, "end": 1, **options}
    b.slice(**settings, extent=None if "shrink_axis_mask" in options else 1)
    b.apply("PACK", [b.value], (1,), values_count=1, axis=0)
    model = parse_tflite(b.finish(), "m.tflite")
    assert [operator.index for operator in model.operators] == [1, 2, 3]
    with pytest.raises(UnsupportedError, match=r"STRIDED_SLICE #1 .*RESHAPE #3 .the shape is computed at run time"):
        lower_all(model)


def test_a_wrong_number_of_elements_stays_refused() -> None:
    b = Builder()
    b.slice(0, 2, extent=2)
    with pytest.raises(UnsupportedError, match="RESHAPE"):
        lower_all(parse_tflite(b.finish((2, 3)), "m.tflite"))


def test_nothing_long_is_evaluated() -> None:
    w = ModelWriter()
    x = w.tensor("x", (4,), **Q)
    values = w.tensor("values", (MAX_VALUES + 1,), "int32", data=np.ones(MAX_VALUES + 1, np.int32))
    total = w.tensor("total", (MAX_VALUES + 1,), "int32")
    w.operator("ADD", [values, values], [total])
    y = w.tensor("y", (4,), **Q)
    w.operator("TANH", [x], [y])
    assert [operator.kind for operator in parse_tflite(w.finish([x], [y]), "m").operators] == ["ADD", "TANH"]


def test_a_model_without_such_operators_is_not_touched() -> None:
    file = Path(__file__).parent / "models" / "digits.tflite"
    model = parse_tflite(file.read_bytes(), "m")
    assert fold_shapes(model) is model
    assert model.folded == {}
