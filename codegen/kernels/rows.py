"""How each kernel falls into rows: which rows of its inputs an output row needs, and how one row is computed.

A kernel ``arenite_x_s8`` has a row function ``arenite_x_row_s8`` beside it. What a kernel computes from what stands in
the fields of its layer; here is no list of kernels, but one of forms of layers. The parameters of row functions:

- window: ``(layer, base, start, taps, k0, k1, constants..., out)``. Row k of the window, k0 <= k < k1, begins
  ``start + taps[k]`` bytes after ``base``, for float kernels too; other entries of ``taps`` are not read.
- pointwise: ``(layer, inputs..., constants..., out)``: for each input, where the rows begin that are needed: one row,
  all of an operand that is broadcast, or all rows that a mean is over, one behind the other.
- moved: ``(layer, in, loops, out)``: the one row that the elements come from.
- pad: ``(layer, in, out)``; ``in`` is NULL for a row of border.
- nearest: ``(layer, in, columns, out)``.
- linear: ``(layer, above, below, row_weights, columns, column_weights, out)``: two rows of the only input, which may be
  one and the same.
- part: as pointwise, but ``out`` is where the whole output row begins, of which the call fills its part;
  other functions whose layers have an ``output_stride`` do so too.

A kernel that needs working memory has a last parameter ``scratch``, and so has its row function.

Constants are those of the kernel that ``KernelRows.constants`` names, in order. Sums of rows are in ``Accumulator``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Literal

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels import kernels
from arenite.codegen.kernels.accumulators import ITEM_BYTES, Accumulator, accumulator_of
from arenite.codegen.kernels.transposed import transposed_ranges

Range = tuple[int, int]
Form = Literal["window", "pointwise", "moved", "pad", "nearest", "linear", "part"]
Constants = Mapping[str, npt.NDArray[np.generic]]

_WINDOW = frozenset(("batches", "input_rows", "output_rows", "stride_rows", "pad_top"))
_TRANSPOSED = frozenset(("batches", "input_rows", "output_rows", "step_rows", "pad_top"))
SCRATCH = "scratch"
"""The last parameter of kernels, and of their row functions, that need working memory while they run."""
MAX_ROWS = 1 << 16
"""What falls into more is left whole."""
KERNEL_ROWS = 3
"""Of windows whose layer does not say it: those of kernels for 3x3 alone."""
_SAME_ROW = (
    frozenset(("rows", "row_elements")), frozenset(("rows", "depth")), frozenset(("rows", "columns", "channels")),
    frozenset(("rows", "inputs", "outputs")),
)  # fmt: skip
_PART = frozenset(("rows", "chunks", "bytes", "stride", "offset"))


@dataclass(frozen=True)
class InputRows:
    """An input as ``rows`` rows of equal bytes, one behind the other; output row j needs rows among ``ranges[j]``
    (half-open; empty where all of it is padding), of which it needs the first and the last.

    They ascend but for what dilation does at the borders, and where rows are reversed or mirrored."""

    rows: int
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class RowConstant:
    """A parameter of the kernel that its row function has too: for output row j, ``step * j`` elements further."""

    name: str
    step: int = 0


@dataclass(frozen=True)
class KernelRows:
    """A kernel whose output is ``rows`` rows of equal bytes, each of which a call of ``function`` computes.

    ``form``: what parameters the function has. ``inputs``: one for each input parameter of the kernel, in order.
    ``constants``: parameters of the function. ``accumulator``: with which the only input can be taken row by row.

    Of a window, ``taps[j]`` are k0 and k1 of output row j, and row k0 + i of the window is ``i * dilation`` rows behind
    the first that ``inputs[0].ranges[j]`` names. Of linear resizing, ``sources[j]`` are the rows above and below.
    """

    function: str
    rows: int
    inputs: tuple[InputRows, ...]
    form: Form
    constants: tuple[RowConstant, ...] = ()
    taps: tuple[Range, ...] = ()
    dilation: int = 1
    sources: tuple[Range, ...] = ()
    accumulator: Accumulator | None = None


_TYPES = re.compile(r"((?:_(?:s8|u8|s16|s32|s64|f32))*)$")


def row_function(kernel: str) -> str:
    """The name of the function that computes one row of what ``kernel`` does."""
    return _TYPES.sub(r"_row\1", kernel, count=1)


def kernel_rows(
    kernel: str, layer: Mapping[str, int], constants: Constants, shapes: Sequence[Sequence[int]]
) -> KernelRows | None:
    """How ``kernel`` falls into rows; None if every output row needs everything, or there is but one row.

    Args:
        layer: its layer struct, field by field.
        constants: what it reads besides, by the names of its parameters.
        shapes: of its inputs, in order.
    """
    counts = (layer[name] for name in ("rows", "input_rows", "output_rows", "outer") if name in layer)
    if kernel not in kernels() or max(counts, default=0) * layer.get("batches", 1) > MAX_ROWS:
        return None
    found = _rows(kernel, layer, constants, shapes)
    if found is None or (found.rows == 1 and found.accumulator is None):
        return None
    return found


def _rows(
    kernel: str, layer: Mapping[str, int], constants: Constants, shapes: Sequence[Sequence[int]]
) -> KernelRows | None:
    name, fields = row_function(kernel), layer.keys()
    whole = tuple(RowConstant(constant) for constant in constants)
    if fields >= _WINDOW:
        return _window(kernel, layer, constants)
    if fields >= _TRANSPOSED:
        return _transposed(name, layer, constants)
    if "a_row_stride" in fields:
        return _elementwise(name, layer, constants, len(shapes))
    if "before_rows" in fields:
        return _padded(name, layer)
    if fields >= {"input_rows", "output_rows"} and "rows" in constants:
        return _resized(name, layer, constants)
    if fields >= {"outer", "reduced", "inner"}:
        return _reduced(kernel, layer, shapes[0])
    if "row_step" in fields:
        return _moved(name, layer, whole)
    if fields >= _PART:
        rows = layer["rows"]
        steps = {"in": layer["chunks"] * layer["bytes"]}
        parts = tuple(RowConstant(constant, steps.get(constant, 0)) for constant in constants)
        return KernelRows(name, rows, tuple(same_rows(rows) for _ in shapes), "part", parts)
    if any(fields >= form for form in _SAME_ROW):
        rows = layer["rows"]
        return KernelRows(name, rows, tuple(same_rows(rows) for _ in shapes), "pointwise", whole)
    return None


def same_rows(rows: int) -> InputRows:
    """Output row j needs row j alone."""
    return InputRows(rows, tuple((row, row + 1) for row in range(rows)))


def one_row(rows: int) -> InputRows:
    """Each of ``rows`` output rows needs everything."""
    return InputRows(1, ((0, 1),) * rows)


def window_ranges(
    height: int, count: int, kernel: int, stride: int, dilation: int, pad: int
) -> tuple[list[Range], list[Range]]:
    """Rows of one image that its output rows need, and the taps k0 to k1 that these are.

    Args:
        height: of the image; ``count`` is the height of the output.
        kernel: rows of the window, ``dilation`` rows apart.
        pad: rows of padding above the image.
    """
    ranges: list[Range] = []
    taps: list[Range] = []
    for row in range(count):
        top = row * stride - pad
        k0, k1 = max(0, -(top // dilation)), min(kernel, -((top - height) // dilation))
        if k0 < k1:
            taps.append((k0, k1))
            ranges.append((top + k0 * dilation, top + (k1 - 1) * dilation + 1))
        else:
            # The row beside which the window lies.
            taps.append((0, 0))
            ranges.append((min(max(top, 0), height),) * 2)
    return ranges, taps


def _window(kernel: str, layer: Mapping[str, int], constants: Constants) -> KernelRows:
    height, batches, dilation = layer["input_rows"], layer["batches"], layer.get("dilation_rows", 1)
    of_image, taps = window_ranges(
        height,
        layer["output_rows"],
        layer.get("kernel_rows", KERNEL_ROWS),
        layer["stride_rows"],
        dilation,
        layer["pad_top"],
    )
    ranges = [(batch * height + first, batch * height + last) for batch in range(batches) for first, last in of_image]
    apart = all(last <= first for (_, last), (first, _) in pairwise(ranges))
    accumulator = None
    if kernel in ITEM_BYTES and apart and dilation == 1 and any(last > first + 1 for first, last in taps):
        accumulator = accumulator_of(
            kernel, row_function(kernel), layer["output_columns"] * layer["channels"], layer["input_columns"]
        )
    return KernelRows(
        row_function(kernel),
        len(ranges),
        (InputRows(batches * height, tuple(ranges)),),
        "window",
        tuple(RowConstant(name) for name in constants if name != "taps"),
        tuple(taps) * batches,
        dilation,
        accumulator=accumulator,
    )


def _transposed(name: str, layer: Mapping[str, int], constants: Constants) -> KernelRows:
    height, batches = layer["input_rows"], layer["batches"]
    of_image, taps = transposed_ranges(
        height, layer["output_rows"], layer["kernel_rows"], layer["step_rows"], layer["pad_top"]
    )
    ranges = [(batch * height + first, batch * height + last) for batch in range(batches) for first, last in of_image]
    whole = tuple(RowConstant(constant) for constant in constants if constant != "taps")
    return KernelRows(
        name, len(ranges), (InputRows(batches * height, tuple(ranges)),), "window", whole, tuple(taps) * batches
    )


def _elementwise(name: str, layer: Mapping[str, int], constants: Constants, operands: int) -> KernelRows | None:
    if layer["batches"] != 1:
        return None
    rows = layer["rows"]
    inputs = (
        same_rows(rows) if layer[f"{operand}_row_stride"] else one_row(rows) for operand in ("a", "b", "c")[:operands]
    )
    steps = tuple(RowConstant(constant, layer[f"{constant}_row_stride"]) for constant in constants)
    return KernelRows(name, rows, tuple(inputs), "pointwise", steps)


def _padded(name: str, layer: Mapping[str, int]) -> KernelRows | None:
    if layer["output_batches"] != 1 or layer["input_batches"] != 1:
        return None
    height, before = layer["input_rows"], layer["before_rows"]
    ranges = tuple(
        (row, row + 1) if 0 <= row < height else (0, 0) if row < 0 else (height, height)
        for row in range(-before, layer["output_rows"] - before)
    )
    return KernelRows(name, layer["output_rows"], (InputRows(height, ranges),), "pad")


def _moved(name: str, layer: Mapping[str, int], constants: tuple[RowConstant, ...]) -> KernelRows:
    first, step, rows = layer["first_row"], layer["row_step"], layer["rows"]
    sources = range(first, first + rows * step, step) if step else (first,) * rows
    inputs = InputRows(layer["input_rows"], tuple((source, source + 1) for source in sources))
    return KernelRows(name, rows, (inputs,), "moved", constants)


def _resized(name: str, layer: Mapping[str, int], constants: Constants) -> KernelRows | None:
    """The constant ``rows`` has an input row for each output row, or two between which it lies."""
    if layer["batches"] != 1:
        return None
    rows = layer["output_rows"]
    sources = constants["rows"].astype(int).reshape(rows, -1)
    ranges = tuple((int(row.min()), int(row.max()) + 1) for row in sources)
    names = [constant for constant in constants if constant != "rows"]
    inputs = (InputRows(layer["input_rows"], ranges),)
    if sources.shape[1] == 1:
        return KernelRows(name, rows, inputs, "nearest", tuple(RowConstant(constant) for constant in names))
    steps = tuple(RowConstant(constant, 2 if constant == "row_weights" else 0) for constant in names)
    pairs = tuple((int(above), int(below)) for above, below in sources)
    return KernelRows(name, rows, inputs, "linear", steps, sources=pairs)


def _reduced(kernel: str, layer: Mapping[str, int], shape: Sequence[int]) -> KernelRows | None:
    """Of one image, its rows stay apart, or they are added to one accumulator."""
    if len(shape) < 3 or shape[0] != 1 or shape[1] == 1:
        return None
    rows, outer, reduced = shape[1], layer["outer"], layer["reduced"]
    if outer == rows:
        return KernelRows(row_function(kernel), rows, (same_rows(rows),), "pointwise")
    if outer != 1 or kernel not in ITEM_BYTES or reduced * layer["inner"] != prod(shape):
        return None
    accumulator = accumulator_of(kernel, row_function(kernel), layer["inner"], reduced // rows)
    return KernelRows(row_function(kernel), 1, (InputRows(rows, ((0, rows),)),), "pointwise", accumulator=accumulator)
