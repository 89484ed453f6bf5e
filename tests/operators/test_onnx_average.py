"""AVERAGE_POOL_2D and MEAN that round once, and MAX_POOL_2D beside them, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from onnx_oracle import Mismatches, activation, as_type, int8_model, mismatches, onnx_result, result, tensor

from arenite.frontends.lowering import NotLowered

Pair = tuple[float, int]
SAME = ((0.0471, 3), (0.0471, 3))
ROUND = ((0.1, -7), (0.05, 4))
RANDOM = ((0.0612345, -128), (0.0298765, 11))
SMALL = ((0.0612345, 20), (0.0112345, -100))
QUANTISED = [SAME, ROUND, RANDOM, SMALL, ((0.25, 0), (0.125, 1))]


def pool(
    kind: str, quantised: tuple[Pair, Pair], kernel: tuple[int, int], dtype: str = "uint8",
    strides: tuple[int, int] = (1, 1), pads: tuple[int, int, int, int] = (0, 0, 0, 0), included: bool = False,
    shape: Sequence[int] = (1, 51, 53, 39),
) -> Mismatches:  # fmt: skip
    batches, *extents, channels = shape
    image = np.random.default_rng(0).integers(-128, 128, tuple(shape), np.int8)
    outputs = [
        (extent + pads[axis] + pads[axis + 2] - kernel[axis]) // strides[axis] + 1
        for axis, extent in enumerate(extents)
    ]
    ours = int8_model(
        f"{kind}_POOL_2D", [tensor(shape, *quantised[0])], tensor((batches, *outputs, channels), *quantised[1]),
        filter_height=kernel[0], filter_width=kernel[1], stride_h=strides[0], stride_w=strides[1],
        explicit_padding=((pads[0], pads[2]), (pads[1], pads[3])), count_include_pad=included,
    )  # fmt: skip
    options: dict[str, Any] = {"count_include_pad": int(included)} if kind == "AVERAGE" else {}
    theirs = onnx_result(
        "AveragePool" if kind == "AVERAGE" else "MaxPool",
        [activation((batches, channels, *extents), *quantised[0], dtype)],
        activation((batches, channels, *outputs), *quantised[1], dtype),
        [as_type(image.transpose(0, 3, 1, 2), dtype)],
        kernel_shape=kernel, strides=strides, pads=pads, **options,
    )  # fmt: skip
    return mismatches(result(ours, image).transpose(0, 3, 1, 2), theirs)


@pytest.mark.parametrize("quantised", QUANTISED)
@pytest.mark.parametrize("kernel", [(2, 2), (3, 3), (5, 4)])
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_average_has_the_bits_of_onnx_runtime(
    quantised: tuple[Pair, Pair], kernel: tuple[int, int], dtype: str
) -> None:
    assert pool("AVERAGE", quantised, kernel, dtype).differing == 0


@pytest.mark.parametrize("quantised", QUANTISED)
@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize("window", [
    {"kernel": (3, 3), "pads": (1, 1, 1, 1)},
    {"kernel": (3, 2), "pads": (0, 1, 2, 0), "strides": (2, 3)},
    {"kernel": (4, 4), "pads": (3, 0, 0, 3), "shape": (2, 5, 4, 3)},
])  # fmt: skip
def test_padding_of_an_average(quantised: tuple[Pair, Pair], included: bool, window: dict[str, Any]) -> None:
    assert pool("AVERAGE", quantised, included=included, **window).differing == 0


@pytest.mark.parametrize("shape", [(1, 2, 2, 1), (1, 7, 7, 5), (3, 4, 6, 8)])
def test_average_of_everything(shape: Sequence[int]) -> None:
    assert pool("AVERAGE", RANDOM, (shape[1], shape[2]), shape=shape).differing == 0


def test_maximum() -> None:
    assert pool("MAX", SAME, (3, 3), pads=(1, 1, 1, 1), strides=(2, 2)).differing == 0


def test_maximum_does_not_requantise() -> None:
    with pytest.raises(NotLowered, match="differ in quantisation"):
        pool("MAX", RANDOM, (2, 2))


def test_windows_with_too_many_numbers_of_elements_are_refused() -> None:
    with pytest.raises(NotLowered, match="lie in the padding"):
        pool("AVERAGE", RANDOM, (70, 70), pads=(1, 1, 1, 1), shape=(1, 70, 70, 1))


def mean(
    kind: str, quantised: tuple[Pair, Pair], shape: Sequence[int], axes: Sequence[int], dtype: str = "uint8"
) -> Mismatches:
    """Axes count in NCHW, which both sides get; values are such that the means spread."""
    generator = np.random.default_rng(0)
    values = generator.normal(generator.uniform(-100, 100, (*shape[:2], 1, 1)), 30, tuple(shape))
    image = np.clip(values, -128, 127).astype(np.int8)
    outputs = [1 if axis in axes else extent for axis, extent in enumerate(shape)]
    numbers = tensor((len(axes),), dtype="int32", data=np.array(axes, np.int32))
    ours = int8_model("MEAN", [tensor(shape, *quantised[0]), numbers], tensor(outputs, *quantised[1]), keep_dims=True)
    options = {} if kind == "GlobalAveragePool" else {"axes": list(axes), "keepdims": 1}
    theirs = onnx_result(
        kind, [activation(shape, *quantised[0], dtype)], activation(outputs, *quantised[1], dtype),
        [as_type(image, dtype)], **options,
    )  # fmt: skip
    return mismatches(result(ours, image), theirs)


@pytest.mark.parametrize("quantised", QUANTISED)
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
@pytest.mark.parametrize("extents", [(7, 7), (4, 4), (2, 1)])
def test_global_average_has_the_bits_of_onnx_runtime(
    quantised: tuple[Pair, Pair], dtype: str, extents: tuple[int, int]
) -> None:
    found = mean("GlobalAveragePool", quantised, (100, 1001, *extents), (2, 3), dtype)
    assert found.values >= 1e5
    assert found.differing == 0


@pytest.mark.parametrize("quantised", [RANDOM, SMALL])
@pytest.mark.parametrize("axes", [(2, 3), (1,), (3,), (0,), (0, 1, 2, 3)])
def test_mean_over_any_axes(quantised: tuple[Pair, Pair], axes: Sequence[int]) -> None:
    found = mean("ReduceMean", quantised, (9, 40, 21, 17), axes)
    assert found.largest <= 1
    assert found.differing <= 1e-4 * found.values


def test_mean_with_ties_in_float() -> None:
    """ONNX Runtime does not fuse ReduceMean; what its sum in float32 loses decides where to a tie goes."""
    found = Mismatches(0, 0, 0)
    for quantised in (SAME, ROUND):
        found += mean("ReduceMean", quantised, (40, 10, 60, 50), (1,))
    assert found.values >= 1e5
    assert found.largest <= 1
    assert found.differing <= 0.04 * found.values
