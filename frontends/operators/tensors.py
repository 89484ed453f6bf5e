"""What the lowerings of several operator families ask of their tensors; whoever asks in vain gets a NotLowered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Quantisation, Tensor

MAX_ELEMENTS = 2**31 - 1
"""Kernels count elements in int32."""
ROW_CHANNELS = 4
"""Fewest elements of vectors of channels that are taken for rows where nothing else tells rows: each has its costs."""


def sized_tensor(model: Model, index: int, *dtypes: str) -> Tensor:
    """Tensor ``index`` if it has one of these types and a static, non-empty shape."""
    tensor = model.tensors[index]
    if tensor.dtype not in dtypes:
        raise NotLowered(f"tensor {index} is {tensor.dtype}, not {' or '.join(dtypes)}")
    if min(tensor.shape, default=1) < 1 or tensor.elements > MAX_ELEMENTS:
        raise NotLowered(f"tensor {index} has shape {list(tensor.shape)}")
    return tensor


def sized_bytes(model: Model, index: int, *dtypes: str) -> Tensor:
    """``sized_tensor``, of whose bytes there are no more than a kernel counts."""
    tensor = sized_tensor(model, index, *dtypes)
    if tensor.bytes > MAX_ELEMENTS:
        raise NotLowered(f"tensor {index} has {tensor.bytes} bytes")
    return tensor


def int8_tensor(model: Model, index: int) -> tuple[Tensor, Quantisation]:
    """Tensor ``index`` if it is int8 with one scale (finite, positive) and one zero point (in [-128, 127])."""
    tensor = sized_tensor(model, index, "int8")
    return tensor, per_tensor(tensor)


def per_tensor(tensor: Tensor) -> Quantisation:
    """The one scale (finite, positive) and zero point (of the type) of an integer tensor."""
    quantisation = tensor.quantisation
    limits = _limits(tensor.dtype)
    if limits is None:
        raise NotLowered(f"tensor {tensor.index} is {tensor.dtype}, no integers")
    if quantisation is None or not quantisation.scales or not quantisation.zero_points:
        raise NotLowered(f"tensor {tensor.index} is {tensor.dtype} without a scale")
    if quantisation.per_channel:
        raise NotLowered(f"tensor {tensor.index} is quantised per channel")
    if not (math.isfinite(quantisation.scale) and quantisation.scale > 0):
        raise NotLowered(f"tensor {tensor.index} has scale {quantisation.scale}")
    if not limits[0] <= quantisation.zero_point <= limits[1]:
        raise NotLowered(f"tensor {tensor.index} has zero point {quantisation.zero_point}")
    return quantisation


@cache
def _limits(dtype: str) -> tuple[int, int] | None:
    """The least and the greatest value of a type of integers."""
    if np.dtype(dtype).kind not in "iu":
        return None
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def constant(model: Model, index: int, *dtypes: str) -> npt.NDArray[Any]:
    """The data of tensor ``index`` if it is a constant of one of these types."""
    tensor = model.tensors[index]
    if tensor.data is None:
        raise NotLowered(f"tensor {index} is not a constant")
    if tensor.dtype not in dtypes:
        raise NotLowered(f"tensor {index} is {tensor.dtype}, not {' or '.join(dtypes)}")
    return np.ascontiguousarray(tensor.data)


def activation(model: Model, index: int) -> int:
    """``index`` if this tensor is computed or given at run time."""
    if model.tensors[index].constant or model.tensors[index].data is not None:
        raise NotLowered(f"tensor {index} is a constant, the result should be one too")
    return index


def variable(model: Model, index: int, dtype: str) -> Tensor:
    """Tensor ``index`` if it lives across inferences."""
    tensor = sized_tensor(model, index, dtype)
    if not tensor.variable:
        raise NotLowered(f"tensor {index} is no state that lives across inferences")
    return tensor


def is_constant(model: Model, index: int) -> bool:
    return model.tensors[index].data is not None


def require_shape(tensor: Tensor, shape: Sequence[int]) -> None:
    if tensor.shape != tuple(shape):
        raise NotLowered(f"tensor {tensor.index} has shape {list(tensor.shape)}, not {list(shape)}")


def rows_of(shape: Sequence[int]) -> dict[str, int]:
    """``rows`` and ``row_elements`` of a tensor for kernels that treat elements alike: NHWC is rows of W * C."""
    split = 2 if len(shape) == 4 else max(len(shape) - 1, 0)
    return {"rows": math.prod(shape[:split]), "row_elements": math.prod(shape[split:])}


def contiguous(channels: int) -> dict[str, int]:
    """Where a kernel writes, by the names of its layer's last fields: pixels of ``channels`` elements one behind the
    other."""
    return {"output_stride": channels, "output_start": 0}


def unique(indices: Iterable[int]) -> tuple[int, ...]:
    """Each index once, in order of appearance."""
    return tuple(dict.fromkeys(indices))


def as_int(value: object) -> int:
    if not isinstance(value, int):
        raise NotLowered(f"an attribute is {value!r}, not a number")
    return value


def as_float(value: object) -> float:
    if not isinstance(value, float) or not math.isfinite(value):
        raise NotLowered(f"an attribute is {value!r}, not a finite number")
    return value
