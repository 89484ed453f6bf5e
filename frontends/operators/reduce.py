"""SUM, int8 and int32, REDUCE_MAX and REDUCE_MIN, those and int16, REDUCE_ANY and REDUCE_ALL, bool, over up to two
groups of neighbouring axes.

SUM of int8 is as TFLite Micro computes it. TFLite's reference computes the same in its sources, but what it returned
in its releases up to 2.3 is off by up to the whole range.
"""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.axes import MAX_REDUCED, reduced_axes, reduced_shape, reduction_fields
from arenite.frontends.operators.tensors import activation, constant, int8_tensor, require_shape, sized_tensor
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ANY", "REDUCE_ALL")

NAMES = {"SUM": "sum", "REDUCE_MAX": "max", "REDUCE_MIN": "min", "REDUCE_ANY": "max", "REDUCE_ALL": "min"}
SUFFIX = {"int8": "s8", "int16": "s16", "int32": "s32", "bool": "s8"}


def lower(model: Model, operator: Operator) -> Lowering:
    types = ("bool",) if operator.kind in ("REDUCE_ANY", "REDUCE_ALL") else ("int8", "int16", "int32")
    source = sized_tensor(model, activation(model, operator.inputs[0]), *types)
    result = sized_tensor(model, operator.outputs[0], source.dtype)
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(source.shape))
    require_shape(result, reduced_shape(operator, source.shape, axes))
    layer = reduction_fields(source.shape, axes)
    if operator.kind == "SUM" and source.dtype == "int8":
        _, before = int8_tensor(model, source.index)
        _, after = int8_tensor(model, result.index)
        layer |= sum_fields(
            layer, before.zero_point, after.zero_point, *quantize_multiplier(before.scale / after.scale)
        )
    kernel = f"arenite_reduce_{NAMES[operator.kind]}_{SUFFIX[source.dtype]}"
    return Lowering((source.index,), (result.index,), (Call(kernel, layer, (source.index,)),))


def sum_fields(
    layer: dict[str, int], zero_point: int, output_zero_point: int, multiplier: int, shift: int
) -> dict[str, int]:
    """What a layer of ``arenite_reduce_sum_s8`` has behind its shape."""
    count = layer["reduced"] * layer["reduced_inner"]
    if count >= MAX_REDUCED:
        raise NotLowered(f"the sum is over {count} elements")
    return {
        "offset": -count * zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": output_zero_point,
    }
