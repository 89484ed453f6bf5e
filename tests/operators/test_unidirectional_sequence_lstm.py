"""UNIDIRECTIONAL_SEQUENCE_LSTM over sequences of inferences: int8 against TFLite's reference kernels, int16, of which
there is none, against TFLite Micro's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.recurrent import lstm
from operator_checks import check_operators, check_sequence_on_micro

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite


@pytest.mark.parametrize("time_major", [False, True])
@pytest.mark.parametrize("coupled", [False, True])
@pytest.mark.parametrize(("inputs", "units", "steps", "batches"), [(1, 1, 1, 1), (5, 6, 3, 2), (300, 3, 2, 1)])
def test_shapes(inputs: int, units: int, steps: int, batches: int, coupled: bool, time_major: bool) -> None:
    check_operators(lstm(inputs, units, steps, batches, coupled=coupled, time_major=time_major), samples=6)


@pytest.mark.parametrize("cell_bits", range(7))
def test_every_scale_of_cells_over_the_whole_range_of_gates(cell_bits: int) -> None:
    data = lstm(8, 128, 6, 2, cell_bits=cell_bits, cell_clip=0.0, gate=6.0, bias=8.0, seed=cell_bits)
    check_operators(data, samples=6)


@pytest.mark.parametrize("zero_points", [(-128, -128), (127, 127)])
@pytest.mark.parametrize("gate", [1e-4, 40.0])
def test_gates_that_saturate_and_gates_that_do_not_move(gate: float, zero_points: tuple[int, int]) -> None:
    check_operators(lstm(gate=gate, bias=gate, zero_points=zero_points, shown=1 / 300), samples=8)


@st.composite
def layers(draw: st.DrawFn) -> bytes:
    return lstm(
        draw(st.integers(1, 20)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 3)),
        time_major=draw(st.booleans()),
        coupled=draw(st.booleans()),
        cell_bits=draw(st.integers(0, 6)),
        cell_clip=draw(st.sampled_from([0.0, 0.3, 10.0, 1e6])),
        gate=draw(st.floats(0.01, 10)),
        bias=draw(st.floats(0, 10)),
        shown=draw(st.floats(1 / 500, 1 / 50)),
        zero_points=(draw(st.integers(-128, 127)), draw(st.integers(-128, 127))),
        seed=draw(st.integers(0, 2**16)),
    )


@settings(max_examples=20, deadline=None)
@given(layers())
def test_random_layers(data: bytes) -> None:
    check_operators(data, samples=4)


@pytest.mark.parametrize("time_major", [False, True])
@pytest.mark.parametrize(("inputs", "units", "steps", "batches"), [(1, 1, 1, 1), (5, 6, 3, 2), (300, 3, 2, 1)])
def test_shapes_of_int16(inputs: int, units: int, steps: int, batches: int, time_major: bool) -> None:
    check_sequence_on_micro(wide(inputs, units, steps, batches, time_major=time_major), 6)


@pytest.mark.parametrize("cell_bits", range(7))
@pytest.mark.parametrize("clip", [0.0, 0.3])
def test_every_scale_of_cells_of_int16(cell_bits: int, clip: float) -> None:
    check_sequence_on_micro(wide(8, 40, 6, cell_bits=cell_bits, cell_clip=clip, gate=6.0, bias=8.0, seed=cell_bits), 6)


@pytest.mark.parametrize("gate", [1e-3, 40.0])
@pytest.mark.parametrize("shown", [1 / 300, 1 / 20])
def test_gates_of_int16_that_saturate_and_that_do_not_move(gate: float, shown: float) -> None:
    check_sequence_on_micro(wide(gate=gate, bias=gate, shown=shown), 6)


def wide(*shape: int, **options: Any) -> bytes:
    return lstm(*shape, **options, dtype="int16", zero_points=(0, 0))


def refused(model: Model, inputs: dict[int, int], reason: str, **attributes: object) -> None:
    """The operator with some inputs and attributes replaced is refused."""
    (operator,) = model.operators
    changed = tuple(inputs.get(place, index) for place, index in enumerate(operator.inputs))
    with pytest.raises(NotLowered, match=reason):
        lower(model, replace(operator, inputs=changed, attributes={**operator.attributes, **attributes}))


def test_variants_are_refused_by_name() -> None:
    model = parse_tflite(lstm(), "test.tflite")
    some = model.operators[0].inputs[12]
    refused(model, {9: some}, "peepholes")
    refused(model, {16: some}, "a projection")
    refused(model, {20: some}, "layer normalisation")
    refused(model, {}, "activation is RELU", fused_activation_function="RELU")
    refused(model, {18: some}, "tensor 9 is int32, not int8")
    refused(model, {2: some}, "tensor 9 is int32, not int8")
    refused(parse_tflite(lstm(dtype="int16"), "test.tflite"), {}, "zero point 4, TFLite has only 0")
    coupled = lstm(dtype="int16", zero_points=(0, 0), coupled=True)
    refused(parse_tflite(coupled, "test.tflite"), {}, "no input gate")
