"""SVDF, float32."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import (
    activation_fields,
    float_activation,
    float_constant,
    float_tensor,
)
from arenite.frontends.operators.svdf import svdf_extents
from arenite.frontends.operators.tensors import require_shape, variable

KINDS = ("SVDF",)


def lower(model: Model, operator: Operator) -> Lowering:
    if len(operator.inputs) != 5:
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 5")
    source, result = float_activation(model, operator.inputs[0]), float_tensor(model, operator.outputs[0])
    features, times = (float_constant(model, index) for index in operator.inputs[1:3])
    state = variable(model, operator.inputs[4], "float32")
    extents = svdf_extents(operator, source, features, times)
    units = extents["filters"] // extents["rank"]
    require_shape(result, (extents["batches"], units))
    require_shape(state, (extents["batches"], extents["filters"] * extents["memory"]))
    bias = np.zeros(units, np.float32) if operator.inputs[3] < 0 else float_constant(model, operator.inputs[3])
    if bias.shape != (units,):
        raise NotLowered(f"the bias has shape {list(bias.shape)} for {units} units")
    constants = {"features": features, "times": times, "bias": bias}
    call = Call("arenite_svdf_f32", {**extents, **activation_fields(operator)}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,), states=(state.index,))
