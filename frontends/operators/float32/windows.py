"""Windows over height and width, as float32 convolutions and pools have them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Operator, Tensor
from arenite.frontends.operators.pool import axis_paddings, window_positions
from arenite.frontends.operators.tensors import as_int, require_shape


def window_fields(operator: Operator, source: Tensor, result: Tensor, kernel: tuple[int, int]) -> dict[str, int]:
    """Kernel, strides, dilations, padding and output extents by the names of the kernels' layer fields.

    Args:
        kernel: height and width.

    Raises:
        NotLowered: an attribute is out of range, or batches, rows and columns of ``result`` are not what they give.
    """
    fields: dict[str, int] = {}
    paddings = axis_paddings(operator)
    for axis, suffix in enumerate(("rows", "columns")):
        letter = "hw"[axis]
        stride = as_int(operator.attributes[f"stride_{letter}"])
        dilation = as_int(operator.attributes.get(f"dilation_{letter}_factor", 1))
        if dilation < 1:
            raise NotLowered(f"the dilation is {dilation}")
        reach = (kernel[axis] - 1) * dilation + 1
        count, pad = window_positions(source.shape[1 + axis], reach, stride, paddings[axis])
        fields |= {
            f"output_{suffix}": count,
            f"kernel_{suffix}": kernel[axis],
            f"stride_{suffix}": stride,
            f"dilation_{suffix}": dilation,
        }
        fields[("pad_top", "pad_left")[axis]] = pad
    channels = result.shape[-1:]
    require_shape(result, (source.shape[0], fields["output_rows"], fields["output_columns"], *channels))
    return fields


def require_taps_inside(fields: dict[str, int]) -> None:
    """Raises NotLowered unless each window has a tap in the input: with dilation one may lie around it."""
    for axis, pad in (("rows", "pad_top"), ("columns", "pad_left")):
        if fields[f"dilation_{axis}"] == 1:
            continue
        first = np.arange(fields[f"output_{axis}"])[:, None] * fields[f"stride_{axis}"] - fields[pad]
        taps = first + np.arange(fields[f"kernel_{axis}"]) * fields[f"dilation_{axis}"]
        if not ((taps >= 0) & (taps < fields[f"input_{axis}"])).any(axis=1).all():
            raise NotLowered("a window has no tap in the input")


def float_taps(fields: dict[str, int], row_elements: int) -> npt.NDArray[np.int32]:
    """Distance in bytes of each input row of a window from its first one."""
    rows = np.arange(fields["kernel_rows"], dtype=np.int64) * fields["dilation_rows"]
    return (rows * row_elements * np.dtype(np.float32).itemsize).astype(np.int32)
