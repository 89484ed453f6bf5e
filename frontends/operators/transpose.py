"""TRANSPOSE, any type: compiled by TVM, or nothing at all where the elements stay in their order."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.tensors import activation, constant, require_shape, sized_tensor

KINDS = ("TRANSPOSE",)


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *ITEM_BYTES)
    result = sized_tensor(model, operator.outputs[0], source.dtype)
    axes = tuple(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist())
    rank = len(source.shape)
    if not all(-rank <= axis < rank for axis in axes) or sorted(axis % rank for axis in axes) != list(range(rank)):
        raise NotLowered(f"{list(axes)} is not a permutation of {rank} axes")
    axes = tuple(axis % rank for axis in axes)
    require_shape(result, [source.shape[axis] for axis in axes])
    wide = [axis for axis in axes if source.shape[axis] > 1]
    if wide == sorted(wide):
        return Lowering((source.index,), (result.index,), alias=True)
    return Lowering((source.index,), (result.index,), relax_op=("relax.permute_dims", {"axes": axes}))
