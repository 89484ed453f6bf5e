"""Calls of kernels to count, whatever they compute: tests compare that."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from bodies.trials import GUARD, At, FunctionCall, Memory, Trial, constant, guarded
from in_place_models import random_values

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Tensor

POSITIVE = ("log", "power", "rsqrt", "sqrt")
"""Functions of real numbers that are not negative in networks."""
OF_RECTIFIED = tuple(
    f"arenite_{name}_f32"
    for name in ("average_pool", "conv2d", "depthwise_conv2d", "fully_connected", "max_pool", "mean")
)
"""Kernels that mostly read what has been through a ReLU: cores that compute with floats in software are soon done with
zeros."""
GREATEST = 1000
"""Magnitude of integers that are not quantised: places and extents."""
SPREAD = 4000.0
"""Standard deviation of quantised int16: a few as a real number, as what functions are computed of is in networks."""


def trial_of(model: Model, lowering: Lowering, call: Call, scratch_bytes: int, number: int) -> Trial:
    """The call with random inputs and states, all memories aligned to words."""
    generator = np.random.default_rng(number)
    given = [constant(_values(generator, model.tensors[index], call.kernel), 0) for index in call.inputs]
    constants = [constant(array, 0) for array in call.constants.values()]
    states = [_written(random_values(generator, model.tensors[index])) for index in lowering.states]
    results = [_written(np.zeros(model.tensors[index].bytes, np.uint8)) for index in lowering.outputs]
    scratch = [_written(np.zeros(scratch_bytes, np.uint8))] if scratch_bytes else []
    layer = constant(np.array(list(call.layer.values()), np.int32), 0)
    read, written = [layer, *given, *constants], [*states, *results, *scratch]
    arguments = [At(place) for place in range(len(read))]
    arguments += [At(len(read) + place, GUARD) for place in range(len(written))]
    calls = (FunctionCall(call.kernel, tuple(arguments)),)
    return Trial(f"{call.kernel} layer {number}", str(dict(call.layer)), (*read, *written), calls)


def _values(generator: np.random.Generator, tensor: Tensor, kernel: str) -> npt.NDArray[Any]:
    if tensor.dtype == "int32" and tensor.quantisation is None:
        return generator.integers(-GREATEST, GREATEST, tensor.shape, np.int32)
    if tensor.dtype == "int16" and tensor.quantisation is not None:
        limits = np.iinfo(np.int16)
        return np.clip(generator.normal(0, SPREAD, tensor.shape), limits.min, limits.max).astype(np.int16)
    values = random_values(generator, tensor)
    if kernel.startswith(OF_RECTIFIED) and values.dtype == np.float32:
        return np.maximum(values, 0)
    return np.abs(values) if kernel.removeprefix("arenite_").removesuffix("_f32") in POSITIVE else values


def _written(content: npt.NDArray[Any]) -> Memory:
    """Whatever it holds afterwards."""
    held = np.ascontiguousarray(content).reshape(-1).view(np.uint8)
    return guarded(held, held, free=True)
