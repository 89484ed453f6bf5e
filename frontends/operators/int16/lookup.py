"""LOGISTIC, TANH, EXP, LOG, RSQRT and GELU, int16: functions of one value, interpolated in tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.int16.tables import interpolation_table, logistic_table
from arenite.frontends.operators.int16.tensors import INT16_MAX, INT16_MIN, int16_activation, int16_tensor
from arenite.frontends.operators.tensors import require_shape, rows_of
from arenite.frontends.operators.unary import gelu, gelu_by_tanh

KINDS = ("LOGISTIC", "TANH", "EXP", "LOG", "RSQRT", "GELU")

OUTPUT_SCALE = 2.0**-15
"""Of LOGISTIC and TANH."""
ARGUMENT_STEPS = 4096 * 3
"""Of LOGISTIC and TANH, for 1."""
LOG2_TOLERANCE = 1e-3
"""TFLite takes a scale for a power of 2 whose logarithm is as close to an integer."""

Array = npt.NDArray[Any]


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int16_activation(model, operator.inputs[0])
    result, after = int16_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    layer = rows_of(source.shape)
    table: Array
    if operator.kind in ("LOGISTIC", "TANH"):
        if abs(math.log2(after.scale) + 15) >= LOG2_TOLERANCE or (
            operator.kind == "LOGISTIC" and after.scale != 2**-15
        ):
            raise NotLowered(f"the output has scale {after.scale}, TFLite has only 2^-15 for it")
        kernel, table = f"arenite_{operator.kind.lower()}_s16", logistic_table()
        multiplier, shift = argument_multiplier(before.scale, shifts=(0, 1) if operator.kind == "TANH" else (0,))
        layer |= {"multiplier": multiplier, "shift": shift}
    else:
        kernel = "arenite_lookup_s16"
        table = interpolation_table(_function(operator, after.scale), before.scale, after.scale)
    return Lowering((source.index,), (result.index,), (Call(kernel, layer, (source.index,), {"table": table}),))


def argument_multiplier(scale: float, shifts: tuple[int, ...]) -> tuple[int, int]:
    """Multiplier and shift to the right from the input to steps of 1 / ``ARGUMENT_STEPS``, as TFLite's SigmoidPrepare
    and TanhPrepare have it.

    Args:
        shifts: scales of 2^-12 times 2 to one of these are multiplied exactly.
    """
    exponent = round(math.log2(scale))
    if abs(math.log2(scale) - exponent) < LOG2_TOLERANCE and exponent + 12 in shifts:
        return 3 << (exponent + 12), 0
    multiplier, shift = scale * ARGUMENT_STEPS, 0
    while multiplier <= INT16_MAX / 2 and shift <= 30:
        multiplier, shift = 2 * multiplier, shift + 1
    if multiplier > 2 * INT16_MAX or shift > 30:
        raise NotLowered(f"the input has scale {scale}")
    return int(multiplier), shift


def _function(operator: Operator, scale: float) -> Callable[[Array], Array]:
    """Of real numbers. What has no logarithm or root becomes the output that stands farthest out."""
    if operator.kind == "EXP":
        return np.exp
    if operator.kind == "GELU":
        single = gelu_by_tanh if operator.attributes.get("approximate") else gelu
        return lambda values: np.array([single(float(value)) for value in values])
    if operator.kind == "LOG":
        return partial(_logarithm, outside=np.float32(INT16_MIN) * np.float32(scale))
    return partial(_reciprocal_root, outside=np.float32(INT16_MAX) * np.float32(scale))


def _logarithm(values: Array, outside: np.float32) -> Array:
    return np.where(values > 0, np.log(values), outside)


def _reciprocal_root(values: Array, outside: np.float32) -> Array:
    return np.where(values > 0, values.dtype.type(1) / np.sqrt(values), outside)
