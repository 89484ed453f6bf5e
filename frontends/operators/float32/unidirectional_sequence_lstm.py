"""UNIDIRECTIONAL_SEQUENCE_LSTM, float32."""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import Array, float_attribute, float_bits
from arenite.frontends.operators.float32.weights import by_fours
from arenite.frontends.operators.unidirectional_sequence_lstm import (
    GATES,
    Layer,
    gate_bias,
    gate_weights,
    gates_of,
    lstm_layer,
    lstm_lowering,
)

KINDS = ("UNIDIRECTIONAL_SEQUENCE_LSTM",)


def lower(model: Model, operator: Operator) -> Lowering:
    layer = lstm_layer(model, operator, "float32", "float32")
    clip = float_attribute(operator, "cell_clip", 0.0)
    fields = {
        **layer.fields,
        "cell_clip": float_bits(clip if clip > 0 else math.inf),
        "coupled": int(layer.coupled),
    }
    bias = np.zeros((layer.units, GATES), np.float32)
    for gate in gates_of(layer):
        bias[:, gate] = gate_bias(model, operator, layer, gate, "float32")
    constants = {
        "weights": _weights(model, operator, layer, recurrent=False),
        "bias": bias,
        "recurrent_weights": _weights(model, operator, layer, recurrent=True),
    }
    return lstm_lowering(layer, Call("arenite_lstm_f32", fields, (layer.source.index,), constants))


def _weights(model: Model, operator: Operator, layer: Layer, *, recurrent: bool) -> Array:
    """[unit, input, gate]."""
    weights = np.zeros((layer.units, GATES, layer.units if recurrent else layer.inputs), np.float32)
    for gate in gates_of(layer):
        _, weights[:, gate] = gate_weights(model, operator, layer, gate, recurrent=recurrent)
    return by_fours(weights.reshape(layer.units * GATES, -1))
