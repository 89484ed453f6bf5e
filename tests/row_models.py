"""Random models of one operator each, one for every kernel that has a row function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from in_place_models import MODELS as ELEMENT_WISE
from in_place_models import given, int8, model_of, quantized, real
from window_models import (
    Array,
    Generator,
    Make,
    activation,
    convolution,
    convolution_f32,
    convolution_s16,
    depthwise_3x3,
    draw,
    pool,
    transposed,
    weights_of,
    wide,
    wide_bias,
)

from arenite.frontends.model import Model, Quantisation, Tensor


def mean(kind: str = "MEAN", *, once: bool = False, dtype: str = "int8") -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, draw(generator, 2, 7), draw(generator, 2, 6), draw(generator, 2, 9))
        axes: list[int] = [2] if dtype == "float32" or kind != "MEAN" else [[1, 2], [2], [1]][draw(generator, 0, 2)]
        if axes == [1]:
            shape = (1, shape[1], 1, shape[3])
        if generator.random() < 0.3:
            # A mean of each vector of channels.
            shape, axes = (1, *shape[2:]), [2]
        kept = tuple(1 if axis in axes else extent for axis, extent in enumerate(shape))
        if dtype == "int16":
            source, result = wide(0, shape), wide(2, kept, 0.0004)
        elif dtype == "int8":
            source, result = int8(generator, 0, shape), int8(generator, 2, kept)
        else:
            source, result = Tensor(0, "t0", shape, dtype), Tensor(2, "t2", kept, dtype)
        extra = {"requantisation": "once"} if once else {}
        return model_of(kind, [source, given(1, np.array(axes, np.int32))], result, keep_dims=True, **extra)

    return make


def fully_connected(*, once: bool = False, wide: bool = False, dtype: str = "int8") -> Make:
    def make(generator: Generator) -> Model:
        rows, inputs, outputs = draw(generator, 2, 5), draw(generator, 1, 300), draw(generator, 1, 9)
        attributes: dict[str, object] = {"keep_num_dims": False, "weights_format": "DEFAULT"}
        attributes["fused_activation_function"] = activation(generator)
        if dtype == "float32":
            weights = given(1, generator.normal(0, 1, (outputs, inputs)).astype(np.float32))
            return model_of(
                "FULLY_CONNECTED", [real(0, (rows, inputs)), weights], real(2, (rows, outputs)), **attributes
            )
        weights = weights_of(generator, (outputs, inputs), 0, zero_points=wide)
        source = int8(generator, 0, (rows, inputs), scale=0.05)
        result = int8(generator, 2, (rows, outputs), scale=float(0.08 * np.sqrt(inputs)))
        extra = {"requantisation": "once"} if once else {"unsigned": True} if wide else {}
        return model_of("FULLY_CONNECTED", [source, weights], result, **attributes, **extra)

    return make


def fully_connected_s16(*, large: bool = False) -> Make:
    """``large``: sums do not fit into int32."""

    def make(generator: Generator) -> Model:
        rows, outputs = draw(generator, 2, 5), draw(generator, 1, 9)
        inputs = draw(generator, 1100, 1200) if large else draw(generator, 1, 300)
        weights = weights_of(generator, (outputs, inputs), 0)
        result = wide(3, (rows, outputs), 0.0017 * float(np.sqrt(inputs)))
        return model_of(
            "FULLY_CONNECTED", [wide(0, (rows, inputs)), weights, wide_bias(generator, outputs)], result,
            fused_activation_function=activation(generator), keep_num_dims=False, weights_format="DEFAULT",
        )  # fmt: skip

    return make


def pad(dtype: str = "int8") -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, *(draw(generator, 1, 5) for _ in range(3)))
        amounts = np.array([(0, 0), *(generator.integers(0, 3, 2) for _ in range(3))], np.int32)
        larger = tuple(int(extent + sum(pair)) for extent, pair in zip(shape, amounts, strict=True))
        source = real(0, shape) if dtype == "float32" else int8(generator, 0, shape)
        result = Tensor(2, "t2", larger, source.dtype, source.quantisation)
        reads = [source, given(1, amounts)]
        if dtype == "float32":
            reads.append(given(3, np.array([1.5], np.float32)))
        return model_of("PADV2" if dtype == "float32" else "PAD", reads, result)

    return make


def concatenation(*, lookup: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        axis = draw(generator, 2, 3)
        shape = [1, *(draw(generator, 2, 5) for _ in range(3))]
        quantisation = int8(generator, 9, tuple(shape)).quantisation
        reads: list[Tensor] = []
        for index in range(3):
            own = list(shape)
            own[axis] = draw(generator, 1, 4)
            tensor = int8(generator, index, tuple(own))
            if not lookup:
                tensor = Tensor(index, f"t{index}", tuple(own), "int8", quantisation)
            reads.append(tensor)
        if not lookup and generator.random() < 0.5:
            # A constant has rows as well.
            data = generator.integers(-128, 128, reads[1].shape, np.int8)
            reads[1] = Tensor(1, "t1", reads[1].shape, "int8", quantisation, data, constant=True)
        shape[axis] = sum(tensor.shape[axis] for tensor in reads)
        result = Tensor(3, "t3", tuple(shape), "int8", quantisation)
        extra = {"requantisation": "once"} if lookup else {}
        return model_of("CONCATENATION", reads, result, axis=axis, fused_activation_function="NONE", **extra)

    return make


def resize(*, linear: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        height, width, channels = (draw(generator, 2, 5) for _ in range(3))
        rows, columns = draw(generator, 2, 9), draw(generator, 1, 9)
        places = 2 if linear else 1
        tables: dict[str, Array] = {}
        for name, extent, count in (("row", height, rows), ("column", width, columns)):
            first = np.sort(generator.integers(0, extent, count))
            table = np.stack([first, np.minimum(first + 1, extent - 1)], axis=1)[:, :places]
            tables[f"{name}s"] = table.astype(np.int32)
            tables[f"{name}_weights"] = generator.uniform(0, 1, (count, 2)).astype(np.float32)
        shapes = (1, height, width, channels), (1, rows, columns, channels)
        if linear:
            return model_of("RESIZE", [real(0, shapes[0])], real(1, shapes[1]), **tables)
        source = int8(generator, 0, shapes[0])
        return model_of("RESIZE", [source], Tensor(1, "t1", shapes[1], "int8", source.quantisation), **tables)

    return make


def slice_of_rows(generator: Generator) -> Model:
    """Forwards or backwards, with or without steps, along any axis of an image."""
    shape = (1, *(draw(generator, 3, 8) for _ in range(3)))
    taken = [range(1)]
    for extent in shape[1:]:
        step = [1, 2, -1][draw(generator, 0, 2)]
        kept = range(draw(generator, 0, 1), extent - draw(generator, 0, 1), abs(step))
        taken.append(kept if step > 0 else kept[::-1])
    bounds = [[one.start for one in taken], [one.stop for one in taken], [one.step for one in taken]]
    limits = [given(2 + n, np.array(values, np.int32)) for n, values in enumerate(bounds)]
    # An end of -1 would be the last element: backwards, all that is left is taken.
    mask = sum(1 << axis for axis, one in enumerate(taken) if one.stop < 0)
    source = int8(generator, 0, shape)
    result = Tensor(1, "t1", tuple(len(one) for one in taken), "int8", source.quantisation)
    return model_of("STRIDED_SLICE", [source, *limits], result, end_mask=mask)


def resize_bilinear(dtype: str = "int8", **attributes: object) -> Make:
    def make(generator: Generator) -> Model:
        height, width, channels = (draw(generator, 2, 5) for _ in range(3))
        rows, columns = draw(generator, 2, 12), draw(generator, 1, 9)
        before, after = (1, height, width, channels), (1, rows, columns, channels)
        source = int8(generator, 0, before) if dtype == "int8" else wide(0, before)
        result = Tensor(2, "t2", after, dtype, source.quantisation)
        half = bool(generator.integers(0, 2))
        size = given(1, np.array([rows, columns], np.int32))
        form = {"align_corners": not half, "half_pixel_centers": half, **attributes}
        return model_of("RESIZE_BILINEAR", [source, size], result, **form)

    return make


def lrn(generator: Generator) -> Model:
    shape = (1, *(draw(generator, 2, 6) for _ in range(3)))
    return model_of("LRN", [real(0, shape)], real(1, shape), size=3, alpha=1.0)


def dequantize(dtype: str) -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, *(draw(generator, 2, 6) for _ in range(3)))
        return model_of("DEQUANTIZE", [int8(generator, 0, shape, dtype)], real(1, shape))

    return make


def cast(source: str, result: str) -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, *(draw(generator, 2, 6) for _ in range(3)))
        return model_of("CAST", [Tensor(0, "t0", shape, source)], Tensor(1, "t1", shape, result))

    return make


def arg(dtype: str, places: str) -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, *(draw(generator, 2, 6) for _ in range(3)))
        axis = draw(generator, 2, 3)
        result = Tensor(2, "t2", shape[:axis] + shape[axis + 1 :], places)
        reads = [Tensor(0, "t0", shape, dtype), given(1, np.array(axis, np.int32))]
        return model_of("ARG_MIN" if generator.random() < 0.5 else "ARG_MAX", reads, result)

    return make


def of_shape(make: Callable[[Generator, tuple[int, ...]], Model]) -> Make:
    """Of four axes."""
    return lambda generator: make(generator, (1, *(draw(generator, 2, 6) for _ in range(3))))


def softmax_s8_s16(generator: Generator) -> Model:
    shape = (draw(generator, 2, 5), draw(generator, 1, 40))
    result = Tensor(1, "t1", shape, "int16", Quantisation((2.0**-16,), (-(2**15),)))
    return model_of("SOFTMAX", [int8(generator, 0, shape)], result, beta=1.0)


def batch_matmul(dtype: str) -> Make:
    def make(generator: Generator) -> Model:
        rows, depth, columns = (draw(generator, 2, 6) for _ in range(3))
        transposed = bool(generator.random() < 0.5)
        shapes = (1, rows, depth), (columns, depth) if transposed else (depth, columns), (1, rows, columns)
        a, b, c = (
            wide(index, shape)
            if dtype == "int16"
            else int8(generator, index, shape)
            if dtype == "int8"
            else real(index, shape)
            for index, shape in enumerate(shapes)
        )
        return model_of("BATCH_MATMUL", [a, b], c, adj_x=False, adj_y=transposed)

    return make


def of_elements(kernel: str) -> Make:
    def make(generator: Generator) -> Model:
        return ELEMENT_WISE[kernel](generator, (1, *(draw(generator, 2, 6) for _ in range(3))))

    return make


def multiplied_by_rows(generator: Generator) -> Model:
    """By a constant of which each row has one of its own, or by one of which all rows have the same."""
    shape = (1, *(draw(generator, 2, 6) for _ in range(3)))
    own = (1, shape[1], 1, shape[3]) if generator.random() < 0.7 else (1, 1, 1, shape[3])
    data = generator.integers(-128, 128, own, np.int8)
    factors = Tensor(1, "t1", own, "int8", Quantisation((0.05,), (3,)), data, constant=True)
    return model_of(
        "MUL", [int8(generator, 0, shape), factors], int8(generator, 2, shape, scale=0.2),
        fused_activation_function="NONE",
    )  # fmt: skip


def one_of(*makes: Make) -> Make:
    return lambda generator: makes[draw(generator, 0, len(makes) - 1)](generator)


MODELS: dict[str, Make] = {
    **{kernel: of_elements(kernel) for kernel in ELEMENT_WISE.keys() - {"arenite_update_slice"}},
    **{
        f"arenite_arg_{suffix}_{places}": arg(dtype, {"s32": "int32", "s64": "int64"}[places])
        for suffix, dtype in (("s8", "int8"), ("s32", "int32"), ("f32", "float32"))
        for places in ("s32", "s64")
    },
    "arenite_average_pool_f32": pool("AVERAGE_POOL_2D", dtype="float32"),
    "arenite_batch_matmul_f32": batch_matmul("float32"),
    "arenite_batch_matmul_s16": batch_matmul("int16"),
    "arenite_batch_matmul_s8": batch_matmul("int8"),
    "arenite_average_pool_once_s8": pool("AVERAGE_POOL_2D", once=True),
    "arenite_average_pool_s16": pool("AVERAGE_POOL_2D", dtype="int16"),
    "arenite_average_pool_s8": pool("AVERAGE_POOL_2D"),
    "arenite_average_pool_up_s8": pool("AVERAGE_POOL_2D", unsigned=True),
    "arenite_concatenate_lookup_s8": concatenation(lookup=True),
    "arenite_concatenate_s8": concatenation(),
    "arenite_conv2d_f32": convolution_f32("CONV_2D"),
    "arenite_conv2d_general_once_s8": convolution("CONV_2D", groups=True, once=True, dilations=(2, 2)),
    "arenite_conv2d_general_s8": convolution("CONV_2D", groups=True, dilations=(2, 2)),
    "arenite_conv2d_once_s8": convolution("CONV_2D", once=True),
    "arenite_conv2d_s8": convolution("CONV_2D"),
    "arenite_conv2d_s16": convolution_s16("CONV_2D"),
    "arenite_conv2d_wide_once_s8": one_of(
        convolution("CONV_2D", wide=True, once=True, groups=True, dilations=(2, 2)),
        convolution("DEPTHWISE_CONV_2D", wide=True, once=True),
    ),
    "arenite_conv2d_wide_s8": one_of(
        convolution("CONV_2D", wide=True),
        convolution("CONV_2D", wide=True, groups=True, dilations=(2, 2)),
        convolution("DEPTHWISE_CONV_2D", wide=True, dilations=(2, 2)),
    ),
    "arenite_depthwise_conv2d_3x3_once_s8": depthwise_3x3(once=True),
    "arenite_depthwise_conv2d_3x3_s8": depthwise_3x3(),
    "arenite_depthwise_conv2d_f32": convolution_f32("DEPTHWISE_CONV_2D"),
    "arenite_depthwise_conv2d_once_s8": convolution("DEPTHWISE_CONV_2D", once=True, dilations=(2, 2)),
    "arenite_depthwise_conv2d_s8": convolution("DEPTHWISE_CONV_2D", dilations=(2, 2)),
    "arenite_depthwise_conv2d_s16": convolution_s16("DEPTHWISE_CONV_2D"),
    "arenite_dequantize_s16_f32": of_shape(quantized("DEQUANTIZE", "int16", "float32")),
    "arenite_dequantize_s8_f32": dequantize("int8"),
    "arenite_dequantize_u8_f32": dequantize("uint8"),
    "arenite_fully_connected_f32": fully_connected(dtype="float32"),
    "arenite_fully_connected_once_s8": fully_connected(once=True),
    "arenite_fully_connected_s8": fully_connected(),
    "arenite_fully_connected_s16": fully_connected_s16(),
    "arenite_fully_connected_long_s16": fully_connected_s16(large=True),
    "arenite_fully_connected_wide_once_s8": fully_connected(wide=True, once=True),
    "arenite_fully_connected_wide_s8": fully_connected(wide=True),
    "arenite_l2_pool_f32": pool("L2_POOL_2D", dtype="float32"),
    "arenite_lrn_f32": lrn,
    "arenite_max_pool_f32": pool("MAX_POOL_2D", dtype="float32"),
    "arenite_max_pool_s16": pool("MAX_POOL_2D", dtype="int16"),
    "arenite_max_pool_s8": pool("MAX_POOL_2D"),
    "arenite_mean_f32": mean(dtype="float32"),
    "arenite_mean_once_s8": mean(once=True),
    "arenite_mean_s16": mean(dtype="int16"),
    "arenite_mean_s8": mean(),
    "arenite_move": slice_of_rows,
    "arenite_multiply_s8": one_of(of_elements("arenite_multiply_s8"), multiplied_by_rows),
    "arenite_pad_f32": pad("float32"),
    "arenite_pad_s8": pad(),
    **{
        f"arenite_reduce_{name}_{suffix}": mean(kind, dtype=dtype)
        for name, kind in (("sum", "SUM"), ("max", "REDUCE_MAX"), ("min", "REDUCE_MIN"))
        for suffix, dtype in (("s8", "int8"), ("s16", "int16"), ("s32", "int32"))
    },
    "arenite_reduce_max_f32": mean("REDUCE_MAX", dtype="float32"),
    "arenite_reduce_min_f32": mean("REDUCE_MIN", dtype="float32"),
    "arenite_quantize_f32_s16": of_shape(quantized("QUANTIZE", "float32", "int16")),
    "arenite_rescale_s16_s32": of_shape(quantized("QUANTIZE", "int16", "int32")),
    "arenite_rescale_s32_s16": of_shape(quantized("QUANTIZE", "int32", "int16")),
    "arenite_rescale_s8_s16": of_shape(quantized("QUANTIZE", "int8", "int16")),
    "arenite_softmax_s8_s16": softmax_s8_s16,
    "arenite_resize": resize(),
    "arenite_resize_linear_f32": resize(linear=True),
    "arenite_resize_linear_s16": resize_bilinear("int16"),
    "arenite_resize_linear_s8": resize_bilinear(),
    "arenite_resize_linear_up_s8": resize_bilinear(unsigned=True),
    "arenite_sum_f32": mean("SUM", dtype="float32"),
    "arenite_to_float_f32": cast("int16", "float32"),
    "arenite_widen_s8": cast("int16", "int32"),
    "arenite_transpose_conv_f32": transposed("float32"),
    "arenite_transpose_conv_s16": transposed("int16"),
    "arenite_transpose_conv_s8": transposed(),
}
"""Kernel -> a random model of one operator, whose calls are, mostly, of this kernel."""
