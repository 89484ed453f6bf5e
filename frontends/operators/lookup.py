"""LOGISTIC, TANH and the RELU family, int8: functions of one value, tabulated as TFLite's reference computes them.

LOOKUP has its table, int8[256], as an attribute.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators.tensors import activation, int8_tensor, require_shape, rows_of
from arenite.frontends.quantise import quantize_multiplier, requantise_twice

KINDS = ("LOOKUP", "LOGISTIC", "TANH", "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1")

Table = npt.NDArray[np.int8]

RELU_LIMITS = {"RELU": (0.0, math.inf), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0), "RELU_0_TO_1": (0.0, 1.0)}


def lower(model: Model, operator: Operator) -> Lowering:
    _, source = int8_tensor(model, operator.inputs[0])
    _, result = int8_tensor(model, operator.outputs[0])
    if operator.kind == "LOOKUP":
        return lookup(model, operator, _given_table(operator))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return lookup(model, operator, _table(operator, source, result))


def _given_table(operator: Operator) -> Table:
    table = np.asarray(operator.attributes.get("table"))
    if table.dtype != np.int8 or table.shape != (256,):
        raise NotLowered(f"its table has type {table.dtype} and shape {list(table.shape)}, not int8 and 256")
    return table


def _table(operator: Operator, source: Quantisation, result: Quantisation) -> Table:
    if operator.kind in RELU_LIMITS:
        return relu_table(source, result, *RELU_LIMITS[operator.kind])
    if operator.kind == "TANH":
        return float_table(source, result, math.tanh)
    if result.scale != 1 / 256:
        raise NotLowered(f"the output has scale {result.scale}, TFLite has only 1/256 for it")
    return float_table(source, result, logistic)


def lookup(model: Model, operator: Operator, table: Table) -> Lowering:
    """The lowering of an operator whose result depends on one int8 value; ``table[x]`` is it for x (negative indices
    count from the end)."""
    source, _ = int8_tensor(model, activation(model, operator.inputs[0]))
    result, _ = int8_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    call = Call("arenite_lookup_s8", rows_of(source.shape), (source.index,), {"table": table})
    return Lowering((source.index,), (result.index,), (call,))


def requantised_table(source: Quantisation, result: Quantisation, ratio: float, low: int, high: int) -> Table:
    """clamp(result's zero point + (x - source's zero point) * ratio), in integers, rounded twice."""
    multiplier, shift = quantize_multiplier(ratio)
    table = np.empty(256, np.int8)
    for x in range(-128, 128):
        value = requantise_twice(x - source.zero_point, multiplier, shift)
        table[x] = min(max(value + result.zero_point, low), high)
    return table


def once_requantised_table(source: Quantisation, result: Quantisation) -> Table:
    """The real value divided by the result's scale, in float32 as ONNX Runtime does it, rounded with ties to even."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        steps = (np.arange(256, dtype=np.int32).astype(np.int8).astype(np.int32) - source.zero_point).astype(np.float32)
        quotients = steps * np.float32(source.scale) / np.float32(result.scale)
    if np.isnan(quotients).any():
        raise NotLowered("the scales are too far apart")
    stored = np.rint(np.clip(quotients, -512, 512)) + result.zero_point
    table: Table = np.clip(stored, -128, 127).astype(np.int8)
    return table


def relu_table(source: Quantisation, result: Quantisation, least: float, greatest: float) -> Table:
    """As TFLite's QuantizedReluX: scales are divided, and the limits quantised, in float32."""
    scale = np.float32(result.scale)

    def quantised(limit: float) -> int:
        return result.zero_point + rounded(np.float32(limit) / scale)

    low = max(quantised(least), -128)
    high = 127 if math.isinf(greatest) else min(quantised(greatest), 127)
    return requantised_table(source, result, float(np.float32(source.scale) / scale), low, high)


def float_table(source: Quantisation, result: Quantisation, function: Callable[[float], float]) -> Table:
    """As TFLite's LUTPopulate: every step in float32, with the C library's function in float32.

    ``function`` is evaluated in double and rounded once; a C library that is off by a unit in the last place gives
    another table entry only if that crosses a tie between two of the 256 outputs.
    """
    inverse_scale = np.float32(1) / np.float32(result.scale)
    table = np.empty(256, np.int8)
    for x in range(-128, 128):
        value = np.float32(source.scale) * np.float32(x - source.zero_point)
        transformed = np.float32(function(float(value)))
        steps = rounded(transformed * inverse_scale)
        table[x] = min(max(steps + result.zero_point, -128), 127)
    return table


def logistic(value: float) -> float:
    """1 / (1 + exp(-value)) in float32."""
    exponential = np.float32(math.exp(-value)) if value > -88.0 else np.float32(math.inf)
    return float(np.float32(1) / (np.float32(1) + exponential))


def rounded(value: np.float32) -> int:
    """To the nearest integer, ties away from zero: C's round(). Raises NotLowered for what has no integer."""
    if not np.isfinite(value):
        raise NotLowered("the scales are too far apart")
    return math.floor(abs(float(value)) + 0.5) * (1 if value >= 0 else -1)
