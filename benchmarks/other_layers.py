"""Layers for calibrate_latency.py of kernels that have no bodies: of elements, of axes that are
reduced, and of those that move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from calibration_layers import (
    activation,
    convolutions,
    depthwise,
    fully_connected,
    general_convolutions,
    models_of,
    pools,
)
from in_place_models import MODELS as OF_ELEMENTS
from in_place_models import given, model_of, quantized, real
from typed_layers import (
    Make,
    depthwise_3x3,
    in_real_numbers,
    long_rows,
    narrow_windows,
    of_uint8,
    recurrent,
    remembered,
    shifted,
    transposed,
)

from arenite.frontends.model import Model, Quantisation, Tensor

SHAPES = (
    (1, 1, 1, 10), (1, 1, 1, 64), (1, 3, 5, 3), (1, 3, 5, 8), (1, 8, 4, 16), (1, 8, 4, 30), (1, 12, 12, 1),
    (1, 12, 12, 16), (1, 2, 3, 64), (1, 5, 5, 128), (4, 40), (1, 100), (1, 250, 3), (1, 7, 64),
)  # fmt: skip


def of_elements(kernel: str) -> Iterator[Model]:
    """Twice each shape: operands may be as large, or broadcast."""
    make = OF_ELEMENTS[kernel]
    for number, shape in enumerate((*SHAPES, *SHAPES)):
        if "softmax" in kernel and shape[-1] == 1:
            continue
        yield make(np.random.default_rng(number), shape)


def converted(before: str, after: str) -> Make:
    kind = "DEQUANTIZE" if after == "float32" else "QUANTIZE"
    make = quantized(kind, before, after)
    return lambda kernel: (make(np.random.default_rng(n), shape) for n, shape in enumerate(SHAPES))


def cast_to(before: str, after: str) -> Make:
    def make(kernel: str) -> Iterator[Model]:
        for shape in SHAPES:
            yield model_of("CAST", [Tensor(0, "t0", shape, before)], Tensor(1, "t1", shape, after))

    return make


def softmax_to_s16(kernel: str) -> Iterator[Model]:
    for rows, depth in product((1, 4, 12), (2, 10, 12, 64, 100)):
        result = Tensor(1, "t1", (rows, depth), "int16", Quantisation((2.0**-16,), (-(2**15),)))
        yield model_of("SOFTMAX", [activation(0, (rows, depth))], result, beta=1.0)


def reduced(kind: str, dtype: str) -> Make:
    def make(kernel: str) -> Iterator[Model]:
        for (rows, columns), channels, axes in product(
            ((3, 3), (4, 8), (7, 7), (1, 64)), (1, 4, 10, 64), ([1, 2], [2], [3])
        ):
            shape = (1, rows, columns, channels)
            kept = tuple(1 if axis in axes else extent for axis, extent in enumerate(shape))
            source, result = (typed(index, own, dtype) for index, own in ((0, shape), (2, kept)))
            yield model_of(kind, [source, given(1, np.array(axes, np.int32))], result, keep_dims=True)

    return make


def typed(index: int, shape: tuple[int, ...], dtype: str) -> Tensor:
    """Quantised where the type mostly is."""
    if dtype == "int8":
        return activation(index, shape)
    scale = Quantisation((0.001,), (0,)) if dtype == "int16" else None
    return Tensor(index, f"t{index}", shape, dtype, scale)


def l2_pools(kernel: str) -> Iterator[Model]:
    for model in pools("arenite_average_pool_s8"):
        yield in_real_numbers(kernel, replace(model, operators=(replace(model.operators[0], kind="L2_POOL_2D"),)))


def args(dtype: str, places: str) -> Make:
    def make(kernel: str) -> Iterator[Model]:
        for (rows, columns), channels, axis in product(((1, 1), (3, 5), (8, 4)), (4, 10, 64), (2, 3)):
            shape = (1, rows, columns, channels)
            result = Tensor(2, "t2", shape[:axis] + shape[axis + 1 :], places)
            yield model_of("ARG_MAX", [typed(0, shape, dtype), given(1, np.array(axis, np.int32))], result)

    return make


def products(dtype: str) -> Make:
    def make(kernel: str) -> Iterator[Model]:
        for rows, depth, columns, turned in product((1, 6, 16), (8, 30, 64), (1, 10, 32), (False, True)):
            shapes = (1, rows, depth), (columns, depth) if turned else (depth, columns), (1, rows, columns)
            a, b, c = (typed(index, shape, dtype) for index, shape in enumerate(shapes))
            yield model_of("BATCH_MATMUL", [a, b], c, adj_x=False, adj_y=turned)

    return make


def concatenated(kernel: str) -> Iterator[Model]:
    lookup = "lookup" in kernel
    for (rows, columns), axis, extents in product(
        ((1, 1), (3, 5), (8, 4)), (2, 3), ((8, 8), (1, 1), (3, 16), (4, 12), (16, 24, 40), (64, 64), (1, 30))
    ):
        shape = [1, rows, columns, 8 if axis == 2 else columns]
        parts = [replace_at(shape, axis, extent) for extent in extents]
        reads = [activation(index, part, 0.05 if not lookup else 0.04) for index, part in enumerate(parts)]
        result = activation(9, replace_at(shape, axis, sum(extents)), 0.05)
        if not lookup:
            reads = [replace(tensor, quantisation=result.quantisation) for tensor in reads]
        extra = {"requantisation": "once"} if lookup else {}
        yield model_of("CONCATENATION", reads, result, axis=axis, fused_activation_function="NONE", **extra)


def replace_at(shape: Sequence[int], axis: int, extent: int) -> tuple[int, ...]:
    return (*shape[:axis], extent, *shape[axis + 1 :])


def resized(kind: str, dtype: str) -> Make:
    def make(kernel: str) -> Iterator[Model]:
        for (rows, columns), channels, factor in product(((1, 1), (3, 5), (8, 4)), (1, 3, 8, 16, 30, 64), (1, 2, 3)):
            after = (1, rows * factor, columns * factor, channels)
            source, result = (typed(n, own, dtype) for n, own in ((0, (1, rows, columns, channels)), (2, after)))
            result = replace(result, quantisation=source.quantisation)
            size = given(1, np.array(after[1:3], np.int32))
            yield model_of(kind, [source, size], result, align_corners=False, half_pixel_centers=True)

    return make


def picked(kernel: str) -> Iterator[Model]:
    table = kernel.endswith("_constant")
    for extent, depth, count in product((5, 40), (1, 3, 8, 32, 64), (1, 7, 20)):
        source = activation(0, (extent, depth))
        if table:
            data = np.random.default_rng(extent).integers(-128, 128, source.shape, np.int8)
            source = replace(source, data=data, constant=True)
        result = Tensor(2, "t2", (count, depth), "int8", source.quantisation)
        yield model_of("GATHER", [source, Tensor(1, "t1", (count,), "int32")], result, axis=0)


def padded_by_others(kernel: str) -> Iterator[Model]:
    """By a number that is not four equal bytes."""
    for (rows, columns), channels, amount in product(((3, 5), (8, 4), (12, 12)), (1, 3, 16, 64), (1, 2)):
        amounts = np.array([[0, 0], [amount, 1], [1, amount], [0, 0]], np.int32)
        reads = [real(0, (1, rows, columns, channels)), given(1, amounts), given(3, np.array([1.5], np.float32))]
        yield model_of("PADV2", reads, real(2, (1, rows + amount + 1, columns + amount + 1, channels)))


def filled(kernel: str) -> Iterator[Model]:
    for count, (dtype, value) in product((1, 10, 64, 250), (("int8", 3), ("int16", 300), ("float32", 1.5))):
        reads = [given(0, np.array([count], np.int32)), given(1, np.array(value, dtype))]
        yield model_of("FILL", reads, Tensor(2, "t2", (count,), dtype))


def normalised(kernel: str) -> Iterator[Model]:
    for (rows, columns), channels, size in product(((1, 1), (3, 5), (8, 4)), (3, 16, 64), (1, 2)):
        shape = (1, rows, columns, channels)
        yield model_of("LRN", [real(0, shape)], real(1, shape), size=2 * size + 1, alpha=1.0)


BROADCAST = ("arenite_add_", "arenite_multiply_")
"""Kernels whose operands the choice of bodies has in few shapes."""
MAKES: dict[str, Make] = {
    **{kernel: of_elements for kernel in OF_ELEMENTS if not models_of(kernel) or kernel.startswith(BROADCAST)},
    **{
        f"arenite_arg_{suffix}_{places}": args(dtype, {"s32": "int32", "s64": "int64"}[places])
        for suffix, dtype in (("s8", "int8"), ("s32", "int32"), ("f32", "float32"))
        for places in ("s32", "s64")
    },
    **{
        f"arenite_reduce_{name}_{suffix}": reduced(kind, dtype)
        for name, kind in (("sum", "SUM"), ("max", "REDUCE_MAX"), ("min", "REDUCE_MIN"))
        for suffix, dtype in (("s8", "int8"), ("s16", "int16"), ("s32", "int32"), ("f32", "float32"))
    },
    "arenite_average_pool_s16": narrow_windows(pools),
    "arenite_average_pool_up_s8": of_uint8(pools),
    "arenite_batch_matmul_f32": products("float32"),
    "arenite_batch_matmul_s16": products("int16"),
    "arenite_batch_matmul_s8": products("int8"),
    "arenite_concatenate_lookup_s8": concatenated,
    "arenite_concatenate_s8": concatenated,
    "arenite_conv2d_s16": narrow_windows(convolutions, general_convolutions),
    "arenite_conv2d_wide_once_s8": of_uint8(convolutions, general_convolutions, depthwise, depthwise_3x3),
    "arenite_conv2d_wide_s8": of_uint8(convolutions, general_convolutions, depthwise, depthwise_3x3),
    "arenite_depthwise_conv2d_s16": narrow_windows(depthwise, depthwise_3x3),
    "arenite_dequantize_s16_f32": converted("int16", "float32"),
    "arenite_fill_all": filled,
    "arenite_fully_connected_long_s16": long_rows,
    "arenite_fully_connected_s16": narrow_windows(fully_connected),
    "arenite_fully_connected_wide_once_s8": of_uint8(fully_connected),
    "arenite_fully_connected_wide_s8": of_uint8(fully_connected),
    "arenite_gather": picked,
    "arenite_gather_constant": picked,
    "arenite_lrn_f32": normalised,
    "arenite_l2_pool_f32": l2_pools,
    "arenite_lstm_f32": recurrent,
    "arenite_lstm_s16": recurrent,
    "arenite_lstm_s8": recurrent,
    "arenite_max_pool_s16": narrow_windows(pools),
    "arenite_mean_f32": reduced("MEAN", "float32"),
    "arenite_mean_s16": reduced("MEAN", "int16"),
    "arenite_pad_f32": padded_by_others,
    "arenite_quantize_f32_s16": converted("float32", "int16"),
    "arenite_rescale_s16_s32": converted("int16", "int32"),
    "arenite_rescale_s32_s16": converted("int32", "int16"),
    "arenite_rescale_s8_s16": converted("int8", "int16"),
    "arenite_resize": resized("RESIZE_NEAREST_NEIGHBOR", "int8"),
    "arenite_resize_linear_f32": resized("RESIZE_BILINEAR", "float32"),
    "arenite_resize_linear_s16": resized("RESIZE_BILINEAR", "int16"),
    "arenite_resize_linear_s8": resized("RESIZE_BILINEAR", "int8"),
    "arenite_resize_linear_up_s8": of_uint8(resized("RESIZE_BILINEAR", "int8")),
    "arenite_shift": shifted,
    "arenite_softmax_s8_s16": softmax_to_s16,
    "arenite_sum_f32": reduced("SUM", "float32"),
    "arenite_svdf_f32": remembered,
    "arenite_svdf_s8": remembered,
    "arenite_svdf_s8_s16": remembered,
    "arenite_to_float_f32": cast_to("int16", "float32"),
    "arenite_transpose_conv_f32": transposed,
    "arenite_transpose_conv_s16": transposed,
    "arenite_transpose_conv_s8": transposed,
    "arenite_widen_s8": cast_to("int16", "int32"),
}
"""Kernel -> models of one operator, some call of which is mostly of this kernel."""
