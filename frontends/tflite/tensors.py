"""Tensors of a TensorFlow Lite file: element type, shape, quantisation and, for constants, data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tflite

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.model import ITEM_BYTES, Quantisation, Tensor
from arenite.frontends.tflite.source import Source, quick

# numpy before version 2 has no arrays of more dimensions.
MAX_RANK = 32

_DTYPES = {value: name.lower() for name, value in vars(tflite.TensorType).items() if name[0] != "_"}
WITHOUT_ARRAY = frozenset({"bfloat16", "string", "resource", "variant"})
"""Types of elements that numpy does not know."""
_CONVERT_AGAIN = "convert the model again"


def read_tensor(
    source: Source, table: tflite.Tensor, index: int, buffers: Sequence[tflite.Buffer], *, fed: bool, written: bool
) -> Tensor:
    """One tensor; ``fed`` if it is a model input, ``written`` if an operator computes it.

    Raises ModelError, UnsupportedError, and what flatbuffers raises for damaged files.
    """
    name = source.text(table.Name())
    label = f"tensor {index} '{name}'"
    dtype = _DTYPES.get(table.Type(), "")
    if dtype not in ITEM_BYTES:
        raise UnsupportedError(
            f"{label} has the unknown element type {table.Type()}", remedy="convert with int8, int16 or float32"
        )
    shape = source.numbers(table, "Shape", 4)
    if len(shape) > MAX_RANK:
        raise ModelError(f"{label} has {len(shape)} dimensions", remedy=_CONVERT_AGAIN)
    if fed and -1 in source.numbers(table, "ShapeSignature", 4)[1:]:
        raise UnsupportedError(f"model input {label} has a dynamic shape", remedy="convert with a fixed input shape")
    variable = bool(table.IsVariable()) and not fed
    content = None if fed or variable else _content(source, table, label, buffers)
    if content is None and 0 in shape and not (fed or written or variable):
        # The new shape of a reshape to a scalar, say: an empty constant looks like an activation.
        content = source.data[:0]
    data = None
    if content is not None and table.Sparsity() is None:
        data = _array(content, shape, dtype, label)
    quantisation = _quantisation(source, table, label)
    return Tensor(index, name, shape, dtype, quantisation, data, content is not None, variable)


def _content(
    source: Source, table: tflite.Tensor, label: str, buffers: Sequence[tflite.Buffer]
) -> bytes | memoryview | None:
    """The bytes of a constant; None for a tensor without any."""
    number = table.Buffer()
    if number >= len(buffers):
        raise ModelError(f"{label} refers to buffer {number} of {len(buffers)}", remedy=_CONVERT_AGAIN)
    buffer = buffers[number]
    # Large files keep data behind the flatbuffer, at an offset from the start of the file; 0 and 1 are no offsets.
    offset, size = buffer.Offset(), buffer.Size()
    if offset > 1 and size:
        if offset + size > len(source.data):
            raise ModelError(f"the data of {label} ends beyond the file", remedy="copy the file again")
        source.check_length(size, 1)
        return memoryview(source.data)[offset : offset + size]
    length = buffer.DataLength()
    if not length:
        return None
    source.check_length(length, 1)
    return memoryview(buffer.DataAsNumpy())


def _array(
    content: bytes | memoryview, shape: tuple[int, ...], dtype: str, label: str
) -> npt.NDArray[np.generic] | None:
    if min(shape, default=0) < 0:
        raise ModelError(f"the constant {label} has shape {list(shape)}", remedy=_CONVERT_AGAIN)
    if dtype in ("string", "resource", "variant"):
        return None
    elements = 1
    for extent in shape:
        elements *= extent
    # Four-bit integers are stored in pairs.
    expected = (elements + 1) // 2 if dtype == "int4" else elements * ITEM_BYTES[dtype]
    if len(content) != expected:
        raise ModelError(
            f"the constant {label} of shape {list(shape)} and type {dtype} needs {expected} bytes, has {len(content)}",
            remedy=_CONVERT_AGAIN,
        )
    if dtype in WITHOUT_ARRAY:
        return None
    if dtype == "int4":
        return _four_bits(np.frombuffer(content, np.int8), elements).reshape(shape)
    array = np.frombuffer(content, np.dtype(dtype).newbyteorder("<")) if elements else np.empty(0, dtype)
    # Kernels get pointers to this data: a file may misalign it.
    return np.require(array.reshape(shape), requirements="A")


def _four_bits(pairs: npt.NDArray[np.int8], elements: int) -> npt.NDArray[np.int8]:
    """Integers from -8 to 7, of which a byte holds two, the first one in its lower half."""
    halves = np.stack([np.left_shift(pairs, 4) >> 4, pairs >> 4], axis=1)
    return np.ascontiguousarray(halves.reshape(-1)[:elements])


def _quantisation(source: Source, table: tflite.Tensor, label: str) -> Quantisation | None:
    parameters = table.Quantization()
    if parameters is None:
        return None
    quick(parameters)
    scales = source.numbers(parameters, "Scale", 4)
    zero_points = source.numbers(parameters, "ZeroPoint", 8)
    if not scales:
        return None
    if len(zero_points) <= 1:
        zero_points = (zero_points or (0,)) * len(scales)
    if len(zero_points) != len(scales):
        raise ModelError(f"{label} has {len(scales)} scales and {len(zero_points)} zero points", remedy=_CONVERT_AGAIN)
    return Quantisation(scales, zero_points, parameters.QuantizedDimension())
