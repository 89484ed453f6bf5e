"""ADD, SUB and MUL that round once, against ONNX Runtime: all pairs of int8 values at once."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from onnx_oracle import Array, Mismatches, activation, as_type, int8_model, mismatches, onnx_result, result, tensor

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower

PAIRS = np.array(list(itertools.product(range(-128, 128), repeat=2)), np.int8)
KINDS = {"ADD": "Add", "SUB": "Sub", "MUL": "Mul"}
Quantised = tuple[float, int]


def compare(kind: str, a: Array, b: Array, quantised: list[Quantised], dtype: str = "uint8") -> Mismatches:
    shape = np.broadcast_shapes(a.shape, b.shape)
    shapes = (a.shape, b.shape, shape)
    *sources, target = (tensor(own, *pair) for own, pair in zip(shapes, quantised, strict=True))
    first, second, output = (activation(own, *pair, dtype) for own, pair in zip(shapes, quantised, strict=True))
    theirs = onnx_result(KINDS[kind], [first, second], output, [as_type(a, dtype), as_type(b, dtype)])
    return mismatches(result(int8_model(kind, sources, target), a, b), theirs)


def scales(generator: np.random.Generator, kind: str, decimals: int | None) -> list[Quantised]:
    """Round scales have many ties."""
    a, b, c = generator.uniform(0.01, 0.1, 3)
    if kind == "MUL":
        c *= 40 * a
    if decimals is not None:
        a, b, c = (round(float(value), decimals) + 10.0**-decimals for value in (a, b, c))
    return [
        (float(scale), int(point)) for scale, point in zip((a, b, c), generator.integers(-128, 128, 3), strict=True)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("decimals", [1, 2, 3, None])
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_usual_scales_have_the_bits_of_onnx_runtime(kind: str, decimals: int | None, dtype: str) -> None:
    generator = np.random.default_rng(decimals or 0)
    for _ in range(3):
        found = compare(kind, PAIRS[:, 0], PAIRS[:, 1], scales(generator, kind, decimals), dtype)
        assert found.differing == 0


@pytest.mark.parametrize("kind", KINDS)
def test_unusual_scales(kind: str) -> None:
    generator = np.random.default_rng(1)
    found = Mismatches(0, 0, 0)
    for _ in range(8):
        chosen = [
            (float(scale), int(point))
            for scale, point in zip(np.exp(generator.uniform(-8, 3, 3)), generator.integers(-128, 128, 3), strict=True)
        ]
        found += compare(kind, PAIRS[:, 0], PAIRS[:, 1], chosen)
    assert found.largest <= 1
    assert found.differing <= 1e-5 * found.values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("powers", [(-4, -4, -3), (-4, -5, -1), (-1, -2, -4)])
def test_powers_of_two_have_ties_everywhere(kind: str, powers: tuple[int, int, int]) -> None:
    for points in ((0, 0, 0), (1, -3, 5), (-128, 127, 4)):
        chosen = [(2.0**power, point) for power, point in zip(powers, points, strict=True)]
        assert compare(kind, PAIRS[:, 0], PAIRS[:, 1], chosen).differing == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "shapes", [((1, 5, 6, 8), (8,)), ((1, 5, 6, 8), (1, 5, 6, 1)), ((3, 1), (1, 7)), ((2, 3, 4), ())]
)
def test_broadcasting(kind: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    generator = np.random.default_rng(2)
    values = [generator.integers(-128, 128, shape, np.int8) for shape in shapes]
    assert compare(kind, *values, scales(generator, kind, None)).differing == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [True, False])
def test_constant_operand_and_fused_limits(kind: str, first: bool) -> None:
    generator = np.random.default_rng(3)
    a, b = (generator.integers(-128, 128, shape, np.int8) for shape in ((4, 50, 16), (16,)))
    quantised = scales(generator, kind, 2)
    values = [b, a] if first else [a, b]
    *sources, target = (
        tensor(shape, *pair) for shape, pair in zip((*(v.shape for v in values), a.shape), quantised, strict=True)
    )
    free = result(int8_model(kind, sources, target), *values)
    fixed = [replace(source, data=b, constant=True) if source.shape == b.shape else source for source in sources]
    limited = int8_model(kind, fixed, target, fused_activation_function=(-20, 31))
    np.testing.assert_array_equal(result(limited, a), np.clip(free, -20, 31))


@pytest.mark.parametrize("kind", KINDS)
def test_output_that_never_varied_is_refused(kind: str) -> None:
    model = int8_model(kind, [tensor((4,), 1.0), tensor((4,), 1.0)], tensor((4,), 1e-9))
    with pytest.raises(NotLowered, match="too small"):
        lower(model, model.operators[0])
