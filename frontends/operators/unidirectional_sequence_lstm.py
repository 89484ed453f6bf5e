"""UNIDIRECTIONAL_SEQUENCE_LSTM, int8 with 16 bits for gates and cells, as TFLite's reference computes it.

TFLite Micro rounds otherwise: it takes the functions of gates from tables, and clips the two products of a gate before
it adds them. Both keep output and cells from inference to inference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from arenite.frontends.float_rounding import float_scale
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.tensors import (
    activation,
    as_float,
    constant,
    int8_tensor,
    per_tensor,
    require_shape,
    sized_tensor,
    variable,
)
from arenite.frontends.operators.weights import Array, quads
from arenite.frontends.quantise import folded_bias, quantize_multiplier

KINDS = ("UNIDIRECTIONAL_SEQUENCE_LSTM",)

GATE_SCALE = 2.0**-12
"""Of the sums that go into the functions of gates."""
FUNCTION_SCALE = 2.0**-15
"""Of what comes out of them."""
INPUT_GATE = 0
GATES = 4
"""Input, forget, cell and output gate: in this order stand weights (inputs 1 to 4), weights of the last output (5 to 8)
and biases (12 to 15)."""
WEIGHTS, RECURRENT_WEIGHTS, BIASES = 1, 5, 12
ABSENT = {"peepholes": range(9, 12), "a projection": range(16, 18), "layer normalisation": range(20, 24)}
"""Inputs of variants that are not supported."""
OUTPUT_STATE, CELL_STATE = 18, 19
HIDDEN = 4
"""Among the operator's intermediate tensors: the output before projection. The others matter to layer normalisation."""


@dataclass(frozen=True, eq=False)
class Layer:
    """``time_axis`` of input and output; ``coupled`` without an input gate, which is 1 less the forget gate then."""

    source: Tensor
    result: Tensor
    time_axis: int
    units: int
    coupled: bool


def lower(model: Model, operator: Operator) -> Lowering:
    layer = _layer(model, operator)
    source_quantisation = per_tensor(layer.source)
    batches, steps = layer.source.shape[1 - layer.time_axis], layer.source.shape[layer.time_axis]
    inputs, units = layer.source.shape[2], layer.units
    hidden = variable(model, operator.inputs[OUTPUT_STATE], "int8")
    cells = variable(model, operator.inputs[CELL_STATE], "int16")
    for state in (hidden, cells):
        if state.elements != batches * units:
            raise NotLowered(f"the state (tensor {state.index}) has shape {list(state.shape)}, not {[batches, units]}")
    cell_bits, cell_clip = _cells(operator, per_tensor(cells))
    shown = _hidden(model, operator, hidden)
    multiplier, shift = quantize_multiplier(float(np.float32(FUNCTION_SCALE * FUNCTION_SCALE / shown.scale)))
    constants = {
        **_products(model, operator, layer, source_quantisation, inputs, recurrent=False),
        **_products(model, operator, layer, per_tensor(hidden), units, recurrent=True),
    }
    fields = {
        "batches": batches,
        "steps": steps,
        "inputs": inputs,
        "units": units,
        "batch_stride": 1 if layer.time_axis == 0 else steps,
        "step_stride": batches if layer.time_axis == 0 else 1,
        "cell_bits": cell_bits,
        "cell_clip": cell_clip,
        "coupled": int(layer.coupled),
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": shown.zero_point,
    }
    call = Call("arenite_lstm_s8", fields, (layer.source.index,), constants)
    return Lowering((layer.source.index,), (layer.result.index,), (call,), states=(hidden.index, cells.index))


def _layer(model: Model, operator: Operator) -> Layer:
    if len(operator.inputs) not in (20, 24):
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 24")
    for variant, places in ABSENT.items():
        if any(index >= 0 for index in operator.inputs[places.start : places.stop]):
            raise NotLowered(f"it has {variant}")
    if operator.attributes.get("fused_activation_function") != "TANH":
        raise NotLowered(f"its activation is {operator.attributes.get('fused_activation_function')}, not TANH")
    source, _ = int8_tensor(model, activation(model, operator.inputs[0]))
    result, _ = int8_tensor(model, operator.outputs[0])
    if len(source.shape) != 3:
        raise NotLowered(f"the input has shape {list(source.shape)}, not three axes")
    units = sized_tensor(model, operator.inputs[WEIGHTS + GATES - 1], "int8").shape[0]
    require_shape(result, (*source.shape[:2], units))
    time_axis = 0 if operator.attributes.get("time_major") else 1
    return Layer(source, result, time_axis, units, operator.inputs[WEIGHTS + INPUT_GATE] < 0)


def _cells(operator: Operator, quantisation: Quantisation) -> tuple[int, int]:
    """Bits before the point of the cells, and the greatest magnitude that they may have."""
    fraction, power = math.frexp(quantisation.scale)
    bits = 14 + power
    if fraction != 0.5 or quantisation.zero_point or not 0 <= bits <= 6:
        raise NotLowered(
            f"the cells have scale {quantisation.scale} and zero point {quantisation.zero_point}, not 0 and a power of "
            "2 from 2**-15 to 2**-9"
        )
    clip = as_float(operator.attributes.get("cell_clip", 0.0))
    return bits, min(math.floor(float_scale(clip, divisors=(quantisation.scale,))), 2**15 - 1) if clip > 0 else 2**15


def _hidden(model: Model, operator: Operator, state: Tensor) -> Quantisation:
    """What TFLite quantises the output with; it is that of the state wherever a converter made the file."""
    intermediates = operator.attributes.get("intermediates", ())
    if isinstance(intermediates, tuple) and len(intermediates) > HIDDEN:
        hidden = model.tensors[intermediates[HIDDEN]]
        if hidden.dtype != "int8":
            raise NotLowered(f"its output (tensor {hidden.index}) is {hidden.dtype} before projection, not int8")
        return per_tensor(hidden)
    return per_tensor(state)


def _products(
    model: Model, operator: Operator, layer: Layer, vector: Quantisation, length: int, *, recurrent: bool
) -> dict[str, Array]:
    """Weights, biases and scales of the four gates, by the names of the kernel's parameters."""
    weights = np.zeros((layer.units, GATES, length), np.int8)
    bias = np.zeros((layer.units, GATES), np.int32)
    scales = np.zeros((GATES, 2), np.int32)
    for gate in range(GATES):
        if gate == INPUT_GATE and layer.coupled:
            continue
        tensor = sized_tensor(model, operator.inputs[gate + (RECURRENT_WEIGHTS if recurrent else WEIGHTS)], "int8")
        require_shape(tensor, (layer.units, length))
        quantisation = per_tensor(tensor)
        if quantisation.zero_point:
            raise NotLowered(f"the weights (tensor {tensor.index}) have zero point {quantisation.zero_point}, not 0")
        weights[:, gate] = constant(model, tensor.index, "int8")
        own = None if recurrent else constant(model, operator.inputs[BIASES + gate], "int32")
        if own is not None and own.shape != (layer.units,):
            raise NotLowered(f"a bias has shape {list(own.shape)} for {layer.units} units")
        bias[:, gate] = folded_bias(weights[:, gate], own, vector.zero_point)
        scales[gate] = quantize_multiplier(float_scale(quantisation.scale, vector.scale, divisors=(GATE_SCALE,)))
    prefix = "recurrent_" if recurrent else ""
    return {
        f"{prefix}weights": quads(weights.reshape(layer.units * GATES, length)),
        f"{prefix}bias": bias,
        f"{prefix}scales": scales,
    }
