"""Rows of operators that compute a row from several, or take it from another place: windows, resizing, slices, borders.

What TFLite's reference kernels read for an output row is what it needs here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels.rows import Range, window_ranges
from arenite.codegen.kernels.transposed import transposed_ranges
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators.pool import axis_paddings, window_positions
from arenite.frontends.operators.resize_places import Axis, linear, linear_units, nearest
from arenite.frontends.operators.tensors import as_int
from arenite.frontends.rows.operator_rows import Find, OperatorRows, by_image, main, nhwc, numbers, of_images, operand


def weighted_window(model: Model, operator: Operator) -> OperatorRows | None:
    return _window(model, operator, operand(model, operator, 1).shape[1])


def pool(item_bytes: int | None) -> Find:
    """A pool of which ``item_bytes`` are kept for each output element while rows are added; None: as its results."""

    def find(model: Model, operator: Operator) -> OperatorRows | None:
        result = model.tensors[operator.outputs[0]]
        item = ITEM_BYTES[result.dtype] if item_bytes is None else item_bytes
        return _window(model, operator, as_int(operator.attributes["filter_height"]), item)

    return find


def _window(model: Model, operator: Operator, kernel: int, item_bytes: int = 0) -> OperatorRows | None:
    source, result = main(model, operator)
    _, height, _, _ = nhwc(source)
    _, _, columns, channels = nhwc(result)
    stride = as_int(operator.attributes["stride_h"])
    dilation = as_int(operator.attributes.get("dilation_h_factor", 1))
    padding, _ = axis_paddings(operator)
    count, pad = window_positions(height, (kernel - 1) * dilation + 1, stride, padding)
    of_image = window_ranges(height, count, kernel, stride, dilation, pad)[0]
    apart = all(last <= first for (_, last), (first, _) in pairwise(of_image)) and dilation == 1 < kernel
    sums = -(-columns * channels * item_bytes // 4) * 4 if apart else 0
    return of_images(source, result, of_image, sums)


def transposed_window(model: Model, operator: Operator) -> OperatorRows | None:
    """Padding is that of the convolution that goes the other way."""
    source, result = main(model, operator, 2)
    (_, height, _, _), (_, rows, _, _) = nhwc(source), nhwc(result)
    kernel, stride = operand(model, operator, 1).shape[1], as_int(operator.attributes["stride_h"])
    _, pad = window_positions(rows, kernel, stride, axis_paddings(operator)[0])
    return of_images(source, result, transposed_ranges(height, rows, kernel, stride, pad)[0])


def resized(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    corners, half = (bool(operator.attributes.get(name)) for name in ("align_corners", "half_pixel_centers"))
    axis = Axis(nhwc(source)[1], nhwc(result)[1], corners, half)
    if operator.kind == "RESIZE_NEAREST_NEIGHBOR":
        return of_images(source, result, _hull(nearest(axis)))
    real = source.dtype in ("float32", "uint8")
    return of_images(source, result, _hull((linear if real else linear_units)(axis)[0]))


def resized_by_table(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    return of_images(source, result, _hull(np.asarray(operator.attributes["rows"]).reshape(nhwc(result)[1], -1)))


def _hull(table: npt.NDArray[Any]) -> list[Range]:
    """What each row of a table of rows needs."""
    return [(int(row.min()), int(row.max()) + 1) for row in table]


def strided_slice(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    batches, height, _, _ = nhwc(source)
    masks = {name: as_int(operator.attributes[f"{name}_mask"]) for name in ("begin", "end", "ellipsis", "new_axis")}
    begin, end, stride = (numbers(model, operator, place) for place in (1, 2, 3))
    if (
        operator.attributes.get("offset")
        or masks["ellipsis"]
        or masks["new_axis"]
        or as_int(operator.attributes["shrink_axis_mask"]) & 3
        or len(begin) < 2
    ):
        return None
    images, rows = (
        range(extent)[
            slice(
                None if masks["begin"] >> axis & 1 else begin[axis],
                None if masks["end"] >> axis & 1 else end[axis],
                stride[axis],
            )
        ]
        for axis, extent in enumerate((batches, height))
    )
    return _cropped(source, result, images, rows)


def slice_(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    batches, height, _, _ = nhwc(source)
    begin, size = (numbers(model, operator, place)[:2] for place in (1, 2))
    images, rows = (
        range(extent)[first : extent if count < 0 else first + count]
        for extent, first, count in zip((batches, height), begin, size, strict=True)
    )
    return _cropped(source, result, images, rows)


def _cropped(source: Tensor, result: Tensor, images: range, rows: range) -> OperatorRows | None:
    """Some rows of all images, within which anything may be left out."""
    batches, height, _, _ = nhwc(source)
    needs = by_image(batches, height, [(row, row + 1) for row in rows])
    if images != range(batches) or result.shape[:2] != (batches, len(rows)):
        return None
    return OperatorRows(batches * len(rows), {source.index: needs})


def padded(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    _, height, _, _ = nhwc(source)
    before = numbers(model, operator, 1)[2]
    top = [min(max(row - before, 0), height) for row in range(nhwc(result)[1])]
    inside = [0 <= row - before < height for row in range(len(top))]
    return of_images(source, result, [(row, row + within) for row, within in zip(top, inside, strict=True)])


def mirrored(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    _, height, _, _ = nhwc(source)
    before = numbers(model, operator, 1)[2]
    # REFLECT leaves out the row at the edge.
    edge = 0 if operator.attributes["mode"] == "REFLECT" else 1
    rows = (row - before for row in range(nhwc(result)[1]))
    inside = [-row - edge if row < 0 else 2 * (height - 1) + edge - row if row >= height else row for row in rows]
    return of_images(source, result, [(row, row + 1) for row in inside])
