"""CAST among bool, int8, uint8, int16, int32, uint32, int64 and float32, save for int64 and uint32 from or to float32.

As in TFLite, integers wrap, floats are cut off towards zero and saturate, and what is not 0 is true.
"""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators.tensors import activation, require_shape, rows_of, sized_tensor
from arenite.frontends.rewrites.unsigned import is_unsigned

KINDS = ("CAST",)

INTEGERS = ("bool", "int8", "uint8", "int16", "int32", "uint32", "int64")
BYTES = {"bool": "u8", "int8": "s8", "uint8": "u8"}
LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1)}
"""Least and greatest integer that a float becomes."""


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *INTEGERS, "float32")
    result = sized_tensor(model, operator.outputs[0], *INTEGERS, "float32")
    require_shape(result, source.shape)
    shape = rows_of(source.shape)
    if is_unsigned(operator):
        return _of_unsigned(source, result, shape)
    if result.dtype == "float32" and source.dtype in BYTES:
        scale = {"scale": np.ones(1, np.float32)}
        call = Call(f"arenite_dequantize_{BYTES[source.dtype]}_f32", shape | {"zero_point": 0}, (source.index,), scale)
    else:
        kernel, fields = _kernel(source.dtype, result.dtype)
        call = Call(kernel, shape | fields, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))


def _of_unsigned(source: Tensor, result: Tensor, shape: dict[str, int]) -> Lowering:
    """Of uint8 that stands in int8, less 128: TFLite casts the stored value."""
    if (source.dtype, result.dtype) != ("int8", "float32"):
        raise NotLowered("quantised uint8 has a kernel for float32 only")
    layer, scale = shape | {"zero_point": -128}, {"scale": np.ones(1, np.float32)}
    call = Call("arenite_dequantize_s8_f32", layer, (source.index,), scale)
    return Lowering((source.index,), (result.index,), (call,))


def _kernel(source: str, result: str) -> tuple[str, dict[str, int]]:
    """The kernel and the fields of its layer behind the shape."""
    in_bytes, out_bytes = ITEM_BYTES[source], ITEM_BYTES[result]
    signed = int(source.startswith("int"))
    if result == "bool" and source != "bool":
        return "arenite_nonzero_s8", {"in_bytes": in_bytes, "last_mask": 0x7F if source == "float32" else 0xFF}
    if source == "float32" != result:
        if result not in LIMITS:
            raise NotLowered(f"there is no kernel for float32 as {result}")
        low, high = LIMITS[result]
        return "arenite_truncate_f32", {"out_bytes": out_bytes, "low": low, "high": high}
    if result == "float32" != source:
        if in_bytes > ITEM_BYTES["int32"]:
            raise NotLowered(f"there is no kernel for {source} as float32")
        return "arenite_to_float_f32", {"in_bytes": in_bytes, "is_signed": signed}
    if out_bytes > in_bytes:
        return "arenite_widen_s8", {"in_bytes": in_bytes, "out_bytes": out_bytes, "is_signed": signed}
    return "arenite_narrow_s8", {"in_bytes": in_bytes, "out_bytes": out_bytes}
