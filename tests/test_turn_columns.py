"""Single rows of columns, turned into columns of rows: what TFLite computes, and rows where there were none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from kernel_calls import GARBAGE, address, c_function, layer_of, whole
from models.network import Activation, Network
from oracles import Reference
from same_results import check_results
from scattered_rows import NOWHERE
from test_row_forms import Array, Bytes, check, filters, ints, one

from arenite.codegen.driver import compile_model, verify_model
from arenite.codegen.kernels.rows import kernel_rows
from arenite.codegen.verification.verify import verify_project
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.rewrites import turned_operators
from arenite.frontends.rewrites.turn_columns import turn_columns
from arenite.frontends.tflite import parse_tflite, read_tflite
from arenite.frontends.to_graph import to_graph, to_row_forms
from arenite.graph import Graph
from arenite.planner import plan_graph
from arenite.rows.plan_rows import Granularity, RowRequest

LYING = (1, 1, 9, 3)


def turned(data: bytes) -> Model:
    """The model after turning, which computes what TFLite computes, whose ports are the file's, and whose plan in whole
    operators is no larger."""
    plain = parse_tflite(data, "test.tflite")
    model = turn_columns(plain)
    check_results(data, model)
    check_source(plain, model)
    return model


def check_source(plain: Model, model: Model) -> None:
    assert (model.inputs, model.outputs) == (plain.inputs, plain.outputs)
    for index in (*plain.inputs, *plain.outputs):
        assert model.tensors[index] is plain.tensors[index]
    before, after = to_graph(plain), to_graph(model)
    assert [step.source_ops for step in after.steps] == [step.source_ops for step in before.steps]
    assert [buffer.bytes for buffer in after.buffers] == [buffer.bytes for buffer in before.buffers]
    assert source_tensors(after) == source_tensors(before)
    assert plan_graph(after).arena_bytes == plan_graph(before).arena_bytes


def source_tensors(graph: Graph) -> set[int]:
    found = [one.source_tensor for buffer in graph.buffers for one in (buffer, *buffer.aliases)]
    return {index for index in found if index is not None}


def rows(model: Model) -> list[int]:
    """Of each step; 0 for one that is whole."""
    return [form.rows if form is not None else 0 for form in to_row_forms(model)[1]]


def network() -> tuple[Network, Activation]:
    net = Network("net", seed=1)
    return net, net.input("samples", (1, 1, 20, 4))


LAYERS: dict[str, Callable[[Network, Activation], Activation]] = {
    **{
        f"{kind}_{stride}_{padding}": partial(
            lambda kind, stride, padding, net, x: getattr(net, kind)(
                x, *((6,) if kind == "convolution" else ()), (1, 5), stride=(1, stride), padding=padding
            ),
            kind, stride, padding,
        )
        for kind in ("convolution", "depthwise") for stride in (1, 2, 3) for padding in ("SAME", "VALID")
    },
    "dilated": lambda net, x: net.convolution(x, 5, (1, 3), dilation=(1, 4), padding="VALID"),
    "pixel": lambda net, x: net.convolution(x, 5),
    "padded_rows": lambda net, x: net.convolution(x, 5, (3, 3)),
    "multiplier": lambda net, x: net.depthwise(x, (1, 3), multiplier=2),
    "few_channels": lambda net, x: net.depthwise(net.convolution(x, 3), (1, 3)),
    "max": lambda net, x: net.pool("MAX_POOL_2D", x, (1, 3), stride=(1, 2)),
    "average": lambda net, x: net.pool("AVERAGE_POOL_2D", x, (1, 4), stride=(1, 4), padding="VALID"),
    "pad": lambda net, x: net.pad(x, [(0, 0), (0, 0), (2, 1), (0, 0)]),
    "padv2": lambda net, x: net.pad(x, [(0, 0), (0, 0), (0, 3), (1, 0)], "PADV2"),
    "relu6": lambda net, x: net.rectify("RELU6", x),
    "logistic": lambda net, x: net.logistic(x),
    "softmax": lambda net, x: net.softmax(x),
    "quantize": lambda net, x: net.quantize(x),
    "add": lambda net, x: net.add(x, net.convolution(x, 4)),
    "channels": lambda net, x: net.concatenation([x, x]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_results_are_the_same(name: str) -> None:
    net, x = network()
    y = LAYERS[name](net, net.convolution(x, 4))
    model = turned(net.finish([x], [net.fully_connected(net.mean(y), 3)]))
    found = rows(model)
    assert all(found[:-1]), found
    assert found[0] == 20


@pytest.mark.parametrize("axes", [[2], [-2], [1, 2], [1], [2, 1, 3]])
@pytest.mark.parametrize("keep", [False, True])
def test_means(axes: list[int], keep: bool) -> None:
    net, x = network()
    y = net.convolution(x, 4)
    shape = [1 if a in [axis % 4 for axis in axes] else extent for a, extent in enumerate(y.shape)]
    kept = shape if keep else [n for a, n in enumerate(y.shape) if a not in [axis % 4 for axis in axes]]
    result = net.writer.tensor("mean", kept, scale=y.scale, zero_point=3)
    constant = net.writer.tensor("axes", (len(axes),), "int32", data=axes)
    net.writer.operator("MEAN", [y.tensor, constant], [result], keep_dims=keep)
    turned(net.writer.finish([x.tensor], [result]))


def test_operands_are_broadcast() -> None:
    net, x = network()
    y = net.convolution(x, 4)
    shapes: list[tuple[int, ...]] = [(4,), (1, 4), (20, 1), (1, 20, 4), (1, 1, 20, 4), ()]
    for shape in shapes:
        data = np.random.default_rng(1).integers(-128, 128, shape)
        other = net.writer.tensor("other", shape, scale=x.scale, data=data)
        y = net.binary("MUL", y, Activation(other, shape, x.scale, 0, 1.0))
    assert rows(turned(net.finish([x], [y]))) == [20] * 7


def test_reshapes_of_one_dimensional_layers_vanish() -> None:
    """Shapes as converters write them: each layer between two reshapes."""
    net = Network("net", seed=1)
    x = samples = net.input("samples", (1, 20, 4))
    for channels, stride in ((6, 1), (6, 2), (5, 1)):
        x = net.convolution(net.expand_dims(x, 1), channels, (1, 3), stride=(1, stride))
        x = net.squeeze(x, [1])
    model = turned(net.finish([samples], [x]))
    assert rows(model) == [20, 10, 10]
    assert len(model.tensors) == len(parse_tflite(net.finish([samples], [x]), "test.tflite").tensors) + 3  # weights


def test_what_cannot_be_turned_keeps_its_shape() -> None:
    net, x = network()
    a = net.convolution(x, 4, (1, 3))
    b = net.transpose(a, (0, 3, 2, 1))
    c = net.transpose(b, (0, 3, 2, 1))
    d = net.add(net.convolution(c, 4, (1, 3)), a)
    model = turned(net.finish([x], [d, c]))
    assert rows(model) == [20, 0, 0, 20, 20]
    assert model.file_operators == 5
    assert [operator.kind for operator in model.operators if operator.index >= 5] == ["RESHAPE"] * 4


def test_a_tensor_between_layers_is_a_model_output() -> None:
    net, x = network()
    a = net.convolution(x, 4, (1, 3))
    b = net.convolution(a, 4, (1, 3))
    assert rows(turned(net.finish([x], [a, b]))) == [20, 20]


def test_images_stay() -> None:
    net = Network("net", seed=1)
    x = net.input("image", (1, 3, 8, 2))
    y = net.convolution(x, 4, (3, 3))
    model = parse_tflite(net.finish([x], [y]), "test.tflite")
    assert turn_columns(model) is model


def test_a_single_row_of_several() -> None:
    net = Network("net", seed=1)
    x = net.input("image", (1, 3, 8, 2))
    y = net.pool("MAX_POOL_2D", net.convolution(x, 4, (3, 3), padding="VALID"), (1, 2))
    assert rows(turned(net.finish([x], [y]))) == [0, 6]


def test_samples_of_a_microphone_stay() -> None:
    net = Network("net", seed=1)
    x = net.input("samples", (1, 1, turned_operators.MAX_TAPS // 4, 1))
    y = net.convolution(x, 2, (1, 8))
    model = turned(net.finish([x], [net.pool("MAX_POOL_2D", y, (1, 4), stride=(1, 4))]))
    assert rows(model) == [0, turned_operators.MAX_TAPS // 16]


@pytest.mark.parametrize("gap", [0, 5])
@pytest.mark.parametrize(
    "name", [*(name for name in LAYERS if "convolution" in name or "depthwise" in name), "dilated"]
)
def test_rows_of_one_column_one_behind_the_other(name: str, gap: int) -> None:
    """Kernels take such rows together, unless there is a gap: here in the middle of the input."""
    net, x = network()
    model = turn_columns(parse_tflite(net.finish([x], [LAYERS[name](net, x)]), "test.tflite"))
    (operator,) = [operator for operator in model.operators if operator.kind != "RESHAPE"]
    (call,) = lower(model, operator).calls
    form = kernel_rows(call.kernel, call.layer, call.constants, [model.tensors[index].shape for index in call.inputs])
    assert form is not None
    samples = np.random.default_rng(1).integers(-128, 128, (20, 4), np.int8)
    memory = np.concatenate([samples[:10].ravel(), np.full(gap, GARBAGE, np.int8), samples[10:].ravel()])
    places = [4 * row + (gap if row >= 10 else 0) for row in range(20)]
    constants = [np.ascontiguousarray(call.constants[constant.name]) for constant in form.constants]
    found = []
    for (first, _), (k0, k1) in zip(form.inputs[0].ranges, form.taps, strict=True):
        taps = np.full(call.layer["kernel_rows"], NOWHERE, np.int32)
        taps[k0:k1] = [places[first + k * form.dilation] - 3 for k in range(k1 - k0)]
        out = np.zeros(model.tensors[operator.outputs[0]].bytes // form.rows, np.int8)
        arguments = [address(layer_of(call)), address(memory), 3, address(taps), k0, k1, *map(address, constants)]
        c_function(form.function)(*arguments, address(out))
        found.append(out)
    expected = whole(model, [call], {call.inputs[0]: samples, **dict.fromkeys(model.inputs, samples)})
    np.testing.assert_array_equal(np.concatenate(found).view(np.uint8), expected)


ONES: dict[str, tuple[int, Callable[[], bytes]]] = {
    "slice": (6, lambda: one("SLICE", [LYING], [(1, 1, 6, 2)], constants=[ints(0, 0, 2, 1), ints(1, 1, 6, -1)])),
    "strided_slice": (
        3,
        lambda: one(
            "STRIDED_SLICE", [LYING], [(1, 1, 3, 3)], constants=[ints(1, 1, 1, 1), ints(1, 1, 8, 2), ints(1, 1, 3, 1)],
            begin_mask=11, end_mask=8,
        ),
    ),
    "split": (9, lambda: one("SPLIT", [(1, 1, 9, 6)], [(1, 1, 9, 3)] * 2, before=[ints(3)], num_splits=2)),
    "split_v": (
        9,
        lambda: one(
            "SPLIT_V", [LYING], [(1, 1, 9, 1), (1, 1, 9, 2)], constants=[ints(1, 2), ints(-1)], num_splits=2
        ),
    ),
    "nearest": (13, lambda: one("RESIZE_NEAREST_NEIGHBOR", [LYING], [(1, 1, 13, 3)], constants=[ints(1, 13)])),
    "mirror": (
        12,
        lambda: one(
            "MIRROR_PAD", [LYING], [(1, 1, 12, 3)], dtype="int8", mode="REFLECT",
            constants=[ints(0, 0, 0, 0, 2, 1, 0, 0).reshape(4, 2)],
        ),
    ),
    "uint8_convolution": (
        5,
        lambda: one(
            "CONV_2D", [LYING], [(1, 1, 5, 2)], constants=[filters(2, 1, 3, 3), np.zeros(2, np.int32)],
            result_scale=0.5, padding="SAME", stride_h=1, stride_w=2, dilation_h_factor=1, dilation_w_factor=1,
        ),
    ),
    "concatenation": (9, lambda: one("CONCATENATION", [LYING, LYING], [(1, 1, 9, 6)], axis=3)),
    "l2_normalization": (9, lambda: one("L2_NORMALIZATION", [LYING], [LYING], dtype="float32")),
}  # fmt: skip
"""Rows, and a file of one operator that arenite does not compile."""


@pytest.mark.parametrize("name", ONES)
def test_operators_that_are_only_planned(name: str) -> None:
    """What their rows need, against what changes in TFLite's results."""
    count, file = ONES[name]
    data = file()
    model = turn_columns(parse_tflite(data, f"{name}.tflite"))
    graph, (form,), _ = to_row_forms(model)
    assert form is not None
    assert form.rows == count
    assert graph.inputs == tuple(range(len(model.inputs)))
    reference = Reference(data)

    def run(values: dict[int, Array]) -> list[Bytes]:
        results = reference.run([values[index] for index in model.inputs])
        return [np.ascontiguousarray(results[index]).reshape(-1).view(np.uint8) for index in model.outputs]

    check(model, run, form, np.random.default_rng(3), tight=name != "uint8_convolution")


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_random_networks(data: st.DataObject) -> None:
    net = Network("net", seed=2)
    samples = net.input("samples", (1, 1, data.draw(st.integers(2, 12)), data.draw(st.integers(1, 5))))
    alive = [samples]
    for _ in range(data.draw(st.integers(1, 5))):
        x = data.draw(st.sampled_from(alive))
        columns = x.shape[2]
        kernel = (1, data.draw(st.integers(1, columns)))
        window: dict[str, Any] = {
            "stride": (1, data.draw(st.integers(1, 3))), "padding": data.draw(st.sampled_from(["SAME", "VALID"]))
        }  # fmt: skip
        kind = data.draw(st.sampled_from(["convolution", "depthwise", "pool", "add", "pad", "reshape"]))
        if kind == "convolution":
            y = net.convolution(x, data.draw(st.integers(1, 6)), kernel, **window)
        elif kind == "depthwise":
            y = net.depthwise(x, kernel, **window)
        elif kind == "pool":
            y = net.pool("MAX_POOL_2D", x, kernel, **window)
        elif kind == "add":
            y = net.add(x, x)
        elif kind == "pad":
            y = net.pad(x, [(0, 0), (0, 0), (data.draw(st.integers(0, 2)), 1), (0, 0)])
        else:
            y = net.reshape(net.reshape(x, (1, *x.shape[2:])), x.shape)
        alive.append(y)
    outputs = data.draw(st.lists(st.sampled_from(alive[1:]), min_size=1, max_size=2, unique_by=lambda x: x.tensor))
    with pytest.MonkeyPatch.context() as patch:
        # Some windows stay as they are.
        patch.setattr(turned_operators, "MAX_TAPS", data.draw(st.sampled_from([8, 1000])))
        model = turned(net.finish([samples], outputs))
    event(f"{sum(operator.kind == 'RESHAPE' for operator in model.operators)} reshapes")


def keyword_network(ports: Sequence[int]) -> bytes:
    """Layers of one dimension, each between reshapes, with a residual."""
    net = Network("keywords", seed=3)
    x = samples = net.input("features", ports)
    x = net.convolution(net.reshape(x, (1, 1, 24, 6)), 8, (1, 3), activation="RELU")
    y = net.depthwise(net.reshape(net.reshape(x, (1, 24, 8)), (1, 1, 24, 8)), (1, 5), stride=(1, 2))
    z = net.convolution(x, 8, (1, 1), stride=(1, 2))
    x = net.pool("MAX_POOL_2D", net.add(net.convolution(y, 8), z), (1, 2), stride=(1, 2))
    return net.finish([samples], [net.softmax(net.fully_connected(net.mean(x), 4))])


def test_programs(tmp_path: Path) -> None:
    file = tmp_path / "keywords.tflite"
    file.write_bytes(keyword_network((1, 24, 6)))
    arenas = {"op": plan_graph(to_graph(read_tflite(file))).arena_bytes}
    for name, request in (("row", RowRequest()), ("stream", RowRequest(pushed=True))):
        compile_model(file, tmp_path / name, cpu="host", rows=request)
        result = verify_project(tmp_path / name, file, 2, 0, "host", layers=True, sanitise=True)
        assert (result.mismatches, result.layer_mismatches) == (0, 0), result.first_mismatch
        assert result.granularity == "row"
        arenas[name] = result.arena_bytes
    assert arenas["stream"] < arenas["row"] < arenas["op"]


@pytest.mark.parametrize("granularity", ["op", "row"])
def test_layers_of_turned_model_outputs(tmp_path: Path, granularity: Granularity) -> None:
    """They are compared with the file's tensors, not with those that stand in for them."""
    net = Network("net", seed=2)
    image = net.input("image", (1, 1, 6, 4))
    x = net.convolution(image, 5, (1, 3), stride=(1, 2), like=image)
    joined = net.concatenation([x, net.pool("MAX_POOL_2D", image, (1, 2), stride=(1, 2))])
    file = tmp_path / "net.tflite"
    file.write_bytes(net.finish([image], [joined, net.mean(joined)]))
    result = verify_model(file, on="host", samples=2, layers=True, rows=RowRequest(granularity))
    assert (result["mismatches"], result["layer_mismatches"]) == (0, 0)
