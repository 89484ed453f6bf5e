"""DYNAMIC_UPDATE_SLICE, any type: where the part begins may be a constant or computed (int32)."""

from __future__ import annotations

from math import prod

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.moves import MOVED
from arenite.frontends.operators.tensors import (
    activation,
    constant,
    is_constant,
    require_shape,
    sized_bytes,
    sized_tensor,
    unique,
)

KINDS = ("DYNAMIC_UPDATE_SLICE",)

INT32 = np.iinfo(np.int32)


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_bytes(model, activation(model, operator.inputs[0]), *MOVED)
    part = sized_bytes(model, activation(model, operator.inputs[1]), source.dtype)
    result = sized_bytes(model, operator.outputs[0], source.dtype)
    require_shape(result, source.shape)
    count = len(source.shape)
    if not count or len(part.shape) != count or any(map(int.__gt__, part.shape, source.shape)):
        raise NotLowered(f"a part has shape {list(part.shape)}, the whole {list(source.shape)}")
    given = is_constant(model, operator.inputs[2])
    start = sized_tensor(model, operator.inputs[2], *(("int32", "int64") if given else ("int32",)))
    require_shape(start, (count,))
    item = ITEM_BYTES[source.dtype]
    steps = [prod(source.shape[axis + 1 :]) * item for axis in range(count)]
    layer = {
        "bytes": source.bytes,
        "runs": prod(part.shape[:-1]),
        "run_bytes": part.shape[-1] * item,
        "axes": count,
    }
    inputs = (source.index, part.index) if given else (source.index, part.index, start.index)
    extents = np.array(list(zip(source.shape, part.shape, steps, strict=True)), np.int32).ravel()
    constants: dict[str, np.ndarray] = {"extents": extents}
    if given:
        values = np.clip(constant(model, start.index, start.dtype), INT32.min, INT32.max)
        constants = {"start": values.astype(np.int32), **constants}
    call = Call("arenite_update_slice", layer, inputs, constants)
    return Lowering(unique(inputs), (result.index,), (call,))
