"""Tensors of ONNX files as numpy arrays, with the data that stands in files beside the model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.onnx.file.text import nested_graphs, printable
from arenite.frontends.onnx.graph import Array

MAX_DATA_BYTES = (1 << 31) - 1
"""Of a file, and of all data beside it."""

MAX_RANK = 32
"""What numpy before 2.0 can hold."""

_EXPORT_AGAIN = "export the model again"

DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
    17: "float8_e4m3fn", 18: "float8_e4m3fnuz", 19: "float8_e5m2", 20: "float8_e5m2fnuz", 21: "uint4", 22: "int4",
    23: "float4_e2m1fn", 24: "float8_e8m0fnu", 25: "uint2", 26: "int2",
}  # fmt: skip
"""``TensorProto.DataType`` -> dtype, by number: old versions of the onnx package lack the newer names."""

DATA_TYPES = {dtype: number for number, dtype in DTYPES.items()}


def all_tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Every tensor that the file holds: initializers and attributes, in bodies and functions too."""
    for graph in nested_graphs(model.graph):
        yield from _tensors(graph.initializer, graph.sparse_initializer)
        yield from _attribute_tensors(graph.node)
    for function in model.functions:
        yield from _attribute_tensors(function.node)
        for node in function.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    for graph in nested_graphs(attribute.g):
                        yield from _tensors(graph.initializer, graph.sparse_initializer)
                        yield from _attribute_tensors(graph.node)


def _tensors(dense: list[onnx.TensorProto], sparse: list[onnx.SparseTensorProto]) -> Iterator[onnx.TensorProto]:
    yield from dense
    for one in sparse:
        yield one.values
        yield one.indices


def _attribute_tensors(nodes: list[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            if attribute.HasField("sparse_tensor"):
                yield from _tensors([], [attribute.sparse_tensor])
            yield from _tensors([], attribute.sparse_tensors)


def embed_external_data(model: onnx.ModelProto, directory: Path) -> None:
    """Reads what stands in files beside the model into the model, in place.

    Raises:
        ModelError: a file is missing, too short, or outside of ``directory``.
    """
    total = 0
    for tensor in all_tensors(model):
        if tensor.data_location == TensorProto.EXTERNAL:
            data = _external_data(tensor, directory, MAX_DATA_BYTES - total)
            total += len(data)
            del tensor.external_data[:]
            tensor.data_location = TensorProto.DEFAULT
            tensor.raw_data = data


def _external_data(tensor: onnx.TensorProto, directory: Path, limit: int) -> bytes:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    what = f"the data of '{printable(tensor.name)}' in '{printable(location)}'"
    try:
        offset, length = int(entries.get("offset", "0")), int(entries.get("length", "-1"))
    except ValueError:
        raise ModelError(f"{what} has no place that is a number", remedy=_EXPORT_AGAIN) from None
    if not location or offset < 0 or length < -1:
        raise ModelError(f"{what} has no valid place", remedy=_EXPORT_AGAIN)
    path = directory / location
    parts = (*PurePosixPath(location).parts, *PureWindowsPath(location).parts)
    try:
        outside = not path.resolve().is_relative_to(directory.resolve())
        absolute = PurePosixPath(location).is_absolute() or bool(PureWindowsPath(location).anchor)
        if ".." in parts or absolute or outside:
            raise ModelError(f"{what} is outside of the model's directory", remedy="put the file beside the model")
        if not path.is_file():
            raise ModelError(f"{what} is missing", remedy="put the file beside the model")
        size = path.stat().st_size
        length = size - offset if length == -1 else length
        if length < 0 or offset + length > size:
            raise ModelError(f"{what} is truncated: {size} bytes", remedy="copy the file again")
        if length > limit:
            raise ModelError("more than 2 GiB of data beside the model", remedy="export a smaller model")
        with path.open("rb") as file:
            file.seek(offset)
            data: bytes = file.read(length)
            return data
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise ModelError(f"{what} cannot be read: {reason}", remedy="check path and permissions") from None


def to_array(tensor: onnx.TensorProto) -> Array:
    """The values of a dense tensor; texts as objects.

    Raises:
        ModelError: shape and data contradict each other.
        UnsupportedError: the installed onnx package has no numpy type for the elements.
    """
    what = f"tensor '{printable(tensor.name)}'"
    dtype = DTYPES.get(tensor.data_type)
    if dtype is None:
        raise ModelError(f"{what} has the unknown type {tensor.data_type}", remedy=_EXPORT_AGAIN)
    dims = tuple(tensor.dims)
    if len(dims) > MAX_RANK or any(extent < 0 for extent in dims):
        raise ModelError(f"{what} has an impossible shape of {len(dims)} axes", remedy=_EXPORT_AGAIN)
    try:
        known = dtype == "string" or str(helper.tensor_dtype_to_np_dtype(tensor.data_type)) == dtype
        array: Array = numpy_helper.to_array(tensor) if known else np.empty(0)
    except KeyError:
        known = False
    except (ValueError, TypeError, OverflowError, MemoryError, AttributeError):
        raise ModelError(f"{what} does not hold {list(dims)} values of {dtype}", remedy=_EXPORT_AGAIN) from None
    if not known:
        raise UnsupportedError(f"{what} has elements of {dtype}", remedy="install a newer version of the package onnx")
    if array.shape != dims:
        raise ModelError(f"{what} does not hold {list(dims)} values of {dtype}", remedy=_EXPORT_AGAIN)
    return array


def sparse_to_array(tensor: onnx.SparseTensorProto, limit: int) -> Array:
    """The dense form, of at most ``limit`` bytes. Indices are linear, or one row of coordinates per value."""
    what = f"sparse tensor '{printable(tensor.values.name)}'"
    values, places = to_array(tensor.values), to_array(tensor.indices)
    dims = tuple(tensor.dims)
    if len(dims) > MAX_RANK or any(extent <= 0 for extent in dims) or values.ndim != 1 or places.dtype != np.int64:
        raise ModelError(f"{what} has an impossible shape", remedy=_EXPORT_AGAIN)
    if math.prod(dims) * values.itemsize > limit:
        raise ModelError(f"{what} has {math.prod(dims)} elements", remedy="export a smaller model")
    dense = np.zeros(dims, values.dtype)
    try:
        if places.ndim == 1:
            dense.reshape(-1)[places] = values
        elif places.shape == (values.size, len(dims)):
            dense[tuple(places.T)] = values
        else:
            raise ValueError
        if places.size and places.min() < 0:
            raise ValueError
    except (ValueError, IndexError):
        raise ModelError(f"{what} has indices that leave its shape", remedy=_EXPORT_AGAIN) from None
    return dense
