"""The result of every step against the oracle's tensor of the same number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations

import numpy as np

from arenite.codegen.description import Array, ProjectDescription, StepOutput
from arenite.codegen.oracle import Reference
from arenite.codegen.run import Execution
from arenite.codegen.verification.comparison import EXACT, Difference, Tolerance, compare, total
from arenite.codegen.verification.file_ports import FLOAT, ONE_STEP
from arenite.errors import ToolError
from arenite.frontends.rewrites.unsigned import as_signed

LARGEST_RANK = 5
"""Of tensors whose axes are tried in every order."""


def compare_layers(
    project: ProjectDescription,
    execution: Execution,
    expected: Reference,
    tolerances: Mapping[int, Tolerance] | None = None,
) -> tuple[Difference, str | None]:
    """All steps of all samples together, and words for the first that differs.

    TensorFlow Lite's tensors are compared bit for bit; those of ONNX Runtime, which runs the file without optimising
    it, within one step or, of real numbers, what ``tolerances`` says of the tensor: by default 1e-5 of the largest.

    Raises:
        ToolError: the oracle gives no intermediate tensors, or none of those that the project computes.
    """
    if expected.tensors is None:
        raise ToolError(f"{expected.oracle} gives no intermediate tensors of this model")
    differences: list[Difference] = []
    rows: dict[tuple[int, int], list[tuple[int, bytes]]] = {}
    first = None
    for record in execution.trace:
        step = project.steps[record.step]
        output = step.outputs[record.output]
        tensor = output.source_tensor
        if tensor is None or tensor not in expected.tensors[record.sample]:
            continue
        wanted = expected.tensors[record.sample][tensor]
        parts = rows.setdefault((record.sample, tensor), [])
        parts.append((output.at, record.data))
        data = b"".join(part for _, part in sorted(parts))
        if project.granularity == "row" and len(data) < wanted.size * np.dtype(output.dtype).itemsize:
            continue  # more rows come
        output = replace(output, shape=(wanted.size,)) if len(parts) > 1 else output
        parts.clear()
        actual = np.frombuffer(data, np.dtype(output.dtype))
        if actual.dtype == np.int8 and wanted.dtype == np.uint8:
            wanted = as_signed(wanted)
        if expected.oracle == "onnxruntime":
            difference = _compare_onnx(actual, output, wanted, (tolerances or {}).get(tensor, FLOAT))
        else:
            difference = compare(actual, wanted)
        if difference is None:
            continue
        if difference.mismatches and first is None:
            first = (
                f"step {record.step} {step.name} (tensor {tensor}, sample {record.sample}): "
                f"{difference.mismatches} of {difference.values} values differ, by at most {difference.max_abs_diff:g}"
            )
        differences.append(difference)
    if not differences and execution.trace:
        raise ToolError("no step's result could be compared with the oracle")
    return total(differences), first


def _compare_onnx(actual: Array, output: StepOutput, expected: Array, real: Tolerance) -> Difference | None:
    """None where the project's tensor is not the file's: another type, or part of it.

    The project says nothing of the order of axes between the layers. Where extents leave it open, the order that fits
    best is taken: no wrong one makes different numbers equal.
    """
    if actual.dtype != expected.dtype or actual.size != expected.size:
        return None
    tolerance = real if actual.dtype.kind == "f" else ONE_STEP if actual.dtype.itemsize == 1 else EXACT
    found = [compare(actual, one, tolerance) for one in _orders(expected, output.shape)]
    return min(found, key=lambda difference: (difference.mismatches, difference.max_abs_diff), default=None)


def _orders(expected: Array, shape: tuple[int, ...]) -> Iterator[Array]:
    """The array with its axes in all orders that give it this shape, axes of extent 1 aside; where the project has
    another shape, as it is and with its channels last."""
    squeezed = expected.reshape([extent for extent in expected.shape if extent != 1])
    extents = tuple(extent for extent in shape if extent != 1)
    if sorted(squeezed.shape) != sorted(extents) or squeezed.ndim > LARGEST_RANK:
        yield expected
        if expected.ndim > 2:
            yield np.moveaxis(expected, 1, -1)
        return
    for axes in permutations(range(squeezed.ndim)):
        if tuple(squeezed.shape[axis] for axis in axes) == extents:
            yield squeezed.transpose(axes)
