"""Kernels of this machine, called by name on arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.host import load_host_library
from arenite.frontends.lowering import Call
from arenite.frontends.model import Model

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]

GARBAGE = 0x5A
"""What memory holds that nothing has been written to."""


@cache
def c_function(name: str) -> Any:
    function = getattr(load_host_library(), name)
    function.restype = None
    return function


def random_values(generator: np.random.Generator, model: Model) -> dict[int, Array]:
    found: dict[int, Array] = {}
    for index in model.inputs:
        tensor = model.tensors[index]
        if tensor.dtype == "float32":
            found[index] = generator.normal(0, 3, tensor.shape).astype(np.float32)
        elif tensor.dtype == "bool":
            found[index] = generator.random(tensor.shape) < 0.5
        else:
            limits = np.iinfo(tensor.dtype)
            found[index] = generator.integers(limits.min, limits.max, tensor.shape, tensor.dtype, endpoint=True)
    return found


def address(array: Array, offset: int = 0) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data + offset)


def layer_of(call: Call) -> Array:
    return np.array(list(call.layer.values()), np.int32)


def whole(model: Model, calls: Sequence[Call], values: dict[int, Array]) -> Bytes:
    """The output's bytes, by whole kernels."""
    out = np.full(model.tensors[model.outputs[0]].bytes, GARBAGE, np.uint8)
    for call in calls:
        arrays = [layer_of(call), *(values[index] for index in call.inputs)]
        arrays += [np.ascontiguousarray(constant) for constant in call.constants.values()]
        c_function(call.kernel)(*(address(array) for array in arrays), address(out))
    return out
