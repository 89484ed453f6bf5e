"""ARG_MAX and ARG_MIN along one axis of int8, int32, bool or float32; the places are int32 or int64."""

from __future__ import annotations

import math

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import activation, constant, require_shape, sized_tensor

KINDS = ("ARG_MAX", "ARG_MIN")

SUFFIX = {"int8": "s8", "bool": "s8", "int32": "s32", "float32": "f32"}
PLACES = {"int32": "s32", "int64": "s64"}


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *SUFFIX)
    result = sized_tensor(model, operator.outputs[0], *PLACES)
    shape = source.shape
    axes = constant(model, operator.inputs[1], "int32", "int64").ravel().tolist()
    if len(axes) != 1 or not -len(shape) <= axes[0] < len(shape):
        raise NotLowered(f"the axis is {axes} of {len(shape)}")
    axis = axes[0] % len(shape)
    require_shape(result, shape[:axis] + shape[axis + 1 :])
    # Rows of NHWC are found one by one where the axis lies within them.
    rows = min(axis, 2)
    layer = {
        "outer": math.prod(shape[:rows]),
        "kept": math.prod(shape[rows:axis]),
        "reduced": shape[axis],
        "inner": math.prod(shape[axis + 1 :]),
        "least": int(operator.kind == "ARG_MIN"),
    }
    kernel = f"arenite_arg_{SUFFIX[source.dtype]}_{PLACES[result.dtype]}"
    return Lowering((source.index,), (result.index,), (Call(kernel, layer, (source.index,)),))
