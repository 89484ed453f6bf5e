"""QUANTIZE and DEQUANTIZE with int16 or int32 on one side: int16 from and to float32, and integers in another type.

Rescaled numbers are rounded twice, as everywhere in TFLite's reference but where it says otherwise.
"""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.tensors import activation, require_shape, rows_of, sized_tensor
from arenite.frontends.quantise import quantize_multiplier

KINDS = ()
"""Those of ``quantize`` and of int16, which ask here."""

SUFFIX = {"int8": "s8", "int16": "s16", "int32": "s32"}
PAIRS = (
    ("int16", "int8"), ("int16", "int16"), ("int16", "int32"), ("int8", "int16"), ("int32", "int8"),
    ("int32", "int16"),
)  # fmt: skip
TYPES = ("float32", *SUFFIX)


def takes(model: Model, operator: Operator) -> bool:
    """Whether the operator reads or writes int16 or int32."""
    indices = (operator.inputs[0], operator.outputs[0])
    return any(model.tensors[index].dtype in ("int16", "int32") for index in indices)


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *TYPES)
    result = sized_tensor(model, operator.outputs[0], *TYPES)
    require_shape(result, source.shape)
    pair = (source.dtype, result.dtype)
    if pair in PAIRS and operator.kind == "QUANTIZE":
        call = _rescaled(source, result)
    elif pair in (("float32", "int16"), ("int16", "float32")):
        call = _between_float(source, result)
    else:
        raise NotLowered(f"it turns {pair[0]} into {pair[1]}")
    return Lowering((source.index,), (result.index,), (call,))


def _between_float(source: Tensor, result: Tensor) -> Call:
    own = quantised(source if source.dtype == "int16" else result)
    if own.zero_point != 0:
        raise NotLowered(f"the int16 tensor has zero point {own.zero_point}")
    kernel = "arenite_dequantize_s16_f32" if source.dtype == "int16" else "arenite_quantize_f32_s16"
    return Call(kernel, rows_of(source.shape), (source.index,), {"scale": np.array([own.scale], np.float32)})


def _rescaled(source: Tensor, result: Tensor) -> Call:
    before, after = quantised(source), quantised(result)
    multiplier, shift = quantize_multiplier(before.scale / after.scale)
    limits = np.iinfo(result.dtype)
    layer = rows_of(source.shape) | {
        "input_zero_point": before.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": after.zero_point,
        "output_min": limits.min,
        "output_max": limits.max,
    }
    return Call(f"arenite_rescale_{SUFFIX[source.dtype]}_{SUFFIX[result.dtype]}", layer, (source.index,))


def quantised(tensor: Tensor) -> Quantisation:
    """The one scale and zero point of a tensor of integers."""
    quantisation = tensor.quantisation
    if quantisation is None or not quantisation.scales or not quantisation.zero_points or quantisation.per_channel:
        raise NotLowered(f"tensor {tensor.index} is {tensor.dtype} without one scale and zero point")
    if not (math.isfinite(quantisation.scale) and quantisation.scale > 0):
        raise NotLowered(f"tensor {tensor.index} has scale {quantisation.scale}")
    limits = np.iinfo(tensor.dtype)
    if not limits.min <= quantisation.zero_point <= limits.max:
        raise NotLowered(f"tensor {tensor.index} has zero point {quantisation.zero_point}")
    return quantisation
