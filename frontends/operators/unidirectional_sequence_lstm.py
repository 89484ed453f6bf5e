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
    """``fields`` of the kernels' layers; ``coupled`` without an input gate, which is 1 less the forget gate then."""

    source: Tensor
    result: Tensor
    hidden: Tensor
    cells: Tensor
    inputs: int
    units: int
    coupled: bool
    weight_type: str
    fields: dict[str, int]


def lower(model: Model, operator: Operator) -> Lowering:
    layer = lstm_layer(model, operator, "int8", "int16")
    for tensor in (layer.source, layer.result, layer.hidden):
        per_tensor(tensor)
    cells = per_tensor(layer.cells)
    shown = _hidden(model, operator, layer.hidden)
    multiplier, shift = quantize_multiplier(float(np.float32(FUNCTION_SCALE * FUNCTION_SCALE / shown.scale)))
    fields = {
        **layer.fields,
        "cell_bits": cell_bits(cells),
        "cell_clip": _cell_clip(operator, cells.scale),
        "coupled": int(layer.coupled),
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": shown.zero_point,
    }
    constants = {
        **_products(model, operator, layer, recurrent=False),
        **_products(model, operator, layer, recurrent=True),
    }
    return lstm_lowering(layer, Call("arenite_lstm_s8", fields, (layer.source.index,), constants))


def lstm_lowering(layer: Layer, call: Call) -> Lowering:
    states = (layer.hidden.index, layer.cells.index)
    return Lowering((layer.source.index,), (layer.result.index,), (call,), states=states)


def lstm_layer(model: Model, operator: Operator, dtype: str, cell_type: str, weight_type: str = "") -> Layer:
    """Checks and gathers what a layer with activations of one type and cells of the other is about. Weights are of the
    type of activations if nothing else is given."""
    weight_type = weight_type or dtype
    if len(operator.inputs) not in (20, 24):
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 24")
    for variant, places in ABSENT.items():
        if any(index >= 0 for index in operator.inputs[places.start : places.stop]):
            raise NotLowered(f"it has {variant}")
    if operator.attributes.get("fused_activation_function") != "TANH":
        raise NotLowered(f"its activation is {operator.attributes.get('fused_activation_function')}, not TANH")
    source = sized_tensor(model, activation(model, operator.inputs[0]), dtype)
    result = sized_tensor(model, operator.outputs[0], dtype)
    if len(source.shape) != 3:
        raise NotLowered(f"the input has shape {list(source.shape)}, not three axes")
    units = constant(model, operator.inputs[WEIGHTS + GATES - 1], weight_type).shape[0]
    require_shape(result, (*source.shape[:2], units))
    time_major = bool(operator.attributes.get("time_major"))
    steps, batches = source.shape[:2] if time_major else source.shape[1::-1]
    hidden = variable(model, operator.inputs[OUTPUT_STATE], dtype)
    cells = variable(model, operator.inputs[CELL_STATE], cell_type)
    for state in (hidden, cells):
        if state.elements != batches * units:
            raise NotLowered(f"the state (tensor {state.index}) has shape {list(state.shape)}, not {[batches, units]}")
    fields = {
        "batches": batches,
        "steps": steps,
        "inputs": source.shape[2],
        "units": units,
        "batch_stride": 1 if time_major else steps,
        "step_stride": batches if time_major else 1,
    }
    coupled = operator.inputs[WEIGHTS + INPUT_GATE] < 0
    return Layer(source, result, hidden, cells, source.shape[2], units, coupled, weight_type, fields)


def _given(operator: Operator, place: int) -> int:
    """What a gate needs if it is there at all. The frontend has seen to the inputs of the gates that always are."""
    if operator.inputs[place] < 0:
        raise NotLowered(f"input {place} of the input gate is absent, but not all of them")
    return operator.inputs[place]


def gates_of(layer: Layer) -> range:
    return range(INPUT_GATE + 1 if layer.coupled else INPUT_GATE, GATES)


def gate_weights(model: Model, operator: Operator, layer: Layer, gate: int, *, recurrent: bool) -> tuple[Tensor, Array]:
    """The weights of a gate for the input or for the last output, [unit, input]."""
    index = _given(operator, gate + (RECURRENT_WEIGHTS if recurrent else WEIGHTS))
    tensor = sized_tensor(model, index, layer.weight_type)
    require_shape(tensor, (layer.units, layer.units if recurrent else layer.inputs))
    return tensor, constant(model, index, layer.weight_type)


def gate_bias(model: Model, operator: Operator, layer: Layer, gate: int, dtype: str) -> Array:
    bias = constant(model, _given(operator, BIASES + gate), dtype)
    if bias.shape != (layer.units,):
        raise NotLowered(f"a bias has shape {list(bias.shape)} for {layer.units} units")
    return bias


def cell_bits(quantisation: Quantisation) -> int:
    """Bits before the point of the cells."""
    fraction, power = math.frexp(quantisation.scale)
    bits = 14 + power
    if fraction != 0.5 or quantisation.zero_point or not 0 <= bits <= 6:
        raise NotLowered(
            f"the cells have scale {quantisation.scale} and zero point {quantisation.zero_point}, not 0 and a power of "
            "2 from 2**-15 to 2**-9"
        )
    return bits


def _cell_clip(operator: Operator, scale: float) -> int:
    """The greatest magnitude that cells may have."""
    clip = as_float(operator.attributes.get("cell_clip", 0.0))
    return min(math.floor(float_scale(clip, divisors=(scale,))), 2**15 - 1) if clip > 0 else 2**15


def _hidden(model: Model, operator: Operator, state: Tensor) -> Quantisation:
    """What TFLite quantises the output with; it is that of the state wherever a converter made the file."""
    intermediates = operator.attributes.get("intermediates", ())
    if isinstance(intermediates, tuple) and len(intermediates) > HIDDEN:
        hidden = model.tensors[intermediates[HIDDEN]]
        if hidden.dtype != "int8":
            raise NotLowered(f"its output (tensor {hidden.index}) is {hidden.dtype} before projection, not int8")
        return per_tensor(hidden)
    return per_tensor(state)


def _products(model: Model, operator: Operator, layer: Layer, *, recurrent: bool) -> dict[str, Array]:
    """Weights, biases and scales of the four gates, by the names of the kernel's parameters."""
    vector = per_tensor(layer.hidden if recurrent else layer.source)
    weights = np.zeros((layer.units, GATES, layer.units if recurrent else layer.inputs), np.int8)
    bias = np.zeros((layer.units, GATES), np.int32)
    scales = np.zeros((GATES, 2), np.int32)
    for gate in gates_of(layer):
        tensor, weights[:, gate] = gate_weights(model, operator, layer, gate, recurrent=recurrent)
        quantisation = per_tensor(tensor)
        if quantisation.zero_point:
            raise NotLowered(f"the weights (tensor {tensor.index}) have zero point {quantisation.zero_point}, not 0")
        own = None if recurrent else gate_bias(model, operator, layer, gate, "int32")
        bias[:, gate] = folded_bias(weights[:, gate], own, vector.zero_point)
        scales[gate] = quantize_multiplier(float_scale(quantisation.scale, vector.scale, divisors=(GATE_SCALE,)))
    prefix = "recurrent_" if recurrent else ""
    return {
        f"{prefix}weights": quads(weights.reshape(layer.units * GATES, -1)),
        f"{prefix}bias": bias,
        f"{prefix}scales": scales,
    }
