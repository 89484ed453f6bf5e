"""AVERAGE_POOL_2D and MAX_POOL_2D, int8. Input and output have the same quantisation, as TFLite does not rescale; ONNX
(attribute ``requantisation``) may have two for the average. Ties go away from zero, of uint8 thus always up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels.rows import window_ranges
from arenite.frontends.float_rounding import float_multipliers, mantissa, rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators.tensors import activation, as_int, contiguous, int8_tensor, require_shape
from arenite.frontends.quantise import activation_range
from arenite.frontends.rewrites.unsigned import is_unsigned

KINDS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")

KERNELS = {"AVERAGE_POOL_2D": "arenite_average_pool_s8", "MAX_POOL_2D": "arenite_max_pool_s8"}

MAX_WINDOW = 4096
"""Rows or columns. The rows take one number each in the table of taps."""
MAX_SCALES = 4096
"""Numbers of elements that windows of an average can have, for each of which there is a scale."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, source_quantisation = int8_tensor(model, activation(model, operator.inputs[0]))
    result, quantisation = int8_tensor(model, operator.outputs[0])
    if len(source.shape) != 4:
        raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not 4")
    batches, rows, columns, channels = source.shape
    kernel_rows, stride_rows = (as_int(operator.attributes[name]) for name in ("filter_height", "stride_h"))
    kernel_columns, stride_columns = (as_int(operator.attributes[name]) for name in ("filter_width", "stride_w"))
    row_padding, column_padding = axis_paddings(operator)
    output_rows, pad_top = window_positions(rows, kernel_rows, stride_rows, row_padding)
    output_columns, pad_left = window_positions(columns, kernel_columns, stride_columns, column_padding)
    require_shape(result, (batches, output_rows, output_columns, channels))
    low, high = activation_range(operator.attributes["fused_activation_function"], quantisation)
    layer = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "channels": channels,
        "output_rows": output_rows,
        "output_columns": output_columns,
        "kernel_rows": kernel_rows,
        "kernel_columns": kernel_columns,
        "stride_rows": stride_rows,
        "stride_columns": stride_columns,
        "pad_top": pad_top,
        "pad_left": pad_left,
        "activation_min": low,
        "activation_max": high,
        **contiguous(channels),
    }
    taps = np.arange(kernel_rows, dtype=np.int32) * np.int32(columns * channels)
    call = Call(KERNELS[operator.kind], layer, (source.index,), {"taps": taps})
    if is_unsigned(operator) and operator.kind == "AVERAGE_POOL_2D" and low < 0 and _has_ties(layer):
        call = replace(call, kernel="arenite_average_pool_up_s8")
    if rounds_once(operator):
        call = _once(operator, call, source_quantisation, quantisation)
    return Lowering((source.index,), (result.index,), (call,))


def _has_ties(layer: Mapping[str, int]) -> bool:
    """Whether there is a window with an even number of elements in the input."""
    rows, columns = (
        window_ranges(
            layer[f"input_{axis}"],
            layer[f"output_{axis}"],
            layer[f"kernel_{axis}"],
            layer[f"stride_{axis}"],
            1,
            layer[pad],
        )[0]
        for axis, pad in (("rows", "pad_top"), ("columns", "pad_left"))
    )
    return any((last - first) % 2 == 0 for first, last in (*rows, *columns))


def _once(operator: Operator, call: Call, source: Quantisation, result: Quantisation) -> Call:
    """The call that rounds as ONNX Runtime does, for the one that rounds as TFLite."""
    if operator.kind == "MAX_POOL_2D":
        if (source.scale, source.zero_point) != (result.scale, result.zero_point):
            raise NotLowered("input and output differ in quantisation")
        return call
    layer = dict(call.layer)
    limits = {name: layer.pop(name) for name in ("activation_min", "activation_max", *contiguous(0))}
    padded = any(
        layer[pad]
        or (layer[f"output_{axis}"] - 1) * layer[f"stride_{axis}"] + layer[f"kernel_{axis}"] > layer[f"input_{axis}"]
        for axis, pad in (("rows", "pad_top"), ("columns", "pad_left"))
    )
    varies = padded and not operator.attributes.get("count_include_pad", False)
    input_mantissa, input_exponent = mantissa(source.scale)
    output_mantissa, output_exponent = mantissa(result.scale)
    layer |= {
        "scale_row_step": layer["kernel_columns"] if varies else 0,
        "scale_column_step": int(varies),
        "input_zero_point": source.zero_point,
        "output_zero_point": result.zero_point,
        "input_mantissa": input_mantissa,
        "output_mantissa": output_mantissa,
        "exponent": output_exponent - input_exponent,
        "counted": 0 if varies or not padded else layer["kernel_rows"] * layer["kernel_columns"],
    }
    scales = average_scales((layer["kernel_rows"], layer["kernel_columns"]), varies, source.scale, result.scale)
    return Call("arenite_average_pool_once_s8", layer | limits, call.inputs, {**call.constants, "scales": scales})


def average_scales(
    kernel: tuple[int, int], varies: bool, source_scale: float, result_scale: float
) -> npt.NDArray[np.int32]:
    """int32 [kernel rows, kernel columns, 2], for each number of rows and columns of a window that lie in the input the
    multiplier and code for the scales' ratio divided by the number of elements; one pair if it does not vary."""
    rows, columns = (np.arange(1, extent + 1) if varies else np.array([extent]) for extent in kernel)
    counts = np.outer(rows, columns)
    if counts.size > MAX_SCALES:
        raise NotLowered(f"windows of {kernel[0]} rows and {kernel[1]} columns lie in the padding")
    float_multipliers(source_scale / result_scale)
    ratios = source_scale / (result_scale * counts.ravel())
    return float_multipliers(ratios).reshape(*counts.shape, 2)


def axis_paddings(operator: Operator) -> tuple[object, object]:
    """The padding of rows and of columns: what TFLite calls it, or elements before and after, which formats other than
    TFLite's give as the attribute ``explicit_padding``, ``((top, bottom), (left, right))``."""
    explicit = operator.attributes.get("explicit_padding")
    if isinstance(explicit, tuple):
        rows, columns = explicit
        return rows, columns
    return operator.attributes["padding"], operator.attributes["padding"]


def window_positions(extent: int, kernel: int, stride: int, padding: object) -> tuple[int, int]:
    """Number of windows along an axis, and how many elements of padding the first one begins with (TFLite's
    ComputePaddingHeightWidth). Raises NotLowered where a window would lie outside of the input.

    Args:
        padding: SAME, VALID, or elements before and after.
    """
    if not 1 <= kernel <= MAX_WINDOW or stride < 1:
        raise NotLowered(f"the window has extent {kernel} and stride {stride}")
    if isinstance(padding, tuple):
        return _explicit_positions(extent, kernel, stride, *padding)
    if padding == "VALID":
        if kernel > extent:
            raise NotLowered(f"the window's extent {kernel} exceeds the input's {extent}")
        return (extent - kernel) // stride + 1, 0
    if padding != "SAME":
        raise NotLowered(f"padding is {padding}")
    count = -(-extent // stride)
    return count, max((count - 1) * stride + kernel - extent, 0) // 2


def _explicit_positions(extent: int, kernel: int, stride: int, before: int, after: int) -> tuple[int, int]:
    count = (before + extent + after - kernel) // stride + 1
    last = (count - 1) * stride - before
    if min(before, after) < 0 or count < 1 or before >= kernel or last >= extent:
        raise NotLowered(f"the padding, {before} and {after}, does not fit windows of {kernel} on {extent} elements")
    return count, before
