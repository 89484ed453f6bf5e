"""Instructions of one inference: those of the kernels, and what it takes to call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arenite.codegen.program import ProgramStep
from arenite.estimation.kernel_costs import kernel_instructions
from arenite.estimation.planned import PlannedModel
from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.macs import operator_macs
from arenite.frontends.model import Model, Operator

CALL, ROW = 9, 40
"""Instructions around a call of a kernel, and around one of a row function."""
RUN = 7
"""Instructions of the run function besides."""
PER_MAC, PER_ELEMENT, PER_CALL = 4.0, 12.0, 150.0
"""Instructions of a kernel that nobody has counted: those of portable ones, about."""


@dataclass(frozen=True)
class OperatorLatency:
    """``calibrated``: all its kernels were counted on other layers; else a guess from the sizes of its tensors."""

    operator: str
    functions: tuple[str, ...]
    calls: int
    macs: int
    instructions: float
    calibrated: bool


def operator_latencies(planned: PlannedModel, steps: Sequence[ProgramStep]) -> tuple[OperatorLatency, ...]:
    """Of the operators that compute something, in the order of their first calls."""
    calls: dict[str, list[str]] = {}
    for step in steps:
        if step.pushed is None:
            calls.setdefault(step.source, []).extend(call.function for call in step.calls)
    known = {operator.label: place for place, operator in enumerate(planned.operators)}
    found = []
    for label, functions in calls.items():
        operator, lowering = planned.operators[known[label]], planned.lowerings[known[label]]
        rows = any("_row_" in function for function in functions)
        counted, calibrated = _of_kernels(planned.model, operator, lowering, planned.target.cpu, rows)
        found.append(
            OperatorLatency(
                label, tuple(dict.fromkeys(functions)), len(functions), operator_macs(planned.model, operator),
                counted, calibrated,
            )
        )  # fmt: skip
    return tuple(found)


def schedule_instructions(planned: PlannedModel, steps: Sequence[ProgramStep]) -> float:
    """Of the run function, outside of kernels."""
    calls = sum(len(step.calls) for step in steps)
    return RUN + calls * (CALL if planned.choice.rows is None else ROW)


def _of_kernels(model: Model, operator: Operator, lowering: Lowering, cpu: str, rows: bool) -> tuple[float, bool]:
    """Instructions of an operator, and whether all of them were counted."""
    total, calibrated = 0.0, bool(lowering.calls)
    share = 1 / max(sum("weights" in call.constants for call in lowering.calls), 1)
    outputs = sum(model.tensors[index].elements for index in lowering.outputs)
    for call in lowering.calls:
        inputs = sum(model.tensors[index].elements for index in call.inputs)
        # Several calls make the parts of a result side by side.
        counted = kernel_instructions(call, inputs, _written(call, outputs), cpu, rows=rows)
        calibrated = calibrated and counted is not None
        macs = operator_macs(model, operator) * share if "weights" in call.constants else 0
        total += _guess(macs, inputs, _written(call, outputs)) if counted is None else counted
    if not lowering.calls:
        inputs = sum(model.tensors[index].elements for index in lowering.inputs)
        total = _guess(0, inputs, outputs)
    return total, calibrated


def _written(call: Call, outputs: int) -> int:
    """Elements that a call writes, of all of the operator's."""
    layer = call.layer
    if {"output_rows", "output_columns", "output_channels"} <= layer.keys():
        return layer["batches"] * layer["output_rows"] * layer["output_columns"] * layer["output_channels"]
    if {"rows", "chunks", "bytes"} <= layer.keys():
        return layer["rows"] * layer["chunks"] * layer["bytes"]
    return outputs


def _guess(macs: float, inputs: int, outputs: int) -> float:
    return PER_CALL + PER_MAC * macs + PER_ELEMENT * (inputs + outputs)
