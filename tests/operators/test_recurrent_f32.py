"""SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM, float32, against TFLite's reference kernels over sequences of inferences."""

from __future__ import annotations

import numpy as np
import pytest
from float_operators import TOLERANCE, values
from kernel_harness import run_operator
from models.writer import ModelWriter
from operator_checks import check_prototypes
from oracles import Reference

from arenite.frontends.tflite import parse_tflite


def check_sequence(data: bytes, samples: int = 6) -> None:
    """A model of one operator; from inference to inference it goes on with its own states."""
    check_prototypes(data)
    model, reference = parse_tflite(data, "test.tflite"), Reference(data)
    found = dict(model.states)
    for sample in range(samples):
        given = [values(*model.tensors[index].shape, seed=sample) for index in model.inputs]
        expected = reference.run(given)
        found.update(zip(model.inputs, given, strict=True))
        found.update(run_operator(model, model.operators[0], found))
        result = expected[model.outputs[0]]
        tolerance = TOLERANCE * max(1.0, float(np.abs(result).max()))
        np.testing.assert_allclose(found[model.outputs[0]], result, rtol=0, atol=tolerance)


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize(
    ("inputs", "units", "rank", "memory", "batches"), [(10, 6, 2, 4, 1), (1, 1, 1, 1, 1), (300, 3, 3, 200, 2)]
)
def test_svdf(inputs: int, units: int, rank: int, memory: int, batches: int, biased: bool) -> None:
    writer, filters = ModelWriter(), units * rank
    source = writer.tensor("input", (batches, inputs), "float32")
    features, times = (
        writer.tensor(name, (filters, extent), "float32", data=values(filters, extent) / extent**0.5)
        for name, extent in (("features", inputs), ("times", memory))
    )
    bias = writer.tensor("bias", (units,), "float32", data=values(units)) if biased else -1
    state = writer.tensor("state", (batches, filters * memory), "float32", variable=True)
    result = writer.tensor("output", (batches, units), "float32")
    writer.operator(
        "SVDF", [source, features, times, bias, state], [result], rank=rank, fused_activation_function="RELU"
    )
    check_sequence(writer.finish([source], [result]))


@pytest.mark.parametrize("clip", [0.0, 0.3])
@pytest.mark.parametrize("coupled", [True, False])
@pytest.mark.parametrize("time_major", [True, False])
@pytest.mark.parametrize(("inputs", "units", "steps", "batches"), [(1, 1, 1, 1), (5, 6, 3, 2), (200, 3, 2, 1)])
def test_lstm(inputs: int, units: int, steps: int, batches: int, time_major: bool, coupled: bool, clip: float) -> None:
    writer = ModelWriter()
    order = (steps, batches) if time_major else (batches, steps)
    source = writer.tensor("input", (*order, inputs), "float32")
    gates = [-1 if coupled and gate == 0 else gate for gate in range(4)]

    def constants(*shape: int) -> list[int]:
        return [
            -1
            if gate < 0
            else writer.tensor("constant", shape, "float32", data=values(*shape, seed=gate) / shape[-1] ** 0.5)
            for gate in gates
        ]

    weights, recurrent, bias = constants(units, inputs), constants(units, units), constants(units)
    states = [writer.tensor(name, (batches, units), "float32", variable=True) for name in ("hidden", "cells")]
    result = writer.tensor("output", (*order, units), "float32")
    absent = [-1] * 4
    writer.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *weights, *recurrent, *absent[:3], *bias, *absent[:2], *states, *absent],
        [result],
        fused_activation_function="TANH",
        cell_clip=clip,
        time_major=time_major,
    )
    check_sequence(writer.finish([source], [result]))
