"""A random model of one operator for each kernel that writes over what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels import kernels
from arenite.frontends.model import Model, Operator, Quantisation, Tensor

Array = npt.NDArray[Any]
Shape = tuple[int, ...]
Make = Callable[[np.random.Generator, Shape], Model]

TWO_F32 = {
    "add": "ADD", "divide": "DIV", "floor_divide": "FLOOR_DIV", "floor_modulo": "FLOOR_MOD",
    "maximum": "MAXIMUM", "minimum": "MINIMUM", "multiply": "MUL", "power": "POW",
    "prelu": "PRELU", "squared_difference": "SQUARED_DIFFERENCE", "subtract": "SUB",
}  # fmt: skip


def int8(generator: np.random.Generator, index: int, shape: Shape, dtype: str = "int8", scale: float = 0) -> Tensor:
    point = int(generator.integers(-128, 128)) + (128 if dtype == "uint8" else 0)
    scale = scale or float(generator.uniform(0.02, 0.1))
    return Tensor(index, f"t{index}", shape, dtype, Quantisation((scale,), (point,)))


def real(index: int, shape: Shape) -> Tensor:
    return Tensor(index, f"t{index}", shape, "float32")


def given(index: int, values: Array) -> Tensor:
    return Tensor(index, f"t{index}", values.shape, str(values.dtype), data=values, constant=True)


def model_of(kind: str, reads: Sequence[Tensor], result: Tensor, **attributes: object) -> Model:
    """One operator, its tensors numbered anew in order of appearance; one that stands twice is read twice."""
    tensors = list(dict.fromkeys(tensor.index for tensor in (*reads, result)))
    place = {index: number for number, index in enumerate(tensors)}
    numbered = {place[t.index]: replace(t, index=place[t.index]) for t in (*reads, result)}
    output = place[result.index]
    operator = Operator(0, kind, tuple(place[t.index] for t in reads), (output,), attributes)
    inputs = tuple(index for index, t in numbered.items() if not t.constant and index != output)
    return Model("m", "m", tuple(numbered.values()), (operator,), inputs, (output,))


def other_shape(generator: np.random.Generator, shape: Shape) -> Shape:
    """The shape of an operand that is as large, or that is broadcast along some axes."""
    return shape if generator.random() < 0.5 else tuple(1 if generator.random() < 0.4 else n for n in shape)


def of_two(kind: str, **attributes: object) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        first, second = int8(generator, 0, shape), int8(generator, 1, other_shape(generator, shape))
        reads = [first, first] if generator.random() < 0.2 else [first, second]
        if generator.random() < 0.5:
            reads.reverse()
        result = Tensor(2, "t2", shape, "int8", int8(generator, 2, shape, scale=0.2).quantisation)
        activation = str(generator.choice(["NONE", "RELU"]))
        return model_of(kind, reads, result, fused_activation_function=activation, **attributes)

    return make


def of_two_f32(kind: str) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        first, second = real(0, shape), real(1, other_shape(generator, shape))
        reads = [first, first] if generator.random() < 0.2 else [first, second]
        if generator.random() < 0.5 and kind != "PRELU":
            reads.reverse()
        activation = str(generator.choice(["NONE", "RELU6"]))
        return model_of(kind, reads, real(2, shape), fused_activation_function=activation)

    return make


OF_INTEGERS = {
    "add": "ADD", "divide": "DIV", "floor_divide": "FLOOR_DIV", "floor_modulo": "FLOOR_MOD", "multiply": "MUL",
    "squared_difference": "SQUARED_DIFFERENCE", "subtract": "SUB",
}  # fmt: skip


def integers(kind: str, dtype: str) -> Make:
    """Of two tensors of a type that is not quantised."""

    def make(generator: np.random.Generator, shape: Shape) -> Model:
        reads = [Tensor(index, f"t{index}", own, dtype) for index, own in enumerate((shape, shape))]
        reads[1] = replace(reads[1], shape=other_shape(generator, shape))
        if generator.random() < 0.5:
            reads.reverse()
        activation = str(generator.choice(["NONE", "RELU6"]))
        return model_of(kind, reads, Tensor(2, "t2", shape, dtype), fused_activation_function=activation)

    return make


def sums(dtype: str) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        count = int(generator.integers(3, 9))
        reads = [replace(numbers(generator, 0, shape, dtype), index=index) for index in range(count)]
        reads = [replace(read, quantisation=reads[0].quantisation) for read in reads]
        if generator.random() < 0.2:
            reads[1] = reads[0]
        return model_of("ADD_N", reads, numbers(generator, count, shape, dtype))

    return make


def cumulative(dtype: str) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        axis = given(1, np.array(generator.integers(0, len(shape)), np.int32))
        form = {"exclusive": bool(generator.integers(2)), "reverse": bool(generator.integers(2))}
        result = numbers(generator, 2, shape, dtype)
        return model_of("CUMSUM", [numbers(generator, 0, shape, dtype), axis], result, **form)

    return make


def updated(generator: np.random.Generator, shape: Shape) -> Model:
    dtype = str(generator.choice(["int8", "int32"]))
    part = tuple(int(generator.integers(1, extent + 1)) for extent in shape)
    start = Tensor(2, "t2", (len(shape),), "int32")
    if generator.random() < 0.5:
        start = given(2, generator.integers(-2, 7, len(shape)).astype(np.int32))
    reads = [Tensor(0, "t0", shape, dtype), Tensor(1, "t1", part, dtype), start]
    return model_of("DYNAMIC_UPDATE_SLICE", reads, Tensor(3, "t3", shape, dtype))


def compared(kind: str, dtype: str) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        point = int(dtype != "int16")
        reads = [
            Tensor(index, f"t{index}", own, dtype, Quantisation((0.05 + 0.01 * index,), (point * index,)))
            for index, own in enumerate((shape, other_shape(generator, shape)))
        ]
        if generator.random() < 0.5:
            reads.reverse()
        return model_of(kind, reads, Tensor(2, "t2", shape, "bool"))

    return make


def selected(generator: np.random.Generator, shape: Shape) -> Model:
    dtype = str(generator.choice(["int8", "int32"]))
    reads = [Tensor(index, f"t{index}", shape, dtype) for index in (1, 2)]
    reads[0] = replace(reads[0], shape=other_shape(generator, shape))
    if generator.random() < 0.5:
        reads.reverse()
    condition = Tensor(0, "t0", other_shape(generator, shape), "bool")
    return model_of("SELECT_V2", [condition, *reads], Tensor(3, "t3", shape, dtype))


def prelu(generator: np.random.Generator, shape: Shape) -> Model:
    reads = [int8(generator, 0, shape), int8(generator, 1, other_shape(generator, shape))]
    return model_of("PRELU", reads, int8(generator, 2, shape, scale=0.2))


def normalised(generator: np.random.Generator, shape: Shape) -> Model:
    result = Tensor(1, "t1", shape, "int8", Quantisation((1 / 128,), (0,)))
    return model_of("L2_NORMALIZATION", [int8(generator, 0, shape)], result)


def cast(source: str, result: str) -> Make:
    return lambda _, shape: model_of("CAST", [Tensor(0, "t0", shape, source)], Tensor(1, "t1", shape, result))


def unary(function: str) -> Make:
    def make(_: np.random.Generator, shape: Shape) -> Model:
        return model_of("UNARY", [real(0, shape)], real(1, shape), function=function, low=-0.5, high=0.75)

    return make


def flip(generator: np.random.Generator, shape: Shape) -> Model:
    source = int8(generator, 0, shape, str(generator.choice(["int8", "uint8"])))
    signed, quantisation = source.dtype == "int8", source.quantisation
    assert quantisation is not None
    point = quantisation.zero_point + (128 if signed else -128)
    result = Tensor(1, "t1", shape, "uint8" if signed else "int8", Quantisation(quantisation.scales, (point,)))
    return model_of("QUANTIZE", [source], result)


def softmax(generator: np.random.Generator, shape: Shape) -> Model:
    result = Tensor(1, "t1", shape, "int8", Quantisation((1 / 256,), (-128,)))
    return model_of("SOFTMAX", [int8(generator, 0, shape)], result, beta=1.0)


def log_softmax(generator: np.random.Generator, shape: Shape) -> Model:
    result = Tensor(1, "t1", shape, "int8", Quantisation((1 / 16,), (127,)))
    return model_of("LOG_SOFTMAX", [int8(generator, 0, shape)], result)


def softmax_once(generator: np.random.Generator, shape: Shape) -> Model:
    reads = [int8(generator, 0, shape)]
    return model_of("SOFTMAX", reads, int8(generator, 1, shape, scale=0.01), beta=1.0, requantisation="once")


def softmax_f32(kind: str) -> Make:
    return lambda _, shape: model_of(kind, [real(0, shape)], real(1, shape), beta=1.0)


def quantize(dtype: str) -> Make:
    return lambda generator, shape: model_of("QUANTIZE", [real(0, shape)], int8(generator, 1, shape, dtype))


def numbers(generator: np.random.Generator, index: int, shape: Shape, dtype: str) -> Tensor:
    """Of an integer type, or float32."""
    if dtype == "float32":
        return real(index, shape)
    if dtype == "int8":
        return int8(generator, index, shape)
    scale = float(generator.uniform(0.001, 0.01)) * (2.0**-14 if dtype == "int32" else 1)
    return Tensor(index, f"t{index}", shape, dtype, Quantisation((scale,), (0,)))


def quantized(kind: str, before: str, after: str) -> Make:
    """QUANTIZE or DEQUANTIZE between two types."""

    def make(generator: np.random.Generator, shape: Shape) -> Model:
        return model_of(kind, [numbers(generator, 0, shape, before)], numbers(generator, 1, shape, after))

    return make


def of_two_s16(kind: str, scales: tuple[float, float, float] = (0.001, 0.0007, 0.002)) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        other = other_shape(generator, shape)
        shapes = [shape, shape if kind == "ADD" and scales[1] == 2.0**-10 else other, shape]
        reads = [
            Tensor(index, f"t{index}", own, "int16", Quantisation((scale,), (0,)))
            for index, (own, scale) in enumerate(zip(shapes, scales, strict=True))
        ]
        result = reads.pop()
        reads = [reads[0], reads[0]] if generator.random() < 0.2 else reads
        if generator.random() < 0.5:
            reads.reverse()
        activation = str(generator.choice(["NONE", "RELU"]))
        return model_of(kind, reads, result, fused_activation_function=activation)

    return make


def of_one_s16(kind: str, result: float = 0.002, **attributes: object) -> Make:
    def make(generator: np.random.Generator, shape: Shape) -> Model:
        scales = float(generator.choice([0.001, 2.0**-12])), result
        ends = [
            Tensor(index, f"t{index}", shape, "int16", Quantisation((scale,), (0,)))
            for index, scale in enumerate(scales)
        ]
        return model_of(kind, ends[:1], ends[1], **attributes)

    return make


def table_of_all(generator: np.random.Generator, shape: Shape) -> Model:
    table = generator.integers(-128, 128, 256, np.int8)
    return model_of("LOOKUP", [int8(generator, 0, shape)], int8(generator, 1, shape), table=table)


def requant_shift(generator: np.random.Generator, shape: Shape) -> Model:
    factors = given(1, generator.integers(1, 9, shape[-1:]).astype(np.float32))
    offsets = given(2, generator.integers(-9, 9, 1).astype(np.float32))
    reads = [real(0, shape), factors, offsets]
    return model_of("REQUANT_SHIFT", reads, real(3, shape), div=4.0, low=-8.0, high=7.0)


MODELS: dict[str, Make] = {
    "arenite_add_s16": of_two_s16("ADD"),
    "arenite_add_shifted_s16": of_two_s16("ADD", (2.0**-10, 2.0**-10, 2.0**-10)),
    "arenite_abs_s16": of_one_s16("ABS"),
    "arenite_compare_s16": compared("LESS", "int16"),
    "arenite_compare_scaled_s16": compared("NOT_EQUAL", "int16"),
    "arenite_leaky_relu_s16": of_one_s16("LEAKY_RELU", alpha=0.1),
    "arenite_logistic_s16": of_one_s16("LOGISTIC", 2.0**-15),
    "arenite_lookup_s16": of_one_s16("EXP"),
    "arenite_multiply_s16": of_two_s16("MUL"),
    "arenite_softmax_s16": of_one_s16("SOFTMAX", 2.0**-15, beta=1.0),
    "arenite_sqrt_s16": of_one_s16("SQRT", 2.0**-14),
    "arenite_squared_difference_s16": of_two_s16("SQUARED_DIFFERENCE", (0.001, 0.0007, 0.05)),
    "arenite_tanh_s16": of_one_s16("TANH", 2.0**-15),
    "arenite_add_s8": of_two("ADD"),
    "arenite_add_once_s8": of_two("SUB", requantisation="once"),
    "arenite_cumsum_f32": cumulative("float32"),
    "arenite_cumsum_s32": cumulative("int32"),
    "arenite_cumsum_s8": cumulative("int8"),
    "arenite_divide_s8": of_two("DIV"),
    "arenite_multiply_s8": of_two("MUL"),
    "arenite_multiply_once_s8": of_two("MUL", requantisation="once"),
    **{f"arenite_{name}_f32": of_two_f32(kind) for name, kind in TWO_F32.items()},
    **{
        kernel.name: unary(kernel.name.removeprefix("arenite_").removesuffix("_f32"))
        for kernel in kernels().values()
        if kernel.family == "unary_f32" and not kernel.name.endswith("_row_f32")
    },
    **{f"arenite_{name}_s32": integers(kind, "int32") for name, kind in OF_INTEGERS.items()},
    **{
        f"arenite_{kind.lower()}_{suffix}": integers(kind, dtype)
        for kind in ("MINIMUM", "MAXIMUM")
        for suffix, dtype in (("s8", "int8"), ("s16", "int16"), ("s32", "int32"))
    },
    "arenite_add_n_f32": sums("float32"),
    "arenite_add_n_s32": sums("int32"),
    "arenite_add_n_s8": sums("int8"),
    "arenite_log_softmax_f32": softmax_f32("LOG_SOFTMAX"),
    "arenite_log_softmax_s8": log_softmax,
    "arenite_flip_s8": flip,
    "arenite_lookup_s8": table_of_all,
    "arenite_compare_f32": compared("LESS", "float32"),
    "arenite_compare_s32": compared("GREATER_EQUAL", "int32"),
    "arenite_compare_s8": compared("NOT_EQUAL", "bool"),
    "arenite_compare_scaled_s8": compared("LESS_EQUAL", "int8"),
    "arenite_l2_normalization_f32": lambda _, shape: model_of("L2_NORMALIZATION", [real(0, shape)], real(1, shape)),
    "arenite_l2_normalization_s8": normalised,
    "arenite_narrow_s8": cast("int32", "int16"),
    "arenite_nonzero_s8": cast("int16", "bool"),
    "arenite_prelu_s8": prelu,
    "arenite_quantize_f32_s8": quantize("int8"),
    "arenite_quantize_f32_u8": quantize("uint8"),
    "arenite_requant_shift_f32": requant_shift,
    "arenite_select_s8": selected,
    "arenite_squared_difference_s8": of_two("SQUARED_DIFFERENCE"),
    "arenite_rescale_s16_s16": quantized("QUANTIZE", "int16", "int16"),
    "arenite_rescale_s16_s8": quantized("QUANTIZE", "int16", "int8"),
    "arenite_rescale_s32_s8": quantized("QUANTIZE", "int32", "int8"),
    "arenite_softmax_f32": softmax_f32("SOFTMAX"),
    "arenite_softmax_once_s8": softmax_once,
    "arenite_softmax_s8": softmax,
    "arenite_truncate_f32": cast("float32", "int16"),
    "arenite_update_slice": updated,
}
"""Kernel -> a random model of one operator that is one call of it."""


def random_shape(generator: np.random.Generator) -> Shape:
    return tuple(int(extent) for extent in generator.integers(1, 8, generator.integers(1, 5)))


def random_values(generator: np.random.Generator, tensor: Tensor) -> Array:
    if tensor.dtype == "float32":
        return generator.normal(0, 3, tensor.shape).astype(np.float32)
    if tensor.dtype == "bool":
        return generator.random(tensor.shape) < 0.5
    limits = np.iinfo(tensor.dtype)
    return generator.integers(limits.min, limits.max, tensor.shape, tensor.dtype, endpoint=True)
