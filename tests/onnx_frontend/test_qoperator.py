"""Quantised operators and what replaces them, both run by ONNX Runtime: equal but for the rounding of ties."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx_files import Port, as_model, model, node, random_feeds, run, save

from arenite.errors import AreniteError
from arenite.frontends.onnx.clean import read_graph

RANDOM = np.random.default_rng(3)
MS = "com.microsoft"


def integers(dtype: str, *shape: int) -> np.ndarray:
    info = np.iinfo(dtype)
    return RANDOM.integers(info.min, info.max, shape, endpoint=True).astype(dtype)


def zero(dtype: str) -> int:
    return 3 if dtype == "int8" else 131


@dataclass
class Case:
    kind: str
    inputs: str
    expected: list[str]
    x: tuple[int, ...] = (1, 4, 6, 6)
    domain: str = MS
    constants: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    opset: int = 17
    dtypes: tuple[str, ...] = ("uint8", "int8")
    output: str | None = None


DQ, Q = "DequantizeLinear", "QuantizeLinear"
PER_CHANNEL = np.linspace(0.001, 0.02, 5).astype(np.float32)
BIAS = RANDOM.integers(-9999, 9999, 5).astype(np.int32)
CONV = {"w": integers("int8", 5, 4, 3, 3), "ws": np.float32(0.01), "wz": np.int8(0), "b": BIAS}
ONE = "x xs xz ys yz"
CASES = {
    "conv": Case("QLinearConv", "x xs xz w ws wz ys yz", [DQ, DQ, "Conv", Q], domain="", constants=CONV),
    "conv with bias": Case(
        "QLinearConv",
        "x xs xz w ws wz ys yz b",
        [DQ, DQ, DQ, "Conv", Q],
        domain="",
        constants=CONV,
        options={"pads": [1, 0, 0, 1], "strides": [2, 1]},
    ),
    "conv per channel": Case(
        "QLinearConv",
        "x xs xz w ws wz ys yz b",
        [DQ, DQ, DQ, "Conv", Q],
        domain="",
        constants=CONV | {"ws": PER_CHANNEL, "wz": np.zeros(5, np.int8)},
    ),
    "matmul": Case(
        "QLinearMatMul",
        "x xs xz w ws wz ys yz",
        [DQ, DQ, "MatMul", Q],
        (3, 4),
        "",
        {"w": integers("int8", 4, 5), "ws": np.float32(0.01), "wz": np.int8(0)},
    ),
    "matmul per column": Case(
        "QLinearMatMul",
        "x xs xz w ws wz ys yz",
        [DQ, DQ, "MatMul", Q],
        (3, 4),
        "",
        {"w": integers("int8", 4, 5), "ws": PER_CHANNEL, "wz": np.zeros(5, np.int8)},
    ),
    "add": Case("QLinearAdd", "x xs xz x ws xz ys yz", [DQ, DQ, "Add", Q], constants={"ws": np.float32(0.03)}),
    "mul": Case("QLinearMul", "x xs xz x ws xz ys yz", [DQ, DQ, "Mul", Q], constants={"ws": np.float32(0.03)}),
    "concat": Case("QLinearConcat", "ys yz x xs xz x xs xz", [DQ, DQ, "Concat", Q], options={"axis": 1}),
    "average pool": Case(
        "QLinearAveragePool",
        ONE,
        [DQ, "AveragePool", Q],
        options={"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 0], "count_include_pad": 1},
    ),
    "average pool, channels last": Case(
        "QLinearAveragePool",
        ONE,
        [DQ, "Transpose", "AveragePool", "Transpose", Q],
        (1, 5, 6, 3),
        options={"kernel_shape": [3, 2], "channels_last": 1},
        dtypes=("uint8",),
    ),
    "global average": Case("QLinearGlobalAveragePool", ONE, [DQ, "GlobalAveragePool", Q]),
    "global average, channels last": Case(
        "QLinearGlobalAveragePool",
        ONE,
        [DQ, "Transpose", "GlobalAveragePool", "Transpose", Q],
        (1, 5, 6, 3),
        options={"channels_last": 1},
    ),
    "sigmoid": Case("QLinearSigmoid", ONE, [DQ, "Sigmoid", Q]),
    "leaky relu": Case("QLinearLeakyRelu", ONE, [DQ, "LeakyRelu", Q], options={"alpha": 0.3}),
    "softmax": Case("QLinearSoftmax", ONE, [DQ, "Softmax", Q], (2, 5), options={"axis": 1, "opset": 17}),
    "softmax of old": Case("QLinearSoftmax", ONE, [DQ, "Softmax", Q], options={"axis": 3, "opset": 11}),
    "mean": Case("QLinearReduceMean", ONE, [DQ, "ReduceMean", Q], options={"axes": [2, 3], "keepdims": 0}),
    "mean, axes as input": Case(
        "QLinearReduceMean", ONE, [DQ, "ReduceMean", Q], options={"axes": [3], "keepdims": 1}, opset=18
    ),
    "where": Case(
        "QLinearWhere",
        "mask x xs xz x ws xz ys yz",
        [DQ, DQ, "Where", Q],
        constants={"mask": RANDOM.integers(0, 2, (6,)).astype(bool), "ws": np.float32(0.03)},
    ),
    "gemm": Case(
        "QGemm",
        "x xs xz w ws wz b ys yz",
        [DQ, DQ, DQ, "Gemm", Q],
        (3, 4),
        constants={"w": integers("int8", 5, 4), "ws": PER_CHANNEL, "wz": np.zeros(5, np.int8), "b": BIAS},
        options={"transB": 1, "alpha": 0.75},
    ),
    "gemm to float": Case(
        "QGemm",
        "x xs xz w ws wz",
        [DQ, DQ, "Gemm"],
        (4, 3),
        constants={"w": integers("int8", 4, 5), "ws": np.float32(0.01), "wz": np.int8(0)},
        options={"transA": 1},
        output="float32",
    ),
}


def build(case: Case, dtype: str) -> onnx.ModelProto:
    common = {
        "xs": np.float32(0.02),
        "ys": np.float32(0.05 if "Softmax" not in case.kind else 1 / 256),
        "xz": np.asarray(zero(dtype), dtype),
        "yz": np.asarray(zero(dtype) if "Softmax" not in case.kind else np.iinfo(dtype).min, dtype),
    }
    names = case.inputs.split(" ")
    constants = {name: value for name, value in (common | case.constants).items() if name in names}
    ports: list[Port] = [("x", dtype, case.x)]
    outputs: list[Port] = [("y", case.output or dtype, None)]
    one = node(case.kind, case.inputs, "y", domain=case.domain, **case.options)
    return model([one], ports, outputs, constants, opset=case.opset)


@pytest.mark.parametrize(("name", "dtype"), [(name, dtype) for name, case in CASES.items() for dtype in case.dtypes])
def test_replacements_compute_the_same(tmp_path: Path, name: str, dtype: str) -> None:
    case = CASES[name]
    proto = build(case, dtype)
    graph = read_graph(save(proto, tmp_path))
    assert [one.kind for one in graph.nodes] == case.expected
    assert {one.sources for one in graph.nodes} == {(0,)}
    assert all(graph.shape(value) is not None for one in graph.nodes for value in (*one.inputs, *one.outputs))
    if case.kind == "QLinearReduceMean":
        return  # ONNX Runtime documents it and has no kernel
    feeds = {"x": integers(dtype, *case.x)}
    (expected,), (result,) = run(proto, feeds), run(as_model(graph), feeds)
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    if case.output == "float32":
        np.testing.assert_allclose(result, expected, rtol=1e-5)
        return
    difference = np.abs(result.astype(int) - expected.astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() <= 0.05
    assert len(np.unique(expected)) > min(5, expected.size // 2)


def test_zero_points_that_are_left_out_have_the_type_of_the_input(tmp_path: Path) -> None:
    one = node("QLinearSigmoid", "x xs - ys", "y", domain=MS)
    constants = {"xs": np.float32(0.05), "ys": np.float32(0.01)}
    for dtype in ("int8", "uint8"):
        proto = model([one], [("x", dtype, [4])], [("y", dtype, None)], constants)
        graph = read_graph(save(proto, tmp_path))
        assert graph.dtype("y") == dtype


def test_pairs_of_microsoft_are_plain_ones(tmp_path: Path) -> None:
    nodes = [node(Q, "x s z", "q", domain=MS), node(DQ, "q s z", "y", domain=MS)]
    constants = {"s": np.float32(0.05), "z": np.uint8(7)}
    proto = model(nodes, [("x", "float32", [4])], [("y", "float32", None)], constants)
    graph = read_graph(save(proto, tmp_path))
    assert [one.kind for one in graph.nodes] == [Q, DQ]
    feeds = random_feeds(graph)
    np.testing.assert_array_equal(run(as_model(graph), feeds)[0], run(proto, feeds)[0])


def test_scales_that_are_computed(tmp_path: Path) -> None:
    """The scale of the bias is computed by nodes, and folded where the scales turn out to be constants."""
    nodes = [node("Identity", "c", "s"), node("QLinearConv", "x s z w ws wz ys z b", "y")]
    constants = CONV | {"c": np.float32(0.02), "z": np.uint8(131), "ys": np.float32(0.05)}
    proto = model(nodes, [("x", "uint8", [1, 4, 6, 6])], [("y", "uint8", None)], constants)
    graph = read_graph(save(proto, tmp_path))
    assert [one.kind for one in graph.nodes] == [DQ, DQ, DQ, "Conv", Q]
    feeds = {"x": integers("uint8", 1, 4, 6, 6)}
    difference = run(as_model(graph), feeds)[0].astype(int) - run(proto, feeds)[0].astype(int)
    assert np.abs(difference).max() <= 1


def test_integer_products_stay(tmp_path: Path) -> None:
    proto = model([node("MatMulInteger", "x x", "y")], [("x", "int8", [3, 3])], [("y", "int32", None)])
    assert [one.kind for one in read_graph(save(proto, tmp_path)).nodes] == ["MatMulInteger"]


REFUSED = {
    "inputs": (node("QLinearAdd", "x s", "y", domain=MS), "QLinearAdd #0: lacks its input 3"),
    "concat": (node("QLinearConcat", "s z x s", "y", domain=MS), "QLinearConcat #0: has 4 inputs"),
    "old softmax": (
        node("QLinearSoftmax", "x s z s z", "y", domain=MS, axis=1, opset=11),
        "normalises from axis 1 on",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_written_so_is_named(tmp_path: Path, case: str) -> None:
    one, message = REFUSED[case]
    ports: list[Port] = [("x", "int8", [1, 1, 4, 4]), ("s", "float32", []), ("z", "int8", [])]
    constants = {"w": integers("int8", 1, 1, 3, 3), "b": np.int32([1])}
    with pytest.raises(AreniteError) as caught:
        read_graph(save(model([one], ports, [("y", "int8", None)], constants), tmp_path))
    assert message in str(caught.value)
    assert caught.value.remedy
