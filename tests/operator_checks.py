"""What every test of an operator asks for: a lowering that fits its kernel's prototype, and the reference's bits."""

from __future__ import annotations

from collections.abc import Sequence

from kernel_harness import check_against_reference
from models.writer import ModelWriter

from arenite.codegen.kernels import kernels, structs
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

Quantised = tuple[float, int]
"""Scale and zero point."""


def check_operators(data: bytes, samples: int = 4, seed: int = 0) -> None:
    """Every operator of a model against its kernel's header and, bit for bit, against TFLite's reference."""
    check_prototypes(data)
    check_against_reference(data, samples, seed)


def check_prototypes(data: bytes) -> None:
    """``check_layers`` for a file."""
    check_layers(parse_tflite(data, "test.tflite"))


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


def one_operator(
    kind: str,
    inputs: Sequence[tuple[Sequence[int], Quantised]],
    output: tuple[Sequence[int], Quantised],
    **options: object,
) -> bytes:
    """A model of one operator on int8 tensors, each given as shape and quantisation."""
    writer = ModelWriter()
    sources = [
        writer.tensor(f"input_{number}", shape, scale=scale, zero_point=zero_point)
        for number, (shape, (scale, zero_point)) in enumerate(inputs)
    ]
    shape, (scale, zero_point) = output
    result = writer.tensor("output", shape, scale=scale, zero_point=zero_point)
    writer.operator(kind, sources, [result], **options)
    return writer.finish(sources, [result])
