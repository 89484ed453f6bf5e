"""Random inputs that are worth comparing results on."""

from __future__ import annotations

import numpy as np

from arenite.codegen.description import Array, TensorDescription
from arenite.codegen.verification.file_ports import FilePort


def random_input(generator: np.random.Generator, tensor: TensorDescription, port: FilePort) -> Array:
    """The file's array for one input of the model.

    Integers: uniform over the whole range of the type, or below the port's limit. Floats that the model quantises: such
    integers as real numbers, moved by up to half a step, so that its rounding and its saturation are tested; floats
    that hold integers are not moved. Other floats: standard normal.
    """
    kind, shape = np.dtype(tensor.dtype).kind, tensor.file_shape
    if kind == "b":
        return generator.integers(0, 2, shape).astype(tensor.dtype)
    if kind != "f":
        return _integers(generator, tensor.dtype, shape, port.below)
    if port.quantiser is None:
        return generator.standard_normal(shape).astype(tensor.dtype)
    quantisation, dtype = port.quantiser
    steps = _integers(generator, dtype, shape).astype(np.float64) - quantisation.zero_point
    if not port.whole:
        steps += generator.uniform(-0.5, 0.5, shape)
    return (quantisation.scale * steps).astype(tensor.dtype)


def _integers(generator: np.random.Generator, dtype: str, shape: tuple[int, ...], below: int | None = None) -> Array:
    limits = np.iinfo(np.dtype(dtype))
    if below is not None:
        return generator.integers(0, min(below, limits.max), shape, dtype=np.dtype(dtype))
    return generator.integers(limits.min, limits.max, shape, dtype=np.dtype(dtype), endpoint=True)
