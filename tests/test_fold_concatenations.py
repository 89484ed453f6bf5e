"""Operators that write into the concatenation of their results: the same bits in less memory, and which ones stay."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from brute_force import least_peak
from hypothesis import event, given, settings
from hypothesis import strategies as st
from models.network import Activation, Network
from same_results import check_results

from arenite.codegen.driver import verify_model
from arenite.frontends.macs import operator_macs
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.parts import PARTS
from arenite.frontends.rewrites.fold_concatenations import fold_concatenations
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.rows.plan_rows import RowRequest


def parts_of(model: Model) -> list[tuple[object, ...]]:
    """Of each concatenation: the kinds of operators that are in it, and tensors that are copied as None."""
    found: list[tuple[object, ...]] = []
    for operator in model.operators:
        if operator.kind == "CONCATENATION":
            parts = operator.attributes.get(PARTS, operator.inputs)
            assert isinstance(parts, tuple)
            found.append(tuple(part.kind if isinstance(part, Operator) else None for part in parts))
    return found


def folded(net: Network, image: Activation, outputs: Sequence[Activation]) -> Model:
    """The model after folding, which gives what TFLite gives in no more memory."""
    data = net.finish([image], outputs)
    plain = parse_tflite(data, "test.tflite")
    model = fold_concatenations(plain)
    check_results(data, model)
    graph, before = to_graph(model), to_graph(plain)
    named = [index for step in graph.steps for index in step.source_ops]
    assert sorted(named) == [operator.index for operator in plain.operators]
    assert sum(step.macs for step in graph.steps) == sum(step.macs for step in before.steps)
    assert plan_graph(graph).arena_bytes <= plan_graph(before).arena_bytes
    return model


def squeezed(net: Network, shape: tuple[int, int, int, int] = (1, 7, 6, 4)) -> tuple[Activation, Activation]:
    image = net.input("image", shape)
    return image, net.convolution(image, 3)


def fire(net: Network, x: Activation, activation: str = "NONE") -> Activation:
    a = net.convolution(x, 5, activation=activation)
    return net.concatenation([a, net.convolution(x, 6, (3, 3), activation=activation, like=a)])


@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
def test_convolutions_of_one_tensor(activation: str) -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    y = fire(net, x, activation=activation)
    model = folded(net, image, [net.convolution(y, 2)])
    assert parts_of(model) == [("CONV_2D", "CONV_2D")]
    assert model.shares == {3: (1, 2)}
    assert model.folded == {1: 3, 2: 3}
    assert [step.source_ops for step in to_graph(model).steps] == [(0,), (1, 2, 3), (4,)]
    assert operator_macs(model, model.operators[1]) == 7 * 6 * 3 * (5 + 6 * 9)


def test_what_an_operator_stood_for_goes_with_it() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    plain = parse_tflite(net.finish([image], [fire(net, x)]), "test.tflite")
    model = fold_concatenations(replace(plain, shares={1: (7, 8), 3: (9,)}, folded={10: 1, 11: 0}))
    assert model.shares == {3: (9, 1, 7, 8, 2)}
    assert model.folded == {1: 3, 2: 3, 10: 3, 11: 0}


def test_other_operators_that_keep_the_number_of_bytes() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    a = net.depthwise(x)
    parts = [
        net.quantize(net.convolution(x, 4), like=a),
        net.pool("MAX_POOL_2D", net.convolution(image, 3, like=a), (3, 3)),
        net.quantize(net.binary("MUL", net.convolution(x, 2), net.convolution(image, 2)), like=a),
        a,
    ]
    model = folded(net, image, [net.concatenation(parts)])
    assert parts_of(model) == [("QUANTIZE", "MAX_POOL_2D", "QUANTIZE", "DEPTHWISE_CONV_2D")]


def test_model_without_concatenation_is_left_as_it_is() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    model = parse_tflite(net.finish([image], [x]), "test.tflite")
    assert fold_concatenations(model) is model


def test_what_others_read_or_want_stays() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    a, b, c = (net.convolution(x, 4) for _ in range(3))
    b, c = replace(b, scale=a.scale), replace(c, scale=a.scale)
    a, b, c = (net.quantize(one, like=a) for one in (a, b, c))
    joined = net.concatenation([a, b, c])
    model = folded(net, image, [joined, a, net.pool("MAX_POOL_2D", b, (2, 2))])
    assert parts_of(model) == [(None, None, "QUANTIZE")]


def test_twice_the_same_operand_stays() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    a = net.convolution(x, 4)
    assert parts_of(folded(net, image, [net.concatenation([a, a])])) == [(None, None)]


def test_results_that_are_smaller_than_what_they_come_from_stay() -> None:
    """One bottleneck: its input would have to wait for the concatenation, instead of its result."""
    net = Network("net", seed=1)
    image = net.input("image", (1, 7, 6, 4))
    wide = net.convolution(image, 20)
    a = net.convolution(wide, 3)
    model = folded(net, image, [net.concatenation([a, net.convolution(image, 5, (3, 3), like=a)])])
    assert parts_of(model) == [(None, "CONV_2D")]


def test_what_waits_anyway_costs_nothing() -> None:
    net = Network("net", seed=1)
    image = net.input("image", (1, 7, 6, 4))
    wide = net.convolution(image, 20)
    a = net.convolution(wide, 3)
    dense = net.concatenation([net.quantize(wide, like=a), a])
    model = folded(net, image, [net.convolution(dense, 2)])
    assert parts_of(model) == [("QUANTIZE", "CONV_2D")]
    later = Network("net", seed=1)
    image = later.input("image", (1, 7, 6, 4))
    wide = later.convolution(image, 20)
    a = later.convolution(wide, 3)
    joined = later.concatenation([a, later.convolution(image, 5, like=a)])
    model = folded(later, image, [later.concatenation([later.convolution(joined, 20, like=wide), wide])])
    assert parts_of(model) == [("CONV_2D", "CONV_2D"), ("CONV_2D", None)]


@pytest.mark.parametrize("axis", [1, 2])
def test_other_axes_are_copied(axis: int) -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    a = net.convolution(x, 4)
    joined = net.concatenation([a, net.convolution(x, 4, (3, 3), like=a)], axis=axis)
    assert parts_of(folded(net, image, [joined])) == [(None, None)]


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_of_one_column_are_copied_but_for_single_ones(rows: int) -> None:
    """What comes along another axis lies in one piece, as channels of a single pixel do."""
    net = Network("net", seed=1)
    image = net.input("image", (1, rows, 1, 6))
    x = net.convolution(image, 6)
    a = net.convolution(x, 4)
    model = folded(net, image, [net.concatenation([a, net.convolution(x, 4, like=a)], axis=1)])
    assert parts_of(model) == [("CONV_2D", "CONV_2D") if rows == 1 else (None, None)]


def test_a_concatenation_within_another() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    inner = fire(net, x)
    outer = net.concatenation([inner, net.convolution(x, 4, like=inner)])
    model = folded(net, image, [outer])
    assert parts_of(model) == [("CONV_2D", "CONV_2D", "CONV_2D")]
    assert model.shares == {5: (3, 1, 2, 4)}
    assert model.folded == {1: 5, 2: 5, 3: 5, 4: 5}


def test_a_concatenation_within_another_that_others_read() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    inner = fire(net, x)
    outer = net.concatenation([inner, net.convolution(x, 4, like=inner)])
    model = folded(net, image, [outer, net.pool("MAX_POOL_2D", inner, (2, 2))])
    assert parts_of(model) == [("CONV_2D", "CONV_2D"), (None, "CONV_2D")]


def test_a_concatenation_along_another_axis_is_copied() -> None:
    net = Network("net", seed=1)
    image, x = squeezed(net)
    a = net.convolution(x, 4)
    inner = net.concatenation([a, net.convolution(x, 4, (3, 3), like=a)], axis=1)
    other = net.concatenation([a, net.convolution(x, 4, (3, 3), like=a)], axis=1)
    assert parts_of(folded(net, image, [net.concatenation([inner, other])])) == [(None,) * 2] * 3


def random_model(data: st.DataObject) -> Model:
    """Convolutions of one by one pixel, sums and concatenations, of tensors that are drawn."""
    quantisation = Quantisation((0.05,), (3,))
    tensors: list[Tensor] = []
    operators: list[Operator] = []

    def tensor(channels: int, values: np.ndarray | None = None) -> int:
        index = len(tensors)
        if values is None:
            tensors.append(Tensor(index, f"t{index}", (1, 2, 1, channels), "int8", quantisation))
        else:
            weights = Quantisation((0.01,), (0,))
            tensors.append(Tensor(index, f"t{index}", values.shape, "int8", weights, values, constant=True))
        return index

    def operator(kind: str, inputs: Sequence[int], result: int, **attributes: object) -> None:
        options = {"fused_activation_function": "NONE", **attributes}
        operators.append(Operator(len(operators), kind, tuple(inputs), (result,), options))

    small = st.integers(1, 6)
    known = [tensor(data.draw(small))]
    for _ in range(data.draw(st.integers(3, 7))):
        kind = data.draw(st.sampled_from(["CONV_2D", "CONV_2D", "ADD", "CONCATENATION", "CONCATENATION"]))
        a = data.draw(st.sampled_from(known))
        channels = tensors[a].shape[3]
        if kind == "CONV_2D":
            outputs = data.draw(small)
            weights = tensor(0, np.ones((outputs, 1, 1, channels), np.int8))
            result = tensor(outputs)
            window = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "padding": "SAME"}
            operator(kind, (a, weights), result, **window)
        elif kind == "ADD":
            b = data.draw(st.sampled_from([index for index in known if tensors[index].shape[3] == channels]))
            result = tensor(channels)
            operator(kind, (a, b), result)
        else:
            others = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
            inputs = (*dict.fromkeys((*others, a)),)
            result = tensor(sum(tensors[index].shape[3] for index in inputs))
            operator(kind, inputs, result, axis=3)
        known.append(result)
    read = {index for one in operators for index in one.inputs}
    outputs_left = tuple(one.outputs[0] for one in operators if one.outputs[0] not in read)
    return Model("random", "random", tuple(tensors), tuple(operators), (0,), outputs_left)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_least_peak_never_rises(data: st.DataObject) -> None:
    plain = random_model(data)
    model = fold_concatenations(plain)
    event(f"{len(plain.operators) - len(model.operators)} operators folded")
    assert least_peak(to_graph(model)) <= least_peak(to_graph(plain))


@pytest.mark.parametrize("rows", [RowRequest("row"), RowRequest("row", True)], ids=["row", "stream"])
def test_end_to_end(tmp_path: Path, rows: RowRequest) -> None:
    """In C on this machine, against TFLite's interpreter."""
    if shutil.which("cmake") is None:
        pytest.skip("needs cmake")
    net = Network("net", seed=5)
    image, x = squeezed(net, (1, 9, 7, 3))
    y = fire(net, net.convolution(fire(net, x, activation="RELU"), 3, stride=(2, 2)))
    a = net.depthwise(y, activation="RELU6")
    y = net.concatenation([a, net.quantize(net.pool("AVERAGE_POOL_2D", y, (3, 3)), like=a)])
    for _ in range(2):
        factors = net.writer.tensor(
            net._name("factors"), (y.shape[3],), scale=0.01, zero_point=4, data=range(y.shape[3])
        )
        scaled = net._activated("mul", y.shape, y.rms, "RELU", None)
        net.writer.operator("MUL", [y.tensor, factors], [scaled.tensor], fused_activation_function="RELU")
        y = net.concatenation([y, net.convolution(scaled, 3, (3, 3), like=y)])
    path = tmp_path / "net.tflite"
    path.write_bytes(net.finish([image], [net.convolution(y, 4)]))
    result = verify_model(path, on="host", samples=4, rows=rows, layers=True)
    assert result["mismatches"] == 0
    assert result["values"] > 0
