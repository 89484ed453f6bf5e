"""Float32 functions of one and of two tensors against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from float_operators import Array, assert_close, one_operator, onnx_result, run, values
from hypothesis import given, settings
from hypothesis import strategies as st

from arenite.codegen.kernels import kernels
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import families, lower
from arenite.frontends.operators.float32.elementwise import KERNELS
from arenite.frontends.operators.float32.unary import PARAMETERS, PLAIN, SAME_AS_KIND

BINARY = {"ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div", "MINIMUM": "Min", "MAXIMUM": "Max", "POW": "Pow"}


@st.composite
def broadcasting(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast against each other."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    pair = []
    for _ in range(2):
        own = [extent if draw(st.booleans()) else 1 for extent in shape]
        pair.append(tuple(own[draw(st.integers(0, len(own))) :]))
    return pair[0], pair[1]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(BINARY)), broadcasting(), st.sampled_from([None, 0, 1]))
def test_two_operands(kind: str, shapes: tuple[tuple[int, ...], tuple[int, ...]], fixed: int | None) -> None:
    """Both operands computed, or one of them a constant."""
    operands = [np.asarray(np.abs(values(*shape, seed=seed)) + np.float32(0.5)) for seed, shape in enumerate(shapes)]
    if kind != "POW":
        operands[0] = np.asarray(operands[0] - 1)
    expected = onnx_result(BINARY[kind], operands)
    inputs = [operand if fixed == place else operand.shape for place, operand in enumerate(operands)]
    model = one_operator(kind, inputs, expected.shape)
    assert_close(run(model, *(operand for place, operand in enumerate(operands) if place != fixed)), expected)


def test_one_tensor_twice() -> None:
    model = one_operator("MUL", [(2, 3)], (2, 3))
    operator = model.operators[0]
    squared = type(operator)(0, "MUL", (0, 0), (1,))
    x = values(2, 3)
    result = run(Model(model.file, model.name, model.tensors, (squared,), model.inputs, model.outputs), x)
    np.testing.assert_array_equal(result, x * x)


def test_prelu_has_a_slope_per_channel() -> None:
    x, slope = values(2, 3, 4, 5), values(5)
    expected = onnx_result("PRelu", [x, slope])
    assert_close(run(one_operator("PRELU", [x.shape, slope], x.shape), x), expected)


def test_fused_activation() -> None:
    a, b = values(1, 4, 4, 3), values(3)
    model = one_operator("SUB", [b, a.shape], a.shape, fused_activation_function=(-0.5, 0.25))
    np.testing.assert_array_equal(run(model, a), np.clip(b - a, np.float32(-0.5), np.float32(0.25)))


FUNCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "abs": ("Abs", {}),
    "ceil": ("Ceil", {}),
    "cos": ("Cos", {}),
    "elu": ("Elu", {"alpha": 0.75}),
    "erf": ("Erf", {}),
    "exp": ("Exp", {}),
    "floor": ("Floor", {}),
    "gelu": ("Gelu", {}),
    "gelu_tanh": ("Gelu", {"approximate": "tanh"}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}),
    "hard_swish": ("HardSwish", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.125}),
    "log": ("Log", {}),
    "mish": ("Mish", {}),
    "neg": ("Neg", {}),
    "reciprocal": ("Reciprocal", {}),
    "relu": ("Relu", {}),
    "round": ("Round", {}),
    "selu": ("Selu", {"alpha": 1.5, "gamma": 1.25}),
    "sigmoid": ("Sigmoid", {}),
    "sign": ("Sign", {}),
    "silu": ("com.microsoft:QuickGelu", {"alpha": 1.5}),
    "sin": ("Sin", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "sqrt": ("Sqrt", {}),
    "tanh": ("Tanh", {}),
}
"""Function -> the operator of ONNX and its attributes."""
NOT_IN_ONNX: dict[str, Callable[[Array], Array]] = {"rsqrt": lambda x: 1 / np.sqrt(x), "square": np.square}
POSITIVE = frozenset(("log", "reciprocal", "rsqrt", "sqrt"))


def arguments(function: str) -> Array:
    """A grid with ties and zeros in it, and random numbers up to where exp() is large."""
    random = np.random.default_rng(3).uniform(-9, 9, 400)
    x = np.concatenate([np.arange(-40, 41) / 8, random]).astype(np.float32)
    return np.abs(x) + np.float32(0.25) if function in POSITIVE else x


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_one_value(function: str) -> None:
    kind, attributes = FUNCTIONS[function]
    x = arguments(function).reshape(1, 13, 37, 1)
    expected = onnx_result(kind, [x], **attributes)
    own = {name: value for name, value in attributes.items() if name != "approximate"}
    model = one_operator("UNARY", [x.shape], x.shape, function=function, **own)
    assert_close(run(model, x), expected, 1e-6)


@pytest.mark.parametrize("function", sorted(NOT_IN_ONNX))
def test_one_value_that_onnx_has_no_operator_for(function: str) -> None:
    x = arguments(function)
    model = one_operator("UNARY", [x.shape], x.shape, function=function)
    assert_close(run(model, x), NOT_IN_ONNX[function](x), 1e-6)


def test_every_function_is_tested() -> None:
    assert {*FUNCTIONS, *NOT_IN_ONNX} == {*PLAIN, *PARAMETERS, "relu"}


def test_every_kind_has_its_kernel() -> None:
    names = {f"arenite_{function}_f32" for function in (*PLAIN, *PARAMETERS, *SAME_AS_KIND.values(), "clip")}
    assert names | set(KERNELS.values()) <= set(kernels())
    assert set(KERNELS) == {kind for kind, family in families("float32").items() if family == "float32.elementwise"}


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (0.0, np.inf), (-np.inf, 0.5), (2.0, -1.0)])
def test_clip(low: float, high: float) -> None:
    x = arguments("clip")
    expected = onnx_result("Clip", [x, np.float32(low), np.float32(high)])
    np.testing.assert_array_equal(
        run(one_operator("UNARY", [x.shape], x.shape, function="clip", low=low, high=high), x), expected
    )


def test_large_arguments_saturate() -> None:
    x = np.array([-1e30, -200, -90, 90, 200, 1e30], np.float32)
    for function, expected in {
        "sigmoid": [0, 0, 0, 1, 1, 1],
        "tanh": [-1, -1, -1, 1, 1, 1],
        "softplus": [0, 0, 0, 90, 200, 1e30],
        "mish": [0, 0, 0, 90, 200, 1e30],
        "elu": [-1, -1, -1, 90, 200, 1e30],
        "silu": [0, 0, 0, 90, 200, 1e30],
    }.items():
        found = run(one_operator("UNARY", [x.shape], x.shape, function=function), x)
        np.testing.assert_allclose(found, np.array(expected, np.float32), rtol=1e-6, atol=1e-30, err_msg=function)


def test_unknown_functions_and_activations_are_refused() -> None:
    for kind, given_attributes, reason in (
        ("UNARY", {"function": "bessel"}, "bessel has no kernel"),
        ("UNARY", {"function": "leaky_relu", "alpha": "much"}, "not a number"),
        ("ADD", {"fused_activation_function": "TANH"}, "the fused activation is TANH"),
        ("ADD", {"fused_activation_function": (1.0, 0.0)}, "the bounds 1.0 and 0.0"),
    ):
        inputs = [(2, 3)] if kind == "UNARY" else [(2, 3), (2, 3)]
        model = one_operator(kind, inputs, (2, 3), **given_attributes)
        with pytest.raises(NotLowered, match=reason):
            lower(model, model.operators[0])
