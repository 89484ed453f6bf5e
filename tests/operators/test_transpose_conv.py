"""TRANSPOSE_CONV against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from float_operators import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes
from oracles import Reference
from weighted_models import INPUT_SCALE, WIDE, Numbers

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

Extents = tuple[int, int]


def extent_of(extent: int, kernel: int, stride: int, padding: str) -> int:
    """The greatest output from which the convolution that goes the other way makes ``extent``."""
    return extent * stride if padding == "SAME" else (extent - 1) * stride + kernel + stride - 1


def transposed(
    shape: Sequence[int],
    kernel: Extents,
    outputs: int,
    *,
    stride: Extents = (2, 2),
    padding: str = "SAME",
    result: Extents | None = None,
    numbers: Numbers | None = None,
) -> bytes:
    """``result``: height and width of the output; the greatest that fit without it."""
    numbers = numbers or Numbers()
    generator = np.random.default_rng(numbers.seed)
    extents = result or [extent_of(shape[1 + axis], kernel[axis], stride[axis], padding) for axis in (0, 1)]
    after = (shape[0], *extents, outputs)
    weights = generator.integers(-127, 128, (outputs, *kernel, shape[3]))
    writer = ModelWriter()
    size = writer.tensor("size", (4,), "int32", data=list(after))
    dtype, real = numbers.dtype, numbers.dtype == "float32"
    spread = generator.uniform(0.5, 1.5, outputs if numbers.per_channel else 1)
    weight_scales = (0.02 * spread).astype(np.float32)
    multiplier = numbers.multiplier or 0.9 / (74 * np.sqrt(weights.size / outputs))
    bias_scales = np.float32(INPUT_SCALE) * weight_scales

    def quantised(scale: Any, zero_point: int = 0) -> dict[str, Any]:
        return {} if real else {"scale": scale, "zero_point": zero_point}

    filters = writer.tensor(
        "weights",
        weights.shape,
        dtype if real else "int8",
        data=weights * 0.02 if real else weights,
        **quantised(weight_scales.tolist()),
    )
    x = writer.tensor("x", shape, dtype, **quantised(INPUT_SCALE, numbers.input_zero_point))
    inputs = [size, filters, x]
    if numbers.bias is not None:
        values = generator.integers(-numbers.bias, numbers.bias, outputs, endpoint=True)
        shifts = values * 0.001 if real else values
        inputs.append(
            writer.tensor("bias", (outputs,), numbers.bias_type, data=shifts, **quantised(bias_scales.tolist()))
        )
    y = writer.tensor(
        "y", after, dtype, **quantised(float(np.float32(INPUT_SCALE * 0.02 / multiplier)), numbers.output_zero_point)
    )
    options = {"stride_h": stride[0], "stride_w": stride[1], "fused_activation_function": numbers.activation}
    if dtype == "int16" and numbers.bias_type == "int32":
        options["quantized_bias_type"] = "INT32"
    writer.operator("TRANSPOSE_CONV", inputs, [y], padding=padding, **options)
    return writer.finish([x], [y])


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    kernel, stride = ((draw(st.integers(1, 5)), draw(st.integers(1, 5))) for _ in range(2))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    extents = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    greatest = [extent_of(*of, padding) for of in zip(extents, kernel, stride, strict=True)]
    fewer = [draw(st.integers(0, step - 1)) for step in stride]
    return {
        "shape": (draw(st.integers(1, 2)), *extents, draw(st.integers(1, 40))),
        "kernel": kernel,
        "outputs": draw(st.integers(1, 9)),
        "stride": stride,
        "padding": padding,
        "result": tuple(most - less for most, less in zip(greatest, fewer, strict=True)),
        "numbers": Numbers(
            per_channel=draw(st.booleans()),
            input_zero_point=draw(st.integers(-128, 127)),
            output_zero_point=draw(st.integers(-128, 127)),
            bias=draw(st.sampled_from([None, 0, 100, 10**6])),
            seed=draw(st.integers(0, 2**16)),
        ),
    }


@settings(max_examples=80, deadline=None)
@given(cases())
def test_int8_is_bit_exact(case: dict[str, Any]) -> None:
    check_operators(transposed(**case), samples=3)


@settings(max_examples=40, deadline=None)
@given(cases(), st.sampled_from([None, 600_000, 2**40]))
def test_int16_is_bit_exact(case: dict[str, Any], bias: int | None) -> None:
    numbers = replace(WIDE, bias=bias, per_channel=case["numbers"].per_channel, seed=case["numbers"].seed)
    check_operators(transposed(**{**case, "numbers": numbers}), samples=3)


@settings(max_examples=20, deadline=None)
@given(cases(), st.sampled_from([None, 600_000]))
def test_int16_with_sums_of_32_bits_is_bit_exact(case: dict[str, Any], bias: int | None) -> None:
    numbers = replace(WIDE, bias=bias, bias_type="int32", per_channel=case["numbers"].per_channel)
    check_operators(transposed(**{**case, "numbers": numbers}), samples=3)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_floats(case: dict[str, Any]) -> None:
    case["numbers"] = replace(case["numbers"], dtype="float32", bias_type="float32")
    data = transposed(**case)
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    image = np.random.default_rng(1).normal(0, 1, case["shape"]).astype(np.float32)
    (result,) = model.outputs
    assert_close(run_model(model, [image])[result], Reference(data).run([image])[result])


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_fused_activations(activation: str, dtype: str) -> None:
    numbers = Numbers(activation=activation, output_zero_point=-20, dtype=dtype)
    numbers = replace(numbers, bias_type="float32") if dtype == "float32" else numbers
    data = transposed((1, 3, 4, 6), (3, 3), 5, numbers=numbers)
    model = parse_tflite(data, "test.tflite")
    generator = np.random.default_rng(2)
    image = (
        generator.normal(0, 3, (1, 3, 4, 6)).astype(np.float32)
        if dtype == "float32"
        else generator.integers(-128, 128, (1, 3, 4, 6), np.int8)
    )
    (result,) = model.outputs
    assert_close(run_model(model, [image])[result], Reference(data).run([image])[result])


@pytest.mark.parametrize("depth", [127, 128, 129, 300])
@pytest.mark.parametrize("zero_point", [-128, 127])
def test_sums_are_exact(depth: int, zero_point: int) -> None:
    """Of the largest inputs less the zero point, whatever the length of a run."""
    numbers = Numbers(input_zero_point=zero_point, bias=None)
    check_operators(transposed((1, 2, 2, depth), (3, 2), 5, numbers=numbers), samples=3)


@pytest.mark.parametrize("multiplier", [1e-11, 2.0**-31, 1e-7, 0.25, 0.5, 0.9999999, 1.0, 300.0])
def test_extreme_multipliers(multiplier: float) -> None:
    for bias, zero_points in ((0, (-128, 127)), (2**31 - 1, (127, -128))):
        numbers = Numbers(
            per_channel=False, multiplier=multiplier, bias=bias, input_zero_point=zero_points[0],
            output_zero_point=zero_points[1],
        )  # fmt: skip
        check_operators(transposed((1, 3, 3, 8), (3, 3), 6, numbers=numbers), samples=3)


def test_what_is_not_lowered() -> None:
    model = parse_tflite(transposed((1, 3, 4, 6), (3, 3), 5), "test.tflite")
    (operator,) = model.operators
    size, weights, source, *_ = operator.inputs

    def refusal(**changed: Any) -> str:
        with pytest.raises(NotLowered) as refused:
            lower(replace(model, **{k: v for k, v in changed.items() if k == "tensors"}),
                  changed.get("operator", operator))  # fmt: skip
        return str(refused.value)

    def tensors(index: int, **fields: Any) -> Any:
        return tuple(replace(each, **fields) if each.index == index else each for each in model.tensors)

    assert "not a constant" in refusal(tensors=tensors(size, data=None, constant=False))
    assert "has shape" in refusal(tensors=tensors(source, shape=(1, 3, 4, 7)))
    assert "stride 0" in refusal(operator=replace(operator, attributes={**operator.attributes, "stride_h": 0}))
    assert "4 axes" in refusal(tensors=tensors(weights, data=np.zeros((5, 6), np.int8), shape=(5, 6)))
