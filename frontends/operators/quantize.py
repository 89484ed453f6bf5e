"""QUANTIZE (float32 or int8 to int8) and DEQUANTIZE (int8 to float32)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators.lookup import lookup, requantised_table
from arenite.frontends.operators.tensors import activation, int8_tensor, require_shape, rows_of, sized_tensor


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), "int8", "float32")
    result = sized_tensor(model, operator.outputs[0], "int8", "float32")
    require_shape(result, source.shape)
    layer = rows_of(source.shape)
    if operator.kind == "DEQUANTIZE":
        _, quantisation = int8_tensor(model, source.index)
        sized_tensor(model, result.index, "float32")
        layer["zero_point"] = quantisation.zero_point
        scale = np.array([quantisation.scale], np.float32)
        call = Call("arenite_dequantize_s8_f32", layer, (source.index,), {"scale": scale})
        return Lowering((source.index,), (result.index,), (call,))
    _, quantisation = int8_tensor(model, result.index)
    if source.dtype == "float32":
        thresholds = {"thresholds": ordered_bits(quantisation_thresholds(quantisation))}
        call = Call("arenite_quantize_f32_s8", layer, (source.index,), thresholds)
        return Lowering((source.index,), (result.index,), (call,))
    _, before = int8_tensor(model, source.index)
    return lookup(
        model, operator, requantised_table(before, quantisation, before.scale / quantisation.scale, -128, 127)
    )


def quantisation_thresholds(quantisation: Quantisation) -> npt.NDArray[np.float32]:
    """The least float32 that becomes each int8 value from -127 to 127.

    TFLite divides by the scale in float32 and rounds to nearest, ties away from zero. A table of thresholds is exact,
    and neither takes a division per element nor floating point.
    """
    scale = np.float32(quantisation.scale)
    steps = np.arange(-127, 128) - quantisation.zero_point

    def reached(value: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        quotient = value / scale
        result: npt.NDArray[np.bool_] = np.where(steps > 0, quotient >= steps - 0.5, quotient > steps - 0.5)
        return result

    with np.errstate(over="ignore", under="ignore"):
        least = ((steps - 0.5) * float(scale)).astype(np.float32)
        while not (done := reached(least)).all():
            least = np.where(done, least, np.nextafter(least, np.float32(np.inf)))
        while (more := reached(below := np.nextafter(least, np.float32(-np.inf)))).any():
            least = np.where(more, below, least)
    return least


def ordered_bits(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Integers in the order of the floats (IEEE 754 single precision): the bits, all but the sign inverted where it is
    set."""
    bits = values.view(np.int32)
    return np.where(bits < 0, bits ^ np.int32(2**31 - 1), bits)
