"""Constants that a file stores smaller than operators take them: unpacked, once, when the file is read.

Weights of four bits become int8, which is what TFLite computes with. What DEQUANTIZE makes of a constant, of float16
for instance, becomes a float32 constant, with the numbers that TFLite's reference would compute at run time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.rewrites.fold_shapes import first_readers

DEQUANTISED = ("float16", "int8", "uint8", "int16", "int32")
Values = npt.NDArray[Any]


def unpack_constants(model: Model) -> Model:
    """The model with int8 instead of int4 constants, and constants instead of DEQUANTIZE of constants; ``Model.folded``
    tells where these operators went."""
    tensors = [
        replace(tensor, dtype="int8") if tensor.dtype == "int4" and tensor.data is not None else tensor
        for tensor in model.tensors
    ]
    kept: list[Operator] = []
    removed: list[Operator] = []
    for operator in model.operators:
        value = None
        if operator.kind == "DEQUANTIZE" and not set(operator.outputs) & set(model.outputs):
            value = dequantised(tensors[operator.inputs[0]], tensors[operator.outputs[0]])
        if value is None:
            kept.append(operator)
            continue
        (index,) = operator.outputs
        tensors[index] = replace(tensors[index], data=value, constant=True)
        removed.append(operator)
    folded = dict(model.folded)
    if removed:
        readers = first_readers(kept, removed)
        folded = {index: readers.get(reader, reader) for index, reader in folded.items()} | readers
    return replace(model, tensors=tuple(tensors), operators=tuple(kept), folded=folded)


def dequantised(source: Tensor, result: Tensor) -> Values | None:
    """``source`` as float32, or None if it is no constant that TFLite's DEQUANTIZE takes."""
    if source.data is None or source.dtype not in DEQUANTISED:
        return None
    if result.dtype != "float32" or source.shape != result.shape:
        return None
    if source.dtype == "float16":
        return source.data.astype(np.float32)
    if source.quantisation is None:
        return None
    return _real(np.asarray(source.data).astype(np.int64), source.quantisation)


def _real(stored: Values, quantisation: Quantisation) -> Values | None:
    """Rounded once, from the product in float64."""
    scales, points = np.array(quantisation.scales), np.array(quantisation.zero_points)
    if quantisation.per_channel:
        if not 0 <= quantisation.axis < stored.ndim or stored.shape[quantisation.axis] != scales.size:
            return None
        shape = [-1 if axis == quantisation.axis else 1 for axis in range(stored.ndim)]
        scales, points = scales.reshape(shape), points.reshape(shape)
    product: Values = scales * (stored - points)
    return product.astype(np.float32)
