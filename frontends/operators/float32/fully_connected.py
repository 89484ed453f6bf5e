"""FULLY_CONNECTED, float32, weights [output, input]."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import activation_fields
from arenite.frontends.operators.float32.weights import by_fours, weighted
from arenite.frontends.operators.tensors import require_shape

KINDS = ("FULLY_CONNECTED",)


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, rank=2, channel_axis=0)
    source, result = tensors.source, tensors.result
    weights_format = operator.attributes.get("weights_format", "DEFAULT")
    if weights_format != "DEFAULT":
        raise NotLowered(f"the weights have the format {weights_format}")
    outputs, inputs = tensors.weights.shape
    if source.elements % inputs:
        raise NotLowered(f"{source.elements} input values are not rows of {inputs}")
    rows = source.elements // inputs
    if operator.attributes.get("keep_num_dims", False):
        require_shape(result, (*source.shape[:-1], outputs))
    if result.elements != rows * outputs:
        raise NotLowered(f"the output has shape {list(result.shape)} for {rows} rows of {outputs}")
    layer = {"rows": rows, "inputs": inputs, "outputs": outputs, **activation_fields(operator)}
    constants = {"weights": by_fours(tensors.weights), "bias": tensors.bias}
    call = Call("arenite_fully_connected_f32", layer, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))
