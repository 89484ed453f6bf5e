"""Float32 convolutions and pools against ONNX Runtime."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from float_operators import Array, assert_close, nhwc, one_operator, onnx_result, run, values
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model

from arenite.codegen.host import load_host_library
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.operators.float32.tensors import float_bits
from arenite.frontends.operators.float32.weights import by_fours


@dataclass(frozen=True)
class Windows:
    """Along height and width; padding before and after each."""

    extent: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))

    @property
    def onnx(self) -> dict[str, Any]:
        (top, bottom), (left, right) = self.padding
        pads = [top, left, bottom, right]
        return {"kernel_shape": self.kernel, "strides": self.stride, "dilations": self.dilation, "pads": pads}

    @property
    def attributes(self) -> dict[str, Any]:
        return {
            "explicit_padding": self.padding,
            "stride_h": self.stride[0],
            "stride_w": self.stride[1],
            "dilation_h_factor": self.dilation[0],
            "dilation_w_factor": self.dilation[1],
        }


@st.composite
def windows(draw: st.DrawFn) -> Windows:
    """Windows of which each has a tap in the input."""
    axes = []
    for _ in range(2):
        kernel, stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
        extent = draw(st.integers(dilation, 9))
        before, count = draw(st.integers(0, kernel - 1)), draw(st.integers(1, 5))
        after = (count - 1) * stride + (kernel - 1) * dilation + 1 - before - extent
        if after < 0 or after >= kernel:
            extent, after = extent + after, 0
        axes.append((extent, kernel, stride, dilation, (before, after)))
    a, b = axes
    return Windows((a[0], b[0]), (a[1], b[1]), (a[2], b[2]), (a[3], b[3]), (a[4], b[4]))


def convolve(of: Windows, batches: int, channels: int, weights: Array, bias: Array | None, groups: int) -> None:
    image = values(batches, channels, *of.extent)
    expected = onnx_result("Conv", [image, weights, *([] if bias is None else [bias])], group=groups, **of.onnx)
    result = nhwc(expected)
    depthwise = weights.shape[1] == 1 and groups == channels
    axes = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
    filters = np.ascontiguousarray(weights.transpose(axes))
    shape = (batches, *of.extent, channels)
    kinds = ["DEPTHWISE_CONV_2D"] if depthwise else []
    for kind in [*kinds, "CONV_2D"]:
        own = filters if kind in kinds else np.ascontiguousarray(weights.transpose(0, 2, 3, 1))
        assert_close(run(one_operator(kind, [shape, own, bias], result.shape, **of.attributes), nhwc(image)), result)


@settings(max_examples=60, deadline=None)
@given(
    windows(),
    st.integers(1, 2),
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(1, 10),
    st.booleans(),
)
def test_convolution(of: Windows, batches: int, groups: int, depth: int, outputs: int, biased: bool) -> None:
    weights = values(groups * outputs, depth, *of.kernel)
    convolve(of, batches, groups * depth, weights, values(groups * outputs) if biased else None, groups)


@settings(max_examples=60, deadline=None)
@given(windows(), st.integers(1, 2), st.integers(1, 11), st.integers(1, 3), st.booleans())
def test_depthwise_convolution(of: Windows, batches: int, channels: int, multiplier: int, biased: bool) -> None:
    weights = values(channels * multiplier, 1, *of.kernel)
    bias = values(channels * multiplier) if biased else None
    convolve(of, batches, channels, weights, bias, channels)


def test_deep_convolution_keeps_its_digits() -> None:
    """All products have one sign: what a long chain of additions would lose shows."""
    of = Windows((3, 4), (3, 3))
    image, weights = np.abs(values(1, 640, 3, 4)), np.abs(values(5, 640, 3, 3))
    model = one_operator("CONV_2D", [(1, 3, 4, 640), nhwc(weights), None], (1, 1, 2, 5), **of.attributes)
    found = run(model, nhwc(image))
    slices = [image[0, :, :, x : x + 3].astype(np.float64) for x in (0, 1)]
    exact = np.array([[(part * each).sum() for each in weights.astype(np.float64)] for part in slices])
    assert_close(found[0, 0], exact.astype(np.float32), 2e-7)


@pytest.mark.parametrize(
    ("activation", "bounds"),
    [("NONE", (-np.inf, np.inf)), ("RELU", (0, np.inf)), ("RELU6", (0, 6)), ((-0.25, 0.5), (-0.25, 0.5))],
)
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_fused_activation(kind: str, activation: object, bounds: tuple[float, float]) -> None:
    of, weights = Windows((5, 5), (2, 2)), 9 * values(6, 2, 2, 6 if kind == "CONV_2D" else 1)
    filters = weights if kind == "CONV_2D" else weights.transpose(3, 1, 2, 0)
    image = values(1, 5, 5, 6)
    plain, fused = (
        one_operator(kind, [(1, 5, 5, 6), filters], (1, 4, 4, 6), fused_activation_function=each, **of.attributes)
        for each in ("NONE", activation)
    )
    np.testing.assert_array_equal(run(fused, image), np.clip(run(plain, image), *bounds))


@settings(max_examples=60, deadline=None)
@given(windows(), st.integers(1, 2), st.integers(1, 9), st.sampled_from(["max", "average", "counting padding"]))
def test_pool(of: Windows, batches: int, channels: int, kind: str) -> None:
    image = values(batches, channels, *of.extent) - 3
    counted = kind == "counting padding"
    if kind == "max":
        expected = nhwc(onnx_result("MaxPool", [image], **of.onnx))
    else:
        expected = nhwc(onnx_result("AveragePool", [image], count_include_pad=int(counted), **of.onnx))
    model = one_operator(
        "MAX_POOL_2D" if kind == "max" else "AVERAGE_POOL_2D",
        [(batches, *of.extent, channels)],
        expected.shape,
        filter_height=of.kernel[0],
        filter_width=of.kernel[1],
        count_include_pad=counted,
        **of.attributes,
    )
    assert_close(run(model, nhwc(image)), expected)


def test_weights_by_fours() -> None:
    weights = np.arange(2 * 6 * 3, dtype=np.float32).reshape(12, 3)
    assert by_fours(weights, 2).tolist() == [
        *(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11),
        *(12, 13, 14, 15, 16, 17),
        *(18, 21, 24, 27, 19, 22, 25, 28, 20, 23, 26, 29),
        *(30, 31, 32, 33, 34, 35),
    ]


def windowed(kind: str) -> Model:
    """3x3 with stride 2, the input's height 7, one row of padding above and below."""
    of = Windows((7, 6), (3, 3), (2, 1), (1, 1), ((1, 1), (0, 2)))
    if kind.endswith("POOL_2D"):
        given = {"filter_height": 3, "filter_width": 3, **of.attributes}
        return one_operator(kind, [(1, 7, 6, 5)], (1, 4, 6, 5), **given)
    weights = values(*((6, 3, 3, 5) if kind == "CONV_2D" else (1, 3, 3, 5)))
    outputs = 6 if kind == "CONV_2D" else 5
    return one_operator(kind, [(1, 7, 6, 5), weights, values(outputs)], (1, 4, 6, outputs), **of.attributes)


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "L2_POOL_2D", "MAX_POOL_2D"])
def test_rows_may_lie_anywhere(kind: str) -> None:
    """Row by row, the input's rows shuffled in memory with garbage between, against the whole-operator function."""
    model = windowed(kind)
    image, random = values(1, 7, 6, 5), np.random.default_rng(1)
    expected = run_model(model, [image])[model.outputs[0]]
    (call,) = lower(model, model.operators[0]).calls
    function = getattr(load_host_library(), call.kernel.replace("_f32", "_row_f32"))
    function.restype = None
    pitch = 6 * 5 + 3
    place = random.permutation(7) * pitch
    memory = np.full(7 * pitch, np.nan, np.float32)
    for row, offset in enumerate(place):
        memory[offset : offset + 30] = image[0, row].ravel()
    layer = np.array(list(call.layer.values()), np.int32)
    constants = [np.ascontiguousarray(array) for name, array in call.constants.items() if name != "taps"]
    for y in range(4):
        rows = [2 * y - 1 + k for k in range(3)]
        inside = [k for k, row in enumerate(rows) if 0 <= row < 7]
        start = 20
        taps = np.array([4 * place[row] - start if k in inside else 2**30 for k, row in enumerate(rows)], np.int32)
        out = np.zeros(expected[0, y].size, np.float32)
        function(
            ctypes.c_void_p(layer.ctypes.data),
            ctypes.c_void_p(memory.ctypes.data),
            ctypes.c_int32(start),
            ctypes.c_void_p(taps.ctypes.data),
            ctypes.c_int32(inside[0]),
            ctypes.c_int32(inside[-1] + 1),
            *(ctypes.c_void_p(array.ctypes.data) for array in constants),
            ctypes.c_void_p(out.ctypes.data),
        )
        np.testing.assert_array_equal(out, expected[0, y].ravel(), err_msg=f"row {y}")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ([(1, 5, 5, 4), (4, 3, 3, 4)], "not a constant"),
        ([(1, 5, 5, 4), np.zeros((4, 3, 3, 4), np.int8)], "is int8, not float32"),
        ([(1, 5, 5, 4), values(4, 3, 3, 3)], "do not divide into groups"),
        ([(1, 5, 5, 4), values(4, 3, 3, 4), values(3)], "3 values for 4"),
        ([(5, 5, 4), values(4, 3, 3, 4)], "3 axes, not 4"),
        ([(1, 5, 5, 4), values(4, 9)], "2 axes, not 4"),
    ],
)
def test_what_has_no_kernel_is_refused(inputs: list[Any], reason: str) -> None:
    model = one_operator("CONV_2D", inputs, (1, 3, 3, 4), padding="VALID", stride_h=1, stride_w=1)
    with pytest.raises(NotLowered, match=reason):
        lower(model, model.operators[0])


def test_bits_of_floats() -> None:
    assert [float_bits(value) for value in (0.0, 1.0, -math.inf, math.inf)] == [0, 0x3F800000, -(2**23), 0x7F800000]
