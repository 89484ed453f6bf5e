"""One value in a whole tensor, of any type."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, NotLowered
from arenite.frontends.model import Tensor

KERNEL = "arenite_fill_all"
INTEGERS = {1: np.int8, 2: np.int16, 4: np.int32}


def fill_call(result: Tensor, value: npt.NDArray[Any]) -> Call:
    """The call that fills a tensor with ``value``, one element of its type. Raises NotLowered for eight bytes that are
    not all the same."""
    data = np.ascontiguousarray(value).reshape(1).view(np.int8)
    if (data == data[0]).all():
        return Call(KERNEL, {"items": result.bytes, "bytes": 1, "value": int(data[0])}, ())
    item = len(data)
    if item not in INTEGERS:
        raise NotLowered(f"tensor {result.index} is {result.dtype} and filled with {value}")
    return Call(KERNEL, {"items": result.elements, "bytes": item, "value": int(data.view(INTEGERS[item])[0])}, ())


def zero_of(tensor: Tensor) -> npt.NDArray[Any]:
    """What stands for 0 in a tensor, quantised or not. Raises NotLowered for a zero point that its type has not."""
    own = tensor.quantisation
    points = own.zero_points if own is not None and tensor.dtype in ("int8", "uint8", "int16") else ()
    if points and not np.iinfo(tensor.dtype).min <= points[0] <= np.iinfo(tensor.dtype).max:
        raise NotLowered(f"tensor {tensor.index} has zero point {points[0]}")
    return np.array(points[0] if points else 0, tensor.dtype)
