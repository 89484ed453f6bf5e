"""Padding that is neither SAME nor VALID, as formats other than TensorFlow Lite's have it: what it gives is what VALID
gives on an input that was padded before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kernel_harness import Array, run_operator
from operator_checks import one_operator
from weighted_models import Numbers, convolution

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.operators.pool import window_positions
from arenite.frontends.tflite import parse_tflite

Pads = tuple[tuple[int, int], tuple[int, int]]
PADS: list[Pads] = [((1, 2), (0, 1)), ((0, 2), (2, 0)), ((2, 0), (1, 1)), ((0, 0), (0, 2))]
ZERO_POINT = Numbers().input_zero_point


def without_padding(valid: Model, pads: Pads) -> Model:
    """The model whose one operator pads by itself what ``valid`` gets padded."""
    (operator,) = valid.operators
    source = valid.tensors[operator.inputs[0]]
    extents = [extent - sum(pair) for extent, pair in zip(source.shape[1:3], pads, strict=True)]
    tensors = list(valid.tensors)
    tensors[source.index] = replace(source, shape=(source.shape[0], *extents, source.shape[3]))
    attributes = {**operator.attributes, "explicit_padding": pads}
    return replace(valid, tensors=tuple(tensors), operators=(replace(operator, attributes=attributes),))


def both(valid: Model, pads: Pads, fill: int) -> tuple[Array, Array]:
    explicit = without_padding(valid, pads)
    source = valid.operators[0].inputs[0]
    values = np.random.default_rng(1).integers(-128, 128, explicit.tensors[source].shape).astype(np.int8)
    padded = np.pad(values, ((0, 0), *pads, (0, 0)), constant_values=fill)
    (result,) = run_operator(explicit, explicit.operators[0], {source: values}).values()
    (expected,) = run_operator(valid, valid.operators[0], {source: padded}).values()
    return result, expected


@pytest.mark.parametrize("pads", PADS)
@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_convolution_pads_with_the_zero_point(kind: str, stride: tuple[int, int], pads: Pads) -> None:
    data = convolution(kind, (1, 9, 8, 4), (3, 3), 4, stride=stride, padding="VALID")
    result, expected = both(parse_tflite(data, "test.tflite"), pads, ZERO_POINT)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("pads", PADS)
def test_maximum_ignores_padding(pads: Pads) -> None:
    quantised = (0.1, 3)
    options = {"filter_height": 3, "filter_width": 3, "stride_h": 2, "stride_w": 1, "padding": "VALID"}
    data = one_operator("MAX_POOL_2D", [((1, 9, 8, 4), quantised)], ((1, 4, 6, 4), quantised), **options)
    result, expected = both(parse_tflite(data, "test.tflite"), pads, -128)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 4), (-1, 0), (0, -1)])
def test_window_outside_of_the_input_is_refused(before: int, after: int) -> None:
    with pytest.raises(NotLowered, match="does not fit windows of 3 on 6 elements"):
        window_positions(6, 3, 1, (before, after))


def test_fused_bounds_are_taken_as_they_are() -> None:
    model = parse_tflite(convolution("CONV_2D", (1, 3, 3, 2), (1, 1), 2), "test.tflite")
    operator = model.operators[0]
    attributes = {**operator.attributes, "fused_activation_function": (-7, 9)}
    (call,) = lower(model, replace(operator, attributes=attributes)).calls
    assert (call.layer["activation_min"], call.layer["activation_max"]) == (-7, 9)
