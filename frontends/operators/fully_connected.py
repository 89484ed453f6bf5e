"""FULLY_CONNECTED, int8, weights [output, input].

Rounds once, as TensorFlow Lite does (quantise.once_rounded_multiplier) or, with the attribute ``requantisation``, as
ONNX Runtime does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import float_multipliers
from arenite.frontends.lowering import Array, Call, Entries, LateConstants, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import require_shape
from arenite.frontends.operators.weights import Weighted, accumulator_limit, in_fours, quads, weighted
from arenite.frontends.quantise import folded_bias, once_rounded_multiplier, scale_table

KINDS = ("FULLY_CONNECTED",)

WIDE_FIELDS = (
    "rows", "inputs", "outputs", "row_outputs", "scale_step", "output_zero_point", "activation_min", "activation_max",
)  # fmt: skip


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, channel_axis=0)
    if operator.attributes["weights_format"] != "DEFAULT":
        raise NotLowered(f"the weights have the format {operator.attributes['weights_format']}")
    if tensors.weights.ndim != 2:
        raise NotLowered(f"the weights have {tensors.weights.ndim} axes, not 2")
    outputs, inputs = tensors.weights.shape
    rows = _rows(operator, tensors, outputs, inputs)
    multipliers = tensors.scales.tolist()
    per_channel = len(set(multipliers)) > 1
    scales = _scale_table(tensors, multipliers if per_channel else multipliers[:1])
    layer = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "scale_step": int(per_channel),
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
    }
    bias = in_fours(folded_bias(tensors.weights, tensors.bias, tensors.source_zero_point))
    entries: Entries = {"weights": len(bias) * inputs, "bias": bias, "scales": scales}
    constants = LateConstants(entries, partial(_constants, tensors.weights), {"weights": tensors.weights})
    calls = [Call(f"arenite_fully_connected{tensors.kernel_suffix}", layer, (tensors.source.index,), constants)]
    if tensors.wide:
        calls.append(_wide_call(tensors, layer, scales))
    return Lowering((tensors.source.index,), (tensors.result.index,), tuple(calls[len(tensors.wide) == outputs :]))


def _constants(weights: Array) -> Mapping[str, Array]:
    return {"weights": quads(weights)}


def _wide_call(tensors: Weighted, layer: Mapping[str, int], scales: npt.NDArray[np.int32]) -> Call:
    """The call for the outputs that are ``tensors.wide``, from the layer and the scales for all."""
    wide = list(tensors.wide)
    weights = tensors.wide_weights()
    bias = None if tensors.bias is None else tensors.bias[wide]
    constants = {
        "weights": weights,
        "places": np.array(wide, np.int32),
        "bias": folded_bias(weights, bias, tensors.source_zero_point),
        "scales": scales[wide] if layer["scale_step"] else scales,
    }
    fields = {**layer, "outputs": len(wide), "row_outputs": layer["outputs"]}
    kernel = f"arenite_fully_connected_wide{tensors.kernel_suffix}"
    return Call(kernel, {name: fields[name] for name in WIDE_FIELDS}, (tensors.source.index,), constants)


def _rows(operator: Operator, tensors: Weighted, outputs: int, inputs: int) -> int:
    if tensors.source.elements % inputs:
        raise NotLowered(f"{tensors.source.elements} input values are not rows of {inputs}")
    rows = tensors.source.elements // inputs
    if operator.attributes["keep_num_dims"]:
        require_shape(tensors.result, (*tensors.source.shape[:-1], outputs))
    if tensors.result.elements != rows * outputs:
        raise NotLowered(f"the output has shape {list(tensors.result.shape)} for {rows} rows of {outputs}")
    return rows


def _scale_table(tensors: Weighted, scales: Sequence[float]) -> npt.NDArray[np.int32]:
    """int32 [scales, 3] of ``arenite_scale``."""
    if tensors.rounds_once:
        return np.pad(float_multipliers(scales), ((0, 0), (0, 1)))
    limit = accumulator_limit(tensors.differences, tensors.bias, tensors.source_zero_point)
    distinct = {scale: once_rounded_multiplier(scale, limit) for scale in dict.fromkeys(scales)}
    return scale_table([distinct[scale] for scale in scales])
