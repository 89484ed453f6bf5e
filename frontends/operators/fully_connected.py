"""FULLY_CONNECTED, int8, weights [output, input]. Rounds once (quantise.once_rounded_multiplier)."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import require_shape
from arenite.frontends.operators.weights import Weighted, accumulator_limit, quads, weighted
from arenite.frontends.quantise import INT8_MAX, INT8_MIN, folded_bias, once_rounded_multiplier, scale_table


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, channel_axis=0)
    if operator.attributes["weights_format"] != "DEFAULT":
        raise NotLowered(f"the weights have the format {operator.attributes['weights_format']}")
    if tensors.weights.ndim != 2:
        raise NotLowered(f"the weights have {tensors.weights.ndim} axes, not 2")
    outputs, inputs = tensors.weights.shape
    rows = _rows(operator, tensors, outputs, inputs)
    weights = _centred(tensors)
    limit = accumulator_limit(weights, tensors.bias, tensors.source_zero_point)
    distinct = {scale: once_rounded_multiplier(scale, limit) for scale in dict.fromkeys(tensors.scales)}
    scales = [distinct[scale] for scale in (tensors.scales if len(distinct) > 1 else tensors.scales[:1])]
    layer = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "scale_step": int(len(scales) > 1),
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
    }
    constants = {
        "weights": quads(weights),
        "bias": np.pad(folded_bias(weights, tensors.bias, tensors.source_zero_point), (0, -outputs % 4)),
        "scales": scale_table(scales),
    }
    call = Call("arenite_fully_connected_s8", layer, (tensors.source.index,), constants)
    return Lowering((tensors.source.index,), (tensors.result.index,), (call,))


def _rows(operator: Operator, tensors: Weighted, outputs: int, inputs: int) -> int:
    if tensors.source.elements % inputs:
        raise NotLowered(f"{tensors.source.elements} input values are not rows of {inputs}")
    rows = tensors.source.elements // inputs
    if operator.attributes["keep_num_dims"]:
        require_shape(tensors.result, (*tensors.source.shape[:-1], outputs))
    if tensors.result.elements != rows * outputs:
        raise NotLowered(f"the output has shape {list(tensors.result.shape)} for {rows} rows of {outputs}")
    return rows


def _centred(tensors: Weighted) -> np.ndarray:
    """The weights less their zero point, if that fits into int8."""
    weights = tensors.weights.astype(np.int16) - tensors.weight_zero_point
    if weights.min() < INT8_MIN or weights.max() > INT8_MAX:
        raise NotLowered(f"the weights have the zero point {tensors.weight_zero_point}")
    return weights.astype(np.int8)
