"""ONNX operators without a row kernel: TVM imports the node and arenite prints the loops that it makes of it."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import unique

DTYPES = (
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bool",
)  # fmt: skip

FROM_ONNX = "relax.frontend.onnx"
def lower(model: Model, operator: Operator) -> Lowering:
    from arenite.frontends.onnx.expand import expand
    kind = operator.kind.removeprefix("ONNX:")
    present = [index for index in operator.inputs if index >= 0]
    activations = unique(index for index in present if model.tensors[index].data is None)
    outputs = tuple(index for index in operator.outputs if index >= 0)
    if not activations:
        raise NotLowered("it reads constants only")
    expand(model,operator)
    return Lowering(activations, outputs, relax_op=(FROM_ONNX, {"kind": kind}))
