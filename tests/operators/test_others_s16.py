"""Element-wise operators, pools, means, softmax and matrix products on int16 against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.writer import ModelWriter
from operator_checks import check_operators, check_sequence_on_micro, refusal_of

from arenite.frontends.operators import lower
from arenite.frontends.operators.int16.tables import logistic_table
from arenite.frontends.tflite import parse_tflite

SHAPE = (1, 4, 5, 6)
ALL = (1, 16, 64, 64)


def operator(
    kind: str,
    inputs: Sequence[tuple[Sequence[int], float]],
    output: tuple[Sequence[int], float],
    constants: Sequence[np.ndarray] = (),
    **options: object,
) -> bytes:
    """Shapes and scales; ``constants`` are further inputs."""
    writer = ModelWriter()
    sources = [
        writer.tensor(f"input_{number}", shape, "int16", scale=scale) for number, (shape, scale) in enumerate(inputs)
    ]
    given = [writer.tensor(None, value.shape, str(value.dtype), scale=0.01, data=value) for value in constants]
    result = writer.tensor("output", output[0], "int16", scale=output[1])
    writer.operator(kind, [*sources, *given], [result], **options)
    return writer.finish(sources, [result])


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
@pytest.mark.parametrize("shapes", [(SHAPE, SHAPE), (SHAPE, (6,)), ((1, 1, 5, 1), SHAPE), ((3, 1, 7), (1, 4, 1))])
@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
def test_two_operands(kind: str, shapes: tuple[Sequence[int], Sequence[int]], activation: str) -> None:
    result = np.broadcast_shapes(*shapes)
    for scales in ((0.001, 0.0007, 0.002), (0.0001, 0.02, 0.01), (0.03, 0.0003, 0.5)):
        inputs = [(shape, scale) for shape, scale in zip(shapes, scales, strict=False)]
        options = {"pot_scale_int16": False} if kind != "MUL" else {}
        check_operators(operator(kind, inputs, (result, scales[2]), fused_activation_function=activation, **options), 3)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["ADD", "SUB", "MUL"]), *[st.floats(1e-5, 1e-2)] * 2, st.floats(0.01, 1))
def test_two_operands_of_random_scales(kind: str, a: float, b: float, result: float) -> None:
    check_operators(operator(kind, [((1, 99), a), ((1, 99), b)], ((1, 99), result)), 3)


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
@pytest.mark.parametrize("shifts", [(0, 0), (1, 0), (0, 5), (0, 15)])
def test_scales_that_are_powers_of_2(kind: str, shifts: tuple[int, int]) -> None:
    """Shifted, not rescaled: ties go away from zero, not upwards."""
    inputs = [((1, 999), 2.0 ** (-12 - shift)) for shift in shifts]
    data = operator(kind, inputs, ((1, 999), 2.0**-12), pot_scale_int16=True, fused_activation_function="RELU6")
    model = parse_tflite(data, "test.tflite")
    assert lower(model, model.operators[0]).calls[0].kernel == "arenite_add_shifted_s16"
    check_operators(data)
    check_operators(operator(kind, inputs, ((1, 999), 2.0**-12), pot_scale_int16=False))


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_a_constant_operand(kind: str) -> None:
    values = np.random.default_rng(0).integers(-(2**15), 2**15, (5, 6)).astype(np.int16)
    check_operators(operator(kind, [(SHAPE, 0.02)], (SHAPE, 0.03), [values]))


def test_a_constant_first_operand() -> None:
    writer = ModelWriter()
    values = np.arange(-3000, 3000, 1000)
    constant = writer.tensor("c", (6,), "int16", scale=0.01, data=values)
    x, y = (writer.tensor(name, SHAPE, "int16", scale=0.01) for name in "xy")
    writer.operator("SUB", [constant, x], [y], pot_scale_int16=False)
    check_operators(writer.finish([x], [y]))


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("window", "stride"), [((2, 2), (2, 2)), ((3, 3), (1, 2)), ((4, 5), (1, 1))])
def test_pools(kind: str, padding: str, window: tuple[int, int], stride: tuple[int, int]) -> None:
    extents = [
        -(-extent // step) if padding == "SAME" else (extent - size) // step + 1
        for extent, size, step in zip((4, 5), window, stride, strict=True)
    ]
    data = operator(
        kind, [(SHAPE, 0.01)], ((1, *extents, 6), 0.01), padding=padding, fused_activation_function="RELU_N1_TO_1",
        filter_height=window[0], filter_width=window[1], stride_h=stride[0], stride_w=stride[1],
    )  # fmt: skip
    check_operators(data)


@pytest.mark.parametrize(("axes", "kept"), [([1, 2], (1, 1, 1, 6)), ([2], (1, 4, 1, 6)), ([-1], (1, 4, 5, 1))])
@pytest.mark.parametrize("scale", [0.01, 0.003, 0.5])
def test_means(axes: list[int], kept: Sequence[int], scale: float) -> None:
    check_operators(operator("MEAN", [(SHAPE, 0.01)], (kept, scale), [np.array(axes, np.int32)], keep_dims=True))


@pytest.mark.parametrize("kind", ["RELU", "RELU6"])
@pytest.mark.parametrize("scales", [(0.001, 0.001), (0.001, 0.0004), (0.0003, 0.01)])
def test_bounded_functions(kind: str, scales: tuple[float, float]) -> None:
    check_operators(operator(kind, [(SHAPE, scales[0])], (SHAPE, scales[1])))


@pytest.mark.parametrize("alpha", [0.1, 1.5, 0.0])
def test_leaky_relu(alpha: float) -> None:
    check_operators(operator("LEAKY_RELU", [(SHAPE, 0.001)], (SHAPE, 0.0004), alpha=alpha))
    check_operators(operator("LEAKY_RELU", [(SHAPE, 0.001)], (SHAPE, 0.002), alpha=alpha))


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
@pytest.mark.parametrize("scale", [2.0**-12, 2.0**-11, 2.0**-10, 0.0003, 0.00001, 1.0])
def test_sigmoids_of_every_value(kind: str, scale: float) -> None:
    check_operators(operator(kind, [(ALL, scale)], (ALL, 2.0**-15)), 3)


@pytest.mark.parametrize(
    ("kind", "scale", "result"),
    [("EXP", 0.0001, 0.001), ("LOG", 0.001, 0.0002), ("RSQRT", 0.01, 0.001), ("GELU", 0.0002, 0.0002)],
)
def test_interpolated_functions(kind: str, scale: float, result: float) -> None:
    """Of every value, but those that TFLite's root refuses."""
    data = operator(kind, [(ALL, scale)], (ALL, result))
    values = np.arange(-(2**15), 2**15).reshape(ALL)
    values = np.maximum(values, 1) if kind == "RSQRT" else values
    check_operators(data, given=[[values.astype(np.int16)]])


@pytest.mark.parametrize(("classes", "scale", "beta"), [(1, 0.1, 1.0), (10, 0.0003, 1.0), (700, 0.00005, 2.0)])
def test_softmax(classes: int, scale: float, beta: float) -> None:
    check_operators(operator("SOFTMAX", [((3, classes), scale)], ((3, classes), 2.0**-15), beta=beta), 6)


@pytest.mark.parametrize("result", [0.0001, 0.0002, 0.00003])
def test_magnitudes_and_roots_of_every_value(result: float) -> None:
    """Roots of those that TFLite takes; of negative ones there are none."""
    values = np.arange(-(2**15), 2**15).reshape(ALL).astype(np.int16)
    check_operators(operator("ABS", [(ALL, 0.0001)], (ALL, result)), given=[[values]])
    check_operators(operator("SQRT", [(ALL, 0.0001)], (ALL, result)), given=[[np.maximum(values, 0)]])


@pytest.mark.parametrize("kind", ["EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"])
def test_comparisons(kind: str) -> None:
    """Small values too, of which many are equal."""
    small = np.random.default_rng(0).integers(-9, 10, (2, *SHAPE)).astype(np.int16)
    for scale in (0.001, 0.3, None):
        writer = ModelWriter()
        a, b = (writer.tensor(name, SHAPE, "int16", scale=scale) for name in "ab")
        result = writer.tensor("c", SHAPE, "bool")
        writer.operator(kind, [a, b], [result])
        if kind != "NOT_EQUAL" or scale is not None:  # what TFLite leaves as it finds it
            check_operators(writer.finish([a, b], [result]), given=[list(small)])


@pytest.mark.parametrize("shapes", [(SHAPE, SHAPE), ((1, 1, 5, 1), SHAPE)])
@pytest.mark.parametrize("scales", [(0.001, 0.001, 0.03), (0.001, 0.0003, 0.5), (0.01, 0.02, 0.3)])
def test_squared_differences_are_those_of_tflite_micro(
    shapes: tuple[Sequence[int], Sequence[int]], scales: tuple[float, float, float]
) -> None:
    inputs = list(zip(shapes, scales, strict=False))
    check_sequence_on_micro(operator("SQUARED_DIFFERENCE", inputs, (SHAPE, scales[2])))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", [None, "int16", "int8"])
def test_products_of_matrices(transposed: bool, dtype: str | None) -> None:
    """``dtype``: of a right operand that is a constant. Sums go beyond 32 bits."""
    right = (2, 7, 40) if transposed else (2, 40, 7)
    given = [] if dtype is None else [np.random.default_rng(0).integers(-128, 128, right).astype(dtype)]
    inputs = [((2, 3, 40), 0.001), (right, 0.01)][: 2 - len(given)]
    data = operator("BATCH_MATMUL", inputs, ((2, 3, 7), 0.05), given, adj_y=transposed)
    check_operators(data, 6)


def test_the_table_of_the_logistic_function() -> None:
    assert logistic_table()[[0, 1, 24, 254, 255]].tolist() == [32768, 33451, 47911, 65534, 65535]


def test_what_the_kernels_do_not_take_is_refused() -> None:
    power = 2.0**-10
    assert "broadcasts" in refusal_of(operator("ADD", [(SHAPE, power), ((6,), power)], (SHAPE, power)))
    assert "shifted" in refusal_of(operator("ADD", [(SHAPE, power), (SHAPE, power)], (SHAPE, power / 2)))
    assert "scale" in refusal_of(operator("LOGISTIC", [(SHAPE, power)], (SHAPE, power)))
    assert "scale" in refusal_of(operator("SOFTMAX", [(SHAPE, power)], (SHAPE, power), beta=1.0))
    assert "beta" in refusal_of(operator("SOFTMAX", [(SHAPE, power)], (SHAPE, 2.0**-15), beta=-1.0))
    assert "the input has scale" in refusal_of(operator("TANH", [(SHAPE, 1e3)], (SHAPE, 2.0**-15)))
