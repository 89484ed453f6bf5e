"""Rows that an operator is said to need, against what changes in its results when a row of an operand changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from kernel_calls import random_values, whole
from models.writer import ModelWriter
from oracles import Reference
from row_models import MODELS

from arenite.frontends.lowering import Call, NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import families, lower
from arenite.frontends.rows.form import row_form
from arenite.frontends.rows.kinds import KINDS
from arenite.frontends.tflite import parse_tflite
from arenite.rows.forms import RowForm

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]
Run = Callable[[dict[int, Array]], list[Bytes]]
"""Values of the model's inputs, by tensor -> its outputs, in order."""

TIGHT = frozenset(
    (
        "arenite_average_pool_f32", "arenite_conv2d_f32", "arenite_conv2d_general_s8", "arenite_conv2d_once_s8",
        "arenite_conv2d_s8", "arenite_depthwise_conv2d_3x3_s8", "arenite_depthwise_conv2d_f32",
        "arenite_depthwise_conv2d_s8", "arenite_resize", "arenite_pad_s8", "arenite_add_f32", "arenite_move",
    )
)  # fmt: skip
"""Kernels of which every row that is needed is seen to matter."""


def changes(
    form: RowForm, model: Model, run: Run, generator: np.random.Generator, rounds: int = 3
) -> dict[int, list[set[int]]]:
    """Input tensor -> for each row of the results, the rows of the input that it was seen to depend on."""
    place = dict(enumerate(model.inputs))
    seen = {index: [set[int]() for _ in range(form.rows)] for index in model.inputs}
    for _ in range(rounds):
        values = random_values(generator, model)
        before = [result.reshape(form.rows, -1) for result in run(values)]
        for buffer, operand in form.operands.items():
            index = place[buffer]
            for row in range(operand.rows):
                changed = dict(values)
                others = random_values(generator, model)[index].reshape(operand.rows, -1)
                changed[index] = np.array(values[index]).reshape(operand.rows, -1)
                changed[index][row] = others[row]
                changed[index] = changed[index].reshape(values[index].shape)
                for old, new in zip(before, run(changed), strict=True):
                    for affected in np.flatnonzero((old != new.reshape(form.rows, -1)).any(axis=1)):
                        seen[index][affected].add(row)
    return seen


def check(model: Model, run: Run, form: RowForm, generator: np.random.Generator, *, tight: bool) -> None:
    seen = changes(form, model, run, generator)
    for buffer, operand in form.operands.items():
        rows = seen[model.inputs[buffer]]
        assert len(operand.needs) == form.rows
        assert all(0 <= first <= last <= operand.rows for first, last in operand.needs)
        for row, (found, (first, last)) in enumerate(zip(rows, operand.needs, strict=True)):
            assert found <= set(range(first, last)), f"row {row} depends on {sorted(found)}, not {first} to {last}"
            if tight:
                assert not (first < last) or (min(found), max(found) + 1) == (first, last), (row, found, first, last)


def form_of(model: Model) -> RowForm | None:
    """Of a model of one operator; its inputs are buffers 0, 1 ..."""
    (operator,) = model.operators
    try:
        lowering = lower(model, operator)
    except NotLowered:
        lowering = None
    place = {index: buffer for buffer, index in enumerate((*model.inputs, *model.outputs))}
    return row_form(model, operator, lowering, place)


def _whole(model: Model, calls: Sequence[Call], values: dict[int, Array]) -> list[Bytes]:
    return [whole(model, calls, values)]


@pytest.mark.parametrize("kernel", sorted(MODELS))
def test_kernels_need_what_matters(kernel: str) -> None:
    generator = np.random.default_rng(len(kernel))
    tried = 0
    while tried < 4:
        model = MODELS[kernel](generator)
        try:
            calls = lower(model, model.operators[0]).calls
        except NotLowered:
            continue
        form = form_of(model)
        if form is not None:
            tried += 1
            check(model, partial(_whole, model, calls), form, generator, tight=kernel in TIGHT)


IMAGE = (1, 7, 4, 3)
SEQUENCE = (1, 9, 5)


def one(
    kind: str, shapes: Sequence[Sequence[int]], results: Sequence[Sequence[int]], *, dtype: str = "uint8",
    result_dtype: str | None = None, constants: Sequence[Array] = (), before: Sequence[Array] = (),
    result_scale: float = 0.05, **options: object,
) -> bytes:  # fmt: skip
    """An operator that reads constants, inputs and constants again."""
    writer = ModelWriter()

    def tensor(name: str, shape: Sequence[int], of: str, scale: float = 0.05) -> int:
        quantised = of in ("int8", "uint8")
        point = 0 if of == "int8" else 128
        return writer.tensor(name, shape, of, scale=scale if quantised else None, zero_point=point)

    def constant(array: Array) -> int:
        kind = str(array.dtype)
        point: dict[str, Any] = {"scale": 0.02, "zero_point": 0 if kind == "int8" else 128}
        return writer.tensor("c", array.shape, kind, data=array, **(point if kind in ("int8", "uint8") else {}))

    first = [constant(array) for array in before]
    inputs = [tensor(f"in{n}", shape, dtype) for n, shape in enumerate(shapes)]
    last = [constant(array) for array in constants]
    outputs = [tensor(f"out{n}", shape, result_dtype or dtype, result_scale) for n, shape in enumerate(results)]
    writer.operator(kind, [*first, *inputs, *last], outputs, **options)
    return writer.finish(inputs, outputs)


def ints(*values: int) -> Array:
    return np.array(values, np.int32)


def filters(*shape: int, dtype: str = "uint8") -> Array:
    generator = np.random.default_rng(shape)
    if dtype == "float32":
        return generator.normal(0, 1, shape).astype(np.float32)
    return (
        generator.integers(0, 256, shape, np.uint8)
        if dtype == "uint8"
        else generator.integers(-127, 128, shape, np.int8)
    )


def window(kind: str, stride: int, padding: str, *, kernel: int = 3, dilation: int = 1) -> bytes:
    reach = (kernel - 1) * dilation + 1
    counts = [-(-(n if padding == "SAME" else n - reach + 1) // stride) for n in (9, 8)]
    options: dict[str, Any] = {"padding": padding, "stride_h": stride, "stride_w": stride}
    if "CONV" not in kind:
        options |= {"filter_height": kernel, "filter_width": kernel}
        return one(kind, [(1, 9, 8, 2)], [(1, *counts, 2)], **options)
    options |= {"dilation_h_factor": dilation, "dilation_w_factor": dilation}
    shape = (2, kernel, kernel, 2) if kind == "CONV_2D" else (1, kernel, kernel, 2)
    if kind == "DEPTHWISE_CONV_2D":
        options["depth_multiplier"] = 1
    constants = [filters(*shape), np.zeros(2, np.int32)]
    return one(kind, [(1, 9, 8, 2)], [(1, *counts, 2)], constants=constants, result_scale=0.5, **options)


def transposed(stride: int, padding: str, kernel: int, rows: int) -> bytes:
    same = padding == "SAME"
    height = -(-(rows if same else rows - kernel + 1) // stride)
    shape = (1, rows, 3 * stride if same else 3 * stride + kernel - 1, 2)
    return one(
        "TRANSPOSE_CONV", [(1, height, 3, 2)], [shape],
        before=[ints(*shape), filters(2, kernel, kernel, 2, dtype="float32")],
        dtype="float32", padding=padding, stride_h=stride, stride_w=stride,
    )  # fmt: skip


def resized(kind: str, rows: int, dtype: str, **options: Any) -> bytes:
    return one(kind, [IMAGE], [(1, rows, 5, 3)], dtype=dtype, constants=[ints(rows, 5)], **options)


def sliced(begin: Sequence[int], end: Sequence[int], steps: Sequence[int], **masks: int) -> bytes:
    def bound(values: Sequence[int], mask: str, axis: int) -> int | None:
        return None if masks.get(mask, 0) >> axis & 1 else values[axis]

    taken = [
        range(extent)[slice(bound(begin, "begin_mask", axis), bound(end, "end_mask", axis), steps[axis])]
        for axis, extent in enumerate(IMAGE)
    ]
    options: dict[str, Any] = dict(masks)
    constants = [ints(*begin), ints(*end), ints(*steps)]
    return one("STRIDED_SLICE", [IMAGE], [[len(elements) for elements in taken]], constants=constants, **options)


def mirrored(mode: str) -> bytes:
    amounts = np.array([(0, 0), (2, 3), (1, 0), (0, 0)], np.int32)
    return one("MIRROR_PAD", [IMAGE], [(1, 12, 5, 3)], dtype="int8", constants=[amounts], mode=mode)


WINDOWS = ((1, "SAME", 1), (2, "SAME", 1), (2, "VALID", 1), (3, "SAME", 1), (1, "SAME", 2))
"""Stride, padding and dilation."""

FILES: dict[str, Callable[[], bytes]] = {
    "split": lambda: one("SPLIT", [(1, 7, 4, 6)], [(1, 7, 4, 3)] * 2, before=[ints(3)], num_splits=2),
    "split_v": lambda: one(
        "SPLIT_V", [(1, 7, 4, 6)], [(1, 7, 4, 2), (1, 7, 4, 4)], constants=[ints(2, 4), ints(-1)], num_splits=2
    ),
    "unpack": lambda: one("UNPACK", [IMAGE], [(1, 7, 4)] * 3, axis=3, num=3),
    "nearest": lambda: resized("RESIZE_NEAREST_NEIGHBOR", 11, "uint8"),
    "nearest_half": lambda: resized("RESIZE_NEAREST_NEIGHBOR", 5, "int8", half_pixel_centers=True),
    "nearest_corners": lambda: resized("RESIZE_NEAREST_NEIGHBOR", 13, "int8", align_corners=True),
    "bilinear": lambda: resized("RESIZE_BILINEAR", 12, "float32"),
    "bilinear_int8": lambda: resized("RESIZE_BILINEAR", 17, "int8"),
    "bilinear_int8_rounded_down": lambda: resized("RESIZE_BILINEAR", 21, "int8"),
    "bilinear_int8_rounded_up": lambda: resized("RESIZE_BILINEAR", 35, "int8"),
    "bilinear_half": lambda: resized("RESIZE_BILINEAR", 10, "float32", half_pixel_centers=True),
    "bilinear_half_int8": lambda: resized("RESIZE_BILINEAR", 16, "int8", half_pixel_centers=True),
    "bilinear_corners": lambda: resized("RESIZE_BILINEAR", 13, "float32", align_corners=True),
    "bilinear_corners_int8": lambda: resized("RESIZE_BILINEAR", 4, "int8", align_corners=True),
    "strided_slice": lambda: sliced((0, 1, 0, 1), (1, 6, 4, 3), (1, 2, 1, 1)),
    "strided_slice_masks": lambda: sliced((0, 3, 2, 0), (0, 0, 0, 2), (1, 1, 1, 1), begin_mask=1, end_mask=7),
    "strided_slice_negative": lambda: sliced((0, -4, 0, 0), (1, -1, 4, 3), (1, 1, 1, 1)),
    "strided_slice_reversed": lambda: sliced((0, 6, 0, 0), (1, 0, 4, 3), (1, -1, 1, 1)),
    "slice": lambda: one("SLICE", [IMAGE], [(1, 4, 2, 3)], constants=[ints(0, 2, 1, 0), ints(1, 4, 2, -1)]),
    "add": lambda: one("ADD", [IMAGE, IMAGE], [IMAGE]),
    "add_broadcast": lambda: one("ADD", [IMAGE, (1, 1, 4, 3)], [IMAGE]),
    "maximum": lambda: one("MAXIMUM", [IMAGE, (1, 7, 1, 3)], [IMAGE], dtype="int8"),
    "less": lambda: one("LESS", [IMAGE, IMAGE], [IMAGE], dtype="float32", result_dtype="bool"),
    "cast": lambda: one("CAST", [IMAGE], [IMAGE], result_dtype="float32"),
    "hard_swish": lambda: one("HARD_SWISH", [IMAGE], [IMAGE], dtype="int8"),
    "dequantize_rank_3": lambda: one("DEQUANTIZE", [(1, 5, 6)], [(1, 5, 6)], result_dtype="float32"),
    **{
        f"{kind}_{stride}_{padding}_{dilation}".lower(): partial(window, kind, stride, padding, dilation=dilation)
        for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D")
        for stride, padding, dilation in WINDOWS
        if dilation == 1 or "CONV" in kind
    },
    "transpose_conv_2_same": lambda: transposed(2, "SAME", 3, 10),
    "transpose_conv_2_same_2": lambda: transposed(2, "SAME", 2, 10),
    "transpose_conv_3_same": lambda: transposed(3, "SAME", 5, 12),
    "transpose_conv_2_valid": lambda: transposed(2, "VALID", 3, 12),
    "transpose_conv_1_valid": lambda: transposed(1, "VALID", 4, 9),
    "softmax": lambda: one("SOFTMAX", [IMAGE], [IMAGE], dtype="float32", beta=1.0),
    "concatenation": lambda: one("CONCATENATION", [IMAGE, (1, 7, 4, 2)], [(1, 7, 4, 5)], axis=-1),
    "concatenation_columns": lambda: one("CONCATENATION", [IMAGE, (1, 7, 2, 3)], [(1, 7, 6, 3)], axis=2),
    "pack": lambda: one("PACK", [(1, 7, 4), (1, 7, 4)], [(1, 7, 4, 2)], axis=3, values_count=2),
    "space_to_depth": lambda: one("SPACE_TO_DEPTH", [(1, 6, 4, 3)], [(1, 3, 2, 12)], block_size=2),
    "pad": lambda: one("PAD", [IMAGE], [(1, 10, 5, 3)], constants=[ints(0, 0, 1, 2, 0, 1, 0, 0).reshape(4, 2)]),
    "split_in_one": lambda: one("SPLIT", [IMAGE], [IMAGE], before=[ints(0)], num_splits=1),
    "reflect": lambda: mirrored("REFLECT"),
    "symmetric": lambda: mirrored("SYMMETRIC"),
    "mean_columns": lambda: one("MEAN", [IMAGE], [(1, 7, 1, 3)], constants=[ints(2)], keep_dims=True),
    **{
        f"{kind}_rank_3_{number}".lower(): partial(one, kind, [SEQUENCE, *shapes], [SEQUENCE], dtype=dtype)
        for kind, dtype in (("ADD", "int8"), ("MUL", "uint8"), ("DIV", "float32"), ("SQUARED_DIFFERENCE", "float32"))
        for number, shapes in enumerate([[SEQUENCE], [(1, 9, 1)], [(1, 1, 5)], [(9, 5)]])
    },
    "add_rank_2": lambda: one("ADD", [(9, 5), (9, 5)], [(9, 5)], dtype="int8"),
    "add_rank_2_constant": lambda: one(
        "ADD", [(9, 5)], [(9, 5)], dtype="int8", constants=[filters(9, 5, dtype="int8")]
    ),
    "fully_connected_rank_3": lambda: one(
        "FULLY_CONNECTED", [SEQUENCE], [(1, 9, 4)], constants=[filters(4, 5), np.zeros(4, np.int32)],
        result_scale=0.2, keep_num_dims=True,
    ),
    "mean_last_rank_3": lambda: one("MEAN", [SEQUENCE], [(1, 9, 1)], dtype="int8", constants=[ints(2)], keep_dims=True),
    "mean_last_rank_3_uint8": lambda: one("MEAN", [SEQUENCE], [(1, 9)], constants=[ints(-1)], keep_dims=False),
    "mean_last_rank_3_float": lambda: one(
        "MEAN", [SEQUENCE], [(1, 9, 1)], dtype="float32", constants=[ints(2)], keep_dims=True
    ),
    "mean_channels": lambda: one("MEAN", [IMAGE], [(1, 7, 4, 1)], constants=[ints(3)], keep_dims=True),
    "pad_rank_3": lambda: one(
        "PAD", [SEQUENCE], [(1, 12, 6)], dtype="int8", constants=[ints(0, 0, 2, 1, 1, 0).reshape(3, 2)]
    ),
    "pad_rank_2": lambda: one("PAD", [(9, 5)], [(11, 5)], dtype="float32", constants=[ints(2, 0, 0, 0).reshape(2, 2)]),
    "batch_matmul": lambda: one("BATCH_MATMUL", [SEQUENCE, (1, 5, 3)], [(1, 9, 3)], dtype="float32"),
    "batch_matmul_adjoint": lambda: one(
        "BATCH_MATMUL", [SEQUENCE, (1, 3, 5)], [(1, 9, 3)], dtype="float32", adj_y=True
    ),
    "l2_normalization": lambda: one("L2_NORMALIZATION", [IMAGE], [IMAGE], dtype="float32"),
}  # fmt: skip
"""Files of one operator that arenite does not compile, or does not split when it does."""

LOOSE = (
    "softmax", "mul_rank_3", "add_rank", "mean_last", "mean_channels", "fully_connected", "bilinear_int8", "max_pool",
    "less", "hard_swish", "maximum", "conv_2d", "mean_columns",
)  # fmt: skip
"""What need not show each row that it needs: small differences vanish."""


@pytest.mark.parametrize("name", FILES)
def test_kinds_need_what_matters(name: str) -> None:
    data = FILES[name]()
    model = parse_tflite(data, f"{name}.tflite")
    form = form_of(model)
    assert form is not None
    reference = Reference(data)

    def run(values: dict[int, Array]) -> list[Bytes]:
        results = reference.run([values[index] for index in model.inputs])
        return [np.ascontiguousarray(results[index]).reshape(-1).view(np.uint8) for index in model.outputs]

    check(model, run, form, np.random.default_rng(3), tight=not any(name.startswith(loose) for loose in LOOSE))


WHOLE: dict[str, Callable[[], bytes]] = {
    "depth_to_space": lambda: one("DEPTH_TO_SPACE", [(1, 5, 2, 8)], [(1, 10, 4, 2)], block_size=2),
    "split_rows": lambda: one("SPLIT", [(1, 8, 4, 3)], [(1, 4, 4, 3)] * 2, before=[ints(1)], num_splits=2),
    "pack_rows": lambda: one("PACK", [(1, 7, 4), (1, 7, 4)], [(1, 2, 7, 4)], axis=1, values_count=2),
    "batch_slice": lambda: one("SLICE", [(2, 5, 2, 3)], [(2, 2, 2, 3)], constants=[ints(0, 3, 0, 0), ints(2, 2, 2, 3)]),
    "transpose": lambda: one("TRANSPOSE", [IMAGE], [(1, 4, 7, 3)], constants=[ints(0, 2, 1, 3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_what_moves_rows_stays_whole(name: str) -> None:
    assert form_of(parse_tflite(WHOLE[name](), f"{name}.tflite")) is None


def test_a_slice_with_broken_constants_stays_whole() -> None:
    data = one("SLICE", [IMAGE, (4,)], [(1, 4, 2, 3)], dtype="int32", constants=[ints(1, 4, 2, -1)])
    assert form_of(parse_tflite(data, "slice.tflite")) is None


def test_uint8_mean_is_summed_up() -> None:
    data = one("MEAN", [IMAGE], [(1, 3)], constants=[ints(1, 2)], keep_dims=False)
    form = form_of(parse_tflite(data, "mean.tflite"))
    assert form is not None
    assert form.accumulator_bytes == 12
    assert form.rows == 1
    assert form.operands[0].needs == ((0, 7),)
    data = one("MEAN", [SEQUENCE], [(1, 5)], constants=[ints(1)], keep_dims=False)
    form = form_of(parse_tflite(data, "mean.tflite"))
    assert form is not None
    assert (form.rows, form.accumulator_bytes, form.operands[0].needs) == (1, 20, ((0, 9),))


def test_pools_are_summed_up_where_windows_do_not_overlap() -> None:
    forms = [
        form_of(parse_tflite(window(kind, 3, "VALID"), "pool.tflite")) for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D")
    ]
    assert [form.accumulator_bytes for form in forms if form is not None] == [16, 4]
    overlapping = form_of(parse_tflite(window("AVERAGE_POOL_2D", 2, "VALID"), "pool.tflite"))
    assert overlapping is not None
    assert overlapping.accumulator_bytes == 0


def test_every_kind_of_the_frontends_is_in_the_table() -> None:
    assert {*families(), *families("float32")} <= set(KINDS)
