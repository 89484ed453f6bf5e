"""Runs a generated project and an interpreter of its model on the same random inputs and compares the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arenite.codegen.description import Array, TensorDescription
from arenite.codegen.oracle import reference
from arenite.codegen.run import Target, build, execute
from arenite.codegen.verification.comparison import Difference, compare, total
from arenite.codegen.verification.file_ports import FilePort, file_ports
from arenite.codegen.verification.layers import compare_layers
from arenite.codegen.verification.onnx_ports import float_tolerances
from arenite.codegen.verification.samples import random_input
from arenite.errors import AreniteError
from arenite.progress import Progress, tell

RESET_SAMPLES = 2
"""How many of the first samples a model with state is given again after a reset."""


@dataclass(frozen=True)
class Allowance:
    """By how much an output may differ from the oracle's: by ``absolute`` of the ``unit``, ``step`` or ``real``, plus
    ``relative`` times the largest value. Bit for bit if both are 0."""

    output: str
    absolute: float
    relative: float
    unit: str


@dataclass(frozen=True)
class VerifyResult:
    """The numbers of ``arenite verify``; costs as in :class:`arenite.codegen.run.Execution`.

    ``values``: output values compared, over all samples; ``mismatches``: how many of them differ by more than the
    ``tolerance``. ``max_abs_diff``: in steps of the quantisation, or in real numbers for a float output.
    ``layer_values``, ``layer_mismatches``: likewise for the results of all steps; ``layer_values`` is 0 when layers
    were not compared. ``first_mismatch`` names the first step that differs. ``regions``: of the project, if it has any.

    The samples are one sequence for a model with state, of ``state_bytes``. Behind the last of them it is reset and
    given the first ones again; what then differs from the first results counts as mismatches, too.
    """

    model: str
    cpu: str
    on: str
    granularity: str
    oracle: str
    samples: int
    values: int
    mismatches: int
    max_abs_diff: float
    tolerance: tuple[Allowance, ...]
    arena_bytes: int
    state_bytes: int
    stack_bytes: int | None
    flash_bytes: int | None
    ram_bytes: int | None
    instructions: int | None
    layer_values: int = 0
    layer_mismatches: int = 0
    first_mismatch: str | None = None
    regions: tuple[Mapping[str, Any], ...] = ()


def _allowance(tensor: TensorDescription, port: FilePort) -> Allowance:
    unit = "real" if port.dtype.startswith("float") else "step"
    return Allowance(tensor.name, port.tolerance.absolute, port.tolerance.relative, unit)


def dequantise(values: Array, scale: float, zero_point: int) -> Array:
    """Real numbers as float32, rounded once from the double product, as TensorFlow Lite's DEQUANTIZE does."""
    real: Array = np.float64(scale) * (values.astype(np.int64) - zero_point)
    return real.astype(np.float32)


def _as_model(tensor: TensorDescription, counterpart: FilePort, value: Array) -> Array:
    """The file's array in the type that the file has: where the project was compiled for int8 at a boundary that is
    float32 in the file, the real numbers that the integers stand for; where that is uint8, these."""
    if tensor.dtype == counterpart.dtype:
        return value
    if (tensor.dtype, counterpart.dtype) == ("int8", "uint8"):
        return (value.astype(np.int16) + 128).astype(np.uint8)
    if counterpart.dtype != "float32" or tensor.scale is None or tensor.zero_point is None:
        raise AreniteError(
            f"the project has {tensor.dtype} where the model has {counterpart.dtype} ({tensor.name})",
            remedy="verify with the model that the project was compiled from",
        )
    return dequantise(value, tensor.scale, tensor.zero_point)


def verify_project(
    project: Path,
    model_file: Path,
    samples: int,
    seed: int,
    on: Target,
    layers: bool = False,
    *,
    sanitise: bool = False,
    canaries: bool = False,
) -> VerifyResult:
    """Compares a generated project with its model's oracle on ``samples`` random inputs drawn from ``seed``.

    Args:
        project: what ``arenite compile`` wrote for ``model_file``.
        layers: compare the result of every step too; the costs are then None, because looking at them costs.
        sanitise: build with the address and undefined behaviour sanitisers (host only).
        canaries: fail if a step writes to a byte of the arena that is not its own; the costs are None then, too.

    Raises:
        AreniteError: project and model do not belong together.
        ToolError: a tool or the oracle is missing or fails.
    """
    if samples < 1:
        raise AreniteError(f"cannot compare {samples} samples", remedy="ask for at least one")
    program = build(project, on=on, trace=layers, sanitise=sanitise, canaries=canaries)
    unmeasured = layers or canaries
    description = program.project
    ports = file_ports(model_file, ir="relay" if description.ir == "relay" else "relax")
    if len(description.inputs) != len(ports.inputs) or len(description.outputs) != len(ports.outputs):
        raise AreniteError(
            "has other inputs or outputs than the project", file=str(model_file), remedy="compile the model again"
        )
    entries = tuple(zip(description.inputs, ports.inputs, strict=True))
    exits = tuple(zip(description.outputs, ports.outputs, strict=True))
    generator = np.random.default_rng(seed)
    inputs = [[random_input(generator, tensor, port) for tensor, port in entries] for _ in range(samples)]
    questions = [
        [_as_model(tensor, port, value) for (tensor, port), value in zip(entries, sample, strict=True)]
        for sample in inputs
    ]
    tell(Progress("asking the reference interpreter"))
    expected = reference(model_file, questions, all_tensors=layers)
    fed = [[tensor.from_file(value) for (tensor, _), value in zip(entries, sample, strict=True)] for sample in inputs]
    again = fed[:RESET_SAMPLES] if description.state_bytes and not layers else []
    execution = execute(program, [*fed, *again], reset_at=samples if again else None)
    first_again = zip(execution.outputs[samples:], execution.outputs, strict=False)
    changed = [compare(*pair) for pairs in first_again for pair in zip(*pairs, strict=True)]
    outputs = total(
        [
            compare(_as_model(tensor, port, tensor.to_file(value)), answer, port.tolerance)
            for actual, wanted in zip(execution.outputs, expected.outputs, strict=False)
            for (tensor, port), value, answer in zip(exits, actual, wanted, strict=True)
        ]
    )
    between, first = Difference(0, 0, 0), None
    if layers:
        allowed = None
        if expected.oracle == "onnxruntime":
            allowed = float_tolerances(model_file, ir="relay" if description.ir == "relay" else "relax")
        between, first = compare_layers(description, execution, expected, allowed)
    return VerifyResult(
        model=model_file.name,
        cpu=description.cpu,
        on=on,
        granularity=description.granularity,
        oracle=expected.oracle,
        samples=samples,
        values=outputs.values,
        mismatches=outputs.mismatches + total(changed).mismatches,
        max_abs_diff=outputs.max_abs_diff,
        tolerance=tuple(_allowance(tensor, port) for tensor, port in exits),
        arena_bytes=description.arena_bytes,
        state_bytes=description.state_bytes,
        stack_bytes=None if unmeasured else execution.stack_bytes,
        flash_bytes=None if unmeasured else execution.flash_bytes,
        ram_bytes=None if unmeasured else execution.ram_bytes,
        instructions=None if unmeasured else execution.instructions,
        layer_values=between.values,
        layer_mismatches=between.mismatches,
        first_mismatch=first,
        regions=description.regions,
    )
