"""Instructions of one inference: those of the kernels, and what it takes to call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arenite.codegen.program import ProgramStep
from arenite.estimation.constants import WEIGHTS
from arenite.estimation.kernel_costs import kernel_instructions
from arenite.estimation.planned import PlannedModel
from arenite.estimation.schedule import cycles_per_instruction
from arenite.estimation.steps import LOOPS
from arenite.frontends.lowering import Call
from arenite.frontends.macs import operator_macs
from arenite.frontends.model import Model, Operator

PER_MAC, PER_ELEMENT, PER_MOVED, PER_CALL = 4.0, 12.0, 1.0, 100.0
"""Instructions of a kernel that nobody has counted: those of portable ones, about."""
PER_LOOP_PRODUCT = 7.0
"""Instructions of the loops that TVM makes of a matrix product."""
LOOP_PRODUCTS = ("ONNX:MatMul", "ONNX:MatMulInteger")
MOVES = ("arenite_concatenate", "arenite_move", "arenite_pad", "arenite_gather", "arenite_fill_all", "arenite_copy")
"""Kernels that compute nothing have names that begin so."""


@dataclass(frozen=True)
class OperatorLatency:
    """``cycles`` are None on cores of which none are told. ``uncalibrated``: those of ``functions`` whose instructions
    nobody has counted, and which are guessed from the sizes of its tensors."""

    operator: str
    functions: tuple[str, ...]
    calls: int
    macs: int
    instructions: float
    cycles: float | None
    uncalibrated: tuple[str, ...]

    @property
    def calibrated(self) -> bool:
        return not self.uncalibrated


def operator_latencies(planned: PlannedModel, steps: Sequence[ProgramStep]) -> tuple[OperatorLatency, ...]:
    """Of the operators that compute something, in the order of their first calls."""
    calls: dict[str, list[str]] = {}
    for step in steps:
        if step.pushed is None:
            calls.setdefault(step.source, []).extend(call.function for call in step.calls)
    known = {operator.label: place for place, operator in enumerate(planned.operators)}
    return tuple(_latency(planned, known[label], functions) for label, functions in calls.items())


def _latency(planned: PlannedModel, place: int, functions: Sequence[str]) -> OperatorLatency:
    model, operator, lowering = planned.model, planned.operators[place], planned.lowerings[place]
    cpu, macs = planned.target.cpu, operator_macs(planned.model, operator)
    rows = any("_row_" in function for function in functions)
    used = tuple(dict.fromkeys(functions))
    outputs = sum(model.tensors[index].elements for index in lowering.outputs)
    if not lowering.calls:
        read = sum(model.tensors[index].elements for index in lowering.inputs)
        guessed = _guess(0, read, outputs) + PER_LOOP_PRODUCT * _loop_products(model, operator)
        return OperatorLatency(operator.label, used, len(functions), macs, *_with_cycles(guessed, LOOPS, cpu), used)
    total, cycles = 0.0, 0.0
    uncalibrated: list[str] = []
    weighty = max(sum(WEIGHTS in call.constants for call in lowering.calls), 1)
    for call in lowering.calls:
        read = sum(model.tensors[index].elements for index in call.inputs)
        # Several calls make the parts of a result side by side.
        written = written_elements(call, outputs)
        counted = kernel_instructions(call, read, written, cpu, rows=rows)
        if counted is None:
            of_weights = macs / weighty if WEIGHTS in call.constants else 0
            counted = _guess(of_weights, read, written, moves=call.kernel.startswith(MOVES))
            uncalibrated.append(call.kernel)
        instructions, of_call = _with_cycles(counted, call.kernel, cpu)
        total, cycles = total + instructions, cycles + (of_call or 0)
    told = cycles_per_instruction(LOOPS, cpu) is not None
    return OperatorLatency(
        operator.label, used, len(functions), macs, total, cycles if told else None, tuple(dict.fromkeys(uncalibrated))
    )


def _loop_products(model: Model, operator: Operator) -> int:
    """Of a matrix product that has no kernel."""
    if operator.kind not in LOOP_PRODUCTS or not model.tensors[operator.inputs[0]].shape:
        return 0
    return model.tensors[operator.outputs[0]].elements * model.tensors[operator.inputs[0]].shape[-1]


def _with_cycles(instructions: float, function: str, cpu: str) -> tuple[float, float | None]:
    ratio = cycles_per_instruction(function, cpu)
    return instructions, None if ratio is None else instructions * ratio


def written_elements(call: Call, outputs: int) -> int:
    """Elements that a call writes, of all of the operator's."""
    layer = call.layer
    if {"batches", "output_rows", "output_columns", "output_channels"} <= layer.keys():
        return layer["batches"] * layer["output_rows"] * layer["output_columns"] * layer["output_channels"]
    if {"rows", "chunks", "bytes"} <= layer.keys():
        return layer["rows"] * layer["chunks"] * layer["bytes"]
    return outputs


def _guess(macs: float, inputs: int, outputs: int, *, moves: bool = False) -> float:
    return PER_CALL + PER_MAC * macs + (PER_MOVED if moves else PER_ELEMENT) * (inputs + outputs)
