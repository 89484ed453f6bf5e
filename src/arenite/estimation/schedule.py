"""What calls the kernels: the run function, and for rows the tables that it goes by. ``programs.json`` has what was
measured; benchmarks/calibrate_programs.py brings it up to date."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from arenite.codegen.costs.cycles import MODELS
from arenite.codegen.program import Argument, ProgramStep
from arenite.codegen.step_table import StepTable, step_table
from arenite.frontends.bodies.costs import CALIBRATED
from arenite.target import Target

Work = dict[str, float]
_BYTES = {"uint8_t": 1, "uint16_t": 2, "int32_t": 4}
SAME_CODE = "cortex-m4"
"""Stands for CPUs that were not measured."""
REGISTERS = 4
"""That arguments are passed in; others go on the stack."""
CYCLES = 1.3
"""Of an instruction of a kernel for which they were not measured."""


@cache
def _measured() -> Mapping[str, Any]:
    text = (resources.files(__package__) / "programs.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def schedule_bytes(steps: Sequence[ProgramStep], arrays: int, states: int, target: Target, *, rows: bool) -> int:
    """Flash of the library without kernels and their constants, of which there are ``arrays``: tables as they are, code
    about. ``states``: tensors that live across inferences."""
    code = _measured()["code_bytes"]
    coefficients = code.get(target.cpu, code.get(SAME_CODE, {})).get(target.optimise, {})
    counts = code_work(steps, arrays, states, rows=rows)
    return table_bytes(steps, rows=rows) + round(_sum(coefficients.get(_granularity(rows), {}), counts))


def schedule_instructions(steps: Sequence[ProgramStep], target: Target, *, rows: bool) -> int:
    """Of one inference, outside of kernels."""
    counted = _measured()["run_instructions"].get(CALIBRATED.get(target.cpu, SAME_CODE), {})
    return round(_sum(counted.get(_granularity(rows), {}), run_work(steps, rows=rows)))


def cycles_per_instruction(function: str, cpu: str) -> float | None:
    """Of a kernel, or of its row function; about ``CYCLES`` where it was not measured, None for CPUs whose cycles
    nobody can tell from instructions."""
    if cpu not in MODELS:
        return None
    ratios = _measured()["cycles_per_instruction"].get(function.replace("_row", ""), {})
    return float(ratios.get(cpu, ratios.get(CALIBRATED[cpu], CYCLES)))


def _sum(coefficients: Mapping[str, float], counts: Work) -> float:
    return sum(coefficient * counts.get(name, 0) for name, coefficient in coefficients.items())


def _granularity(rows: bool) -> str:
    return "row" if rows else "op"


def table_bytes(steps: Sequence[ProgramStep], *, rows: bool) -> int:
    """Of the places of rows, the operators and the schedule, as C lays them out; 0 for whole operators."""
    if not rows:
        return 0
    table = step_table(steps)
    number, position, tap = (_BYTES[type_] for type_ in (table.number_type, table.position_type, table.tap_type))
    fields = [4] * max(table.constants, 1) + [position] * max(table.positions, 1) + [tap, tap, number]
    at = 0
    for size in fields:
        at = -(-at // size) * size + size
    operators = len(table.operators) * (-(-at // 4) * 4)
    entries = -(-2 * number * (len(table.entries) + 1) // 4) * 4
    return 4 * max(len(table.places), 1) + operators + entries


def code_work(steps: Sequence[ProgramStep], arrays: int, states: int, *, rows: bool) -> Work:
    """What the bytes of the run function grow with, and of the function that resets states. ``arrays``: constants,
    equal ones once."""
    kept = {"stateful": int(states > 0), "state": states}
    if rows:
        return {**_row_code(step_table(steps)), **kept}
    calls = [call for step in steps for call in step.calls]
    pointers = [argument for call in calls for argument in call.arguments]
    places = {argument.place.offset for argument in pointers if isinstance(argument, Argument) and argument.place}
    constants = sum(isinstance(argument, Argument) and argument.constant is not None for argument in pointers)
    return {
        "program": 1, "call": len(calls), "constant": constants, "array": arrays, "place": len(pointers) - constants,
        "offset": len(places), "stacked": sum(max(len(call.arguments) - REGISTERS, 0) for call in calls), **kept,
    }  # fmt: skip


def _row_code(table: StepTable) -> Work:
    windows = sum(call.has_windows for call in table.calls)
    whole = sum(not call.by_row for call in table.calls)
    shared = sum(call.shared for call in table.calls)
    arguments = sum(len(call.arguments) for call in table.calls)
    return {
        "program": 1, "call": len(table.calls), "window": windows, "whole": whole, "shared": shared,
        "argument": arguments,
    }  # fmt: skip


def run_work(steps: Sequence[ProgramStep], *, rows: bool) -> Work:
    """What the instructions of the run function grow with."""
    if not rows:
        calls = [call for step in steps for call in step.calls]
        return {"program": 1, "call": len(calls), "argument": sum(len(call.arguments) for call in calls)}
    table = step_table(steps)
    kinds = {call.number: call for call in table.calls}
    work: Work = {"program": 1, "entry": len(table.entries)}
    for number, _ in table.entries:
        of_table = number < len(table.operators)
        call = kinds.get(table.operators[number].call if of_table else number)
        if call is not None:
            for name, count in (("window", call.has_windows), ("row", call.by_row), ("argument", len(call.arguments))):
                work[name] = work.get(name, 0) + count
    return work
