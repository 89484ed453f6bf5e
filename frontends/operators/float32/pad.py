"""PAD and PADV2, float32: copied as bytes where the border is zero."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_activation, float_bits, float_constant, float_tensor
from arenite.frontends.operators.pad import four_axes
from arenite.frontends.operators.tensors import constant, require_shape

KINDS = ("PAD", "PADV2")

AXES = ("batches", "rows", "columns", "channels")
BYTES = 4


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    rank = len(source.shape)
    paddings = constant(model, operator.inputs[1], "int32", "int64")
    if paddings.shape != (rank, 2) or (paddings < 0).any():
        raise NotLowered(f"the paddings are {paddings.tolist()}")
    pairs = [(int(before), int(after)) for before, after in paddings]
    triples = [(before, extent, after) for extent, (before, after) in zip(source.shape, pairs, strict=True)]
    require_shape(result, [sum(triple) for triple in triples])
    value = float_bits(_value(model, operator))
    axes = dict(zip(AXES, four_axes(triples), strict=True))
    if value == 0:
        before, extent, after = axes.pop("channels")
        axes["bytes"] = before * BYTES, extent * BYTES, after * BYTES
    layer = {f"output_{name}": sum(triple) for name, triple in axes.items()}
    layer |= {f"input_{name}": extent for name, (_, extent, _) in axes.items()}
    layer |= {f"before_{name}": before for name, (before, _, _) in axes.items()}
    kernel = "arenite_pad_f32" if value else "arenite_pad_s8"
    return Lowering((source.index,), (result.index,), (Call(kernel, layer | {"value": value}, (source.index,)),))


def _value(model: Model, operator: Operator) -> float:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return 0.0
    values = float_constant(model, operator.inputs[2])
    if values.size != 1:
        raise NotLowered(f"the padding's value, tensor {operator.inputs[2]}, has {values.size} elements")
    return float(values.reshape(-1)[0])
