"""AVERAGE_POOL_2D and MAX_POOL_2D against TFLite's reference kernels."""

from __future__ import annotations

import pytest
from operator_checks import check_operators, one_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.pool import window_positions
from arenite.frontends.tflite import parse_tflite

KINDS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


def pool(
    kind: str,
    shape: tuple[int, int, int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: str,
    activation: str = "NONE",
    scale: float = 0.05,
    zero_point: int = 3,
) -> bytes:
    rows, _ = window_positions(shape[1], kernel[0], stride[0], padding)
    columns, _ = window_positions(shape[2], kernel[1], stride[1], padding)
    quantised = (scale, zero_point)
    return one_operator(
        kind,
        [(shape, quantised)],
        ((shape[0], rows, columns, shape[3]), quantised),
        padding=padding,
        filter_height=kernel[0],
        filter_width=kernel[1],
        stride_h=stride[0],
        stride_w=stride[1],
        fused_activation_function=activation,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("shape", "kernel", "stride"),
    [
        ((1, 6, 6, 8), (2, 2), (2, 2)),
        ((1, 7, 5, 3), (3, 3), (2, 2)),
        ((2, 9, 4, 5), (3, 2), (1, 3)),
        ((1, 5, 5, 1), (5, 5), (1, 1)),
        ((1, 25, 5, 64), (25, 5), (25, 5)),
        ((1, 4, 11, 9), (1, 4), (3, 2)),
        ((3, 3, 3, 4), (1, 1), (2, 2)),
        ((1, 1, 1, 7), (1, 1), (1, 1)),
    ],
)
def test_window_is_bit_exact(
    kind: str, padding: str, shape: tuple[int, int, int, int], kernel: tuple[int, int], stride: tuple[int, int]
) -> None:
    check_operators(pool(kind, shape, kernel, stride, padding))


@pytest.mark.parametrize("kind", KINDS)
def test_window_larger_than_the_input_is_bit_exact(kind: str) -> None:
    check_operators(pool(kind, (1, 3, 2, 6), (5, 7), (2, 1), "SAME"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize(("scale", "zero_point"), [(0.05, -128), (0.05, 127), (0.02, -40), (3.0, 0)])
def test_fused_activation_is_bit_exact(kind: str, activation: str, scale: float, zero_point: int) -> None:
    check_operators(pool(kind, (1, 5, 6, 7), (3, 3), (1, 2), "SAME", activation, scale, zero_point))


def test_window_without_elements_is_refused() -> None:
    with pytest.raises(NotLowered, match="exceeds"):
        window_positions(3, 4, 1, "VALID")


@pytest.mark.parametrize(("kernel", "stride"), [(0, 1), (1, 0), (-1, 1), (2**31 - 1, 1)])
def test_absurd_window_is_refused(kernel: int, stride: int) -> None:
    with pytest.raises(NotLowered, match="window"):
        window_positions(3, kernel, stride, "SAME")


def test_wrong_output_shape_is_refused() -> None:
    data = one_operator(
        "MAX_POOL_2D",
        [((1, 4, 4, 2), (1.0, 0))],
        ((1, 2, 3, 2), (1.0, 0)),
        padding="VALID", filter_height=2, filter_width=2, stride_h=2, stride_w=2,
    )  # fmt: skip
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match="shape"):
        lower(model, model.operators[0])
