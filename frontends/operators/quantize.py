"""QUANTIZE (float32, int8 or uint8 to int8 or uint8) and DEQUANTIZE (int8 or uint8 to float32).

Numbers in uint8 are the same in int8, stored value and zero point less 128: from one to the other each byte's highest
bit turns. With the attribute ``rounding``, ``floor`` or ``trunc``, a QUANTIZE of float32 cuts off instead of rounding,
as ONNX Runtime does after interpolating integers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators import requantize
from arenite.frontends.operators.lookup import Table, once_requantised_table, requantised_table
from arenite.frontends.operators.tensors import activation, per_tensor, require_shape, rows_of, sized_tensor
from arenite.frontends.rewrites.unsigned import as_signed_quantisation

KINDS = ("QUANTIZE", "DEQUANTIZE")

SUFFIX = {"int8": "s8", "uint8": "u8"}


def lower(model: Model, operator: Operator) -> Lowering:
    if requantize.takes(model, operator):
        return requantize.lower(model, operator)
    source = sized_tensor(model, activation(model, operator.inputs[0]), "int8", "uint8", "float32")
    result = sized_tensor(model, operator.outputs[0], "int8", "uint8", "float32")
    require_shape(result, source.shape)
    call = _dequantize(model, source, result) if operator.kind == "DEQUANTIZE" else _quantize(operator, source, result)
    return Lowering((source.index,), (result.index,), (call,))


def _dequantize(model: Model, source: Tensor, result: Tensor) -> Call:
    quantisation = _as_int8(source)
    sized_tensor(model, result.index, "float32")
    zero_point = quantisation.zero_point + (128 if source.dtype == "uint8" else 0)
    scale = np.array([quantisation.scale], np.float32)
    kernel = f"arenite_dequantize_{SUFFIX[source.dtype]}_f32"
    return Call(kernel, rows_of(source.shape) | {"zero_point": zero_point}, (source.index,), {"scale": scale})


def _quantize(operator: Operator, source: Tensor, result: Tensor) -> Call:
    after = _as_int8(result)
    layer = rows_of(source.shape)
    once = rounds_once(operator)
    if source.dtype == "float32":
        rounding = operator.attributes.get("rounding")
        if rounding is None:
            least = quantisation_thresholds(after, ties_to_even=once)
        elif (after.scale, after.zero_point) == (1.0, 0) and rounding in ("floor", "trunc"):
            least = cutting_thresholds(str(rounding))
        else:
            raise NotLowered(f"it rounds by {rounding}, with a scale")
        thresholds = ordered_bits(least)
        kernel = f"arenite_quantize_f32_{SUFFIX[result.dtype]}"
        return Call(kernel, layer, (source.index,), {"thresholds": thresholds})
    before = _as_int8(source)
    if source.dtype != result.dtype and (before.scale, before.zero_point) == (after.scale, after.zero_point):
        return Call("arenite_flip_s8", layer, (source.index,))
    if once:
        table = once_requantised_table(before, after)
    else:
        table = requantised_table(before, after, before.scale / after.scale, -128, 127)
    return Call("arenite_lookup_s8", layer, (source.index,), {"table": _of_bytes(table, source.dtype, result.dtype)})


def _as_int8(tensor: Tensor) -> Quantisation:
    """Scale and zero point of the same numbers in int8."""
    quantisation = per_tensor(tensor)
    return as_signed_quantisation(quantisation) if tensor.dtype == "uint8" else quantisation


def _of_bytes(table: Table, source: str, result: str) -> Table:
    """A table from int8 to int8 for the bytes of other types."""
    if source == "uint8":
        table = np.roll(table, 128)
    if result == "uint8":
        table = (table.view(np.uint8) ^ np.uint8(128)).view(np.int8)
    return table


def quantisation_thresholds(quantisation: Quantisation, *, ties_to_even: bool = False) -> npt.NDArray[np.float32]:
    """The least float32 that becomes each int8 value from -127 to 127.

    TFLite and ONNX Runtime divide by the scale in float32 and round to nearest; ties go away from zero in TFLite, to
    even numbers, before the zero point is added, in ONNX Runtime. A table of thresholds is exact, and neither takes a
    division per element nor floating point.
    """
    scale = np.float32(quantisation.scale)
    steps = np.arange(-127, 128) - quantisation.zero_point
    tie_reaches = steps % 2 == 0 if ties_to_even else steps > 0

    def reached(value: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        quotient = value / scale
        result: npt.NDArray[np.bool_] = np.where(tie_reaches, quotient >= steps - 0.5, quotient > steps - 0.5)
        return result

    with np.errstate(over="ignore", under="ignore"):
        least = ((steps - 0.5) * float(scale)).astype(np.float32)
        while not (done := reached(least)).all():
            least = np.where(done, least, np.nextafter(least, np.float32(np.inf)))
        while (more := reached(below := np.nextafter(least, np.float32(-np.inf)))).any():
            least = np.where(more, below, least)
    return least


def cutting_thresholds(rounding: str) -> npt.NDArray[np.float32]:
    """The least float32 whose ``floor`` or ``trunc`` is each int8 value from -127 to 127."""
    values = np.arange(-127, 128).astype(np.float32)
    above = np.nextafter(values - np.float32(1), np.float32(np.inf))
    return values if rounding == "floor" else np.where(values > 0, values, above)


def ordered_bits(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Integers in the order of the floats (IEEE 754 single precision): the bits, all but the sign inverted where it is
    set."""
    bits = values.view(np.int32)
    return np.where(bits < 0, bits ^ np.int32(2**31 - 1), bits)
