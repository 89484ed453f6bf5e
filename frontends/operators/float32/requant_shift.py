"""REQUANT_SHIFT, float32 that holds integers: ``clip(floor((x * mul + add) / div + 1/2), low, high)``.

Products and sums of integers up to 2^24 are exact in float32, and so is the result for a divisor that is a power of
two, wherever it is not clipped.
"""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import (
    Array,
    float_activation,
    float_attribute,
    float_bits,
    float_constant,
    float_tensor,
)
from arenite.frontends.operators.tensors import require_shape

KINDS = ("REQUANT_SHIFT",)


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    *outer, channels = source.shape or (1,)
    factors, offsets = (_by_channel(model, index, channels) for index in operator.inputs[1:3])
    divisor = float_attribute(operator, "div")
    low, high = float_attribute(operator, "low"), float_attribute(operator, "high")
    if not divisor > 0 or low > high:
        raise NotLowered(f"the divisor is {divisor}, the bounds are {low} and {high}")
    rows = math.prod(outer[:2]) if len(outer) == 3 else 1
    layer = {
        "rows": rows,
        "columns": math.prod(outer) // rows,
        "channels": channels,
        "factor_stride": int(factors.size > 1),
        "offset_stride": int(offsets.size > 1),
        "divisor": float_bits(divisor),
        "low": float_bits(low),
        "high": float_bits(high),
    }
    constants = {"factors": factors, "offsets": offsets + np.float32(divisor / 2)}
    call = Call("arenite_requant_shift_f32", layer, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))


def _by_channel(model: Model, index: int, channels: int) -> Array:
    values = float_constant(model, index)
    if values.size != 1 and (values.size != channels or values.shape[-1] != channels):
        raise NotLowered(f"tensor {index} has shape {list(values.shape)} for {channels} channels")
    return values.reshape(-1)
