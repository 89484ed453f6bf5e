"""uint8 operators, as TensorFlow 1 quantised them, against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from models.writer import ModelWriter
from operator_checks import Quantised, check_operators, one_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.pool import window_positions
from arenite.frontends.rewrites.unsigned import signed
from arenite.frontends.tflite import parse_tflite

GENERATOR = np.random.default_rng(8)


def weighted(
    kind: str,
    shape: Sequence[int],
    outputs: int,
    kernel: tuple[int, int] = (1, 1),
    zero_point: int = 128,
    *,
    few: bool = True,
    **options: object,
) -> bytes:
    """One operator with weights over the whole range of uint8; ``few``: only in one of eight output channels."""
    generator = np.random.default_rng(zero_point + outputs)
    connected = kind == "FULLY_CONNECTED"
    depthwise = kind == "DEPTHWISE_CONV_2D"
    inputs = shape[-1]
    form = (outputs, inputs) if connected else (1, *kernel, outputs) if depthwise else (outputs, *kernel, inputs)
    weights = generator.integers(0, 256, form)
    if few:
        near = np.clip(weights, max(zero_point - 128, 0), min(zero_point + 127, 255))
        channel = np.arange(outputs).reshape((-1,) + (1,) * (0 if depthwise else len(form) - 1))
        weights = np.where(channel % 8 == 3, weights, near)
    scales = np.float32(0.0213), np.float32(0.0077)
    terms = weights.size / outputs
    writer = ModelWriter()
    source = writer.tensor("input", shape, "uint8", scale=float(scales[0]), zero_point=117)
    filters = writer.tensor("weights", form, "uint8", scale=float(scales[1]), zero_point=zero_point, data=weights)
    bias = writer.tensor(
        "bias", [outputs], "int32", scale=float(scales[0] * scales[1]), data=generator.integers(-3000, 3000, outputs)
    )
    if connected:
        result_shape: Sequence[int] = (*shape[:-1], outputs)
    else:
        attributes = {"padding": "SAME", "stride_h": 1, "stride_w": 1, **options}
        counts = [
            window_positions(
                shape[1 + axis],
                (kernel[axis] - 1) * int(str(options.get(f"dilation_{'hw'[axis]}_factor", 1))) + 1,
                int(str(attributes[f"stride_{'hw'[axis]}"])),
                attributes["padding"],
            )[0]
            for axis in range(2)
        ]
        result_shape = (shape[0], *counts, outputs)
        options = attributes | ({"depth_multiplier": outputs // inputs} if depthwise else {})
    scale = float(np.float32(0.015 * np.sqrt(terms)))
    result = writer.tensor("output", result_shape, "uint8", scale=scale, zero_point=99)
    writer.operator(kind, [source, filters, bias], [result], **options)
    return writer.finish([source], [result])


@pytest.mark.parametrize("zero_point", [0, 60, 128, 204, 255])
@pytest.mark.parametrize("few", [True, False])
def test_weights_with_any_zero_point_are_bit_exact(zero_point: int, few: bool) -> None:
    check_operators(weighted("CONV_2D", (1, 5, 7, 16), 24, (1, 1), zero_point, few=few))
    check_operators(weighted("CONV_2D", (2, 7, 6, 3), 9, (3, 3), zero_point, few=few, stride_h=2, stride_w=2))
    check_operators(weighted("DEPTHWISE_CONV_2D", (1, 6, 8, 12), 12, (3, 3), zero_point, few=few))
    check_operators(weighted("FULLY_CONNECTED", (3, 50), 12, zero_point=zero_point, few=few))


@pytest.mark.parametrize("options", [
    {"padding": "VALID", "stride_h": 2, "stride_w": 1, "fused_activation_function": "RELU6"},
    {"padding": "SAME", "dilation_h_factor": 2, "dilation_w_factor": 3},
    {"padding": "SAME", "stride_h": 3, "stride_w": 2, "fused_activation_function": "RELU"},
])  # fmt: skip
def test_windows_are_bit_exact(options: dict[str, object]) -> None:
    for kernel in ((3, 3), (2, 5), (4, 1)):
        check_operators(weighted("CONV_2D", (1, 9, 10, 4), 9, kernel, 90, **options))
        check_operators(weighted("DEPTHWISE_CONV_2D", (1, 9, 10, 5), 10, kernel, 170, **options))


def test_accumulators_next_to_ties_are_scaled_as_in_the_reference() -> None:
    """Convolutions multiply the scales in float32, matrix products in float64."""
    scales = np.float32(0.0213), np.float32(0.0077)
    generator = np.random.default_rng(3)
    for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        scale = float(np.float32(float(scales[0]) * float(scales[1]) * 2**23.3))
        ratio = float(scales[0]) * float(scales[1]) / scale
        ties = np.round((generator.integers(-120, 120, 2000) + 0.5) / ratio) + generator.integers(-30, 30, 2000)
        shape = (1, 2) if kind == "FULLY_CONNECTED" else (1, 1, 1, 1 if kind[0] == "D" else 2)
        form = (2000, 2) if kind == "FULLY_CONNECTED" else (1, 1, 1, 2000) if kind[0] == "D" else (2000, 1, 1, 2)
        writer = ModelWriter()
        source = writer.tensor("input", shape, "uint8", scale=float(scales[0]), zero_point=0)
        weights = writer.tensor("w", form, "uint8", scale=float(scales[1]), zero_point=128, data=np.full(form, 128))
        bias = writer.tensor("bias", [2000], "int32", scale=float(scales[0] * scales[1]), data=ties.astype(np.int64))
        result = writer.tensor("output", (*shape[:-1], 2000), "uint8", scale=scale, zero_point=128)
        window = {} if kind == "FULLY_CONNECTED" else {"padding": "VALID", "stride_h": 1, "stride_w": 1}
        depth = {"depth_multiplier": 2000} if kind[0] == "D" else {}
        writer.operator(kind, [source, weights, bias], [result], **window, **depth)
        check_operators(writer.finish([source], [result]), samples=1)


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("kernel", [(2, 2), (3, 3), (4, 4), (1, 2), (16, 16)])
def test_pools_are_bit_exact(kind: str, padding: str, kernel: tuple[int, int]) -> None:
    """Half-way averages go up in uint8, whatever their sign is in int8."""
    quantised = (0.05, 131)
    rows, columns = (window_positions(16, extent, 2, padding)[0] for extent in kernel)
    data = one_operator(
        kind, [((1, 16, 16, 6), quantised)], ((1, rows, columns, 6), quantised), "uint8",
        padding=padding, filter_height=kernel[0], filter_width=kernel[1], stride_h=2, stride_w=2,
    )  # fmt: skip
    check_operators(data)


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_arithmetic_is_bit_exact(kind: str, activation: str) -> None:
    for _ in range(5):
        scales = GENERATOR.uniform(0.005, 0.1, 3).astype(np.float32).astype(float)
        scales[2] *= 0.05 if kind == "MUL" else 2
        a, b, result = zip(scales.tolist(), GENERATOR.integers(0, 256, 3).tolist(), strict=True)
        shapes = [((1, 8, 8, 16), a), ((1, 1, 1, 16), b)]
        check_operators(
            one_operator(kind, shapes, (shapes[0][0], result), "uint8", fused_activation_function=activation)
        )


@pytest.mark.parametrize(("kind", "result", "options"), [
    ("LOGISTIC", (1 / 256, 0), {}),
    ("TANH", (1 / 128, 128), {}),
    ("RELU", (0.03, 5), {}),
    ("RELU6", (0.03, 5), {}),
    ("RELU_N1_TO_1", (0.03, 100), {}),
    ("SOFTMAX", (1 / 256, 0), {"beta": 1.0}),
])  # fmt: skip
@pytest.mark.parametrize("scale", [0.005, 0.1, 1.0])
def test_functions_are_bit_exact(kind: str, result: Quantised, options: dict[str, object], scale: float) -> None:
    check_operators(one_operator(kind, [((8, 64), (scale, 77))], ((8, 64), result), "uint8", **options))


@pytest.mark.parametrize("axes", [[1, 2], [1], [2]])
@pytest.mark.parametrize("result", [(0.05, 131), (0.0231, 100)])
def test_means_are_bit_exact(axes: Sequence[int], result: Quantised) -> None:
    for extents in ((7, 7), (4, 4), (2, 3)):
        shape = (1, *extents, 9)
        writer = ModelWriter()
        source = writer.tensor("input", shape, "uint8", scale=0.05, zero_point=131)
        reduced = writer.tensor("axes", [len(axes)], "int32", data=axes)
        kept = [1 if axis in axes else extent for axis, extent in enumerate(shape)]
        output = writer.tensor("output", kept, "uint8", scale=result[0], zero_point=result[1])
        writer.operator("MEAN", [source, reduced], [output], keep_dims=True)
        check_operators(writer.finish([source], [output]))


@pytest.mark.parametrize("quantisations", [
    [(0.05, 131), (0.05, 131), (0.05, 131)],
    [(0.05, 131), (0.0307, 4), (0.0451, 90)],
    [(1.7, 255), (0.011, 0), (0.0451, 200)],
])  # fmt: skip
@pytest.mark.parametrize("axis", [1, 3])
def test_concatenations_are_bit_exact(quantisations: Sequence[Quantised], axis: int) -> None:
    *operands, result = quantisations
    shape = [1, 5, 16, 16]
    joined = [extent * 2 if place == axis else extent for place, extent in enumerate(shape)]
    data = one_operator("CONCATENATION", [(shape, own) for own in operands], (joined, result), "uint8", axis=axis)
    check_operators(data)


@pytest.mark.parametrize("types", [("float32", "uint8"), ("uint8", "float32"), ("uint8", "uint8"), ("int8", "uint8")])
def test_quantisations_are_bit_exact(types: tuple[str, str]) -> None:
    writer = ModelWriter()
    ports = [
        writer.tensor(name, [3, 100], dtype, **({} if dtype == "float32" else {"scale": scale, "zero_point": point}))
        for name, dtype, scale, point in zip(("input", "output"), types, (0.031, 0.024), (60, 31), strict=True)
    ]
    writer.operator("DEQUANTIZE" if types[1] == "float32" else "QUANTIZE", ports[:1], ports[1:])
    check_operators(writer.finish(ports[:1], ports[1:]))


def test_padding_is_bit_exact() -> None:
    writer = ModelWriter()
    source = writer.tensor("input", [1, 4, 5, 3], "uint8", scale=0.1, zero_point=70)
    paddings = writer.tensor("paddings", [4, 2], "int32", data=[[0, 0], [1, 2], [0, 3], [1, 0]])
    result = writer.tensor("output", [1, 7, 8, 4], "uint8", scale=0.1, zero_point=70)
    writer.operator("PAD", [source, paddings], [result])
    check_operators(writer.finish([source], [result]))


@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
@pytest.mark.parametrize("seed", range(4))
def test_transposed_convolutions_are_bit_exact(activation: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    scales = np.float32(generator.uniform(0.01, 0.1, 3))
    zero_point = int(generator.integers(100, 156))
    weights = np.clip(generator.integers(-128, 128, (7, 3, 3, 6)) + zero_point, 0, 255)
    writer = ModelWriter()
    size = writer.tensor("size", (4,), "int32", data=[2, 9, 8, 7])
    filters = writer.tensor("weights", weights.shape, "uint8", scale=scales[0], zero_point=zero_point, data=weights)
    source = writer.tensor("input", (2, 5, 4, 6), "uint8", scale=scales[1], zero_point=117)
    bias = writer.tensor("bias", (7,), "int32", scale=scales[0] * scales[1], data=generator.integers(-9999, 9999, 7))
    scale = 400 * scales[0] * scales[1] + scales[2] / 10
    result = writer.tensor("output", (2, 9, 8, 7), "uint8", scale=scale, zero_point=99)
    inputs, options = [size, filters, source, bias], {"stride_h": 2, "stride_w": 2}
    writer.operator("TRANSPOSE_CONV", inputs, [result], padding="SAME", fused_activation_function=activation, **options)
    check_operators(writer.finish([source], [result]))


def test_what_is_not_known_for_uint8_is_refused() -> None:
    writer = ModelWriter()
    source = writer.tensor("input", [1, 4], "uint8", scale=0.1, zero_point=70)
    result = writer.tensor("output", [1, 4], "uint8", scale=0.1, zero_point=70)
    writer.operator("CUSTOM:mystery", [source], [result])
    model = signed(parse_tflite(writer.finish([source], [result]), "test.tflite"))
    with pytest.raises(NotLowered, match="custom operator"):
        lower(model, model.operators[1])


@pytest.mark.parametrize(("kind", "options"), [
    ("GELU", {}),
    ("HARD_SWISH", {}),
    ("LEAKY_RELU", {"alpha": 0.3}),
    ("LEAKY_RELU", {"alpha": 1.3}),
    ("RELU_0_TO_1", {}),
])  # fmt: skip
def test_functions_of_one_value_are_bit_exact(kind: str, options: dict[str, object]) -> None:
    values = np.arange(256).astype(np.uint8).reshape(4, 64)
    for source, result in (((0.05, 128), (0.05, 3)), ((0.02, 0), (0.04, 255)), ((0.31, 77), (0.3, 80))):
        data = one_operator(kind, [((4, 64), source)], ((4, 64), result), "uint8", **options)
        check_operators(data, given=[[values]])


@pytest.mark.parametrize("kind", ["PRELU", "MINIMUM", "MAXIMUM"])
def test_functions_of_two_values_are_bit_exact(kind: str) -> None:
    for shape in ((2, 3, 16), (16,)):
        inputs = [((2, 3, 16), (0.05, 120)), (shape, (0.05 if kind != "PRELU" else 0.01, 120))]
        check_operators(one_operator(kind, inputs, ((2, 3, 16), (0.05, 120)), "uint8"))


@pytest.mark.parametrize("kind", ["EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"])
@pytest.mark.parametrize("second", [(0.05, 120), (0.04, 7)])
def test_comparisons_are_bit_exact(kind: str, second: Quantised) -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (256, 1), "uint8", scale=0.05, zero_point=120)
    b = writer.tensor("b", (1, 256), "uint8", scale=second[0], zero_point=second[1])
    writer.operator(kind, [a, b], [writer.tensor("c", (256, 256), "bool")])
    values = np.arange(256).astype(np.uint8)
    check_operators(writer.finish([a, b], [2]), given=[[values.reshape(256, 1), values.reshape(1, 256)]])


@pytest.mark.parametrize("kind", ["ARG_MAX", "ARG_MIN", "REDUCE_MAX", "REDUCE_MIN"])
def test_extremes_are_bit_exact(kind: str) -> None:
    writer = ModelWriter()
    x = writer.tensor("x", (2, 5, 3), "uint8", scale=0.05, zero_point=120)
    axis = writer.tensor("axis", () if kind.startswith("ARG") else (1,), "int32", data=[1])
    if kind.startswith("ARG"):
        writer.operator(kind, [x, axis], [writer.tensor("y", (2, 3), "int32")], output_type="INT32")
    else:
        writer.operator(kind, [x, axis], [writer.tensor("y", (2, 3), "uint8", scale=0.05, zero_point=120)])
    check_operators(writer.finish([x], [2]))


def test_selection_and_cast_are_bit_exact() -> None:
    writer = ModelWriter()
    condition = writer.tensor("condition", (2, 5), "bool")
    a, b, c = (writer.tensor(name, (2, 5), "uint8", scale=0.05, zero_point=120) for name in "abc")
    real = writer.tensor("real", (2, 5), "float32")
    writer.operator("SELECT_V2", [condition, a, b], [c])
    writer.operator("CAST", [c], [real])
    check_operators(writer.finish([condition, a, b], [real]))
