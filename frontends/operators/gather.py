"""GATHER, GATHER_ND and EMBEDDING_LOOKUP, any type: what indices pick, which may be constants or computed (int32).

TFLite copies what is stored, and refuses an inference with indices that are outside; the kernel takes the nearest there
is, so that nothing else can be read.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators.moves import MOVED
from arenite.frontends.operators.tensors import as_int, constant, is_constant, require_shape, sized_bytes, sized_tensor

KINDS = ("GATHER", "GATHER_ND", "EMBEDDING_LOOKUP")

KERNEL = "arenite_gather"
CONSTANT_KERNEL = "arenite_gather_constant"

Axes = npt.NDArray[np.int32]
"""What the kernel knows of the axes that indices are along."""


def lower(model: Model, operator: Operator) -> Lowering:
    places = (1, 0) if operator.kind == "EMBEDDING_LOOKUP" else (0, 1)
    source = sized_bytes(model, operator.inputs[places[0]], *MOVED)
    indices = _indices(model, operator.inputs[places[1]])
    result = sized_bytes(model, operator.outputs[0], source.dtype)
    if operator.kind == "GATHER_ND":
        layer, axes = _by_tuples(source, indices, result)
    else:
        layer, axes = _along_axis(operator, source, indices, result)
    return Lowering(
        tuple(t.index for t in (source, indices) if not is_constant(model, t.index)),
        (result.index,),
        (_call(model, layer, source, indices, axes),),
    )


def _indices(model: Model, index: int) -> Tensor:
    return sized_tensor(model, index, *(("int16", "int32", "int64") if is_constant(model, index) else ("int32",)))


def _along_axis(operator: Operator, source: Tensor, indices: Tensor, result: Tensor) -> tuple[dict[str, int], Axes]:
    """GATHER, and EMBEDDING_LOOKUP: along the first axis."""
    rank = len(source.shape)
    axis, batch_dims = (as_int(operator.attributes.get(name, 0)) for name in ("axis", "batch_dims"))
    axis += rank if axis < 0 else 0
    batch_dims += len(indices.shape) if batch_dims < 0 else 0
    if not 0 <= batch_dims <= axis < rank or batch_dims > len(indices.shape):
        raise NotLowered(f"the axis is {axis} of {rank}, behind {batch_dims} of batches")
    batches = source.shape[:batch_dims]
    if indices.shape[:batch_dims] != batches:
        raise NotLowered(f"the indices have shape {list(indices.shape)}, the input {list(source.shape)}")
    require_shape(result, source.shape[:axis] + indices.shape[batch_dims:] + source.shape[axis + 1 :])
    run = math.prod(source.shape[axis + 1 :]) * ITEM_BYTES[source.dtype]
    layer = {
        "batches": math.prod(batches),
        "outer": math.prod(source.shape[batch_dims:axis]),
        "input_bytes": source.shape[axis] * run,
        "tuples": math.prod(indices.shape[batch_dims:]),
        "depth": 1,
        "bytes": run,
    }
    return layer, np.array([source.shape[axis], run], np.int32)


def _by_tuples(source: Tensor, indices: Tensor, result: Tensor) -> tuple[dict[str, int], Axes]:
    """GATHER_ND: the last axis of the indices goes through the first axes of the input."""
    depth = indices.shape[-1] if indices.shape else 0
    if not 0 < depth <= len(source.shape):
        raise NotLowered(f"the indices have shape {list(indices.shape)}, the input {list(source.shape)}")
    require_shape(result, indices.shape[:-1] + source.shape[depth:])
    item = ITEM_BYTES[source.dtype]
    steps = [math.prod(source.shape[axis + 1 :]) * item for axis in range(depth)]
    layer = {
        "batches": 1,
        "outer": 1,
        "input_bytes": source.bytes,
        "tuples": math.prod(indices.shape[:-1]),
        "depth": depth,
        "bytes": steps[-1],
    }
    return layer, np.array(list(zip(source.shape, steps, strict=False)), np.int32).ravel()


def _call(model: Model, layer: dict[str, int], source: Tensor, indices: Tensor, axes: Axes) -> Call:
    if is_constant(model, source.index):
        if is_constant(model, indices.index):
            raise NotLowered("all inputs are constants, the result should be one too")
        data = constant(model, source.index, source.dtype).reshape(-1).view(np.int8)
        return Call(CONSTANT_KERNEL, layer, (indices.index,), {"in": data, "axes": axes})
    if not is_constant(model, indices.index):
        return Call(KERNEL, layer, (source.index, indices.index), {"axes": axes})
    numbers = constant(model, indices.index, indices.dtype).astype(np.int64)
    extents = np.tile(axes[::2], numbers.size // layer["depth"]).reshape(numbers.shape)
    if (numbers < 0).any() or (numbers >= extents).any():
        raise NotLowered(f"its indices reach from {numbers.min()} to {numbers.max()}")
    return Call(KERNEL, layer, (source.index,), {"indices": numbers.astype(np.int32), "axes": axes})
