"""Float32 operators on rows and whole tensors against ONNX Runtime: products, softmax, reductions, copies, LRN."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from float_operators import Array, assert_close, nhwc, one_operator, onnx_result, run, values
from hypothesis import given, settings
from hypothesis import strategies as st

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.float32.reduce import reduction_fields

Axes = npt.NDArray[np.int64]


def axes_of(*axes: int) -> Axes:
    return np.array(axes, np.int64)


@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(1, 1, 1), (3, 7, 5), (1, 300, 12), (4, 129, 3), (2, 1000, 8)])
@pytest.mark.parametrize("biased", [True, False])
def test_fully_connected(rows: int, inputs: int, outputs: int, biased: bool) -> None:
    x, weights, bias = values(rows, inputs), values(outputs, inputs), values(outputs) if biased else None
    expected = onnx_result("Gemm", [x, weights, *([] if bias is None else [bias])], transB=1)
    assert_close(run(one_operator("FULLY_CONNECTED", [x.shape, weights, bias], (rows, outputs)), x), expected)


@pytest.mark.parametrize("shape", [(5,), (1, 10), (2, 3, 7), (1, 2, 3, 4)])
@pytest.mark.parametrize("kind", ["SOFTMAX", "LOG_SOFTMAX"])
def test_softmax(kind: str, shape: tuple[int, ...]) -> None:
    x = 20 * values(*shape)
    expected = onnx_result("Softmax" if kind == "SOFTMAX" else "LogSoftmax", [x], axis=-1)
    assert_close(run(one_operator(kind, [shape], shape), x), expected)


def test_softmax_scales_its_input() -> None:
    x = values(3, 9)
    found = run(one_operator("SOFTMAX", [x.shape], x.shape, beta=0.25), x)
    assert_close(found, onnx_result("Softmax", [x * np.float32(0.25)], axis=-1))


REDUCTIONS = {"MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin"}


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(REDUCTIONS)),
    st.lists(st.integers(1, 5), min_size=1, max_size=5),
    st.sets(st.integers(0, 4)),
    st.booleans(),
)
def test_reductions(kind: str, shape: list[int], chosen: set[int], keep: bool) -> None:
    axes = axes_of(*sorted({axis % len(shape) for axis in chosen} or {0}))
    x = values(*shape) + 2
    expected = onnx_result(REDUCTIONS[kind], [x, axes], keepdims=int(keep))
    model = one_operator(kind, [shape, axes.astype(np.int32)], expected.shape, keep_dims=keep)
    try:
        lower(model, model.operators[0])
    except NotLowered:
        assert len([axis for axis in range(len(shape)) if shape[axis] > 1]) == 5, "only five axes in turn are refused"
        return
    assert_close(run(model, x), expected)


def test_long_sums_keep_their_digits() -> None:
    x = np.full((1, 300, 300, 1), 0.1, np.float32)
    model = one_operator("MEAN", [x.shape, axes_of(1, 2)], (1, 1), keep_dims=False)
    assert_close(run(model, x), np.full((1, 1), 0.1, np.float32), 1e-6)


def test_what_is_kept_before_a_group_is_rows() -> None:
    fields = reduction_fields((2, 3, 4, 5), {2})
    assert list(fields.values()) == [6, 1, 1, 4, 5]
    assert list(reduction_fields((2, 3, 4, 5), {0, 2}).values()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("value", [None, 0.0, -0.0, -1.5, -np.inf])
@pytest.mark.parametrize(
    ("shape", "paddings"),
    [
        ((1, 5, 4, 3), [(0, 0), (1, 1), (1, 2), (0, 0)]),
        ((2, 3, 4, 5), [(1, 2), (0, 3), (4, 1), (2, 1)]),
        ((2, 3, 4), [(1, 0), (0, 2), (3, 0)]),
        ((7,), [(3, 2)]),
    ],
)
def test_pad(shape: tuple[int, ...], paddings: list[tuple[int, int]], value: float | None) -> None:
    x = values(*shape)
    constant = [] if value is None else [np.array([value], np.float32)]
    expected = np.pad(x, paddings, constant_values=0.0 if value is None else value)
    pairs = np.array(paddings, np.int32)
    model = one_operator("PAD" if value is None else "PADV2", [shape, pairs, *constant], expected.shape)
    found = run(model, x)
    np.testing.assert_array_equal(found.view(np.int32), expected.view(np.int32))
    (call,) = lower(model, model.operators[0]).calls
    assert call.kernel == ("arenite_pad_s8" if value is None or str(value) == "0.0" else "arenite_pad_f32")


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1])
def test_concatenation(axis: int) -> None:
    extents = [3, 1, 4]
    parts = [values(*(extent if place == axis % 4 else 2 for place in range(4)), seed=extent) for extent in extents]
    expected = np.concatenate(parts, axis)
    model = one_operator("CONCATENATION", [parts[0].shape, parts[1], parts[2].shape], expected.shape, axis=axis)
    np.testing.assert_array_equal(run(model, parts[0], parts[2]), expected)


@pytest.mark.parametrize("size", [1, 3, 5, 31])
def test_local_response_normalisation(size: int) -> None:
    x = 9 * values(2, 7, 3, 4)
    expected = onnx_result("LRN", [x], size=size, alpha=0.3, beta=0.6, bias=1.5)
    model = one_operator("LRN", [(2, 3, 4, 7)], (2, 3, 4, 7), size=size, alpha=0.3, beta=0.6, bias=1.5)
    assert_close(run(model, nhwc(x)), nhwc(expected))


def test_of_an_even_number_of_neighbours_one_more_stands_behind() -> None:
    """ONNX defines it so; ONNX Runtime has odd numbers only."""
    x = values(3, 6)
    model = one_operator("LRN", [x.shape], x.shape, size=4, alpha=2.0, beta=0.75, bias=1.0)
    sums = np.array([[(row[max(c - 1, 0) : c + 3] ** 2).sum() for c in range(6)] for row in x])
    assert_close(run(model, x), x / (1 + 2 / 4 * sums).astype(np.float32) ** np.float32(0.75))


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize(("low", "high"), [(0.0, 255.0), (-128.0, 127.0)])
def test_requant_shift_is_exact(per_channel: bool, low: float, high: float) -> None:
    random = np.random.default_rng(2)
    x = random.integers(-9000, 9000, (2, 5, 4, 6))
    factors = random.integers(1, 200, 6 if per_channel else 1)
    offsets = random.integers(-50000, 50000, 6 if per_channel else 1)
    exact = np.clip((x * factors + offsets + 2**12) // 2**13, low, high).astype(np.float32)
    constants: list[Array] = [array.astype(np.float32) for array in (factors, offsets)]
    given_attributes: dict[str, Any] = {"div": 2.0**13, "low": low, "high": high}
    model = one_operator("REQUANT_SHIFT", [x.shape, *constants], x.shape, **given_attributes)
    np.testing.assert_array_equal(run(model, x.astype(np.float32)), exact)


@pytest.mark.parametrize(
    ("kind", "inputs", "attributes", "reason"),
    [
        ("FULLY_CONNECTED", [(2, 6), (3, 6)], {}, "not a constant"),
        ("FULLY_CONNECTED", [(2, 6), np.zeros((3, 6), np.int8)], {}, "is int8, not float32"),
        ("FULLY_CONNECTED", [(2, 6), values(3, 5)], {}, "not rows of 5"),
        ("FULLY_CONNECTED", [(2, 6), values(3, 6)], {"weights_format": "SHUFFLED4x16INT8"}, "SHUFFLED"),
        ("SOFTMAX", [(2, 3)], {"beta": -1.0}, "beta -1.0"),
        ("PAD", [(2, 1), np.array([[0, -1], [0, 2]], np.int32)], {}, "paddings are"),
        ("PADV2", [(2, 2), np.array([[0, 0], [0, 1]], np.int32), values(2)], {}, "2 elements"),
        ("CONCATENATION", [(2, 1), (2, 1)], {"axis": 1}, "2 elements along axis 1, the output 3"),
        ("CONCATENATION", [(2, 1), (2, 2)], {"axis": 4}, "axis is 4"),
        ("LRN", [(2, 3)], {"size": 0}, "size is 0"),
        ("MEAN", [(2, 3), axes_of(5)], {}, r"axes are \[5\]"),
        ("REQUANT_SHIFT", [(2, 3), values(2), values(1)], {"div": 2.0, "low": 0.0, "high": 1.0}, "for 3 channels"),
        ("REQUANT_SHIFT", [(2, 3), values(3), values(1)], {"div": 0.0, "low": 0.0, "high": 1.0}, "divisor is 0"),
    ],
)
def test_what_has_no_kernel_is_refused(kind: str, inputs: list[Any], attributes: dict[str, Any], reason: str) -> None:
    model = one_operator(kind, inputs, (2, 3), **attributes)
    with pytest.raises(NotLowered, match=reason):
        lower(model, model.operators[0])
