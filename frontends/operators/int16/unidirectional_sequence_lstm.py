"""UNIDIRECTIONAL_SEQUENCE_LSTM, int16 with int8 weights and biases of 64 bits, as TFLite Micro computes it; TensorFlow
Lite has none."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.int16.tables import logistic_table
from arenite.frontends.operators.int16.tensors import symmetric
from arenite.frontends.operators.int16.weights import MAX_SUM, Array, by_fours, reduced_multiplier
from arenite.frontends.operators.tensors import as_float, per_tensor
from arenite.frontends.operators.unidirectional_sequence_lstm import (
    FUNCTION_SCALE,
    GATE_SCALE,
    GATES,
    Layer,
    cell_bits,
    gate_bias,
    gate_weights,
    lstm_layer,
    lstm_lowering,
)
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("UNIDIRECTIONAL_SEQUENCE_LSTM",)


def lower(model: Model, operator: Operator) -> Lowering:
    layer = lstm_layer(model, operator, "int16", "int16", "int8")
    if layer.coupled:
        raise NotLowered("it has no input gate, which TFLite Micro asks for")
    shown, cells = symmetric(layer.hidden).scale, symmetric(layer.cells).scale
    for tensor in (layer.source, layer.result):
        symmetric(tensor)
    kept = quantize_multiplier(FUNCTION_SCALE)
    added = quantize_multiplier(FUNCTION_SCALE * FUNCTION_SCALE / cells)
    output = quantize_multiplier(FUNCTION_SCALE * FUNCTION_SCALE / shown)
    clip = as_float(operator.attributes.get("cell_clip", 0.0))
    fields = {
        **layer.fields,
        "kept_multiplier": kept[0],
        "kept_shift": kept[1],
        "added_multiplier": added[0],
        "added_shift": added[1],
        "cell_clip": int(min(clip / cells, 2**15 - 1)) if clip > 0 else 2**15,
        "tanh_shift": cell_bits(symmetric(layer.cells)) - 3,
        "multiplier": output[0],
        "shift": output[1],
    }
    bias = np.stack([gate_bias(model, operator, layer, gate, "int64") for gate in range(GATES)], axis=1)
    weights, scales = _products(model, operator, layer, bias, recurrent=False)
    recurrent_weights, recurrent_scales = _products(model, operator, layer, np.zeros_like(bias), recurrent=True)
    constants = {
        "weights": weights,
        "bias": bias,
        "scales": scales,
        "recurrent_weights": recurrent_weights,
        "recurrent_scales": recurrent_scales,
        "table": logistic_table(),
    }
    return lstm_lowering(layer, Call("arenite_lstm_s16", fields, (layer.source.index,), constants))


def _products(model: Model, operator: Operator, layer: Layer, bias: Array, *, recurrent: bool) -> tuple[Array, Array]:
    """Weights [unit, input, gate], and of each gate a multiplier and a shift to the right, int32 [gate, 2]."""
    vector = symmetric(layer.hidden if recurrent else layer.source)
    found = [gate_weights(model, operator, layer, gate, recurrent=recurrent) for gate in range(GATES)]
    scales: list[tuple[int, int]] = []
    for tensor, _ in found:
        own = per_tensor(tensor)
        if own.zero_point:
            raise NotLowered(f"the weights (tensor {tensor.index}) have zero point {own.zero_point}, not 0")
        # The product of the scales is one of float32 in TFLite Micro.
        product = float(np.float32(vector.scale) * np.float32(own.scale))
        scales.append(reduced_multiplier(*quantize_multiplier(product / GATE_SCALE)))
    weights = np.stack([values for _, values in found], axis=1)
    largest = np.abs(weights.astype(np.int64)).sum(axis=2) * 2**15 + np.abs(bias)
    if largest.max() >= MAX_SUM:
        raise NotLowered(f"the sums of its gates reach {largest.max()}")
    return by_fours(weights.reshape(layer.units * GATES, -1)), np.array(scales, np.int32)
