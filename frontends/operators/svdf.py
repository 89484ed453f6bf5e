"""SVDF, int8 with 8 or 16 bits over time, as TFLite Micro computes it; TFLite has the 16 bits only.

Both leave RELU to the range of the output, which converters choose for it. TFLite takes no other activation; TFLite
Micro takes any, and computes none.
"""

from __future__ import annotations

import numpy as np

from arenite.frontends.float_rounding import float_scale
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.tensors import (
    activation,
    as_int,
    constant,
    int8_tensor,
    per_tensor,
    require_shape,
    sized_tensor,
    variable,
)
from arenite.frontends.operators.weights import Array, quads
from arenite.frontends.quantise import folded_bias, quantize_multiplier

KINDS = ("SVDF",)


def lower(model: Model, operator: Operator) -> Lowering:
    if len(operator.inputs) != 5:
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 5")
    activated = operator.attributes.get("fused_activation_function")
    if activated not in ("NONE", "RELU"):
        raise NotLowered(f"the fused activation {activated} has no int8 form")
    source, source_quantisation = int8_tensor(model, activation(model, operator.inputs[0]))
    result, result_quantisation = int8_tensor(model, operator.outputs[0])
    features, feature_scale = _weights(model, operator.inputs[1], "int8")
    times, time_scale = _weights(model, operator.inputs[2], "int8", "int16")
    state = variable(model, operator.inputs[4], times.dtype.name)
    state_quantisation = per_tensor(state)
    state_zero_point = state_quantisation.zero_point
    if state.dtype == "int16" and state_zero_point:
        raise NotLowered(f"the state (tensor {state.index}) is int16 with zero point {state_zero_point}, not 0")
    extents = svdf_extents(operator, source, features, times)
    batches, filters = extents["batches"], extents["filters"]
    units = filters // extents["rank"]
    require_shape(result, (batches, units))
    require_shape(state, (batches, filters * extents["memory"]))

    feature = quantize_multiplier(
        float_scale(source_quantisation.scale, feature_scale, divisors=(state_quantisation.scale,))
    )
    output = quantize_multiplier(
        float_scale(state_quantisation.scale, time_scale, divisors=(result_quantisation.scale,))
    )
    layer = {
        **extents,
        "state_zero_point": state_zero_point,
        "output_zero_point": result_quantisation.zero_point,
        "feature_multiplier": feature[0],
        "feature_shift": feature[1],
        "multiplier": output[0],
        "shift": output[1],
    }
    feature_bias = folded_bias(features, None, source_quantisation.zero_point)
    constants = {
        "features": quads(features),
        "feature_bias": np.pad(feature_bias, (0, -filters % 4)),
        "times": times,
        "bias": folded_bias(times.reshape(units, -1), _bias(model, operator, units), state_zero_point),
    }
    kernel = "arenite_svdf_s8" if state.dtype == "int8" else "arenite_svdf_s8_s16"
    call = Call(kernel, layer, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,), states=(state.index,))


def svdf_extents(operator: Operator, source: Tensor, features: Array, times: Array) -> dict[str, int]:
    """``batches``, ``inputs``, ``filters``, ``rank`` and ``memory``, in the order of the kernels' layers.

    Args:
        features: [filter, input].
        times: [filter, memory].
    """
    fits = len(source.shape) == features.ndim == times.ndim == 2
    if not (fits and features.shape[1] == source.shape[1] and features.shape[0] == times.shape[0] and times.size):
        raise NotLowered(
            f"an input of shape {list(source.shape)} does not fit weights of features of shape {list(features.shape)} "
            f"and over time of shape {list(times.shape)}"
        )
    filters, memory = times.shape
    rank = as_int(operator.attributes["rank"])
    if rank < 1 or filters % rank:
        raise NotLowered(f"{filters} filters are not units of rank {rank}")
    return {
        "batches": source.shape[0],
        "inputs": source.shape[1],
        "filters": filters,
        "rank": rank,
        "memory": memory,
    }


def _weights(model: Model, index: int, *dtypes: str) -> tuple[Array, float]:
    """Weights and their scale."""
    tensor = sized_tensor(model, index, *dtypes)
    quantisation = per_tensor(tensor)
    if quantisation.zero_point:
        raise NotLowered(f"the weights (tensor {index}) have zero point {quantisation.zero_point}, not 0")
    return constant(model, index, *dtypes), quantisation.scale


def _bias(model: Model, operator: Operator, units: int) -> Array | None:
    if operator.inputs[3] < 0:
        return None
    bias = constant(model, operator.inputs[3], "int32")
    if bias.shape != (units,):
        raise NotLowered(f"the bias has shape {list(bias.shape)} for {units} units")
    return bias
