"""UNIDIRECTIONAL_SEQUENCE_LSTM, int8, against TFLite's reference kernels, over sequences of inferences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.writer import ModelWriter
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

GATES = ("input", "forget", "cell", "output")


def lstm(
    inputs: int = 5,
    units: int = 6,
    steps: int = 3,
    batches: int = 1,
    *,
    time_major: bool = False,
    coupled: bool = False,
    cell_bits: int = 4,
    cell_clip: float = 10.0,
    gate: float = 3.0,
    bias: float = 1.0,
    shown: float = 1 / 128,
    zero_points: tuple[int, int] = (-3, 4),
    seed: int = 0,
) -> bytes:
    """A model of one layer.

    Args:
        gate: what the sums of gates are about; ``bias`` likewise.
        shown: the scale of the output.
        zero_points: of input and output.
    """
    generator = np.random.default_rng(seed)
    writer = ModelWriter()
    order = (steps, batches) if time_major else (batches, steps)
    source = writer.tensor("input", (*order, inputs), scale=0.02, zero_point=zero_points[0])
    present = [not coupled or name != "input" for name in GATES]

    def weights(kind: str, length: int, scale: float) -> list[int]:
        """Sums of products of random values, each about 75, with values of this scale come to about ``gate``."""
        step = gate / (75 * 75 * scale * length**0.5)
        return [
            writer.tensor(
                f"{kind} {name}",
                (units, length),
                scale=step * (1 + 0.1 * place),
                data=generator.integers(-127, 128, (units, length)),
            )
            if present[place]
            else -1
            for place, name in enumerate(GATES)
        ]

    own, recurrent = weights("own", inputs, 0.02), weights("recurrent", units, shown)
    step = gate / (75 * 75 * inputs**0.5)
    biases = [
        writer.tensor(
            f"bias {name}",
            (units,),
            "int32",
            scale=step,
            data=np.rint(generator.uniform(-bias, bias, units) / step),
        )
        if present[place]
        else -1
        for place, name in enumerate(GATES)
    ]
    quantised = {"scale": shown, "zero_point": zero_points[1]}
    hidden = writer.tensor("hidden", (batches, units), variable=True, **quantised)
    cells = writer.tensor("cells", (batches, units), "int16", scale=2.0 ** (cell_bits - 15), variable=True)
    between = [writer.tensor(f"sum {name}", (0,), "float32") for name in GATES]
    between.append(writer.tensor("before projection", (0,), **quantised))
    result = writer.tensor("output", (*order, units), **quantised)
    absent = [-1] * 4
    writer.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *own, *recurrent, *absent[:3], *biases, *absent[:2], hidden, cells, *absent],
        [result],
        intermediates=between,
        fused_activation_function="TANH",
        cell_clip=cell_clip,
        time_major=time_major,
    )
    return writer.finish([source], [result])


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
