"""Runs a generated project and an interpreter of its model on the same random inputs and compares the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arenite.codegen.description import Array, ProjectDescription, TensorDescription
from arenite.codegen.file_ports import FLOAT_TOLERANCE, FilePort, file_ports
from arenite.codegen.oracle import Reference, reference
from arenite.codegen.run import Execution, Target, build, execute
from arenite.errors import AreniteError, ToolError
from arenite.frontends.model import Quantisation

FLOAT_RANGE = (-1.0, 1.0)


@dataclass(frozen=True)
class VerifyResult:
    """The numbers of ``arenite verify``; costs as in :class:`arenite.codegen.run.Execution`.

    ``values``: output values compared, over all samples; ``mismatches``: how many of them differ in any bit.
    ``max_abs_diff``: in steps of the quantisation, or in real numbers for a float output.
    ``layer_values``, ``layer_mismatches``: likewise for the results of all steps; ``layer_values`` is 0 when layers
    were not compared. ``first_mismatch`` names the first step that differs.
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
    arena_bytes: int
    stack_bytes: int | None
    flash_bytes: int | None
    ram_bytes: int | None
    instructions: int | None
    layer_values: int = 0
    layer_mismatches: int = 0
    first_mismatch: str | None = None


@dataclass(frozen=True)
class Difference:
    values: int
    mismatches: int
    max_abs_diff: float


def compare(actual: Array, expected: Array, tolerance: float = 0.0) -> Difference:
    """Counts elements whose bits differ; two NaN with the same bits are equal, 0.0 and -0.0 are not. With a
    ``tolerance``, only those that differ by more.

    Raises:
        ToolError: type or number of elements differ, so that nothing can be compared.
    """
    if actual.dtype != expected.dtype or actual.size != expected.size:
        raise ToolError(
            f"the generated code computes {actual.dtype}{list(actual.shape)}, "
            f"the oracle {expected.dtype}{list(expected.shape)}"
        )
    bits = np.dtype(f"u{actual.dtype.itemsize}")
    left, right = np.ascontiguousarray(actual).ravel(), np.ascontiguousarray(expected).ravel()
    different = left.view(bits) != right.view(bits)
    if not different.any():
        return Difference(left.size, 0, 0)
    if left.dtype.kind == "f":
        distances = np.abs(left[different].astype(np.float64) - right[different].astype(np.float64))
        beyond = ~(distances <= tolerance) if tolerance > 0 else different
        return Difference(left.size, int(beyond.sum()), float(distances.max()))
    largest = max(abs(int(a) - int(b)) for a, b in zip(left[different], right[different], strict=True))
    return Difference(left.size, int(different.sum()), largest)


def dequantise(values: Array, scale: float, zero_point: int) -> Array:
    """Real numbers as float32, rounded once from the double product, as TensorFlow Lite's DEQUANTIZE does."""
    real: Array = np.float64(scale) * (values.astype(np.int64) - zero_point)
    return real.astype(np.float32)


def _random_integers(generator: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Array:
    limits = np.iinfo(np.dtype(dtype))
    return generator.integers(limits.min, limits.max, shape, dtype=np.dtype(dtype), endpoint=True)


def random_input(
    generator: np.random.Generator, tensor: TensorDescription, quantiser: tuple[Quantisation, str] | None
) -> Array:
    """Integers: uniform over the whole range of the type. Floats: such integers as the first QUANTIZE would make them
    into real numbers, moved by up to half a step, so that its rounding and its saturation are tested; uniform
    between -1 and 1 where nothing quantises them."""
    if np.dtype(tensor.dtype).kind != "f":
        return _random_integers(generator, tensor.dtype, tensor.shape)
    if quantiser is None:
        return generator.uniform(*FLOAT_RANGE, tensor.shape).astype(tensor.dtype)
    quantisation, dtype = quantiser
    steps = _random_integers(generator, dtype, tensor.shape).astype(np.float64) - quantisation.zero_point
    jitter = generator.uniform(-0.5, 0.5, tensor.shape)
    return (quantisation.scale * (steps + jitter)).astype(tensor.dtype)


def _as_model(tensor: TensorDescription, counterpart: FilePort, value: Array) -> Array:
    """The project's value as the model file has it: where the project was compiled for int8 at a boundary that is
    float32 in the file, as the real number that it stands for."""
    if tensor.dtype == counterpart.dtype:
        return value.reshape(counterpart.shape)
    if counterpart.dtype != "float32" or tensor.scale is None or tensor.zero_point is None:
        raise AreniteError(
            f"the project has {tensor.dtype} where the model has {counterpart.dtype} ({tensor.name})",
            remedy="verify with the model that the project was compiled from",
        )
    return dequantise(value, tensor.scale, tensor.zero_point).reshape(counterpart.shape)


def _tolerance(port: FilePort, expected: Array) -> float:
    if port.exact:
        return 0.0
    return port.step if port.step is not None else FLOAT_TOLERANCE * float(np.abs(expected).max(initial=0.0))


def _total(differences: Sequence[Difference]) -> Difference:
    return Difference(
        sum(difference.values for difference in differences),
        sum(difference.mismatches for difference in differences),
        max((difference.max_abs_diff for difference in differences), default=0),
    )


def _compare_layers(
    project: ProjectDescription, execution: Execution, expected: Reference
) -> tuple[Difference, str | None]:
    if expected.tensors is None:
        raise ToolError(f"{expected.oracle} gives no intermediate tensors of this model")
    differences: list[Difference] = []
    first = None
    for record in execution.trace:
        step = project.steps[record.step]
        output = step.outputs[record.output]
        if output.source_tensor is None or output.source_tensor not in expected.tensors[record.sample]:
            continue
        actual = np.frombuffer(record.data, np.dtype(output.dtype))
        difference = compare(actual, expected.tensors[record.sample][output.source_tensor])
        if difference.mismatches and first is None:
            first = (
                f"step {record.step} {step.name} (tensor {output.source_tensor}, sample {record.sample}): "
                f"{difference.mismatches} of {difference.values} values differ, by at most {difference.max_abs_diff:g}"
            )
        differences.append(difference)
    if not differences and execution.trace:
        raise ToolError("no step's result could be compared with the oracle")
    return _total(differences), first


def verify_project(
    project: Path,
    model_file: Path,
    samples: int,
    seed: int,
    on: Target,
    layers: bool = False,
    *,
    sanitise: bool = False,
) -> VerifyResult:
    """Compares a generated project with its model's oracle on ``samples`` random inputs drawn from ``seed``.

    Args:
        project: what ``arenite compile`` wrote for ``model_file``.
        layers: compare the result of every step too; the costs are then None, because looking at them costs.
        sanitise: build with the address and undefined behaviour sanitisers (host only).

    Raises:
        AreniteError: project and model do not belong together.
        ToolError: a tool or the oracle is missing or fails.
    """
    if samples < 1:
        raise AreniteError(f"cannot compare {samples} samples", remedy="ask for at least one")
    ports = file_ports(model_file)
    program = build(project, on=on, trace=layers, sanitise=sanitise)
    description = program.project
    if len(description.inputs) != len(ports.inputs) or len(description.outputs) != len(ports.outputs):
        raise AreniteError(
            "has other inputs or outputs than the project", file=str(model_file), remedy="compile the model again"
        )
    generator = np.random.default_rng(seed)
    inputs = [
        [
            random_input(generator, tensor, port.quantiser)
            for tensor, port in zip(description.inputs, ports.inputs, strict=True)
        ]
        for _ in range(samples)
    ]
    questions = [
        [
            _as_model(tensor, port, value)
            for tensor, port, value in zip(description.inputs, ports.inputs, sample, strict=True)
        ]
        for sample in inputs
    ]
    expected = reference(model_file, questions, all_tensors=layers)
    execution = execute(program, inputs)
    outputs = _total(
        [
            compare(_as_model(tensor, port, value), answer, _tolerance(port, answer))
            for actual, wanted in zip(execution.outputs, expected.outputs, strict=True)
            for tensor, port, value, answer in zip(description.outputs, ports.outputs, actual, wanted, strict=True)
        ]
    )
    between, first = _compare_layers(description, execution, expected) if layers else (Difference(0, 0, 0), None)
    return VerifyResult(
        model=model_file.name,
        cpu=description.cpu,
        on=on,
        granularity=description.granularity,
        oracle=expected.oracle,
        samples=samples,
        values=outputs.values,
        mismatches=outputs.mismatches,
        max_abs_diff=outputs.max_abs_diff,
        arena_bytes=description.arena_bytes,
        stack_bytes=None if layers else execution.stack_bytes,
        flash_bytes=None if layers else execution.flash_bytes,
        ram_bytes=None if layers else execution.ram_bytes,
        instructions=None if layers else execution.instructions,
        layer_values=between.values,
        layer_mismatches=between.mismatches,
        first_mismatch=first,
    )
