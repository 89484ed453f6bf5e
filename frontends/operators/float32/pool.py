"""AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D, float32, with dilation; means count padding if ``count_include_pad``."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import activation_fields, float_activation, float_tensor
from arenite.frontends.operators.float32.windows import float_taps, require_taps_inside, window_fields
from arenite.frontends.operators.tensors import as_int, contiguous, require_shape

KINDS = ("AVERAGE_POOL_2D", "L2_POOL_2D", "MAX_POOL_2D")

KERNELS = {
    "AVERAGE_POOL_2D": "arenite_average_pool_f32",
    "L2_POOL_2D": "arenite_l2_pool_f32",
    "MAX_POOL_2D": "arenite_max_pool_f32",
}
FIELDS = (
    "batches", "input_rows", "input_columns", "channels", "output_rows", "output_columns", "kernel_rows",
    "kernel_columns", "stride_rows", "stride_columns", "dilation_rows", "dilation_columns", "pad_top", "pad_left",
    "count_padding", "activation_low", "activation_high", "output_stride", "output_start",
)  # fmt: skip


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    if len(source.shape) != 4:
        raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not 4")
    batches, rows, columns, channels = source.shape
    kernel_rows, kernel_columns = (as_int(operator.attributes[name]) for name in ("filter_height", "filter_width"))
    fields = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "channels": channels,
        **window_fields(operator, source, result, (kernel_rows, kernel_columns)),
        "count_padding": int(bool(operator.attributes.get("count_include_pad", False))),
        **activation_fields(operator),
        **contiguous(channels),
    }
    require_shape(result, (*result.shape[:3], channels))
    require_taps_inside(fields)
    taps = float_taps(fields, columns * channels)
    call = Call(KERNELS[operator.kind], {name: fields[name] for name in FIELDS}, (source.index,), {"taps": taps})
    return Lowering((source.index,), (result.index,), (call,))
