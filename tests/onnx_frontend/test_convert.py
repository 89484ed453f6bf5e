"""ONNX networks as Models: what they compute is what ONNX Runtime computes, and nothing moves that need not."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")

from onnx_frontend.onnx_nets import Net, check_float, expected, kinds, read, run, samples, steps_off

IMAGE = (1, 3, 12, 10)


def conv(net: Net, x: str, inputs: int, outputs: int, kernel: int = 3, **attributes: object) -> str:
    given = {"pads": [kernel // 2] * 4, **attributes}
    groups = int(str(given.get("group", 1)))
    return net.node("Conv", x, net.floats(outputs, inputs // groups, kernel, kernel), net.floats(outputs), **given)


def test_float_network_without_a_transposition() -> None:
    """Windows, channels, residual, flattening before a fully connected layer: all with channels last."""
    net = Net()
    x = net.node("Relu", conv(net, net.input(IMAGE), 3, 8, strides=[2, 1]))
    y = net.node("Clip", conv(net, x, 8, 8, group=8), net.constant(np.float32(0)), net.constant(np.float32(6)))
    x = net.node("Add", x, conv(net, y, 8, 8, kernel=1))
    x = net.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.node("Concat", x, net.node("Sigmoid", conv(net, x, 8, 4)), axis=1)
    x = net.node("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    x = net.node("Mul", x, net.floats(1, 12, 1, 1))
    x = net.node("Flatten", x)
    x = net.node("Gemm", x, net.floats(7, 12 * 3 * 5), net.floats(7), transB=1)
    found = check_float(net.finish(net.node("Softmax", x)))
    assert kinds(found) == [
        *("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "ADD", "MAX_POOL_2D", "CONV_2D", "CONCATENATION"),
        *("AVERAGE_POOL_2D", "MUL", "FULLY_CONNECTED", "SOFTMAX"),
    ]
    assert found.layouts[found.inputs[0]].axes == (0, 2, 3, 1)


def test_network_of_an_exporter_that_thinks_channels_last() -> None:
    """Transposed before and after every convolution: nothing is left of it, and the interface is the file's."""
    net = Net()
    x = net.input((1, 12, 10, 3))
    for inputs in (3, 6):
        x = net.node("Transpose", x, perm=[0, 3, 1, 2])
        x = net.node("Transpose", conv(net, x, inputs, 6), perm=[0, 2, 3, 1])
        x = net.node("Relu", net.node("Add", x, net.floats(6)))
    found = check_float(net.finish(net.node("ReduceMean", x, axes=[1, 2])))
    assert kinds(found) == ["CONV_2D", "UNARY", "CONV_2D", "UNARY", "MEAN"] or "TRANSPOSE" not in kinds(found)
    assert not found.layouts


def test_factors_and_addends_per_channel_join_convolutions() -> None:
    """After a convolution they are its weights and bias; alone they are a depthwise one."""
    net = Net()
    x = net.node("Add", net.node("Mul", net.input(IMAGE), net.floats(1, 3, 1, 1)), net.floats(3, 1, 1))
    x = net.node(
        "Relu", net.node("Add", net.node("Mul", conv(net, x, 3, 8), net.floats(8, 1, 1)), net.floats(1, 8, 1, 1))
    )
    x = net.node("Sub", net.floats(1), net.node("Div", conv(net, x, 8, 4), net.constant(np.float32(3))))
    found = check_float(net.finish(x))
    assert kinds(found) == ["DEPTHWISE_CONV_2D", "CONV_2D", "CONV_2D"]


@pytest.mark.parametrize("kind", ["Gemm", "MatMul"])
def test_factors_and_addends_join_products(kind: str) -> None:
    net = Net()
    options = {"transB": 1} if kind == "Gemm" else {}
    x = net.node(kind, net.input((3, 8)), net.floats(*((5, 8) if options else (8, 5))), **options)
    parameters = (net.floats(5), net.floats(5), net.floats(5), net.constant(np.full(5, 0.7, np.float32)))
    found = check_float(net.finish(net.node("Relu", net.node("BatchNormalization", x, *parameters))))
    assert kinds(found) == ["FULLY_CONNECTED"]


def test_heads_of_a_detector_join_without_moving() -> None:
    """Transpose and Reshape put each head's boxes in rows, as they lie already."""
    net = Net()
    image = net.input(IMAGE)
    heads = []
    for stride in (1, 2):
        head = net.node("Transpose", conv(net, image, 3, 8, strides=[stride, stride]), perm=[0, 2, 3, 1])
        heads.append(net.node("Reshape", head, net.constant(np.array([1, -1, 4]))))
    found = check_float(net.finish(net.node("Concat", *heads, axis=1)))
    assert "TRANSPOSE" not in kinds(found)


def test_channel_shuffle_is_one_transposition() -> None:
    net = Net()
    x = conv(net, net.input(IMAGE), 3, 12)
    x = net.node("Reshape", x, net.constant(np.array([1, 3, 4, 12, 10])))
    x = net.node("Reshape", net.node("Transpose", x, perm=[0, 2, 1, 3, 4]), net.constant(np.array([1, 12, 12, 10])))
    found = check_float(net.finish(net.node("GlobalAveragePool", conv(net, x, 12, 6, group=3))))
    assert kinds(found).count("TRANSPOSE") == 1


@pytest.mark.parametrize("block", [2, 3])
@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_depth_to_space_and_back(block: int, mode: str) -> None:
    net = Net()
    x = net.node("DepthToSpace", conv(net, net.input(IMAGE), 3, 4 * block**2), blocksize=block, mode=mode)
    x = net.node("SpaceToDepth", conv(net, x, 4, 4), blocksize=2)
    check_float(net.finish(x))


def test_operators_that_stay_in_onnx_s_order_are_fed_in_it() -> None:
    net = Net()
    x = conv(net, net.input(IMAGE), 3, 8)
    x = net.node("InstanceNormalization", x, net.floats(8), net.floats(8))
    found = check_float(net.finish(conv(net, x, 8, 4)))
    assert kinds(found) == ["CONV_2D", "TRANSPOSE", "ONNX:InstanceNormalization", "TRANSPOSE", "CONV_2D"]


def test_a_convolution_that_stays_onnx_s_moves_nothing_in_vain() -> None:
    """Its bias is computed: whatever reads the image for a kernel must not have begun."""
    net = Net()
    x = net.node("InstanceNormalization", net.input(IMAGE), net.floats(3), net.floats(3))
    bias = net.node("Relu", net.input((4,)))
    found = check_float(net.finish(net.node("Conv", x, net.floats(4, 3, 3, 3), bias)))
    read = {index for operator in found.operators for index in operator.inputs} | set(found.outputs)
    assert "ONNX:Conv" in kinds(found)
    assert all(read.intersection(operator.outputs) for operator in found.operators)


def test_quick_gelu_is_a_kernel() -> None:
    net = Net()
    found = read(net.finish(net.node("QuickGelu", conv(net, net.input(IMAGE), 3, 4), domain="com.microsoft")))
    assert kinds(found) == ["CONV_2D", "UNARY"]
    assert found.operators[-1].attributes["alpha"] == 1.702


def test_slices_of_channels_need_no_move() -> None:
    net = Net()
    x = conv(net, net.input(IMAGE), 3, 8)
    starts, ends, axes = (net.constant(np.array([value])) for value in (2, 6, 1))
    found = check_float(net.finish(conv(net, net.node("Slice", x, starts, ends, axes), 4, 4)))
    assert "TRANSPOSE" not in kinds(found)


@pytest.mark.parametrize(
    ("starts", "ends", "axes", "steps"),
    [
        ([2, -9], [6, 9], [1, 2], [1, 1]),
        ([-1, 1], [-100, 2**40], [1, -1], [-2, 3]),
        ([5, 0], [0, 1], [-2, 0], [-1, 1]),
    ],
)
def test_slices_have_a_kernel(starts: list[int], ends: list[int], axes: list[int], steps: list[int]) -> None:
    net = Net()
    limits = (net.constant(np.array(values)) for values in (starts, ends, axes, steps))
    found = check_float(net.finish(net.node("Slice", conv(net, net.input(IMAGE), 3, 8), *limits)))
    assert kinds(found)[:2] == ["CONV_2D", "STRIDED_SLICE"]


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_splits_are_slices(axis: int) -> None:
    net = Net()
    x = net.node("Relu", conv(net, net.input(IMAGE), 3, 8))
    parts = net.several("Split", x, net.constant(np.array([2, (8, 12, 10)[axis % 4 - 1] - 2])), count=2, axis=axis)
    found = check_float(net.finish(*(net.node("Sigmoid", part) for part in parts)))
    assert kinds(found).count("STRIDED_SLICE") == 2
    assert not any(kind.startswith("ONNX:") for kind in kinds(found))


@pytest.mark.parametrize("axis", [1, -1])
def test_constant_indices_have_a_kernel(axis: int) -> None:
    net = Net()
    x = conv(net, net.input(IMAGE), 3, 8)
    found = check_float(net.finish(net.node("Gather", x, net.constant(np.array([3, 0, -1, 3])), axis=axis)))
    assert kinds(found)[:2] == ["CONV_2D", "GATHER"]


RESIZES = [
    ("nearest", "asymmetric", "floor", (2, 3)),
    ("nearest", "half_pixel", "round_prefer_floor", (2, 2)),
    ("nearest", "align_corners", "round_prefer_ceil", (2, 2)),
    ("nearest", "half_pixel", "ceil", (0.5, 0.5)),
    ("linear", "half_pixel", "round_prefer_floor", (2, 3)),
    ("linear", "align_corners", "round_prefer_floor", (2, 2)),
    ("linear", "asymmetric", "round_prefer_floor", (0.5, 2)),
    ("linear", "pytorch_half_pixel", "round_prefer_floor", (2, 2)),
    ("linear", "half_pixel", "round_prefer_floor", (1.3, 1.7)),
    ("nearest", "asymmetric", "floor", (1.3, 0.8)),
]


@pytest.mark.parametrize(("mode", "coordinates", "rounding", "scales"), RESIZES)
def test_resizing_needs_no_move(mode: str, coordinates: str, rounding: str, scales: tuple[float, float]) -> None:
    net = Net()
    x = conv(net, net.input(IMAGE), 3, 4)
    factors = net.constant(np.array([1, 1, *scales], np.float32))
    given = {"mode": mode, "coordinate_transformation_mode": coordinates, "nearest_mode": rounding}
    found = check_float(net.finish(conv(net, net.node("Resize", x, "", factors, **given), 4, 4)))
    assert kinds(found) == ["CONV_2D", "RESIZE", "CONV_2D"]


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1])
def test_concatenation_along_any_axis(axis: int) -> None:
    net = Net()
    x = net.input(IMAGE)
    check_float(net.finish(net.node("Concat", conv(net, x, 3, 5), conv(net, x, 3, 5), axis=axis)))


@pytest.mark.parametrize("opset", [11, 13])
@pytest.mark.parametrize("axis", [1, 2, 3, -1])
def test_softmax_along_any_axis(opset: int, axis: int) -> None:
    net = Net(opset=opset)
    check_float(net.finish(net.node("Softmax", conv(net, net.input(IMAGE), 3, 5), axis=axis)))


@pytest.mark.parametrize("shape", [(5,), (5, 1, 1), (1, 5, 12, 1), (12, 10), (1,), ()])
def test_constants_broadcast_as_in_onnx(shape: tuple[int, ...]) -> None:
    net = Net()
    constant = net.constant(np.random.default_rng(1).normal(0, 1, shape).astype(np.float32))
    x = conv(net, net.input((1, 3, 12, 10 if shape == (12, 10) else 5)), 3, 5)
    check_float(net.finish(net.node("Sub", constant, net.node("Mul", x, constant))))


BORDERS: list[dict[str, object]] = [
    {"pads": [0, 1, 2, 1]}, {"auto_pad": "SAME_UPPER"}, {"auto_pad": "SAME_LOWER"}, {"auto_pad": "VALID"},
    {"ceil_mode": 1}, {"ceil_mode": 1, "pads": [1, 1, 1, 1]},
]  # fmt: skip
OF_ONE_KIND: list[tuple[str, dict[str, object]]] = [
    ("MaxPool", {"dilations": [2, 1]}),
    ("AveragePool", {"pads": [1, 1, 1, 1], "count_include_pad": 1}),
]


@pytest.mark.parametrize(
    ("kind", "attributes"), [*((kind, each) for kind in ("MaxPool", "AveragePool") for each in BORDERS), *OF_ONE_KIND]
)
def test_windows_at_the_border(kind: str, attributes: dict[str, object]) -> None:
    net = Net()
    x = conv(net, net.input((1, 3, 11, 8)), 3, 4)
    check_float(net.finish(net.node(kind, x, kernel_shape=[3, 3], strides=[2, 2], **attributes)))


def test_one_spatial_axis() -> None:
    net = Net()
    x = net.node("Conv", net.input((1, 3, 20)), net.floats(8, 3, 5), net.floats(8), pads=[2, 2], strides=[2])
    x = net.node("MaxPool", net.node("Relu", x), kernel_shape=[2], strides=[2])
    x = net.node("Reshape", x, net.constant(np.array([1, 40])))
    found = check_float(net.finish(net.node("Gemm", x, net.floats(40, 3))))
    assert "TRANSPOSE" not in kinds(found)


def quantised_conv(net: Net, x: str, inputs: int, outputs: int, kernel: int = 3, **attributes: object) -> str:
    given = {"pads": [kernel // 2] * 4, **attributes}
    groups = int(str(given.get("group", 1)))
    bias = net.constant((net.random.normal(0, 0.2, outputs)).astype(np.float32))
    return net.node("Conv", x, net.weights((outputs, inputs // groups, kernel, kernel)), bias, **given)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_quantised_network_is_integer_through_and_through(dtype: str) -> None:
    net = Net(dtype)
    x = net.stored(net.input(IMAGE), 0.03, 5)
    x = net.stored(net.node("Relu", quantised_conv(net, x, 3, 8, strides=[2, 2])), 0.06, -128)
    y = net.stored(net.node("Sigmoid", net.stored(quantised_conv(net, x, 8, 8, group=8), 0.05, 1)), 1 / 256, -128)
    x = net.stored(net.node("Add", x, net.stored(net.node("Mul", x, y), 0.04, -90)), 0.09, -100)
    x = net.stored(net.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 0.09, -100)
    z = net.stored(quantised_conv(net, x, 8, 4, kernel=1), 0.05, 3)
    x = net.stored(net.node("Concat", x, z, axis=1), 0.08, -20)
    x = net.stored(net.node("GlobalAveragePool", x), 0.05, -30)
    x = net.node("Flatten", x)
    x = net.stored(net.node("Gemm", x, net.weights((6, 12), 0.02), net.floats(6), transB=1), 0.03, 4)
    off, found = steps_off(net.finish(x), 0.03)
    assert [kind for kind in kinds(found) if found_float(kind)] == ["QUANTIZE", "DEQUANTIZE"]
    assert off <= 1


def found_float(kind: str) -> bool:
    return kind in ("QUANTIZE", "DEQUANTIZE", "UNARY", "SOFTMAX") or kind.startswith("ONNX:")


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_boundary_of_integers(dtype: str) -> None:
    """Input and output are the file's integers, unsigned ones too."""
    net = Net(dtype)
    image = net.input(IMAGE, dtype)
    scale, point = net.constant(np.float32(0.02)), net.point(7)
    x = quantised_conv(net, net.node("DequantizeLinear", image, scale, point), 3, 5)
    result = net.node("QuantizeLinear", x, net.constant(np.float32(0.04)), net.point(-3))
    model = net.finish(result)
    found = read(model)
    value = np.random.default_rng(2).integers(*((0, 256) if dtype == "uint8" else (-128, 128)), IMAGE).astype(dtype)
    (actual,), (wanted,) = run(found, [value]), expected(model, [value])
    assert actual.dtype == wanted.dtype == np.dtype(dtype)
    assert np.abs(actual.astype(int) - wanted.astype(int)).max() <= 1
    assert np.ptp(wanted.astype(int)) > 20


def test_float_operator_between_integers_gets_floats() -> None:
    net = Net()
    x = net.stored(quantised_conv(net, net.stored(net.input(IMAGE)), 3, 8))
    x = net.stored(net.node("InstanceNormalization", x, net.floats(8), net.floats(8)), 0.01, 0)
    off, found = steps_off(net.finish(net.stored(quantised_conv(net, x, 8, 4), 0.02)), 0.02)
    assert "ONNX:InstanceNormalization" in kinds(found)
    assert off <= 1


def test_every_node_of_the_file_is_accounted_for() -> None:
    net = Net()
    x = net.stored(net.input(IMAGE))
    x = net.stored(net.node("Relu", quantised_conv(net, x, 3, 4)), 0.06, -128)
    x = net.stored(net.node("Transpose", x, perm=[0, 2, 3, 1]), 0.06, -128)
    model = net.finish(net.node("Reshape", x, net.constant(np.array([1, -1]))))
    found = read(model)
    accounted = {operator.index for operator in found.operators} | set(found.folded)
    assert accounted >= set(range(len(model.graph.node)))
    assert found.file_operators == len(model.graph.node)
    assert all(host in {operator.index for operator in found.operators} for host in found.folded.values())
    assert samples(model)[0].shape == IMAGE
