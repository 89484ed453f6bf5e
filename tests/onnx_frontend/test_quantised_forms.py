"""Forms of quantised networks that exporters write and that must not fall back to float: against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")

from onnx import TensorProto, helper
from onnx_frontend.onnx_nets import Net, check_float, expected, kinds, read, run, steps_off

from arenite.errors import UnsupportedError
from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.integers.affine import Affine
from arenite.frontends.onnx.integers.prelu import prelu_parts
from arenite.frontends.onnx.resample import Sampling, taps

INTEGERS = ["QUANTIZE", "CONV_2D", "DEQUANTIZE"]
SCALE = 0.0413


def convolved(net: Net, x: str, channels: int = 4) -> str:
    return net.stored(net.node("Conv", x, net.weights((channels, 3, 1, 1))), SCALE, -7)


def test_integers_read_with_other_parameters_than_they_were_written_with() -> None:
    net = Net()
    x = net.node("QuantizeLinear", net.input((1, 3, 6, 6)), net.constant(np.float32(0.05)), net.point(0))
    results = []
    for scale, point in ((0.05, 0), (0.13, 3)):
        real = net.node("DequantizeLinear", x, net.constant(np.float32(scale)), net.point(point))
        results.append(net.stored(net.node("Conv", real, net.weights((4, 3, 3, 3))), scale))
    model = net.finish(*results)
    value = np.random.default_rng(0).normal(0, 2, (1, 3, 6, 6)).astype(np.float32)
    for actual, wanted in zip(run(read(model), [value]), expected(model, [value]), strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-6)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize(
    ("mode", "filling"),
    [*(("constant", filling) for filling in (None, 0.0, 20 * 0.0413, 0.012)), ("edge", None), ("reflect", None)],
)
def test_padding_stays_on_integers(dtype: str, mode: str, filling: float | None) -> None:
    """Save where what it fills in, 0.012, is no stored value."""
    net = Net(dtype)
    x = convolved(net, net.stored(net.input((1, 3, 6, 6))))
    pads = net.constant(np.array([0, 0, 1, 2, 0, 0, 2, 1]))
    value = [] if filling is None else [net.constant(np.float32(filling))]
    padded = net.stored(net.node("Pad", x, pads, *value, mode=mode), SCALE, -7)
    off, found = steps_off(net.finish(padded), SCALE)
    assert off == 0
    if filling != 0.012:
        pad = "ONNX:Pad" if mode != "constant" else "PADV2" if filling else "PAD"
        assert kinds(found) == ["QUANTIZE", "CONV_2D", pad, "DEQUANTIZE"]


def test_integers_are_padded_with_an_integer() -> None:
    """As ONNX Runtime's quantiser writes Pad in the QOperator format."""
    net = Net("uint8")
    parameters = (net.constant(np.float32(SCALE)), net.point(9))
    x = net.node("QuantizeLinear", net.input((1, 3, 6, 6)), *parameters)
    padded = net.node("Pad", x, net.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])), net.constant(np.uint8(137)))
    off, found = steps_off(net.finish(net.node("DequantizeLinear", padded, *parameters)), SCALE)
    assert (off, kinds(found)) == (0, ["QUANTIZE", "PAD", "DEQUANTIZE"])


def test_axes_of_padding_may_be_chosen() -> None:
    net = Net(opset=18)
    x = net.node("Conv", net.input((1, 3, 6, 6)), net.floats(4, 3, 1, 1))
    pads, axes = net.constant(np.array([1, 2, 0, 1])), net.constant(np.array([-2, 3]))
    found = check_float(net.finish(net.node("Pad", x, pads, "", axes)))
    assert kinds(found) == ["CONV_2D", "PAD"]


@pytest.mark.parametrize("slopes", [(0.1, 0.25, 0.0, 0.7), (0.1, -0.3, 1.5, -2.0)])
def test_prelu_with_a_slope_per_channel(slopes: tuple[float, ...]) -> None:
    net = Net()
    x = convolved(net, net.stored(net.input((1, 3, 8, 8))))
    slope = net.constant(np.array(slopes, np.float32).reshape(4, 1, 1))
    off, found = steps_off(net.finish(net.stored(net.node("PRelu", x, slope), 0.0387, -40)), 0.0387)
    tables = ["LOOKUP"] * (2 if min(slopes) < 0 else 1)
    assert kinds(found) == ["QUANTIZE", "CONV_2D", *tables, "DEPTHWISE_CONV_2D", "ADD", "DEQUANTIZE"]
    assert off <= 1


def test_parts_of_a_prelu_do_not_overlap() -> None:
    """The first term is zero below the zero point, and the second one's table above it."""
    before, after = Quantisation((0.05,), (-20,)), Quantisation((0.04,), (11,))
    parts = prelu_parts(np.array([-0.5, 0.5]), before, after)
    assert parts is not None
    assert parts.clipped is not None
    for stored in range(-128, 128):
        assert (parts.positive[stored] == 11) == (stored <= -20)
        assert parts.clipped[stored] == min(stored, -20)


@pytest.mark.parametrize("activated", [False, True])
@pytest.mark.parametrize("kind", ["BatchNormalization", "Mul and Add"])
def test_terms_per_channel_with_an_activation(kind: str, activated: bool) -> None:
    net = Net()
    x = convolved(net, net.stored(net.input((1, 3, 8, 8))))
    if kind == "BatchNormalization":
        statistics = [net.constant(net.random.uniform(0.5, 1.5, 4).astype(np.float32)) for _ in range(4)]
        x = net.node("BatchNormalization", x, *statistics)
    else:
        factor, addend = (net.constant(net.random.normal(1, 0.3, (4, 1, 1)).astype(np.float32)) for _ in range(2))
        x = net.node("Add", net.node("Mul", x, factor), addend)
    x = net.node("Relu", x) if activated else x
    off, found = steps_off(net.finish(net.stored(x, 0.0219, -100)), 0.0219)
    assert kinds(found) == ["QUANTIZE", "CONV_2D", "DEPTHWISE_CONV_2D", "DEQUANTIZE"]
    assert off <= 1


def test_addends_are_finer_than_a_bias() -> None:
    """Some 20 times finer than with weights of 127, whose error is a quarter of 1/127 of a step on average."""
    random = np.random.default_rng(0)
    factor, addend = random.normal(1, 0.3, 200), random.normal(0, 3, 200)
    made = Affine("", factor, addend, ()).integers(0.03)
    assert made is not None
    weights, scales, bias = made
    np.testing.assert_allclose(weights.reshape(-1) * scales, factor, rtol=1e-6)
    error = np.abs(bias * scales * np.float32(0.03) - addend) / (np.abs(factor) * 0.03)
    assert np.median(error) < 0.25 / 127 / 20


@pytest.mark.parametrize("form", ["blocks", "int16"])
def test_weights_in_forms_without_a_kernel_become_float(form: str) -> None:
    net = Net(opset=21)
    count = 2 if form == "blocks" else 1
    array = net.random.integers(-100, 100, (8, 5)).astype(np.int8 if form == "blocks" else np.int16)
    shape = (2, 5) if count == 2 else ()
    scales = net.constant(net.random.uniform(0.01, 0.02, shape).astype(np.float32))
    attributes = {"axis": 0, "block_size": 4} if form == "blocks" else {}
    points = net.constant(np.zeros(shape, array.dtype))
    weights = net.node("DequantizeLinear", net.constant(array), scales, points, **attributes)
    found = check_float(net.finish(net.node("MatMul", net.input((1, 8)), weights)))
    assert kinds(found) == ["FULLY_CONNECTED"]


def test_constants_that_are_quantised_twice() -> None:
    """As where the quantiser gives every reader of a constant a pair of its own."""
    net = Net()
    weights = net.stored(net.weights((4, 3, 1, 1), axis=None), 0.009, 0)
    x = net.node("Conv", net.stored(net.input((1, 3, 6, 6))), weights)
    off, found = steps_off(net.finish(net.stored(x, SCALE)), SCALE)
    assert kinds(found) == INTEGERS
    assert off <= 1


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_rows_of_a_quantised_table(dtype: str) -> None:
    """Gather, then moves, on integers of which only the DequantizeLinear after them says what they stand for."""
    net = Net(dtype, opset=13)
    net.inputs.append(helper.make_tensor_value_info("words", TensorProto.INT64, [1, 6]))
    table = net.constant(net.random.integers(0, 128, (30, 8)).astype(dtype))
    rows = net.node("Transpose", net.node("Gather", table, "words"), perm=[0, 2, 1])
    real = net.node("DequantizeLinear", rows, net.constant(np.float32(0.01)), net.point(3))
    model = net.finish(net.stored(net.node("Conv", real, net.weights((4, 8, 3))), 0.02))
    words = np.array([[0, 5, 29, 5, 7, 11]])
    (actual,), (wanted,) = run(read(model), [words]), expected(model, [words])
    assert np.abs(actual - wanted).max() <= 0.0201


def test_pipelines_of_scikit_learn_begin_with_a_scaler() -> None:
    net = Net()
    offset, scale = [0.5, -1.0, 2.0], [2.0, 0.1, 1.0]
    x = net.node("Scaler", net.input((1, 3)), domain="ai.onnx.ml", offset=offset, scale=scale)
    model = net.finish(net.node("MatMul", x, net.floats(3, 4)))
    value = np.array([[1.0, 2.0, 3.0]], np.float32)
    (actual,), (wanted,) = run(read(model), [value]), expected(model, [value])
    np.testing.assert_allclose(actual, wanted, rtol=1e-5)


def test_last_elements_are_interpolated_by_halves() -> None:
    index, weights = taps(Sampling("linear", "half_pixel", "floor", -0.75, False), 3, 6, 2.0)
    assert index[-1].tolist() == [2, 2]
    assert weights[-1].tolist() == [0.5, 0.5]
    np.testing.assert_array_equal(weights.sum(1), 1)


@pytest.mark.parametrize(
    ("kind", "domain", "remedy"),
    [
        ("NonZero", "", "end the model before it"),
        ("Erfc", "", "ONNX has no such operator"),
        ("Normalizer", "ai.onnx.ml", "end the model before it"),
        ("Frobnicate", "example.org", "export with inferred shapes"),
    ],
)
def test_what_to_do_about_unknown_shapes(kind: str, domain: str, remedy: str) -> None:
    net = Net()
    x = net.node(kind, net.input((1, 6)), domain=domain)
    graph = helper.make_graph(net.nodes, "net", net.inputs, [helper.make_tensor_value_info(x, TensorProto.FLOAT, None)])
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid(domain or "ai.onnx.ml", 1)]
    with pytest.raises(UnsupportedError) as raised:
        read(helper.make_model(graph, opset_imports=opsets, ir_version=8))
    assert kind in str(raised.value)
    assert remedy in str(raised.value)


@pytest.mark.parametrize("kind", ["Mul", "Add", "Sub"])
def test_a_concatenation_that_rounds_its_operands(kind: str) -> None:
    """Arithmetic behind it reads what is left of them, not the operands themselves."""
    net = Net()
    image = net.stored(net.input((1, 3, 9, 7)), 0.03, 2)
    wide = net.stored(net.node("Conv", image, net.weights((5, 3, 3, 3), scale=0.02), pads=[1] * 4), 0.08, -3)
    other = net.stored(net.node("Conv", image, net.weights((3, 3, 1, 1), scale=0.02)), 0.04, 5)
    joined = net.stored(net.node("Concat", wide, other, axis=1), 0.01, 7)
    numbers = net.constant(net.random.integers(30, 127, (1, 8, 9, 7), np.int8))
    factors = net.node("DequantizeLinear", numbers, net.constant(np.float32(0.01)), net.constant(np.int8(0)))
    scaled = net.stored(net.node(kind, joined, factors), 0.01, 0)
    layer = net.stored(net.node("Conv", scaled, net.weights((2, 8, 3, 3)), pads=[1] * 4), 0.01, 7)
    steps, _ = steps_off(net.finish(net.stored(net.node("Concat", joined, layer, axis=1), 0.01, 7)), 0.01)
    assert steps <= 1
