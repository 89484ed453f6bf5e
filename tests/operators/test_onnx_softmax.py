"""SOFTMAX to any scale and zero point, against ONNX Runtime and against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_oracle import Array, Mismatches, activation, as_type, int8_model, mismatches, onnx_result, result, tensor

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.softmax import exact_exponential_table

OUTPUTS = [(1 / 256, -128), (1 / 255, -128), (0.0038, -120), (1 / 127, 0), (0.011, 5)]


def samples(rows: int, depth: int) -> Array:
    """Values over the whole range, values around one number, and rows of ties."""
    generator = np.random.default_rng(depth)
    values = generator.integers(-128, 128, (rows, depth), np.int8)
    third = rows // 3
    values[:third] = np.clip(generator.normal(-60, 20, (third, depth)), -128, 127)
    values[-third // 2 :] = generator.choice([-128, 126, 127], (len(values[-third // 2 :]), depth))
    return values


def ours(values: Array, scale: float, output: tuple[float, int], beta: float = 1.0) -> Array:
    source = tensor(values.shape, scale, 7)
    return result(int8_model("SOFTMAX", [source], tensor(values.shape, *output), beta=beta), values)


@pytest.mark.parametrize(("rows", "depth"), [(9000, 2), (6000, 3), (1500, 12), (200, 100), (20, 1000), (6, 4095)])
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_onnx_runtime(rows: int, depth: int, dtype: str) -> None:
    values = samples(rows, depth)
    found = Mismatches(0, 0, 0)
    for output in OUTPUTS:
        for scale in (0.01, 0.05, 0.17, 0.8):
            source, target = activation(values.shape, scale, 7, dtype), activation(values.shape, *output, dtype)
            theirs = onnx_result("Softmax", [source], target, [as_type(values, dtype)], axis=-1)
            found += mismatches(ours(values, scale, output), theirs)
    assert found.values >= 1e5
    assert found.largest <= 1
    assert found.differing <= 1e-4 * found.values


@pytest.mark.parametrize("output", [(1 / 256, -128), (1 / 128, 3)])
def test_definition(output: tuple[float, int]) -> None:
    values = samples(20_000, 9)
    exponentials = np.exp((values - values.max(axis=1, keepdims=True).astype(float)) * np.float32(0.11))
    shares = exponentials / exponentials.sum(axis=1, keepdims=True)
    expected = np.clip(np.rint(shares / output[0]) + output[1], -128, 127)
    assert (ours(values, 0.11, output) != expected).mean() <= 1e-5


@pytest.mark.parametrize("scale", [1e-6, 200.0])
def test_flat_and_sharp_rows(scale: float) -> None:
    values = np.tile(np.arange(-128, 128, dtype=np.int8), (2, 1))
    expected = np.full(values.shape, -127) if scale < 1 else np.where(values == 127, 127, -128)
    np.testing.assert_array_equal(ours(values, scale, (1 / 256, -128)), expected)


def test_beta_scales_the_input() -> None:
    values = samples(300, 5)
    np.testing.assert_array_equal(ours(values, 0.25, OUTPUTS[0], beta=0.5), ours(values, 0.125, OUTPUTS[0]))


def test_table_ends_where_exponentials_vanish() -> None:
    assert exact_exponential_table(1.0).tolist() == [round(np.exp(-d) * 2**30) for d in range(22)]
    assert len(exact_exponential_table(0.01)) == 256


def test_output_that_never_varied_is_refused() -> None:
    model = int8_model("SOFTMAX", [tensor((2, 4), 0.1)], tensor((2, 4), 1e-9), beta=1.0)
    with pytest.raises(NotLowered, match="too small"):
        lower(model, model.operators[0])
