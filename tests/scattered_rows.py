"""Row functions on rows that lie scattered in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from kernel_calls import GARBAGE, Bytes, address, c_function, layer_of

from arenite.codegen.kernels.rows import KernelRows
from arenite.frontends.lowering import Call
from arenite.frontends.model import Model

Array = npt.NDArray[Any]

NOWHERE = 2**30
"""As a distance: outside of any memory that is reserved."""


class Scattered:
    """The rows of a tensor in any order, garbage before, between and behind them."""

    def __init__(self, generator: np.random.Generator, array: Array, rows: int) -> None:
        pieces = np.ascontiguousarray(array).reshape(rows, -1).view(np.uint8)
        self.row_bytes = pieces.shape[1]
        # Floats are aligned to four bytes.
        step = array.dtype.itemsize
        pitch = self.row_bytes + step * int(generator.integers(1, 7))
        self.place = (generator.permutation(rows) * pitch + step * int(generator.integers(1, 7))).tolist()
        self.memory = np.full(rows * pitch + 64, GARBAGE, np.uint8)
        for piece, place in zip(pieces, self.place, strict=True):
            self.memory[place : place + self.row_bytes] = piece

    def row(self, number: int) -> ctypes.c_void_p:
        return address(self.memory, self.place[number])


def by_rows(generator: np.random.Generator, model: Model, calls: Sequence[Call], forms: Sequence[KernelRows],
            values: dict[int, Array]) -> Bytes:  # fmt: skip
    """The output's bytes, row by row."""
    count = forms[0].rows
    row_bytes = model.tensors[model.outputs[0]].bytes // count
    result = np.zeros((count, row_bytes), np.uint8)
    arguments = [
        [Scattered(generator, values[index], rows.rows) for index, rows in zip(call.inputs, form.inputs, strict=True)]
        for call, form in zip(calls, forms, strict=True)
    ]
    # Any order of rows will do.
    for row in generator.permutation(count).tolist():
        out = np.full(row_bytes + 128, GARBAGE, np.uint8)
        for call, form, inputs in zip(calls, forms, arguments, strict=True):
            call_row(generator, call, form, inputs, row, address(out, 64))
        assert (out[:64] == GARBAGE).all(), "written before the row"
        assert (out[-64:] == GARBAGE).all(), "written behind the row"
        result[row] = out[64:-64]
    return result.reshape(-1)


def call_row(
    generator: np.random.Generator, call: Call, form: KernelRows, inputs: Sequence[Scattered], row: int,
    out: ctypes.c_void_p,
) -> None:  # fmt: skip
    layer = layer_of(call)
    constants = {name: np.ascontiguousarray(array) for name, array in call.constants.items()}
    behind = [
        address(constants[constant.name], constant.step * row * constants[constant.name].itemsize)
        for constant in form.constants
    ]
    ranges = [operand.ranges[row] for operand in form.inputs]
    sources: list[Any]
    if form.form == "window":
        (source,), ((first, last),), (k0, k1) = inputs, ranges, form.taps[row]
        assert last - first == max((k1 - k0 - 1) * form.dilation + 1, 0) if k0 < k1 else first == last
        start = 4 * int(generator.integers(-9, 9))
        taps = np.full(len(constants["taps"]), NOWHERE, np.int32)
        for k in range(k0, k1):
            taps[k] = source.place[first + (k - k0) * form.dilation] - start
        sources = [address(source.memory), ctypes.c_int32(start), address(taps), ctypes.c_int32(k0), ctypes.c_int32(k1)]
    elif form.form == "linear":
        sources = [inputs[0].row(place) for place in form.sources[row]]
    else:
        both = zip(inputs, ranges, strict=True)
        sources = [source.row(first) if first < last else None for source, (first, last) in both]
        assert form.form == "pad" or None not in sources
    c_function(form.function)(address(layer), *sources, *behind, out)
