"""Quantised Relay, as TVM's TFLite importer makes it, read back into operators: none lost, none changed by a bit."""

from __future__ import annotations

import pathlib
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from kernel_harness import sample_of
from models.network import Network
from oracles import Reference

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from relay.quantised_models import (
    OWN_MODELS,
    bound,
    file_signatures,
    import_tflite,
    interpret,
    qdq_residual,
    signature,
)

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Operator, Quantisation
from arenite.frontends.operators.pool import axis_paddings, window_positions
from arenite.frontends.quantise import activation_range
from arenite.frontends.tflite import parse_tflite
from arenite.passes.relay.quantised import MatchReport, lower_quantised
from arenite.passes.relay.quantised.activation import fused_activation
from arenite.passes.relay.quantised.find import find
from arenite.passes.relay.quantised.from_qdq import prepared
from arenite.passes.relay.quantised.layouts import padding
from arenite.relay_compat import relay, tvm

BUNDLED = ("branchy_cell", "ds_cnn", "mobilenet_block", "resnet_block")
WIDER = ("mlperf_kws_dscnn", "mlperf_resnet8", "mlperf_vww96", "mlperf_ad01", "tflm_person_detect")
FOLDER = pathlib.Path(__file__).parent.parent / "models"


def own_model(name: str) -> bytes:
    return OWN_MODELS[name]() if name in OWN_MODELS else (FOLDER / f"{name}.tflite").read_bytes()


def check_signatures(data: bytes) -> None:
    findings = find(import_tflite(data)["main"].body)
    found = Counter(signature(one.lowering) for one in findings.found.values())
    assert found == Counter(file_signatures(parse_tflite(data, "test.tflite")))
    assert not findings.reasons


@pytest.mark.parametrize("name", [*BUNDLED, *OWN_MODELS])
def test_lowerings_are_those_of_the_file(name: str) -> None:
    check_signatures(own_model(name))


@pytest.mark.parametrize("name", WIDER)
def test_lowerings_are_those_of_the_file_in_wider_models(name: str, shared_models: pathlib.Path) -> None:
    check_signatures((shared_models / f"{name}.tflite").read_bytes())


@pytest.mark.parametrize("name", [*BUNDLED, *OWN_MODELS])
def test_results_are_those_of_the_reference(name: str) -> None:
    data = own_model(name)
    model = parse_tflite(data, "test.tflite")
    body = import_tflite(data)["main"].body
    findings = find(body)
    reference, generator = Reference(data), np.random.default_rng(5)
    for sample in range(3):
        inputs = [sample_of(model.tensors[index], sample, generator) for index in model.inputs]
        expected = reference.run(inputs)
        names = [model.tensors[index].name for index in model.inputs]
        outputs = interpret(body, findings, dict(zip(names, inputs, strict=True)))
        for index, output in zip(model.outputs, outputs, strict=True):
            np.testing.assert_array_equal(output, expected[index])


def operators_in(module: Any) -> Counter[str]:
    names: Counter[str] = Counter()

    def visit(node: Any) -> None:
        if isinstance(node, relay.Call):
            names[node.op.name] += 1

    relay.analysis.post_order_visit(module["main"], visit)
    return names


@pytest.mark.parametrize("name", [*BUNDLED, *OWN_MODELS])
def test_one_call_per_operator_and_nothing_quantised_left(name: str) -> None:
    data = own_model(name)
    module = import_tflite(data)
    before = tvm.ir.structural_hash(module)
    lowered, report = lower_quantised(module)
    assert tvm.ir.structural_hash(module) == before
    operators = operators_in(lowered)
    ours = {kind: number for kind, number in operators.items() if kind.startswith("arenite.")}
    assert sum(ours.values()) == len(file_signatures(parse_tflite(data, "test.tflite")))
    assert set(operators) - set(ours) <= {"reshape", "transpose", "squeeze", "expand_dims"}
    assert report.left == ()
    assert len(report.matched) == sum(ours.values())
    assert lowered["main"].checked_type == module["main"].checked_type


def test_report_names_what_was_matched() -> None:
    net = Network("names", seed=3)
    image = net.input("image", (1, 4, 4, 2))
    result = net.convolution(image, 3, activation="RELU6")
    _, report = lower_quantised(import_tflite(net.finish([image], [result])))
    (match,) = report.matched
    assert (match.kind, match.source) == ("CONV_2D", "conv_3")
    assert match.replaced == ("qnn.conv2d", "nn.bias_add", "qnn.requantize", "clip")


def convolution(data: Any, channels: int = 4, **arguments: Any) -> Any:
    """qnn.conv2d of [1, 6, 6, 2] with all weights 3, scales 0.5 and 0.25."""
    weights = relay.const(np.full((3, 3, 2, channels), 3, np.int8))
    zero, scales = relay.const(0), (relay.const(0.5), relay.const(0.25))
    layouts = {"kernel_layout": "HWIO", "data_layout": "NHWC"} | arguments
    return relay.qnn.op.conv2d(data, weights, zero, zero, *scales, kernel_size=(3, 3), channels=channels, **layouts)


def requantized(data: Any, scale: float = 0.125, out: float = 2.0) -> Any:
    parameters = [relay.const(scale), relay.const(0), relay.const(out), relay.const(0)]
    return relay.qnn.op.requantize(data, *parameters, axis=3, out_dtype="int8")


def lowered(body: Any) -> tuple[Any, MatchReport]:
    return lower_quantised(bound(relay.Function(relay.analysis.free_vars(body), body), {}))


def image(dtype: str = "int8") -> Any:
    return relay.var("image", shape=(1, 6, 6, 2), dtype=dtype)


def test_accumulator_with_two_readers_stays() -> None:
    sums = convolution(image())
    module, report = lowered(relay.Tuple([requantized(sums), requantized(sums, out=4.0)]))
    assert report.matched == ()
    assert [left.operator for left in report.left] == ["qnn.conv2d", "qnn.requantize", "qnn.requantize"]
    assert {left.reason for left in report.left[1:]} == {"its accumulator is read by another operator, too"}
    assert operators_in(module) == Counter(["qnn.conv2d", "qnn.requantize", "qnn.requantize"])


def test_int8_value_with_two_readers_is_computed_once() -> None:
    first = requantized(convolution(image()))
    clipped = relay.clip(first, -7.0, 9.0)
    module, report = lowered(relay.Tuple([first, clipped]))
    assert [match.kind for match in report.matched] == ["CONV_2D", "RELU6"]
    assert operators_in(module) == Counter(["arenite.conv_2d", "arenite.relu6"])


def test_clip_of_other_bounds_is_fused_as_it_is() -> None:
    body = relay.clip(requantized(convolution(image())), -7.0, 9.0)
    findings = find(bound(relay.Function(relay.analysis.free_vars(body), body), {})["main"].body)
    (found,) = findings.found.values()
    (call,) = found.lowering.calls
    assert (call.layer["activation_min"], call.layer["activation_max"]) == (-7, 9)


def test_clip_alone_is_a_table_of_its_bounds() -> None:
    body = relay.clip(relay.clip(image(), -100.0, 9.0), -7.0, 50.0)
    findings = find(bound(relay.Function(relay.analysis.free_vars(body), body), {})["main"].body)
    (found,) = findings.found.values()
    table = found.lowering.calls[0].constants["table"]
    values = np.arange(-128, 128)
    np.testing.assert_array_equal(table[values], np.clip(values, -7, 9))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (requantized(convolution(image(), padding=(5, 0, 0, 0))), "the padding, 5 and 0, does not fit windows of 3"),
        (requantized(convolution(image()), scale=0.5), "another scale than that of the product"),
        (requantized(convolution(image("uint8"))), "tensor 0 is uint8, not int8"),
    ],
)
def test_reason_for_what_stays(body: Any, reason: str) -> None:
    _, report = lowered(body)
    assert report.matched == ()
    assert len(report.left) == 2
    assert any(reason in left.reason for left in report.left)


def test_float_part_stays_whole_and_is_named() -> None:
    scale, zero = relay.const(0.1), relay.const(3)
    real = relay.qnn.op.dequantize(relay.nn.max_pool2d(image(), (2, 2), layout="NHWC"), scale, zero)
    body = relay.qnn.op.quantize(relay.cumsum(real, axis=1), scale, zero)
    module, report = lowered(body)
    assert [match.kind for match in report.matched] == ["MAX_POOL_2D"]
    assert [left.operator for left in report.left] == ["qnn.dequantize", "cumsum", "qnn.quantize"]
    assert operators_in(module) == Counter(["arenite.max_pool_2d", "qnn.dequantize", "cumsum", "qnn.quantize"])


def test_logarithms_of_softmax_are_along_the_last_axis() -> None:
    for axis, kinds in ((-1, ["LOG_SOFTMAX"]), (1, [])):
        real = relay.qnn.op.dequantize(image(), relay.const(0.1), relay.const(3))
        body = relay.qnn.op.quantize(relay.nn.log_softmax(real, axis), relay.const(1 / 16), relay.const(127))
        _, report = lowered(body)
        assert [match.kind for match in report.matched] == kinds


def test_float_network_is_left_alone() -> None:
    body = relay.nn.softmax(relay.nn.max_pool2d(image("float32"), (2, 2), layout="NHWC"))
    module, report = lowered(body)
    assert report == MatchReport((), ())
    assert operators_in(module) == Counter(["nn.max_pool2d", "nn.softmax"])


def test_value_added_to_itself() -> None:
    """One argument less than other sums have."""
    given, other = (relay.var(name, shape=(1, 4), dtype="int8") for name in "xy")
    parameters = [relay.const(0.1), relay.const(0)] * 3
    value = relay.qnn.op.add(relay.qnn.op.add(given, other, *parameters), other, *parameters)
    _, report = lowered(relay.qnn.op.add(value, value, *parameters))
    assert [match.kind for match in report.matched] == ["ADD", "ADD", "ADD"]


def test_qdq_network_of_onnx_is_matched_whole() -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")
    model = qdq_residual()
    module, _ = relay.frontend.from_onnx(model, freeze_params=True)
    lowered_module, report = lower_quantised(module)
    assert report.left == ()
    others = {name for name in operators_in(lowered_module) if not name.startswith("arenite.")}
    assert others <= {"transpose", "reshape", "nn.batch_flatten"}
    body = prepared(module)["main"].body
    findings = find(body)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    generator = np.random.default_rng(3)
    steps = []
    for _ in range(8):
        sample = generator.normal(0, 2, (1, 3, 12, 12)).astype(np.float32)
        (expected,) = session.run(None, {"image": sample})
        (output,) = interpret(body, findings, {"image": sample})
        steps.append(np.rint((output - expected) / 0.05))
        assert np.ptp(expected) > 1
    # A step in one operator may become one more in each of the six that follow; as a rule there is none.
    assert np.abs(steps).max() <= 2
    assert np.mean(np.abs(steps)) < 0.5


def tie(steps: int) -> float:
    """A scale of which 6 is half a step more than a whole number of steps, as far as float32 can say."""
    return float(np.float32(6 / (steps + 0.5)))


@pytest.mark.parametrize("name", ["RELU", "RELU6", "RELU_N1_TO_1"])
@given(scale=st.floats(2**-10, 0.5, width=32) | st.integers(1, 300).map(tie), zero_point=st.integers(-128, 127))
def test_activation_is_recovered_from_the_bounds_that_tvm_gives(name: str, scale: float, zero_point: int) -> None:
    """The bounds are those of ``convert_qnn_fused_activation_function`` in TVM's importer."""
    limits = {"RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}[name]
    low, high = (None if limit is None else round(limit / scale) + zero_point for limit in limits)
    bounds = (-128 if low is None else max(-128, low), 127 if high is None else min(127, high))
    quantised = Quantisation((scale,), (zero_point,))
    found = activation_range(fused_activation(bounds, quantised), quantised)
    assert found == activation_range(name, quantised)


@given(
    extents=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    reaches=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pads=st.tuples(*[st.integers(0, 4)] * 4),
)
def test_padding_gives_the_same_windows(
    extents: tuple[int, int], reaches: tuple[int, int], strides: tuple[int, int], pads: tuple[int, int, int, int]
) -> None:
    before, after = pads[:2], pads[2:]
    sums = [sum(parts) for parts in zip(extents, before, after, strict=True)]
    assume(all(reach <= total for reach, total in zip(reaches, sums, strict=True)))
    counts = [(total - reach) // stride + 1 for total, reach, stride in zip(sums, reaches, strides, strict=True)]
    attributes = padding(pads, extents, reaches, strides, counts)
    paddings = axis_paddings(Operator(0, "CONV_2D", (), (), attributes))
    for axis in (0, 1):
        outside = before[axis] >= reaches[axis] or (counts[axis] - 1) * strides[axis] - before[axis] >= extents[axis]
        if outside and "explicit_padding" in attributes:
            with pytest.raises(NotLowered):
                window_positions(extents[axis], reaches[axis], strides[axis], paddings[axis])
        else:
            found = window_positions(extents[axis], reaches[axis], strides[axis], paddings[axis])
            assert found == (counts[axis], before[axis])


def test_thousands_of_operators() -> None:
    """Far more than Python's stack has room for."""
    given, value = (relay.var(name, shape=(1, 4), dtype="int8") for name in "xy")
    parameters = [relay.const(0.1), relay.const(0)] * 3
    for _ in range(1500):
        value = relay.qnn.op.add(value, given, *parameters)
    _, report = lowered(value)
    assert len(report.matched) == 1500
