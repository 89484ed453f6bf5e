"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED that round once, against ONNX Runtime."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from onnx_oracle import (
    Array,
    Mismatches,
    Quantised,
    activation,
    as_type,
    int8_model,
    mismatches,
    onnx_result,
    result,
    tensor,
)

from arenite.frontends.float_rounding import float_multipliers
from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower

Scales = float | Sequence[float]
WINDOW = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "padding": "VALID"}
SCALES: list[tuple[float, Scales, float]] = [
    (0.0123, 0.0071, 0.31),
    (0.02, [0.01, 0.003, 0.5, 0.0004, 0.021, 0.01, 0.0031, 0.0017], 0.1),
    (0.5, [2.0**-power for power in range(2, 10)], 0.25),
    (0.25, 2.0**-6, 2.0),
    (0.1, 0.01, 0.2),
    (0.05, 0.9, 0.011),
    (1e-4, 1e-3, 0.02),
]


def converse(scales: tuple[float, Scales, float]) -> tuple[float, ...]:
    """The bias's scales."""
    source = np.float32(scales[0])
    return tuple((source * np.atleast_1d(np.float32(scales[1]))).tolist())


def convolution(
    kind: str, scales: tuple[float, Scales, float], dtype: str, points: tuple[int, int], shape: Sequence[int],
    kernel: tuple[int, int], stride: int = 1, pads: tuple[int, int, int, int] = (0, 0, 0, 0), dilation: int = 1,
    weight_points: int | Sequence[int] = 0, seed: int = 0,
) -> Mismatches:  # fmt: skip
    """Eight output channels over an NHWC input of random values; as many sums as possible fall next to ties."""
    generator = np.random.default_rng(seed)
    inputs, outputs = shape[3], 8
    depthwise = kind == "DEPTHWISE_CONV_2D"
    weights = generator.integers(-60, 61, (outputs, *kernel, 1 if depthwise else inputs), np.int8)
    points_of_weights = np.broadcast_to(np.array(weight_points, np.int8), outputs)
    stored = (weights + points_of_weights[:, None, None, None]).astype(np.int8)
    bias = generator.integers(-20000, 20000, outputs, np.int32)
    image = generator.integers(-128, 128, tuple(shape), np.int8)
    extents = [
        (extent + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilation - 1) // stride + 1
        for axis, extent in enumerate(shape[1:3])
    ]
    ours = int8_model(
        kind,
        [
            tensor(shape, scales[0], points[0]),
            tensor(
                (1, *kernel, outputs) if depthwise else weights.shape, scales[1], weight_points,
                data=stored[..., 0].transpose(1, 2, 0)[None] if depthwise else stored, axis=3 if depthwise else 0,
            ),
            tensor((outputs,), dtype="int32", data=bias),
        ],
        tensor((shape[0], *extents, outputs), scales[2], points[1]),
        **WINDOW
        | {"stride_h": stride, "stride_w": stride, "dilation_h_factor": dilation, "dilation_w_factor": dilation},
        explicit_padding=((pads[0], pads[2]), (pads[1], pads[3])),
        depth_multiplier=outputs // inputs,
    )  # fmt: skip
    rearranged = np.ascontiguousarray(stored.transpose(0, 3, 1, 2))
    biases = converse(scales)
    theirs = onnx_result(
        "Conv",
        [
            activation(nchw(shape), scales[0], points[0], dtype),
            Quantised(rearranged.shape, scales[1], weight_points, "int8", rearranged),
            Quantised((outputs,), biases if len(biases) > 1 else biases[0], 0, "int32", bias),
        ],
        activation((shape[0], outputs, *extents), scales[2], points[1], dtype),
        [as_type(image.transpose(0, 3, 1, 2), dtype)],
        strides=[stride, stride], pads=list(pads), dilations=[dilation, dilation],
        group=inputs if depthwise else 1,
    )  # fmt: skip
    return mismatches(result(ours, image).transpose(0, 3, 1, 2), theirs)


def nchw(shape: Sequence[int]) -> tuple[int, ...]:
    return shape[0], shape[3], shape[1], shape[2]


@pytest.mark.parametrize("scales", SCALES)
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_convolution_has_the_bits_of_onnx_runtime(scales: tuple[float, Scales, float], dtype: str) -> None:
    found = convolution("CONV_2D", scales, dtype, (3, -11), (1, 125, 101, 13), (1, 1))
    assert found.values >= 1e5
    assert found.differing == 0


@pytest.mark.parametrize("scales", SCALES)
def test_depthwise_convolution_has_the_bits_of_onnx_runtime(scales: tuple[float, Scales, float]) -> None:
    found = convolution("DEPTHWISE_CONV_2D", scales, "uint8", (-128, 5), (1, 125, 104, 8), (3, 3))
    assert found.values >= 1e5
    assert found.differing == 0


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize("options", [
    {"stride": 2, "pads": (0, 0, 1, 1), "kernel": (3, 3)},
    {"stride": 1, "pads": (1, 2, 1, 2), "kernel": (3, 5)},
    {"dilation": 2, "pads": (2, 2, 2, 2), "kernel": (3, 3)},
])  # fmt: skip
def test_windows(kind: str, options: dict[str, object]) -> None:
    found = convolution(kind, SCALES[1], "uint8", (77, 0), (2, 21, 17, 8), **options)  # type: ignore[arg-type]
    assert found.differing == 0


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize("points", [17, [1, -3, 60, 0, 0, -60, 5, 9]])
def test_weights_with_zero_points(kind: str, points: int | Sequence[int]) -> None:
    scales = SCALES[1] if isinstance(points, list) else SCALES[0]
    found = convolution(kind, scales, "uint8", (4, 0), (1, 21, 17, 8), (3, 3), weight_points=points)
    assert found.differing == 0


def connected(
    weights: Array, points: int | Sequence[int], scales: tuple[float, Scales, float], dtype: str
) -> Mismatches:
    generator = np.random.default_rng(1)
    outputs, inputs = weights.shape
    rows = max(100_000 // outputs, 1)
    bias = generator.integers(-20000, 20000, outputs, np.int32)
    values = generator.integers(-128, 128, (rows, inputs), np.int8)
    ours = int8_model(
        "FULLY_CONNECTED",
        [
            tensor((rows, inputs), scales[0], -4),
            tensor(weights.shape, scales[1], points, data=weights),
            tensor((outputs,), dtype="int32", data=bias),
        ],
        tensor((rows, outputs), scales[2], 9),
        weights_format="DEFAULT", keep_num_dims=False,
    )  # fmt: skip
    biases = converse(scales)
    theirs = onnx_result(
        "Gemm",
        [
            activation((rows, inputs), scales[0], -4, dtype),
            Quantised((inputs, outputs), scales[1], points, "int8", np.ascontiguousarray(weights.T), 1),
            Quantised((outputs,), biases if len(biases) > 1 else biases[0], 0, "int32", bias),
        ],
        activation((rows, outputs), scales[2], 9, dtype),
        [as_type(values, dtype)],
    )
    return mismatches(result(ours, values), theirs)


@pytest.mark.parametrize("scales", SCALES)
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_fully_connected_has_the_bits_of_onnx_runtime(scales: tuple[float, Scales, float], dtype: str) -> None:
    weights = np.random.default_rng(0).integers(-128, 128, (8, 33), np.int8)
    found = connected(weights, 0, scales, dtype)
    assert found.values >= 1e5 - 8
    assert found.differing == 0


def test_fully_connected_weights_with_a_zero_point() -> None:
    weights = np.random.default_rng(0).integers(-60, 61, (8, 33), np.int8)
    assert connected(weights, 33, SCALES[0], "uint8").differing == 0


def test_another_requantisation_is_refused() -> None:
    data = np.ones((1, 1, 1, 2), np.int8)
    sources = [tensor((1, 4, 4, 2), 0.1), tensor(data.shape, 0.1, data=data)]
    model = int8_model("CONV_2D", sources, tensor((1, 4, 4, 1), 0.1), **WINDOW, requantisation="thrice")
    with pytest.raises(NotLowered, match="thrice"):
        lower(model, model.operators[0])


def test_thousands_of_channels_take_no_time() -> None:
    start = time.perf_counter()
    assert float_multipliers(np.random.default_rng(0).uniform(1e-5, 1e-2, 5000)).shape == (5000, 2)
    assert time.perf_counter() - start < 0.5
