"""What every test of an operator asks for: a lowering that fits its kernel's prototype, and the reference's bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import Array, check_against_reference, run_operator, sample_of
from models.writer import ModelWriter
from oracles import MicroReference

from arenite.codegen.kernels import kernels, structs
from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.rewrites.unsigned import signed
from arenite.frontends.tflite import parse_tflite

Quantised = tuple[float, int]
"""Scale and zero point."""


def check_operators(data: bytes, samples: int = 4, seed: int = 0, given: Sequence[Sequence[Array]] = ()) -> None:
    """Every operator of a model against its kernel's header and, bit for bit, against TFLite's reference."""
    check_prototypes(data)
    check_against_reference(data, samples, seed, given)


def check_sequence_on_micro(data: bytes, samples: int = 12, seed: int = 0) -> None:
    """A model of one operator and one output over a sequence of inferences against TFLite Micro, bit for bit."""
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    reference, generator = MicroReference(data), np.random.default_rng(seed)
    values = dict(model.states)
    for sample in range(samples):
        inputs = [sample_of(model.tensors[index], sample, generator) for index in model.inputs]
        values.update(zip(model.inputs, inputs, strict=True))
        values.update(run_operator(model, model.operators[0], values))
        expected = reference.run(inputs)[0]
        np.testing.assert_array_equal(values[model.outputs[0]], expected, err_msg=f"inference {sample}")


def check_prototypes(data: bytes) -> None:
    """``check_layers`` for a file."""
    check_layers(signed(parse_tflite(data, "test.tflite")))


def check_layers(model: Model) -> None:
    """The fields of each layer stand in the order of the kernel's struct, arguments in that of its parameters."""
    for operator in model.operators:
        lowering = lower(model, operator)
        for call in lowering.calls:
            layer, *parameters = kernels()[call.kernel].parameters
            assert structs()[layer.type] == tuple(call.layer)
            inputs, constants = len(call.inputs), len(call.constants)
            assert [p.name for p in parameters[inputs : inputs + constants]] == list(call.constants)
            assert [p.const for p in parameters].count(True) == inputs + constants
            written = len(lowering.states) + len(lowering.outputs) + bool(lowering.scratch_bytes)
            assert len(parameters) == inputs + constants + written


def lowering_of(data: bytes) -> Lowering:
    """Of the first operator of a file."""
    model = parse_tflite(data, "test.tflite")
    return lower(model, model.operators[0])


def kernel_of(data: bytes) -> str:
    """The one kernel that computes the first operator of a file."""
    (call,) = lowering_of(data).calls
    return call.kernel


def refusal_of(data: bytes) -> str:
    """Why the first operator of a file is not lowered."""
    with pytest.raises(NotLowered) as raised:
        lowering_of(data)
    return str(raised.value)


def one_operator(
    kind: str,
    inputs: Sequence[tuple[Sequence[int], Quantised]],
    output: tuple[Sequence[int], Quantised],
    dtype: str = "int8",
    **options: object,
) -> bytes:
    """A model of one operator on tensors of a type, int8 mostly, each given as shape and quantisation."""
    writer = ModelWriter()
    sources = [
        writer.tensor(f"input_{number}", shape, dtype, scale=scale, zero_point=zero_point)
        for number, (shape, (scale, zero_point)) in enumerate(inputs)
    ]
    shape, (scale, zero_point) = output
    result = writer.tensor("output", shape, dtype, scale=scale, zero_point=zero_point)
    writer.operator(kind, sources, [result], **options)
    return writer.finish(sources, [result])


def plain_operator(
    kind: str,
    inputs: Sequence[tuple[Sequence[int], str]],
    output: tuple[Sequence[int], str],
    constants: Sequence[Array] = (),
    **options: object,
) -> bytes:
    """A model of one operator on tensors that are not quantised, each given as shape and type; behind the inputs stand
    constants."""
    writer = ModelWriter()
    sources = [writer.tensor(f"input_{number}", shape, dtype) for number, (shape, dtype) in enumerate(inputs)]
    data = [writer.tensor(None, array.shape, str(array.dtype), data=array) for array in constants]
    result = writer.tensor("output", *output)
    writer.operator(kind, [*sources, *data], [result], **options)
    return writer.finish(sources, [result])
