"""Functions of one int8 value as a table of 256: qnn.dequantize -> any element-wise operators -> qnn.quantize."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, inputs_of, is_call, operator_name, post_order
from arenite.passes.relay.quantised.reading import dtype, is_constant, quantisation, static_shape

Reals = npt.NDArray[np.float32]
KIND = "LOOKUP"


def _erf(x: Reals) -> Reals:
    return np.array([math.erf(float(value)) for value in x.ravel()], np.float32).reshape(x.shape)


def _sigmoid(x: Reals) -> Reals:
    one = np.float32(1)
    result: Reals = one / (one + np.exp(-x))
    return result


UNARY: Mapping[str, Callable[[Reals], Reals]] = {
    "abs": np.abs, "ceil": np.ceil, "cos": np.cos, "erf": _erf, "exp": np.exp, "floor": np.floor, "log": np.log,
    "negative": np.negative, "nn.relu": lambda x: np.maximum(x, np.float32(0)),
    "rsqrt": lambda x: np.float32(1) / np.sqrt(x), "sigmoid": _sigmoid, "sign": np.sign, "sin": np.sin,
    "sqrt": np.sqrt, "tanh": np.tanh,
}  # fmt: skip
BINARY: Mapping[str, Callable[[Reals, Reals], Reals]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power,
    "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip
FUNCTIONS = frozenset((*UNARY, *BINARY, "clip", "nn.leaky_relu"))
"""Relay operators that work element by element, on float32."""


def match(flow: Dataflow, quantize: Expr) -> Candidate | None:
    """All of it reads one int8 tensor, besides constants of one element."""
    if dtype(quantize) != "int8":
        return None
    island = post_order(quantize.args[0], lambda expr: [] if is_call(expr, "qnn.dequantize") else inputs_of(expr))
    starts = [expr for expr in island if is_call(expr, "qnn.dequantize")]
    inner = [expr for expr in island if not is_call(expr, "qnn.dequantize") and not is_constant(expr)]
    if not starts or not inner or not _of_one_value(starts, inner):
        return None
    if not all(_is_scalar(expr) for expr in island if is_constant(expr)):
        return None
    own = {*inner, quantize}
    if not all(reader in own for expr in inner for reader in flow.readers[expr]):
        raise NotLowered("its float32 result is read by another operator, too")
    sources = {quantisation(*start.args[1:3]) for start in starts}
    result = quantisation(*quantize.args[1:3])
    if len(sources) > 1 or result.per_channel or any(source.per_channel for source in sources):
        return None
    (source,) = sources
    before = [start for start in starts if all(reader in own for reader in flow.readers[start])]
    found = candidate(
        KIND,
        [Activation(starts[0].args[0], source)],
        Activation(quantize, result),
        {},
        (*before, *inner, quantize),
    )
    return found.with_table(_table(island, quantize.args[0], source, result))


def _of_one_value(starts: list[Expr], inner: list[Expr]) -> bool:
    source = starts[0].args[0]
    return (
        dtype(source) == "int8"
        and not is_constant(source)
        and all(start.args[0] == source for start in starts)
        and all(
            operator_name(expr) in FUNCTIONS and dtype(expr) == "float32" and static_shape(expr) == static_shape(source)
            for expr in inner
        )
    )


def _is_scalar(expr: Expr) -> bool:
    return dtype(expr) == "float32" and bool(expr.data.numpy().size == 1)


def _table(island: list[Expr], last: Expr, source: Quantisation, result: Quantisation) -> npt.NDArray[np.int8]:
    """The int8 result for each int8 value, those from 0 first; in float32 up to where qnn.quantize rounds, ties away
    from zero."""
    values: dict[Expr, Reals] = {}
    stored = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.int32)
    with np.errstate(all="ignore"):
        for expr in island:
            if is_call(expr, "qnn.dequantize"):
                values[expr] = (stored - source.zero_point).astype(np.float32) * np.float32(source.scale)
            elif is_constant(expr):
                values[expr] = expr.data.numpy().reshape(())
            else:
                values[expr] = _computed(expr, [values[read] for read in inputs_of(expr)])
        steps = (values[last] / np.float32(result.scale)).astype(np.float64)
    if np.isnan(steps).any():
        raise NotLowered("it has no result for some of its values")
    rounded = np.copysign(np.floor(np.abs(steps) + 0.5), steps) + result.zero_point
    table: npt.NDArray[np.int8] = np.clip(rounded, -128, 127).astype(np.int8)
    return table


def _computed(expr: Expr, inputs: list[Reals]) -> Reals:
    name = operator_name(expr)
    if name == "clip":
        low, high = np.float32(expr.attrs.a_min), np.float32(expr.attrs.a_max)
        return np.clip(inputs[0], low, high)
    if name == "nn.leaky_relu":
        return np.where(inputs[0] > 0, inputs[0], inputs[0] * np.float32(expr.attrs.alpha))
    return UNARY[name](inputs[0]) if name in UNARY else BINARY[name](*inputs)
